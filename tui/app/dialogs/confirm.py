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
    """

    DEFAULT_CSS = "Confirm #box { width: 64; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(_YES), "agree", show=False),
        Binding("n", "close", show=False),
    ]

    def __init__(self, title: str, question: str, yes: str, no: str = "keep") -> None:
        super().__init__()
        self.title = title
        self._question = clean_line(question, 400)
        self.show_keys((("↵", yes),), no)

    @override
    def compose_body(self) -> ComposeResult:
        yield Line(styled(self._question, "text"))

    @override
    def is_harmless(self, key: str) -> bool:
        return key not in _YES

    def action_agree(self) -> None:
        """Answer yes."""
        self.dismiss(True)
