"""Which message the message keys act on. Lines between them are passed over: there is nothing to do with them."""

from typing import TYPE_CHECKING

from tui.app.transcript.message import LINES

if TYPE_CHECKING:
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message_rows import MessageRows
    from tui.app.transcript.scroll_place import ScrollPlace


class MessageFocus:
    """One focused message, or none. It is known by its id, so that it stays focused while others come and go."""

    def __init__(self, layout: "TranscriptLayout", place: "ScrollPlace") -> None:
        self._layout = layout
        self._place = place
        self._id: str | None = None

    @property
    def index(self) -> int | None:
        """Of the focused message; None when there is none."""
        return self._layout.find(self._id)

    @property
    def rows(self) -> "MessageRows | None":
        """The focused message; None when there is none."""
        return None if self.index is None else self._layout.messages[self.index]

    def clear(self) -> None:
        """Focus no message."""
        self._id = None

    def set(self, index: int) -> None:
        """Focus a message, unless it is a mere line."""
        if self._layout.messages[index].message.kind not in LINES:
            self._id = self._layout.messages[index].message.id

    @property
    def in_view(self) -> bool:
        """Whether some of the focused message can be seen, or there is none."""
        return self.index is None or self._is_seen(self.index)

    def _is_seen(self, index: int) -> bool:
        start, place = self._layout.start(index), self._place
        return start < place.top + place.height and start + self._layout.messages[index].height > place.top

    @property
    def nearest(self) -> int | None:
        """Index of the message that has the keys as soon as they come here: the focused one, if it can be seen.

        Else that which is seen nearest to it; without a focused one, the last that starts above the end of the view.
        """
        index, place = self.index, self._place
        if index is not None and self._is_seen(index):
            return index
        above = index is not None and self._layout.start(index) < place.top
        found = self._layout.locate(place.top if above else place.top + max(0, place.height - 2))[0]
        if above and found >= 0 and not self._is_seen(found):  # only the empty row below it is
            found += 1
        if found < 0:
            return None
        step = 1 if above else -1
        near = self._near(found, step)
        return self._near(found, -step) if near is None else near

    def ensure(self) -> None:
        """Where no message is focused, or none that can be seen, focus the nearest that can."""
        if (index := self.nearest) is not None:
            self.set(index)

    def show(self) -> None:
        """Bring the focused message into view."""
        if self.index is not None:
            self._place.show(self.index)

    def move(self, step: int) -> None:
        """Focus the message `step` further down, and bring it into view; without a focused one, the last in view."""
        if self.index is None:
            self.ensure()
        elif (found := self._near(self.index + step, step)) is not None:
            self.set(found)
        self.show()

    def leave(self, index: int) -> None:
        """A message goes: if it is the focused one, the one above is from now on, or else the one below."""
        if self.index == index:
            above = self._near(index - 1, -1)
            found = self._near(index + 1, 1) if above is None else above
            self.clear()
            if found is not None:
                self.set(found)

    def _near(self, index: int, step: int) -> int | None:
        """The first message from `index` on, in steps, that is no mere line."""
        messages = self._layout.messages
        while 0 <= index < len(messages):
            if messages[index].message.kind not in LINES:
                return index
            index += step
        return None
