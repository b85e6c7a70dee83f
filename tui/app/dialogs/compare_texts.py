"""Two messages of a chat, word by word: what only one of them has stands between signs, in its colour."""

import asyncio
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from typing_extensions import override

from tui.app import workers
from tui.app.dialogs.base import Dialog
from tui.app.styles import join, styled
from tui.app.widgets.line import Line
from tui.chat.word_diff import Piece, word_diff
from tui.figures import age
from tui.model_id import ModelId
from tui.store.records import Message
from tui.text import clean, clean_line

_SIGNS = {"-": ("[-", "-]", "wrong", "muted"), "+": ("{+", "+}", "good", "strong")}
"""What stands around a piece, its role, and that of the words."""


class CompareTexts(Dialog[None]):
    """Always dismissed with None.

    Args:
        one: the message whose words are marked as gone where the other has none of them.
        other: the message whose words are marked as new.
        names: what the two are called; by default as who wrote them.
    """

    DEFAULT_CSS = """
    CompareTexts {
        & #box { width: 116; height: 90%; }
        & #body { height: 1fr; }
        & #heads { height: auto; margin-bottom: 1; }
        & VerticalScroll { height: 1fr; padding: 0 2; scrollbar-size-vertical: 1; }
    }
    """
    TITLE = "Compare"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]
    KEYS = (("↑↓", "scroll"),)

    def __init__(self, one: Message, other: Message, *, names: tuple[str, str] | None = None) -> None:
        super().__init__()
        self._texts = one.text, other.text
        first, second = names or (_name(one), _name(other))
        self._heads = Line(Content("\n").join([_head("-", one, first), _head("+", other, second)]), id="heads")
        self._words = Line(styled("Comparing…", "muted"))
        self._page = VerticalScroll(self._words)

    @override
    def compose_body(self) -> ComposeResult:
        yield self._heads
        yield self._page

    def on_mount(self) -> None:
        """Compare them beside everything else: long texts take a while."""
        self._page.focus()
        workers.begin(self, self._compare, "compare")

    async def _compare(self) -> None:
        pieces = await asyncio.to_thread(word_diff, clean(self._texts[0]), clean(self._texts[1]))
        changes = sum(piece.sign != "=" for piece in pieces)
        self.top.right = styled("no difference" if not changes else f"{changes} changes", "muted")
        self._words.content = Content.assemble(*[_shown(piece) for piece in pieces])

    def action_scroll(self, rows: int) -> None:
        """Scroll without sliding."""
        self._page.scroll_relative(y=rows, animate=False)


def _name(message: Message) -> str:
    return "you" if message.kind == "prompt" else ModelId.parse(message.model).label


def _head(sign: str, message: Message, name: str) -> Content:
    who = clean_line(name, 40)
    before, behind, role, _ = _SIGNS[sign]
    when = styled(age(message.created_at, datetime.now(UTC)), "muted")
    return join([styled(f"{before} {behind}", role), styled(who, "you" if message.kind == "prompt" else "model"), when])


def _shown(piece: Piece) -> Content:
    if piece.sign == "=":
        return styled(piece.text, "text")
    before, behind, role, words = _SIGNS[piece.sign]
    return Content.assemble(styled(before, role), styled(piece.text, words), styled(behind, role))
