"""Rows of styled text, as everything in the transcript is drawn: plain values that know neither Markdown nor colours.

A style is a list of names, such as "link strong": `line_styles` turns them into colours when a row is drawn, so that a
theme can change, and a message can be focused, without wrapping anything again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

from tui.dataclass import dataclass

TEXT_START = 2
"""Cells of the reading column in front of the text, for a message's bar or mark."""

COMING = "coming"
"""The style of what stands only where the keys come next; elsewhere it leaves its cells empty."""


class Span(NamedTuple):
    """A stretch of text in one style.

    Attributes:
        text: without line breaks and tabs.
        style: names of `line_styles`, such as "code" or "em strong", with spaces between them.
        action: what a click on it does: "" for nothing, "link:<href>", "file:<hash>", "fold", "whole", "code",
            "code:<number>", "answer:<answer>" or "do:<action>".
        source: what is copied for it as a whole: the TeX of a formula, the mark of an item; "" for the text itself.
    """

    text: str
    style: str = ""
    action: str = ""
    source: str = ""


PROMPT_SIGN = Span("▌ ", "bar")
"""What stands at the left of each row of a prompt."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a message, from cell `TEXT_START` of the reading column on.

    Attributes:
        spans: what stands there.
        fill: style of the cells after the last span, to the column's end.
        join: the line goes on in the next row, and this is what was between them: " ", or "" inside a word; None at
            the end of a line. So that wrapped text is copied as one line.
        sign: two cells at the column's start; None for the message's own.
        ground: "card" where the row lies on a card; "" for the message's own surface.
        decor: how many characters at the start are decoration that is not copied.
        source: the line of code that is shown, as it came, with its tabs and uncut; None where the row is not code.
        cut: how many characters of the drawn line of code are scrolled away at its start.
        table: the Markdown of the table's row that begins here, "" where one goes on; None where there is no table.
    """

    spans: tuple[Span, ...] = ()
    fill: str = ""
    join: str | None = None
    sign: Span | None = None
    ground: str = ""
    decor: int = 0
    source: str | None = None
    cut: int = 0
    table: str | None = None

    @property
    def text(self) -> str:
        """The row as plain text."""
        return "".join([span.text for span in self.spans])


BLANK = Row()


def with_keys(row: Row, keys: Mapping[str, str]) -> Row:
    """A row that names keys, with those of a person's own, by their actions; any other row as it is."""
    if not any(span.style == "key" and span.action for span in row.spans):
        return row
    return replace(
        row,
        spans=tuple(
            span._replace(text=keys.get(span.action, span.text)) if span.style == "key" else span for span in row.spans
        ),
    )


def width_of(spans: Iterable[Span]) -> int:
    """Cells that the spans take."""
    return sum([cell_len(span.text) for span in spans])


def trim(spans: list[Span]) -> list[Span]:
    """The spans without spaces at their end."""
    while spans:
        text = spans[-1].text.rstrip()
        if text:
            spans[-1] = spans[-1]._replace(text=text)
            break
        spans.pop()
    return spans


def fit(spans: Sequence[Span], width: int, mark: str = "…") -> list[Span]:
    """The spans cut to `width` cells, with `mark` in the last cell where something was cut."""
    if width_of(spans) <= width:
        return list(spans)
    kept: list[Span] = []
    room = width - cell_len(mark)
    for span in spans:
        cells = cell_len(span.text)
        if cells > room:
            kept.append(span._replace(text=crop(span.text, room)))
            break
        kept.append(span)
        room -= cells
    style = kept[-1].style if kept else ""
    return [*[span for span in kept if span.text], Span(mark, style)]


def skip(spans: Sequence[Span], cells: int) -> list[Span]:
    """The spans from a cell on; where a wide character stands across it, a space stands for its second half."""
    kept: list[Span] = []
    for span in spans:
        width = cell_len(span.text)
        if cells >= width:
            cells -= width
        elif cells <= 0:
            kept.append(span)
        else:
            rest = span.text[len(crop(span.text, cells)) :]
            behind = width - cells - cell_len(rest)
            if behind:
                rest = rest[len(crop(rest, 2)) :]
            kept.append(span._replace(text=" " * (behind != 0) + rest))
            cells = 0
    return kept


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
