"""A side pane whose inner edge the mouse drags, which makes it wider or narrower."""

from typing import Literal

from textual import events
from textual.message import Message
from textual.widget import Widget

from tui.dataclass import dataclass


class ResizablePane(Widget):
    """A pane at a side of the screen. Mixed into a container; its screen decides on the width."""

    EDGE: Literal["left", "right"] = "right"
    """Where the edge is that can be dragged: a pane at the left of the screen has it at its right."""

    @dataclass
    class Dragged(Message):
        """The edge was dragged to where the pane is `width` columns wide; `done` once the button is up."""

        pane: "ResizablePane"
        width: int
        done: bool

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the edge."""
        column = self.region.right - 1 if self.EDGE == "right" else self.region.x
        if event.screen_x == column:
            event.stop()
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the edge along, while it is held."""
        if self.app.mouse_captured is self:
            self._drag(event, done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the edge."""
        if self.app.mouse_captured is self:
            self.release_mouse()
            self._drag(event, done=True)

    def _drag(self, event: events.MouseEvent, *, done: bool) -> None:
        event.stop()
        x = int(event.screen_x)
        width = x + 1 - self.region.x if self.EDGE == "right" else self.region.right - x
        self.post_message(self.Dragged(self, width, done))
