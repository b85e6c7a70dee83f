"""An output, code, table or formula of a message over the whole screen, where nothing of it is cut or folded."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from typing_extensions import override

from tui.app.dialogs.base import Dialog
from tui.app.styles import styled
from tui.app.transcript.openables import Openable
from tui.app.widgets.source_page import SourcePage, code_rows, table_rows
from tui.figures import counted
from tui.text import clean_line

_TITLES = {"output": "Output", "code": "Code", "table": "Table", "formula": "Formula"}


class SourceView(Dialog[None]):
    """Always dismissed with None.

    Args:
        shown: what to show; no link.
        copy: copies a text, whose second argument names it.
        words: it is prose, or prose as often as code, as every output.
    """

    DEFAULT_CSS = """
    SourceView {
        & #box { width: 100%; height: 100%; }
        & #body { height: 1fr; max-height: 100%; padding: 0; overflow: hidden; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", show=False),
        Binding("w", "wrap", show=False),
        Binding("q,o", "close", show=False),
    ]
    KEYS = (("c", "copy"), ("w", "wrap"), ("←→↑↓", "scroll"))

    def __init__(self, shown: Openable, copy: Callable[[str, str], None], *, words: bool = False) -> None:
        super().__init__()
        self.title = _TITLES[shown.kind]
        self._shown = shown
        self._copy = copy
        info = shown.info if shown.kind != "output" else "json" if shown.source[:1] in ("{", "[") else ""
        rows = table_rows(shown.source) if shown.kind == "table" else code_rows(shown.source, info)
        self._page = SourcePage(rows, shown.source, words=words or shown.kind == "output")

    @override
    def compose_body(self) -> ComposeResult:
        lines = counted(self._shown.source.count("\n") + 1, "line")
        facts = [clean_line(self._shown.info, 40), lines] if self._shown.info else [lines]
        self.top.right = styled(" · ".join(facts), "muted")
        yield self._page

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self._page.focus()

    def action_wrap(self) -> None:
        """Wrap long lines, or not."""
        self._page.action_wrap()

    def action_copy(self) -> None:
        """Copy all of it, as it came."""
        self._copy(self._shown.source, self._shown.kind)
