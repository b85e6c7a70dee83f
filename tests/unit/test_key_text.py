"""What stands beside a key in a password manager must neither be sent nor shown, and a key with a blemish must work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.key_text import LONGEST, KeyText, read_key


@pytest.mark.parametrize(
    "text",
    [
        "sk-CANARY-ONE",
        " sk-CANARY-ONE\t",
        "sk-CANARY-ONE\n",
        "sk-CANARY-ONE\r\n",
        "\ufeffsk-CANARY-ONE",
        "\ufeff \u200b\xa0sk-CANARY-ONE\xa0\u200b \ufeff",
        "sk-CANARY-ONE\nlogin: someone\nrecovery: CANARY-TWO",
        "sk-CANARY-ONE\rlogin: someone",
        "sk-CANARY-ONE\u2028login: someone",
        "sk-CANARY-ONE\x0blogin: someone",
        "\n\n  \n\ufeff\nsk-CANARY-ONE\n\n",
        "sk-CANARY-ONE\x00",
    ],
    ids=ascii,
)
def test_the_first_line_that_says_anything_is_the_key(text: str) -> None:
    assert read_key(text, "WORK_KEY") == KeyText("sk-CANARY-ONE")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\ufeff", "\u200b\n \xa0"])
def test_nothing_is_no_key_and_no_problem(text: str) -> None:
    assert read_key(text, "WORK_KEY") == KeyText()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sk-CANARY\u200bONE", "U+200B"),
        ("sk-CANARY—ONE", "U+2014"),
        ("ключ-CANARY", "U+043A"),
        ("sk-CANARY\tONE", "U+0009"),
        ("sk-CANARY\x1b[31m", "U+001B"),
        ("sk-CANARY\x00ONE", "U+0000"),
        ("sk-CANARY\ud800", "U+D800"),
    ],
    ids=ascii,
)
def test_what_no_header_can_carry_is_refused_by_the_name_of_its_source(text: str, code: str) -> None:
    found = read_key(text, "WORK_KEY")
    assert found.key == ""
    assert found.problem == f"WORK_KEY holds no key: it has a character that no key has ({code})."


def test_a_whole_file_is_no_key() -> None:
    assert read_key("x" * (LONGEST + 1), "WORK_KEY").problem == "WORK_KEY holds no key: it is longer than any."


def test_a_key_stands_in_no_repr() -> None:
    assert "CANARY" not in repr(read_key("sk-CANARY-ONE", "WORK_KEY"))


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_whatever_comes_out_can_be_sent_in_a_header_and_no_problem_quotes_it(text: str) -> None:
    found = read_key(text, "WORK_KEY")
    assert found.key == found.key.strip() and found.key.isascii() and (found.key.isprintable() or not found.key)
    assert found.problem.isascii() and "\n" not in found.problem
    assert not (found.key and found.problem)
    assert read_key(found.key, "WORK_KEY") == KeyText(found.key)
