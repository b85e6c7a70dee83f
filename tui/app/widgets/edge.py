"""The inner edge of a side pane, by which the mouse drags it wider or narrower."""

from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.message import Message
from textual.widget import Widget


class Pane(Widget):
    """A pane at a side of the screen whose inner column can be dragged. Mixed into a container."""

    EDGE: Literal["left", "right"] = "right"

    @dataclass
    class Dragged(Message):
        """The edge was dragged: so many columns the pane wants; `done` once the button is up."""

        pane: "Pane"
        width: int
        done: bool

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the edge."""
        column = self.region.right - 1 if self.EDGE == "right" else self.region.x
        if event.screen_x == column:
            event.stop()
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag."""
        if self.app.mouse_captured is self:
            self._drag(event, done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        if self.app.mouse_captured is self:
            self.release_mouse()
            self._drag(event, done=True)

    def _drag(self, event: events.MouseEvent, *, done: bool) -> None:
        event.stop()
        x = int(event.screen_x)
        width = x + 1 - self.region.x if self.EDGE == "right" else self.region.right - x
        self.post_message(self.Dragged(self, width, done))
