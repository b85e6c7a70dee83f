"""The texts below a part's head: which there are, and how each is drawn."""

from tui.app.transcript.markdown.code import CodeDisplay
from tui.app.transcript.markdown.render import Renderer
from tui.app.transcript.message_text import MessageText
from tui.app.transcript.row import Span
from tui.app.transcript.row_cache import RowCache
from tui.app.transcript.tool_text import arguments_source, result_source
from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent, ToolCallContent

_BAR = (Span("│ ", "faint"),)


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

    def make(self, content: MessageContent, *, folded: bool, growing: bool = False) -> list[MessageText]:
        """The texts below the head; those of a tool call only while it is open, most never are."""
        match content:
            case TextContent(source):
                text = self._new_text(plain=self._plain)
            case ThinkingContent(source):
                text = self._new_text(renderer=Renderer(_BAR, "thought"))
            case ToolCallContent() if not folded:
                return self._tool_texts(content)
            case _:
                return []
        return [_filled(text, source, growing=growing)]

    def _tool_texts(self, call: ToolCallContent) -> list[MessageText]:
        texts = []
        if arguments := arguments_source(call):
            texts.append(_filled(self._new_text(), arguments))
        if call.result:
            source, plain = result_source(call)
            renderer = Renderer(_BAR, "muted") if plain else None
            texts.append(_filled(self._new_text(plain=plain, renderer=renderer), source))
        return texts

    def _new_text(self, *, plain: bool = False, renderer: Renderer | None = None) -> MessageText:
        text = MessageText(self._cache, self.column, plain=plain, renderer=renderer, folding=self._folding)
        text.set_display(self.display)
        return text


def _filled(text: MessageText, source: str, *, growing: bool = False) -> MessageText:
    text.append(source)
    if not growing:
        text.close(whole=True)
    return text
