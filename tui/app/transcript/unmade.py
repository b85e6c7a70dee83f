"""What is known of a message of which no row was made yet.

It is just as high as its rows would say: their texts are estimated until they are drawn.
"""

from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.message_text import LAZY_CHARS, estimated_rows
from tui.app.transcript.tool_text import call_sources
from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent, ToolCallContent

_HEAD = 1


def sources_unmade(content: MessageContent) -> list[str]:
    """The Markdown of a part's texts, as `PartRows.sources`."""
    if isinstance(content, ToolCallContent):
        return call_sources(content)
    return [content.text] if isinstance(content, TextContent | ThinkingContent) else []


def gap_above(message: TranscriptMessage, before: MessageContent | None, content: MessageContent) -> int:
    """The empty row that sets a text apart; lines stand below each other without one.

    `before` is the part above; None for the message's head.
    """
    if before is None:
        return int(message.kind == "reply" and isinstance(content, TextContent))
    texts = isinstance(before, TextContent), isinstance(content, TextContent)
    return int(any(texts) if message.kind == "reply" else texts[0])


def height_unmade(message: TranscriptMessage, column: int) -> int | None:
    """Rows of a message, `column` cells wide; None where only they tell: it goes on, or has a card or a file."""
    if message.kind not in ("prompt", "reply") or message.state != "done":
        return None
    if message.failure is not None or message.note or message.waiting is not None or message.headless:
        return None
    height, before = _HEAD, None
    for content in message.parts:
        match content:
            case TextContent(text) if len(text) <= LAZY_CHARS:
                rows = estimated_rows(text, column) if text else 0
            case ThinkingContent(text) if len(text) <= LAZY_CHARS:
                rows = 1 if text else 0
            case ToolCallContent() if not content.files:
                rows = 1
            case _:
                return None
        if rows:
            height += gap_above(message, before, content) + rows
            before = content
    return height
