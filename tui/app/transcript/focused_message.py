"""What the keys do with the focused message, and which of them apply to it. Posts nothing: the view does."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from tui.app.transcript.cards import report_of
from tui.app.transcript.openables import has_outputs, openables, rows_to_look_at
from tui.app.transcript.scroll_place import SLICE_S
from tui.text import portable

if TYPE_CHECKING:
    from tui.app.transcript.focus import MessageFocus
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message import TranscriptMessage
    from tui.app.transcript.message_rows import MessageRows
    from tui.app.transcript.openables import Openable
    from tui.app.transcript.part_rows import PartRows
    from tui.app.transcript.scroll_place import ScrollPlace
    from tui.app.transcript.stream_drawer import StreamDrawer

_CODE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:`{3,}|~{3,})", re.MULTILINE)
_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
_TABLE = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|", re.MULTILINE)
_FORMULA = re.compile(r"\\[(\[]|\$\S")
_STEP_CELLS = 8

MESSAGE_KEYS = (
    "copy", "copy_code", "open", "fold", "wrap_code", "scroll_code",
    "retry", "retry_with", "continue_reply", "edit_message", "previous_branch", "next_branch", "tree", "fork",
    "delete_message",
)  # fmt: skip
"""Actions that apply to some messages only, and none of them where there is no message."""


class FocusedMessage:
    """The message keys, as they act on the layout.

    Args:
        refresh: is called when another message has the keys than before, or other keys apply.
    """

    def __init__(
        self,
        layout: "TranscriptLayout",
        place: "ScrollPlace",
        drawer: "StreamDrawer",
        focus: "MessageFocus",
        refresh: Callable[[], object],
    ) -> None:
        self._layout = layout
        self._place = place
        self._drawer = drawer
        self._focus = focus
        self._refresh = refresh
        self._applying: tuple[object, ...] = ()  # the message, and which keys apply, as the footer knows it
        self._next_code: tuple[str, int] = ("", 0)  # the message whose codes are being copied, and the next one

    @property
    def rows(self) -> "MessageRows | None":
        """The focused message."""
        return self._focus.rows

    def applies(self, action: str) -> bool:
        """Whether an action would do something with it. Looks at its source only, which is fast."""
        if action not in MESSAGE_KEYS:
            return True
        rows = self.rows
        if rows is None:
            return False
        match action:
            case "copy":
                return bool(rows.source) or rows.message.failure is not None
            case "copy_code":
                return _matches(rows, _CODE)
            case "open":
                return (
                    any(file.hash for file in rows.files)
                    or has_outputs(rows)
                    or _matches(rows, _LINK, _CODE, _TABLE, _FORMULA)
                )
            case "fold":
                return rows.folds or rows.message.kind == "folded"
            case "wrap_code":
                return rows.wide_code
            case "scroll_code":
                return rows.wide_code and not rows.display.wrap
            case _:
                return self._branches_by(action, rows.message)

    def _branches_by(self, action: str, message: "TranscriptMessage") -> bool:
        """Whether an action would make another branch, or show one."""
        number, count = message.branch
        match action:
            case "retry":
                return message.state != "streaming" and not self._is_being_answered
            case "continue_reply":
                return message.can_go_on
            case "edit_message":
                return message.kind == "prompt" or (bool(message.label) and message.state == "done")
            case "previous_branch":
                return number > 1
            case "next_branch":
                return number < count
            case _:
                return True

    @property
    def _is_being_answered(self) -> bool:
        """Whether the message below it streams: a key that is pressed twice does not mean two answers."""
        index = self._focus.index
        return index is not None and any(rows.streaming for rows in self._layout.messages[index + 1 : index + 2])

    def refresh(self) -> None:
        """Let it be known which message the keys act on now, and which apply, if that is not as before."""
        rows = self.rows
        applying = (rows.message.id if rows is not None else "", *map(self.applies, MESSAGE_KEYS))
        if applying != self._applying:
            self._applying = applying
            self._refresh()

    def copied(self) -> tuple[str, str] | None:
        """The message as raw Markdown, or its failure as a report; and which of them it is."""
        rows = self.rows
        if rows is not None and rows.source:
            return portable(rows.source), "message"
        if rows is not None and rows.message.failure is not None:
            return report_of(rows.message.failure), "report"
        return None

    def next_code(self) -> tuple[str, str] | None:
        """The first code, or with the next call the next one, and what it is; it comes into view."""
        rows, index = self.rows, self._focus.index
        if rows is None or index is None:
            return None
        with self._place.kept():
            codes = rows.codes()
            self._layout.changed(index)
        if not codes:
            return None
        message_id, at = self._next_code
        at = at % len(codes) if message_id == rows.message.id else 0
        self._next_code = (rows.message.id, at + 1)
        row, source = codes[at]
        self._place.show_row(self._layout.start(index) + row)
        return source, "code" if len(codes) == 1 else f"code {at + 1} of {len(codes)}"

    def fold(self) -> None:
        """Open all that folds, and go there, or fold it."""
        rows, index = self.rows, self._focus.index
        if rows is None or index is None or not rows.folds:
            return
        self.toggle(index, None)
        opened = next((part for part in rows.parts if part.folds and not part.folded), None)
        has_code = any(part.long_codes for part in rows.parts)  # then the reader may look at that
        if opened is not None and not has_code and (start := rows.start_of(opened)) is not None:
            self._place.show_row(self._layout.start(index) + start)

    def toggle(self, index: int, part: "PartRows | None") -> None:
        """Fold or open one part of a message, or all of them."""
        rows = self._layout.messages[index]
        if rows.folds:
            self._place.forget_selection()
            with self._place.held():
                rows.toggle(part, monotonic())
                rows.advance(perf_counter() + SLICE_S, monotonic())
                self._layout.changed(index)
            self._drawer.watch(rows)
            self.refresh()

    def toggle_code(self, index: int, number: int) -> None:
        """Fold or open the long code in a row of a message."""
        with self._unfolding(index) as rows:
            rows.toggle_code_at(number)

    def show_whole(self, index: int, number: int) -> None:
        """Show all of the long output in a row of a message."""
        with self._unfolding(index) as rows:
            rows.show_whole_at(number)

    @contextmanager
    def _unfolding(self, index: int) -> Iterator["MessageRows"]:
        self._place.forget_selection()
        rows = self._layout.messages[index]
        with self._place.held():
            yield rows
            self._layout.changed(index)
        self._drawer.watch(rows)
        self.refresh()

    def scroll_code(self, index: int | None, steps: int) -> bool:
        """Scroll a message's code sideways; whether there was something to scroll."""
        if index is None or index < 0:
            return False
        rows = self._layout.messages[index]
        moved = rows.show_code(left=rows.display.left + steps * _STEP_CELLS)
        if moved:
            self._place.fit()
        return moved

    def wrap_code(self) -> None:
        """Wrap long lines of code, or cut them again."""
        rows, index = self.rows, self._focus.index
        if rows is not None and index is not None:
            self._place.forget_selection()
            with self._place.held():
                rows.show_code(wrap=not rows.display.wrap)
                self._layout.changed(index)
            self.refresh()

    def openables(self) -> list["Openable"]:
        """What can be opened in it; of a long message, in what is in view of it."""
        rows, index = self.rows, self._focus.index
        if rows is None or index is None:
            return []
        start, top = self._layout.start(index), self._place.top
        numbers = rows_to_look_at(rows, top - start, top - start + self._place.height)
        with self._place.kept():
            while rows.make_exact(numbers.start, numbers.stop, 0)[1]:
                pass
            self._layout.changed(index)
            return openables(rows, rows_to_look_at(rows, numbers.start, numbers.stop))


def _matches(rows: "MessageRows", *patterns: re.Pattern[str]) -> bool:
    return any(pattern.search(source) for source in rows.open_sources for pattern in patterns)
