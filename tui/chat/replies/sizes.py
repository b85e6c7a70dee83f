"""How many tokens a next turn takes: what the provider has counted where that still holds, else estimates. Pure."""

from collections.abc import Sequence

from tui.chat.message_parts import AttachmentContent, TextContent, ToolCallContent
from tui.chat.replies.extent import Extent
from tui.chat.stored_parts import columns_say_all, stored_parts
from tui.chat.usage import StoredUsage, text_tokens
from tui.dataclass import dataclass
from tui.store.records import Message

_IMAGE_TOKENS = 1_000
_PAGE_TOKENS, _PAGE_BYTES = 1_500, 50_000
_SOUND_TOKENS_PER_BYTE = 32 / 16_000


@dataclass(frozen=True, slots=True)
class HistorySize:
    """What goes out before a prompt.

    Attributes:
        tokens: of all of it.
        estimated: not even a part of it was counted by a provider, or some of it was not.
        counted_by: the reply with which it was counted; None when it is estimated from the words alone.
    """

    tokens: int
    estimated: bool = True
    counted_by: Message | None = None


def history_size(branch: Sequence[Message], extent: Extent, system_prompt: str = "", tools: int = 0) -> HistorySize:
    """The size of the part of a branch that is sent.

    Args:
        branch: oldest first.
        extent: what of it is sent.
        system_prompt: goes along; a provider's count has it in it.
        tools: tokens of the definitions that go along; they are counted in the same way.
    """
    uncounted = 0
    sent = {message.id for message in extent.rows}
    for message in reversed(branch[extent.measured_from :]):
        if message.id not in sent:
            continue
        usage = StoredUsage.from_json(message.usage)
        if message.state != "streaming" and usage.context is not None:
            return HistorySize(usage.context + uncounted, usage.estimated or uncounted > 0, message)
        uncounted += message_tokens(message)
    words = text_tokens(extent.summary.text) if extent.summary is not None else 0
    rows = sum(map(message_tokens, extent.rows))
    return HistorySize(words + rows + tools + (text_tokens(system_prompt) if system_prompt else 0))


def message_tokens(message: Message) -> int:
    """How many tokens a stored message may have when it is sent again: thoughts stay behind."""
    if columns_say_all(message):
        return text_tokens(message.text)
    total = 0
    for part in stored_parts(message):
        match part:
            case TextContent(text):
                total += text_tokens(text)
            case ToolCallContent():
                total += text_tokens(part.arguments) + text_tokens(part.result)
            case AttachmentContent():
                total += _file_tokens(part)
            case _:
                pass
    return total


def _file_tokens(file: AttachmentContent) -> int:
    """A guess from what is known without the file itself."""
    size_bytes = file.size_bytes or 0
    match file.media_type.partition("/")[0]:
        case "image":
            return _IMAGE_TOKENS
        case "audio":
            return max(1, round(size_bytes * _SOUND_TOKENS_PER_BYTE))
        case _ if file.media_type == "application/pdf":
            return _PAGE_TOKENS * max(1, size_bytes // _PAGE_BYTES)
        case _:
            return (size_bytes + 3) // 4


def whole_turns(rows: Sequence[Message]) -> list[int]:
    """Indexes of the prompts with which turns begin: two prompts in a row, of which one got no answer, are one turn."""
    return [
        index
        for index, message in enumerate(rows)
        if message.kind == "prompt" and (index == 0 or rows[index - 1].kind == "reply")
    ]


def scaled_sizes(rows: Sequence[Message], total: int) -> list[float]:
    """The tokens of each message, by estimates that are scaled to what all of them take together."""
    sizes = [message_tokens(message) for message in rows]
    scale = max(total, 1) / max(sum(sizes), 1)
    return [size * scale for size in sizes]


def turns_that_fit(rows: Sequence[Message], total: int, room: int) -> int:
    """Index of the first of the newest whole turns that take at most `room` tokens; `len(rows)` when none does.

    Args:
        rows: what is sent, oldest first.
        total: what they take together.
        room: how many tokens there may be.
    """
    sizes = scaled_sizes(rows, total)
    kept, first = 0.0, len(rows)
    for start in reversed(whole_turns(rows)):
        kept += sum(sizes[start:first])
        if kept > room:
            break
        first = start
    return first
