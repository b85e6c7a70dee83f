"""What a file lacks of its conversation, counted, and in words: one line for each sort of thing. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from tui.bounds import json_object
from tui.figures import counted
from tui.formats import KEPT, Format, Kept
from tui.formats.document import strands
from tui.formats.tool_calls import tool_calls
from tui.store.records import Attachment, Conversation, Message, branch_of

LeftOut = Counter[str]
"""How many of each sort are missing; those of several files can be added up."""


def _has_figures(reply: Message) -> bool:
    used = json_object(reply.usage)
    return reply.price is not None or "input" in used or "output" in used


_LACKS: Mapping[Kept, Callable[[Sequence[Message]], int]] = {
    "thinking": lambda replies: sum([bool(reply.thinking.strip()) for reply in replies]),
    "tools": lambda replies: sum([len(tool_calls(reply)) for reply in replies]),
    "figures": lambda replies: sum([_has_figures(reply) for reply in replies]),
}
"""How much of these replies is missing where a format does not keep a sort."""


def left_out(
    format: Format,
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment] = (),
    *,
    branches: bool = False,
    beside: bool = True,
) -> LeftOut:
    """What `format.write` with the same arguments leaves out; with `beside`, files may lie in a folder beside it."""
    one = format.one_branch and not (branches and format.branches)
    shown = branch_of(messages, conversation.active_leaf) if one else messages
    found: LeftOut = Counter()
    if one and len(messages) > len(shown):
        found["branches"] = len(strands(messages, shown))
        found["messages"] = len(messages) - len(shown)
    if len(format.keeps) < len(KEPT):
        replies = [message for message in shown if message.kind == "reply"]
        found.update({sort: lacks(replies) for sort, lacks in _LACKS.items() if sort not in format.keeps})
        if "settings" not in format.keeps:
            set_here = [conversation.settings, *(reply.settings for reply in replies)]
            found["settings"] = int(any(json_object(text) for text in set_here))
        if "tags" not in format.keeps:
            found["tags"] = len(conversation.tags)
        if "words" not in format.keeps:
            found["texts"] = len(shown)
    if attachments and not (format.side_files and beside):
        ids = {message.id for message in shown}
        files = [file for file in attachments if file.message_id in ids]
        held = format.held(files, shown)
        found["files"] = sum(file.hash not in held for file in files)
    return +found


def in_words(found: LeftOut) -> list[str]:
    """A few words for each sort, such as "3 thoughts"; [] where nothing is missing."""
    lines = []
    if found["branches"]:
        lines.append(
            f"{counted(found['branches'], 'other branch', 'other branches')} ({counted(found['messages'], 'message')})"
        )
    if found["texts"]:
        lines.append("all that was said")
    words = {"thinking": "thought", "tools": "tool call", "files": "file", "tags": "tag"}
    lines += [counted(found[sort], word) for sort, word in words.items() if found[sort]]
    if found["figures"]:
        lines.append(f"the figures of {counted(found['figures'], 'reply', 'replies')}")
    if found["settings"]:
        lines.append("the settings")
    return lines
