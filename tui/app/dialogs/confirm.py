"""One question before something is lost. Enter or y says yes, once it can have been read; escape or n says no."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from typing_extensions import override

from tui.app.dialogs.cautious import CautiousDialog
from tui.app.styles import styled
from tui.app.widgets.line import Line
from tui.text import clean_line

_YES = ("enter", "y")


class Confirm(CautiousDialog[bool]):
    """Dismissed with True for yes, None for no.

    Args:
        title: what would be done, such as "Delete chat".
        question: one or two sentences; cleaned here.
        yes: the verb that does it, such as "delete".
        no: the verb that leaves it.
        at_once: a yes may have been typed ahead, as nothing is lost by it.

    Attributes:
        question: what is asked now.
    """

    DEFAULT_CSS = "Confirm #box { width: 64; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(_YES), "agree", show=False),
        Binding("n", "close", show=False),
    ]

    def __init__(self, title: str, question: str, yes: str, no: str = "keep", *, at_once: bool = False) -> None:
        super().__init__()
        self.title = title
        self._at_once = at_once
        self._line = Line()
        self.ask(question)
        self.show_keys((("↵", yes),), no)

    @override
    def compose_body(self) -> ComposeResult:
        yield self._line

    @override
    def is_harmless(self, key: str) -> bool:
        return self._at_once or key not in _YES

    def ask(self, question: str) -> None:
        """Ask in other words: what was asked about is otherwise now."""
        self.question = clean_line(question, 400)
        self._line.content = styled(self.question, "text")

    def action_agree(self) -> None:
        """Answer yes."""
        self.dismiss(True)
