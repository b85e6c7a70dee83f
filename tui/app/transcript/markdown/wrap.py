"""Text wrapped into rows of a given width, between words where they fit, in time proportional to its length."""

import re
from collections.abc import Sequence

from rich.cells import cell_len, split_graphemes

from tui.app.transcript.row import Span, trim

# Scripts that are written without spaces may break after any character.
_WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
    "\uffe0-\uffe6"
)
_WORD = re.compile(rf"[{_WIDE}]\s*|[^\s{_WIDE}]+\s*|\s+")


def wrap_offsets(text: str, width: int) -> list[int]:
    """Where to cut one line of text so that each piece fits into `width` cells, spaces at its end not counted.

    Words stay whole where they fit; a longer one is cut between graphemes. Takes time in proportion to the text.
    """
    if len(text) <= width and text.isascii():
        return []
    offsets: list[int] = []
    used = 0
    for match in _WORD.finditer(text):
        word = match[0]
        bare = word.rstrip()
        cells = cell_len(bare)
        if used and used + cells > width:
            offsets.append(match.start())
            used = 0
        if cells > width:
            used = _fold(bare, match.start(), width, offsets)
        else:
            used += cells
        used += len(word) - len(bare)
    return offsets


def fold_offsets(text: str, width: int) -> list[int]:
    """Where to cut a line wherever `width` cells are full, as code is wrapped."""
    offsets: list[int] = []
    if cell_len(text) > width:
        _fold(text, 0, width, offsets)
    return offsets


def _fold(word: str, start: int, width: int, offsets: list[int]) -> int:
    """Cut a word that is wider than a row; returns the cells of its last piece."""
    if word.isascii():
        cuts = range(width, len(word), width)
        offsets += [start + cut for cut in cuts]
        return len(word) - (cuts[-1] if cuts else 0)
    used = 0
    for begin, _, cells in split_graphemes(word)[0]:
        if used and used + cells > width:
            offsets.append(start + begin)
            used = 0
        used += cells
    return used


def split_spans(spans: Sequence[Span], offsets: Sequence[int]) -> list[list[Span]]:
    """Cut spans at offsets into their joined text; offsets rise."""
    pieces: list[list[Span]] = [[]]
    position, at = 0, 0
    for span in spans:
        begin = 0
        while at < len(offsets) and offsets[at] < position + len(span.text):
            cut = offsets[at] - position
            if cut > begin:
                pieces[-1].append(span._replace(text=span.text[begin:cut]))
            pieces.append([])
            begin = cut
            at += 1
        if begin < len(span.text):
            pieces[-1].append(span if begin == 0 else span._replace(text=span.text[begin:]))
        position += len(span.text)
    return pieces


def wrap_spans(spans: Sequence[Span], width: int) -> list[tuple[list[Span], str | None]]:
    """Wrap spans, in which a span of a line feed ends a line, into rows of at most `width` cells.

    Returns:
        For each row its spans and its `Row.join`. At least one row.
    """
    result: list[tuple[list[Span], str | None]] = []
    for line in _lines(spans):
        pieces = split_spans(line, wrap_offsets("".join([span.text for span in line]), width))
        for piece in pieces[:-1]:
            spaced = bool(piece) and piece[-1].text[-1:].isspace()
            result.append((trim(piece), " " if spaced else ""))
        result.append((trim(pieces[-1]), None))
    return result


def _lines(spans: Sequence[Span]) -> list[list[Span]]:
    lines: list[list[Span]] = [[]]
    for span in spans:
        if span.text == "\n":
            lines.append([])
        else:
            lines[-1].append(span)
    return lines
