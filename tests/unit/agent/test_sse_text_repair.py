"""Emoji and `<think>` tags that two deltas share. What a user would lose: an emoji, or an answer shown as thoughts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.agent.wire.text import SurrogateJoiner, ThinkSplitter


def join(*deltas: str) -> str:
    joiner = SurrogateJoiner()
    return "".join([*(joiner.push(delta) for delta in deltas), joiner.flush()])


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (["a\ud83d", "\ude00b"], "a😀b"),
        (["\ud83d", "", "\ude00"], "😀"),
        (["a\ud83d"], "a\ufffd"),
        (["\ud83d", "x"], "\ufffdx"),
        (["\ude00x"], "\ufffdx"),
        (["plain", " text"], "plain text"),
    ],
)
def test_halves_of_an_emoji_are_joined_and_lone_ones_replaced(deltas: list[str], expected: str) -> None:
    assert join(*deltas) == expected


@given(st.text(), st.lists(st.integers(0, 40), max_size=5))
def test_joining_never_changes_well_formed_text_and_always_gives_some(text: str, cuts: list[int]) -> None:
    units = text.encode("utf-16-le", "surrogatepass")
    edges = [0, *sorted(2 * cut for cut in cuts if 2 * cut < len(units)), len(units)]
    deltas = [units[a:b].decode("utf-16-le", "surrogatepass") for a, b in pairwise(edges)]
    result = join(*deltas)
    result.encode()
    assert result == units.decode("utf-16-le", "replace")


def split(*deltas: str) -> tuple[str, str]:
    splitter = ThinkSplitter()
    pairs = [*(splitter.push(delta) for delta in deltas), splitter.flush()]
    return "".join(thoughts for thoughts, _ in pairs), "".join(text for _, text in pairs)


THINK_CASES = [
    ("<think>hm\n</think>\n\nYes.", ("hm\n", "Yes.")),
    ("  \n<think>\nhm</think>Yes.", ("hm", "Yes.")),
    ("The tag <think>x</think> opens thoughts.", ("", "The tag <think>x</think> opens thoughts.")),
    ("<think>cut off", ("cut off", "")),
    ("<thinking>other</thinking>", ("", "<thinking>other</thinking>")),
    ("<think></think>Yes.", ("", "Yes.")),
    ("<think>a < b </thin k</think>Yes. </think>", ("a < b </thin k", "Yes. </think>")),
    ("<", ("", "<")),
    ("  ", ("", "  ")),
    ("", ("", "")),
]


@pytest.mark.parametrize(("text", "expected"), THINK_CASES)
def test_thoughts_are_parted_from_the_answer_wherever_the_tags_are_cut(text: str, expected: tuple[str, str]) -> None:
    assert split(text) == expected
    assert split(*text) == expected
    for cut in range(len(text)):
        assert split(text[:cut], text[cut:]) == expected
