"""Rows of styled text and how text is wrapped into them; knows neither Markdown nor colours nor the widget.

A style is named by words, such as "link strong": `palette` turns them into colours when a row is drawn, so that a
theme can change, and a turn can be raised, without wrapping anything again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

# Scripts that are written without spaces may break after any character.
_WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
    "\uffe0-\uffe6"
)
_WORD = re.compile(rf"[{_WIDE}]\s*|[^\s{_WIDE}]+\s*|\s+")


class Run(NamedTuple):
    """A stretch of text in one style.

    Attributes:
        text: without line breaks and tabs.
        style: words of `palette`, such as "code" or "em strong".
        act: what a click on it does: "", "link:<href>", "copy", "fold" or "do:<action>".
    """

    text: str
    style: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a turn, from cell 2 of the reading column on.

    Attributes:
        runs: what stands there.
        fill: style words for the cells after the last run, to the column's end.
        join: the line goes on in the next row, and this is what was between them: " ", or "" inside a word; None at
            the end of a line. So that wrapped text is copied as one line.
        sign: two cells at the column's start; None for the turn's own.
        ground: "card" where the row lies on a card; "" for the turn's own ground.
        decor: how many characters at the start are decoration that is not copied.
    """

    runs: tuple[Run, ...] = ()
    fill: str = ""
    join: str | None = None
    sign: Run | None = None
    ground: str = ""
    decor: int = 0

    @property
    def text(self) -> str:
        """The row as plain text."""
        return "".join([run.text for run in self.runs])


BLANK = Row()


def width_of(runs: Iterable[Run]) -> int:
    """Cells that the runs take."""
    return sum([cell_len(run.text) for run in runs])


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


def split_runs(runs: Sequence[Run], offsets: Sequence[int]) -> list[list[Run]]:
    """Cut runs at offsets into their joined text; offsets rise."""
    pieces: list[list[Run]] = [[]]
    position, at = 0, 0
    for run in runs:
        begin = 0
        while at < len(offsets) and offsets[at] < position + len(run.text):
            cut = offsets[at] - position
            if cut > begin:
                pieces[-1].append(run._replace(text=run.text[begin:cut]))
            pieces.append([])
            begin = cut
            at += 1
        if begin < len(run.text):
            pieces[-1].append(run if begin == 0 else run._replace(text=run.text[begin:]))
        position += len(run.text)
    return pieces


def trim(runs: list[Run]) -> list[Run]:
    """The runs without spaces at their end."""
    while runs:
        text = runs[-1].text.rstrip()
        if text:
            runs[-1] = runs[-1]._replace(text=text)
            break
        runs.pop()
    return runs


def wrap_runs(runs: Sequence[Run], width: int) -> list[tuple[list[Run], str | None]]:
    """Wrap runs, in which a run of a line feed ends a line, into rows of at most `width` cells.

    Returns:
        For each row its runs and its `Row.join`. At least one row.
    """
    result: list[tuple[list[Run], str | None]] = []
    for line in _lines(runs):
        pieces = split_runs(line, wrap_offsets("".join([run.text for run in line]), width))
        for piece in pieces[:-1]:
            spaced = bool(piece) and piece[-1].text[-1:].isspace()
            result.append((trim(piece), " " if spaced else ""))
        result.append((trim(pieces[-1]), None))
    return result


def _lines(runs: Sequence[Run]) -> list[list[Run]]:
    lines: list[list[Run]] = [[]]
    for run in runs:
        if run.text == "\n":
            lines.append([])
        else:
            lines[-1].append(run)
    return lines


def fit(runs: Sequence[Run], width: int, mark: str = "…") -> list[Run]:
    """The runs cut to `width` cells, with `mark` in the last cell where something was cut."""
    if width_of(runs) <= width:
        return list(runs)
    kept: list[Run] = []
    room = width - cell_len(mark)
    for run in runs:
        cells = cell_len(run.text)
        if cells > room:
            kept.append(run._replace(text=crop(run.text, room)))
            break
        kept.append(run)
        room -= cells
    style = kept[-1].style if kept else ""
    return [*[run for run in kept if run.text], Run(mark, style)]


def crop(text: str, width: int) -> str:
    """The start of a text that fits into `width` cells."""
    if text.isascii():
        return text[: max(0, width)]
    used = 0
    for begin, _, cells in split_graphemes(text)[0]:
        if used + cells > width:
            return text[:begin]
        used += cells
    return text
