"""Two texts compared word by word: what only one of them has, and what both have. Pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORK = 4_000_000
"""What is worth some seconds."""


class Piece(NamedTuple):
    """A stretch of text: in both, only in the first ("-") or only in the second ("+")."""

    sign: Literal["=", "-", "+"]
    text: str


def word_diff(one: str, other: str, most_work: int = _MOST_WORK) -> list[Piece]:
    """The pieces in their order: those with "=" and "-" are the first text, those with "=" and "+" the second.

    Lines are compared first, and words where they differ: so the time grows with what differs, and two long texts
    that have nothing in common take some seconds at most.

    Args:
        one: the first text.
        other: the second.
        most_work: above so many words of one times those of the other, a changed passage is shown as a whole.
    """
    found: list[Piece] = []
    for tag, left, right in _blocks(one.splitlines(keepends=True), other.splitlines(keepends=True)):
        if tag == "equal":
            found.append(Piece("=", left))
            continue
        words, other_words = _WORD.findall(left), _WORD.findall(right)
        if words and other_words and len(words) * len(other_words) <= most_work:
            for inner, before, after in _blocks(words, other_words):
                found += [Piece("=", before)] if inner == "equal" else _changed(before, after)
        else:
            found += _changed(left, right)
    return _joined(found)


def _blocks(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for tag, start, end, other_start, other_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        yield tag, "".join(one[start:end]), "".join(other[other_start:other_end])


def _changed(before: str, after: str) -> list[Piece]:
    pieces = (Piece("-", before), Piece("+", after))
    return [piece for piece in pieces if piece.text]


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of one sign as one piece; a blank between two changes is part of them."""
    runs: list[list[Piece]] = []
    for index, piece in enumerate(pieces):
        beside = {near.sign for near in (*pieces[max(0, index - 1) : index], *pieces[index + 1 : index + 2])}
        between = piece.sign == "=" and piece.text.isspace() and 0 < index < len(pieces) - 1 and "=" not in beside
        changed = between or piece.sign != "="
        parts = [Piece("-", piece.text), Piece("+", piece.text)] if between else [piece]
        if runs and changed and runs[-1][0].sign != "=":
            runs[-1] += parts
        else:
            runs.append(parts)
    found: list[Piece] = []
    for run in runs:
        for sign in ("=", "-", "+"):
            if text := "".join(piece.text for piece in run if piece.sign == sign):
                found.append(Piece(sign, text))
    return found
