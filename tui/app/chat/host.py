"""The screen, as the parts of it see it: what each may ask of it, and no more."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from textual.worker import Worker

    from tui.app.chat.changes import Change
    from tui.app.workers import Work


class Host(Protocol):
    """A screen on which work goes on beside everything else, and that can say a line."""

    def show_notice(self, text: str, about: str = "") -> None:
        """Let a line stand above the messages until it was read, or something else is to be said about the same."""

    def toast(self, mark: str, text: str, severity: Any = "information", *, seconds: float = 4) -> None:
        """Show a line for some seconds."""

    def refuse(self, why_not: str) -> None:
        """Say in such a line why nothing is done; what was typed for it comes back."""

    def show_problem(self, sentence: str) -> None:
        """Say why nothing came of something, until something else is done; what was typed for it comes back."""

    def begin(self, work: "Work", group: str, *, exclusive: bool = False) -> "Worker[None]":
        """Run something as a worker of the screen."""


class BrowserTab(Protocol):
    """What only a browser can do that shows the app; in a terminal nobody asks for it."""

    def download(self, path: "Path") -> None:
        """Let it fetch a file of the tab's folder, which is removed then."""

    def choose_upload(self) -> None:
        """Let it ask for files of the machine that it runs on; they come as pasted paths."""


class DrawingHost(Host, Protocol):
    """A screen that shows a chat and the list of chats."""

    def show_view(self, changes: Sequence["Change"] = ()) -> None:
        """Draw changes of the transcript, and all that stands around it."""

    def show_reading(self) -> None:
        """Draw what the chat has used."""

    def read_list(self) -> object:
        """Read the list of chats, and draw it."""
