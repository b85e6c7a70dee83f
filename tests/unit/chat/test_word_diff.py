"""Two texts compared: both can be read off the pieces, and small changes stay small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.word_diff import Piece, word_diff

TEXTS = st.lists(st.sampled_from(["one", " ", "two", "\n", ".", "three", "  ", "界", "\t"]), max_size=25).map("".join)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_the_pieces(one: str, other: str) -> None:
    pieces = word_diff(one, other)
    assert "".join(text for sign, text in pieces if sign != "+") == one
    assert "".join(text for sign, text in pieces if sign != "-") == other
    assert all(text for _, text in pieces)


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("a small fish", "a big fish", "a -small-+big+ fish"),
        ("same", "same", "same"),
        ("", "new", "+new+"),
        ("one two three.", "one two three!", "one two three-.-+!+"),
        ("a b\nc d\ne", "a b\nc x\ne", "a b\nc -d-+x+\ne"),
        ("the old grey cat", "the new white cat", "the -old grey-+new white+ cat"),
    ],
)
def test_only_the_words_that_changed_are_marked(one: str, other: str, shown: str) -> None:
    def marked(piece: Piece) -> str:
        return piece.text if piece.sign == "=" else f"{piece.sign}{piece.text}{piece.sign}"

    assert "".join(map(marked, word_diff(one, other))) == shown


def test_long_texts_with_nothing_in_common_end_soon() -> None:
    one, other = ("x " * 30_000).strip(), ("y " * 30_000).strip()
    assert [piece.sign for piece in word_diff(one, other)] == ["-", "+"]
