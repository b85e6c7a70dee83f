"""The conversation on screen: one scrolling widget on Textual's Line API, without a widget per message.

It draws turns and posts what a person wants of them; it never talks to the session, the library or its siblings.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.message import Message
from textual.scroll_view import ScrollView

from tui.app.transcript.turn import Turn


class Transcript(ScrollView, can_focus=True):
    """The turns of one conversation, following the end unless the reader scrolled up."""

    @dataclass
    class CopyRequested(Message):
        """The reader wants `text` (cleaned) in the clipboard; `what` says what it is, such as "message" or "code"."""

        text: str
        what: str

    @dataclass
    class LinkOpened(Message):
        """The reader clicked a link whose target was checked: http, https or mailto."""

        href: str

    @dataclass
    class ActionChosen(Message):
        """The reader wants something done with a turn: "retry", "model" or "export"."""

        turn_id: str
        action: str

    @dataclass
    class FollowChanged(Message):
        """The view follows the end, or does not any more; `new_count` turns have come below it since."""

        following: bool
        new_count: int

    @property
    def following(self) -> bool:
        """Whether the view stays at the end while text comes in."""
        return True

    @property
    def new_count(self) -> int:
        """How many turns have got text below the view since it stopped following."""
        return 0

    @property
    def focused_turn(self) -> Turn | None:
        """The turn that the message keys act on, or None while the transcript is not focused."""
        return None

    def load(self, turns: Iterable[Turn]) -> None:
        """Show these turns instead of all others, from the end."""

    def add(self, turn: Turn) -> None:
        """Show one more turn below the others."""

    def update(self, turn: Turn) -> None:
        """Take over everything but the text and thoughts of the turn with this id."""

    def append(self, turn_id: str, text: str) -> None:
        """Queue more of a streaming reply's text; it is drawn on the next tick."""

    def append_thinking(self, turn_id: str, text: str) -> None:
        """Queue more of a streaming reply's thoughts."""

    def finish(self, turn: Turn) -> None:
        """End a stream: the turn as it was stored, whose text is drawn as a whole."""
