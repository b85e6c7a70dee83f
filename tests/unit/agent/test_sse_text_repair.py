"""Emoji that two deltas share. What a user would lose: an emoji, or a text that can be stored."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.agent.wire.text import SurrogateJoiner


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
