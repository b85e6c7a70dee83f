"""Rows to the engine's messages and back. Knows the engine's message types, but runs nothing and stores nothing.

A row's payload is the truth; its text stands in where a payload is missing, as in a reply that a crash cut short.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tui.bounds import dollars
from tui.chat.attachments.references import Contents, with_files
from tui.chat.prompt import Prompt
from tui.chat.replies.extent import Extent, sent_part
from tui.chat.stored_parts import unheld
from tui.citations import Cited, with_sources
from tui.dataclass import dataclass
from tui.model_id import ModelId
from tui.store.records import Message
from tui.text import storable

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage, ModelRequest, ModelResponse, UserContent

    PromptContent = str | Sequence[UserContent]

_SLICE = 50
"""Rows that are decoded before other tasks get their turn."""


@dataclass(frozen=True, slots=True)
class EngineHistory:
    """What goes to the model before a new prompt.

    Attributes:
        messages: whole turns only: empty, or ending with a response.
        unanswered: contents of the last prompts that got no answer; they are sent again in front of the new one.
    """

    messages: list["ModelMessage"]
    unanswered: list["PromptContent"]

    def prompt(self, content: "PromptContent") -> "PromptContent":
        """What to send for a new prompt, the unanswered ones before it included."""
        return joined([*self.unanswered, content])


async def history_of(
    rows: Sequence[Message], contents: Contents | None = None, *, sent_from: str = "", until: str = ""
) -> EngineHistory:
    """The engine's history of a branch, oldest message first; see `history_from` and `decoded`.

    Args:
        rows: the branch.
        contents: as for `decoded`.
        sent_from: as for `sent_part`.
        until: id of the last message that goes along; "" for all.
    """
    extent = sent_part(rows, sent_from)
    if until:
        extent = extent.up_to(until)
    return _history(extent, await decoded(extent.rows, contents))


async def decoded(rows: Sequence[Message], contents: Contents | None = None) -> list[list["ModelMessage"]]:
    """The engine's messages of each row; other tasks get their turn in between.

    Args:
        rows: of one branch.
        contents: gives the contents of attached files, which stay references without it.
    """
    found: list[list[ModelMessage]] = []
    for number, row in enumerate(rows):
        if number % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)
        found.append(messages_of(row))
    return found if contents is None else await with_files(found, contents)


def history_from(rows: Sequence[Message], messages_by_row: Sequence[list["ModelMessage"]]) -> EngineHistory:
    """The engine's history of a branch whose rows are decoded already.

    It begins with the last summary, if there is one. Prompts that were never answered move into the next prompt, so
    that two turns of one side never follow each other. A reply that broke off counts with what came of it.
    """
    extent = sent_part(rows)
    by_id = {row.id: messages for row, messages in zip(rows, messages_by_row, strict=True)}
    return _history(extent, [by_id[row.id] for row in extent.rows])


def _history(extent: Extent, messages_by_row: Sequence[list["ModelMessage"]]) -> EngineHistory:
    from tui.agent.messages import ModelRequest, UserPromptPart

    messages: list[ModelMessage] = []
    unanswered: list[PromptContent] = []
    if (summary := extent.summary) is not None:
        messages.append(ModelRequest([UserPromptPart(history_words(summary.text), summary.created_at)]))
    for row, turn in zip(extent.rows, messages_by_row, strict=True):
        if row.kind == "reply":
            if _answers(turn):
                messages += turn
        elif messages and isinstance(messages[-1], ModelRequest) and turn:
            messages[-1] = _merged(messages[-1], turn)
        else:
            messages += turn
    if messages and _is_prompt(messages[-1]):
        unanswered = _contents(messages.pop())
    return EngineHistory(messages, unanswered)


def history_words(summary: str) -> str:
    """What is sent in the place of the messages that a summary stands for."""
    return (
        f"This is a summary of our conversation up to here; the messages themselves are left out.\n\n{summary.strip()}"
    )


def messages_of(row: Message) -> list["ModelMessage"]:
    """The engine's messages of one row, made from its text when its payload says nothing."""
    from tui.agent.messages import ModelMessagesTypeAdapter, ModelRequest, ModelResponse, TextPart, UserPromptPart

    found: list[ModelMessage] = []
    if row.payload not in (b"", b"[]"):
        try:
            found = ModelMessagesTypeAdapter.validate_json(row.payload)
        except ValueError:  # written by something else: the words are what counts
            found = []
    if row.kind == "prompt":
        return found or ([ModelRequest([UserPromptPart(row.text, row.created_at)])] if row.text else [])
    if found and row.state == "done":
        return found
    held = [part.content for message in _responses(found) for part in message.parts if isinstance(part, TextPart)]
    # What a crash cut short has more in its text than in its payload, which is written with each call of a tool.
    if text := unheld(row, row.text, held) if found else row.text:
        name = ModelId.parse(row.model).label
        found.append(ModelResponse([TextPart(text)], name, row.created_at, state="interrupted"))
    return found


def prompt_payload(prompt: Prompt, at: datetime) -> bytes:
    """The payload of a prompt's row."""
    from tui.agent.messages import ModelRequest, UserPromptPart

    return dump([ModelRequest([UserPromptPart(prompt.content(), at)])])


