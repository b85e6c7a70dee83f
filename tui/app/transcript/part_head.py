"""The line that heads a part, if it has one, and the clock in it."""

from dataclasses import replace
from typing import assert_never

from tui.app.transcript.headers import attachment_rows, notice_rows, thought_rows, tool_rows
from tui.app.transcript.row import Row
from tui.app.transcript.row_cache import RowCache
from tui.chat.message_parts import (
    AttachmentContent,
    MessageContent,
    NoticeContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)


def clock_runs(content: MessageContent) -> bool:
    """Whether a part's clock runs while its message streams."""
    match content:
        case ThinkingContent():
            return content.duration_s is None
        case ToolCallContent():
            return content.state in ("asking", "running")
        case _:
            return False


def with_duration(content: MessageContent, before: MessageContent) -> MessageContent:
    """A part with the time that was measured while it ran, where the stored one has none."""
    match content, before:
        case (ThinkingContent(duration_s=None), ThinkingContent(duration_s=float() as taken)):
            return replace(content, duration_s=taken)
        case (ToolCallContent(call_id=id, duration_s=None), ToolCallContent(call_id=same, duration_s=float() as taken)):
            return replace(content, duration_s=taken) if id == same else content
        case _:
            return content


def head_rows(
    content: MessageContent, column: int, cache: RowCache, *, folded: bool, running_s: float | None
) -> list[Row]:
    """The head of a part; a text has none, nor have thoughts without a word.

    Args:
        content: the part, with all of its text.
        column: cells of the reading column.
        cache: has the small images.
        folded: what is below it is folded away.
        running_s: for how long its clock has run; None while it does not.
    """
    match content:
        case TextContent():
            return []
        case ThinkingContent():
            return thought_rows(content, column, folded=folded, running_s=running_s) if content.text else []
        case ToolCallContent():
            # What still runs when its message has ended was stopped with it.
            stopped = content.state in ("asking", "running") and running_s is None
            call = replace(content, state="interrupted") if stopped else content
            files = [row for file in call.files for row in _file_rows(file, column, cache)]
            return [*tool_rows(call, column, folded=folded, running_s=running_s), *files]
        case AttachmentContent():
            return _file_rows(content, column, cache)
        case NoticeContent():
            return notice_rows(content, column)
        case _:
            assert_never(content)


def _file_rows(file: AttachmentContent, column: int, cache: RowCache) -> list[Row]:
    return [*attachment_rows(file, column), *cache.pictures.get(file.hash, ())]


def files_of(content: MessageContent) -> tuple[AttachmentContent, ...]:
    """The files that a part shows."""
    match content:
        case AttachmentContent():
            return (content,)
        case ToolCallContent():
            return content.files
        case _:
            return ()
