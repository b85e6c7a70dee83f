"""What a reply under way reports of its contents, as changes of the transcript."""

from typing import assert_never

from tui.app.chat.changes import AppendText, PutPart
from tui.chat.message_parts import TextContent, ThinkingContent
from tui.chat.replies.events import PartReplaced, TextDelta, ThinkingDelta, ToolChanged, ToolStarted

StreamEvent = TextDelta | ThinkingDelta | ToolStarted | ToolChanged | PartReplaced
"""What it reports."""


def content_change(event: StreamEvent) -> AppendText | PutPart:
    """What is to be drawn of something that came."""
    match event:
        case TextDelta(reply_id, part, text):
            return AppendText(reply_id, part, TextContent(text))
        case ThinkingDelta(reply_id, part, text):
            return AppendText(reply_id, part, ThinkingContent(text))
        case ToolStarted(reply_id, part, content) | ToolChanged(reply_id, part, content):
            return PutPart(reply_id, part, content)
        case PartReplaced(reply_id, part, content):
            return PutPart(reply_id, part, content)
        case _:
            assert_never(event)
