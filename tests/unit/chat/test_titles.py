"""A list of conversations is only of use if each one's title says what it was about."""

import pytest

from tui.chat.titles import LONGEST, title_of


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Five names for a pet pelican?", "Five names for a pet pelican?"),
        ("Explain WAL mode. Then compare it with rollback journals.", "Explain WAL mode"),
        ("  \n\n# Release plan\n\nWrite one.", "Release plan"),
        ("- **fix** the `parser`, e.g. for tabs. Thanks", "fix the parser, e.g. for tabs"),
        ("Why does this fail?\n```python\nraise ValueError\n```", "Why does this fail?"),
        ("```python\nprint('hello')\n```", "print('hello')"),
        ("see [the docs](https://example.org/a.b) first. ok", "see the docs first"),
        ("Read tui/app.py and say what version 3.11 changes", "Read tui/app.py and say what version 3.11 changes"),
        ("今日はいい天気ですね。散歩に行きましょう。", "今日はいい天気ですね。"),
        ("Wait... what?", "Wait..."),
        ("a * b ** c", "a * b ** c"),
        ("???", "???"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_the_title_is_the_first_sentence_in_plain_words(prompt: str, title: str) -> None:
    assert title_of(prompt) == title


def test_a_long_sentence_is_cut_at_a_word() -> None:
    title = title_of("Please write a very long and detailed comparison of every database engine that was ever made")
    assert len(title) <= LONGEST
    assert title == "Please write a very long and detailed comparison of every…"


def test_a_megabyte_without_a_space_takes_no_time_and_stays_short() -> None:
    assert len(title_of("x" * 1_000_000)) == LONGEST