def dump(messages: Iterable["ModelMessage"]) -> bytes:
    """Messages as the JSON of a payload; half characters, which no UTF-8 can hold, become U+FFFD."""
    from tui.agent.messages import ModelMessagesTypeAdapter

    kept = list(messages)
    try:
        return ModelMessagesTypeAdapter.dump_json(kept)
    except ValueError:
        return json.dumps(_storable(ModelMessagesTypeAdapter.dump_python(kept, mode="json"))).encode()


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_storable(key): _storable(item) for key, item in value.items()}
        case list():
            return [_storable(item) for item in value]
        case _:
            return value


def text_of(messages: Iterable["ModelMessage"]) -> str:
    """The words of all responses, a blank line between parts; the pages that they cite are links, and listed below."""
    from tui.agent.messages import TextPart

    parts = (part for response in _responses(messages) for part in response.parts)
    texts = [
        (part.content, [Cited(one.url, one.title, one.start, one.end) for one in part.citations or ()])
        for part in parts
        if isinstance(part, TextPart) and part.content
    ]
    return "\n\n".join(with_sources(texts))


def thinking_of(messages: Iterable["ModelMessage"]) -> str:
    """The visible thoughts of all responses, a blank line between parts."""
    from tui.agent.messages import ThinkingPart

    parts = (part for response in _responses(messages) for part in response.parts)
    return "\n\n".join(part.content for part in parts if isinstance(part, ThinkingPart) and part.content)


async def prompt_of(row: Message, contents: Contents | None = None) -> "PromptContent":
    """What a prompt's row asks; `contents` as for `decoded`."""
    (messages,) = await decoded([row], contents)
    asked = [content for message in messages for content in _contents(message)]
    return joined(asked) if asked else row.text


def called_in(messages: Iterable["ModelMessage"]) -> frozenset[str]:
    """The names of the tools that were called."""
    from tui.agent.messages import ToolCallPart

    parts = (part for response in _responses(messages) for part in response.parts)
    return frozenset(part.tool_name for part in parts if isinstance(part, ToolCallPart))


def has_files(messages: Iterable["ModelMessage"]) -> bool:
    """Whether files went along with prompts; not to be asked of messages in which text files stand as their text."""
    contents = (content for message in messages for content in _contents(message) if not isinstance(content, str))
    return any(not isinstance(item, str) for content in contents for item in content)


def searched_in(messages: Iterable["ModelMessage"]) -> bool:
    """Whether a provider has searched the web for an answer: its words are made of what others wrote."""
    from tui.agent.messages import TextPart

    responses = list(_responses(messages))
    texts = (part for response in responses for part in response.parts if isinstance(part, TextPart))
    return any((one.vendor_details or {}).get("searches") for one in responses) or any(one.citations for one in texts)


def charged_for(messages: Iterable["ModelMessage"]) -> Decimal | None:
    """What the provider says that it charged, in US dollars; None unless every response has such a figure, in range."""
    charges = [dollars((response.vendor_details or {}).get("cost")) for response in _responses(messages)]
    known = [charge for charge in charges if charge is not None]
    return dollars(sum(known, Decimal())) if known and len(known) == len(charges) else None


def finish_reason_of(messages: Iterable["ModelMessage"]) -> str:
    """Why the last response ended, such as "stop" or "length"; "" when the provider did not say."""
    responses = list(_responses(messages))
    return (responses[-1].finish_reason if responses else None) or ""


def joined(contents: Sequence["PromptContent"]) -> "PromptContent":
    """Several prompts as one: a text if all are texts, else a list of items."""
    if all(isinstance(content, str) for content in contents):
        return "\n\n".join(str(content) for content in contents)
    items: list[UserContent] = []
    for content in contents:
        items.extend([content] if isinstance(content, str) else content)
    return items


def _responses(messages: Iterable["ModelMessage"]) -> Iterable["ModelResponse"]:
    from tui.agent.messages import ModelResponse

    return (message for message in messages if isinstance(message, ModelResponse))


def _answers(turn: Iterable["ModelMessage"]) -> bool:
    """Whether a model said or did anything in these messages; thoughts alone do not count, nobody takes them back."""
    from tui.agent.messages import TextPart, ToolCallPart

    parts = (part for response in _responses(turn) for part in response.parts)
    return any(
        isinstance(part, ToolCallPart) or (isinstance(part, TextPart) and bool(part.content.strip())) for part in parts
    )


def _is_prompt(message: "ModelMessage") -> bool:
    """Whether a message is nothing but a person's words: what tools returned must stay with the calls."""
    from tui.agent.messages import ModelRequest, UserPromptPart

    return isinstance(message, ModelRequest) and all(isinstance(part, UserPromptPart) for part in message.parts)


def _contents(request: "ModelMessage") -> list["PromptContent"]:
    from tui.agent.messages import ModelRequest, UserPromptPart

    parts = request.parts if isinstance(request, ModelRequest) else []
    return [part.content for part in parts if isinstance(part, UserPromptPart)]


def _merged(request: "ModelRequest", turn: Sequence["ModelMessage"]) -> "ModelRequest":
    """One request that asks both, so that no two requests follow each other."""
    from tui.agent.messages import UserPromptPart

    kept = [part for part in request.parts if not isinstance(part, UserPromptPart)]
    contents = [content for message in (request, *turn) for content in _contents(message)]
    return replace(request, parts=[*kept, UserPromptPart(joined(contents))])
