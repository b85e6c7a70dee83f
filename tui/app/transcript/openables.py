"""What can be opened in a message: files, outputs, links, code, tables, formulas, found in its rows. Opens nothing."""

from collections.abc import Iterator
from typing import Literal, get_args

from tui.app.transcript.message_rows import MessageRows
from tui.app.transcript.part_texts import is_long
from tui.app.transcript.row import Row
from tui.app.transcript.tool_text import laid_out, tool_name
from tui.chat.message_parts import ToolCallContent
from tui.dataclass import dataclass

_ALL_OF_IT = 400
"""Rows up to which a message is looked at as a whole: of a longer one what is in view."""
_LOOK_BACK = 2_000

OpenableKind = Literal["file", "output", "link", "code", "table", "formula"]
"""In the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Openable:
    """Something in a message that can be opened.

    Attributes:
        kind: what it is; an output is what a tool returned.
        source: as it came: a link's target, the code, the table as Markdown, the TeX; the hash of a file's content.
        info: a code's language, a file's or a tool's name; "" when unknown.
    """

    kind: OpenableKind
    source: str
    info: str = ""


def rows_to_look_at(rows: MessageRows, first: int, last: int) -> range:
    """The rows in which to look for what can be opened, where those from `first` to `last` are in view."""
    if rows.height <= _ALL_OF_IT:
        return range(rows.height)
    start = max(0, first)
    while start > max(0, first - _LOOK_BACK) and _goes_on(rows.row(start)):  # to the head of its code or table
        start -= 1
    return range(start, min(rows.height, last + 1))


def _goes_on(row: Row) -> bool:
    return row.source is not None or row.table is not None


def openables(rows: MessageRows, numbers: range) -> list[Openable]:
    """What can be opened in these rows, each once, formulas last (there may be many); and the message's outputs."""
    found: dict[Openable, None] = dict.fromkeys(outputs(rows))
    table: list[str] = []
    for number in numbers:
        row = rows.row(number)
        if row.table:
            table.append(row.table)
        elif row.table is None and table:
            found[Openable("table", "\n".join(table))] = None
            table.clear()
        found.update(dict.fromkeys(_in_row(rows, number, row)))
    if table:
        found[Openable("table", "\n".join(table))] = None
    return sorted(found, key=lambda one: get_args(OpenableKind).index(one.kind))


def outputs(rows: MessageRows) -> list[Openable]:
    """What tools returned that is too long to be shown at once, whether their lines are open or not."""
    return [Openable("output", laid_out(call.result), tool_name(call)) for call in _long_calls(rows)]


def has_outputs(rows: MessageRows) -> bool:
    """Whether `outputs` finds any; costs next to nothing."""
    return any(_long_calls(rows))


def _long_calls(rows: MessageRows) -> Iterator[ToolCallContent]:
    for part in rows.parts:
        call = part.content
        if isinstance(call, ToolCallContent) and call.state not in ("asking", "running") and is_long(call.result):
            yield call


def _in_row(rows: MessageRows, number: int, row: Row) -> Iterator[Openable]:
    for span in row.spans:
        kind, _, target = span.action.partition(":")
        if kind == "link":
            yield Openable("link", target)
        elif kind == "file":
            yield Openable("file", target, span.text)
        elif kind == "code":
            language = row.spans[1].text if row.spans[1].style == "on-code muted" and not row.spans[1].action else ""
            yield Openable("code", rows.code_at(number, span.action), language)
        elif span.source[:1] in ("\\", "$") and row.table is None:
            yield Openable("formula", span.source)
