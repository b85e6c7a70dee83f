"""Messages come, go and are replaced: the reader's place, the focus, the search and what streams go with them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.scroll_view import ScrollView

from tui.app.transcript.message import LINES

if TYPE_CHECKING:
    from tui.app.transcript.finder import Finder
    from tui.app.transcript.focus import MessageFocus
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message import TranscriptMessage
    from tui.app.transcript.scroll_place import ScrollPlace
    from tui.app.transcript.stream_drawer import StreamDrawer


class ShownMessages:
    """The messages of a layout, as the screen changes them one by one."""

    def __init__(
        self,
        view: ScrollView,
        layout: "TranscriptLayout",
        place: "ScrollPlace",
        drawer: "StreamDrawer",
        focus: "MessageFocus",
        finder: "Finder",
    ) -> None:
        self._view = view
        self._layout = layout
        self._place = place
        self._drawer = drawer
        self._focus = focus
        self._finder = finder

    def load(self, messages: Iterable["TranscriptMessage"]) -> None:
        """Show these instead of all others, from the end."""
        self._layout.load(messages)
        self._focus.clear()
        self._place.follow(True)
        self._drawer.clear()
        self._drawer.watch(*self._layout.messages)
        self._drawer.draw()
        self._place.fit()
        if self._view.has_focus:
            self._focus.ensure()
        self._finder.messages_replaced()

    def add(self, message: "TranscriptMessage") -> None:
        """Show one more below the others; one's own prompt brings the view to the end."""
        if message.kind == "prompt":
            self._place.follow(True)
        end = len(self._layout.messages)
        focused = self._view.has_focus and self._place.following and self._focus.index == end - 1
        with self._place.kept():
            rows = self._layout.insert(end, message)
        if message.kind not in LINES:
            self._place.note_new(message.id)
        if focused:
            self._focus.set(end)
        self._drawer.watch(rows)
        self._finder.messages_changed()

    def insert(self, message: "TranscriptMessage", before: str | None) -> None:
        """Show one more above the one with the id `before`, or with None at the end; focus and reader stay."""
        index = len(self._layout.messages) if before is None else self._layout.find(before)
        if index is not None:
            self._place.forget_selection()
            with self._place.kept():
                rows = self._layout.insert(index, message)
            if before is None:
                self._place.note_new(message.id)
            self._drawer.watch(rows)
            self._finder.messages_changed()

    def remove(self, message_id: str) -> None:
        """Show one no more; its focus goes to the one above."""
        index = self._layout.find(message_id)
        if index is not None:
            self._place.forget_selection()
            self._focus.leave(index)
            self._place.new.discard(message_id)
            with self._place.kept():
                self._layout.remove(index)
            self._finder.messages_changed()

    def show_branch(self, above: str | None, messages: Iterable["TranscriptMessage"], at: str) -> None:
        """Show these below the message `above` (None: from the first on) instead of those that stand there.

        The message with the id `at` gets the focus, in the row of the screen where the focused one of those was, or
        else where they began.
        """
        layout, place = self._layout, self._place
        first = 0 if above is None else (layout.find(above) or 0) + 1
        place.forget_selection()
        begin = self._focus.index if self._focus.index is not None and self._focus.index >= first else first
        row = layout.start(min(begin, len(layout.messages))) - place.top
        while len(layout.messages) > first:
            place.new.discard(layout.messages[-1].message.id)
            layout.remove(len(layout.messages) - 1)
        shown = [layout.insert(len(layout.messages), message) for message in messages]
        if (index := layout.find(at)) is None:
            index = len(layout.messages) - 1
        if index >= 0:
            self._focus.set(index)
            place.go_to(layout.start(index) - max(0, min(row, place.height - 2)))
        self._drawer.watch(*shown)
        self._drawer.draw()
        self._finder.messages_changed()

    def replace(self, message_id: str, message: "TranscriptMessage") -> None:
        """Show another in the place of one, or the same in another state, with all its parts."""
        index = self._layout.find(message_id)
        if index is None:
            return
        focused = self._focus.index == index
        with self._place.kept():
            rows = self._layout.replace(index, message)
        if focused:
            self._focus.set(index)
        self._drawer.watch(rows)
        self._drawer.draw()
        self._finder.messages_changed()
