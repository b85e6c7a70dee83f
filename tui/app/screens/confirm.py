"""One question before something is lost. Enter or the named key says yes; escape says no."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.app.screens.overlay import Line, Overlay
from tui.app.widgets.ink import ink
from tui.text import clean_line


class Confirm(Overlay[bool]):
    """Dismissed with True for yes, None for no.

    Args:
        title: what would be done, such as "Delete chat".
        question: one or two sentences; cleaned here.
        label: the verb of yes.
        refuse: the verb of no.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,y", "agree", show=False), Binding("n", "close", show=False)]

    def __init__(self, title: str, question: str, label: str, refuse: str = "keep") -> None:
        super().__init__()
        self.TITLE_TEXT = title
        self._question = clean_line(question, 400)
        self._label, self._refuse = label, refuse

    def compose(self) -> ComposeResult:
        """The box with its question."""
        yield from super().compose()
        self.show_keys((("↵", self._label),), self._refuse)

    def body(self) -> ComposeResult:
        """The question."""
        yield Line(ink(self._question, "text"))

    def action_agree(self) -> None:
        """Yes."""
        self.dismiss(True)
