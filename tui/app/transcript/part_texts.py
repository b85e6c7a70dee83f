"""The texts below a part's head: which there are, and how each is drawn."""

from tui.app.transcript.markdown.code import CodeDisplay
from tui.app.transcript.markdown.render import Renderer
from tui.app.transcript.message_text import MessageText
from tui.app.transcript.row import Span
from tui.app.transcript.row_cache import RowCache
from tui.app.transcript.tool_text import arguments_source, result_source
from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent, ToolCallContent

_BAR = (Span("│ ", "faint"),)
_CARD_BAR = Span("▌ ", "bar-care")
_LONG_LINES, _LONG_CHARS, _FIRST_LINES, _FIRST_CHARS = 30, 6_000, 20, 4_000
"""A longer output folds, to so much of it."""


def first_of(output: str) -> str:
    """What is shown of a tool's output, as plain text, until the rest is wanted; all of it where it is not long."""
    return "\n".join(output[:_FIRST_CHARS].split("\n")[:_FIRST_LINES]) if is_long(output) else output


def is_long(output: str) -> bool:
    """Whether an output is too long to be shown at once."""
    return len(output) > _LONG_CHARS or output.count("\n") >= _LONG_LINES


class TextMaker:
    """Makes the texts of one part.

    Args:
        plain: a text is drawn as it was typed, see `MessageText`.
        folding: long code is folded at first.

    Attributes:
        column: cells of the reading column, for texts that are made from now on.
        display: how they show code.
    """

    def __init__(self, cache: RowCache, column: int, *, plain: bool, folding: bool) -> None:
        self.column = column
        self.display = CodeDisplay()
        self._cache = cache
        self._plain = plain
        self._folding = folding

    def make(
        self, content: MessageContent, *, folded: bool, growing: bool = False, whole: bool = False
    ) -> list[MessageText]:
        """The texts below the head; those of a tool call only while it is open, most never are.

        Args:
            content: the part.
            folded: it is not open.
            growing: more text may come.
            whole: also of a long output there is all of it.
        """
        match content:
            case TextContent(source):
                text = self._new_text(plain=self._plain)
            case ThinkingContent(source):
                text = self._new_text(renderer=Renderer(_BAR, "thought"))
            case ToolCallContent() if not folded:
                return self._tool_texts(content, whole=whole)
            case _:
                return []
        return [_filled(text, source, growing=growing)]

    def make_card(self, call: ToolCallContent) -> list[MessageText]:
        """The arguments of a call that a person is asked about: nothing of them is cut or folded."""
        text = MessageText(self._cache, self.column, renderer=Renderer(bar=_CARD_BAR))
        text.set_display(CodeDisplay(wrap=True))
        return [_filled(text, arguments_source(call))]

    def _tool_texts(self, call: ToolCallContent, *, whole: bool) -> list[MessageText]:
        texts = []
        if arguments := arguments_source(call):
            texts.append(_filled(self._new_text(folding=True), arguments))
        if call.result:
            source, plain = result_source(call)
            renderer = Renderer(_BAR, "muted") if plain else None
            shown = first_of(source) if plain and not whole else source
            texts.append(_filled(self._new_text(plain=plain, renderer=renderer, folding=True), shown))
        return texts

    def _new_text(
        self, *, plain: bool = False, renderer: Renderer | None = None, folding: bool | None = None
    ) -> MessageText:
        folds = self._folding if folding is None else folding
        text = MessageText(self._cache, self.column, plain=plain, renderer=renderer, folding=folds)
        text.set_display(self.display)
        return text


def _filled(text: MessageText, source: str, *, growing: bool = False) -> MessageText:
    text.append(source)
    if not growing:
        text.close(whole=True)
    return text
