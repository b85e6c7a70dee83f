"""What a hostile reply could do to a terminal, a database or a log if `tui.text` let it through."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text import clean, clean_line, redact, storable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b]52;c;cHduZWQ=\x07", "␛]52;c;cHduZWQ=␇"),  # would write the clipboard
        ("\x1b[6n", "␛[6n"),  # would make the terminal type into the app
        ("\x9b31m", "<U+009B>31m"),
        ("a\x7fb", "a␡b"),
        ("x\r\ny\rz", "x\ny␍z"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("user\u202egpj.exe", "user<U+202E>gpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\U000e0041", "<U+E0041>"),
        ("half \ud83d", "half \ufffd"),
        ("👩‍👩‍👧 می‌خواهم", "👩‍👩‍👧 می‌خواهم"),
        ("e" + "\u0301" * 30, "e" + "\u0301" * 8),
    ],
)
def test_controls_become_visible(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text())
def test_nothing_that_steers_a_terminal_survives(text: str) -> None:
    cleaned = clean(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", cleaned)
    assert clean(cleaned) == cleaned


@given(st.text(alphabet=st.characters(), max_size=300))
def test_one_line_is_one_short_line(text: str) -> None:
    line = clean_line(text, 40)
    assert "\n" not in line
    assert len(line) <= 40


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_what_is_stored_can_be_encoded(text: str) -> None:
    stored = storable(text)
    stored.encode("utf-8")
    assert "\x00" not in stored


def test_surrogate_halves_are_joined() -> None:
    assert storable("\ud83d\ude00!") == "😀!"


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-abcdef1234567890.",
        "Authorization: Bearer abcdef1234567890",
        "https://host/v1beta/models?key=abcdef1234567890&alt=sse",
        "{'x-api-key': 'abcdef1234567890'}",
        "api_key=abcdef1234567890",
    ],
)
def test_keys_are_masked(text: str) -> None:
    assert "abcdef1234567890" not in redact(text)
    assert "…" in redact(text)


def test_known_secrets_are_masked() -> None:
    assert redact("password hunter2!", ["hunter2"]) == "password …!"


def test_words_are_left_alone() -> None:
    assert redact("The task-force met; ask-me-anything.") == "The task-force met; ask-me-anything."
