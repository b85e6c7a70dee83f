"""A chat of another program as rows of the library: its messages as the engine would have kept them.

A history must be one that every provider takes: each result has its call right before it, arguments are objects, and
what cannot be sent is told in words. Nothing of a file switches tools on. Pure.
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.bounds import json_value
from tui.chat.origin import with_ids
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.events import Failure
from tui.chat.replies.messages import dump, prompt_payload, text_of, thinking_of
from tui.chat.settings import ChatSettings
from tui.chat.titles import title_of
from tui.chat.usage import StoredUsage
from tui.dataclass import dataclass
from tui.formats.imported import Call, File, ImportedChat, ImportedMessage, Part, Result, Thoughts, Tokens, Words
from tui.store.imports import ImportLink
from tui.store.records import Attachment, Conversation, Message
from tui.tags import LONGEST_TAG, is_tag
from tui.text import storable

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage, ModelRequestPart, ModelResponsePart

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LONGEST_TITLE = 200
_LONGEST_NAME = 200
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class ImportRows:
    """What is written of a chat; see `tui.store.imports.take`."""

    link: ImportLink
    conversation: Conversation
    messages: tuple[Message, ...]
    attachments: tuple[Attachment, ...]
    spare_ids: dict[str, str]


def rows_of(chat: ImportedChat, now: datetime) -> ImportRows:
    """The rows of a chat. It has no model: nobody has chosen one of ours to go on with it.

    Args:
        chat: as its reader has it.
        now: stands for times that nobody knows, and is the latest that there can be.
    """
    key = chat.key or chat.source_id
    short = key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    link = ImportLink(chat.source, short, _digest(chat))
    if chat.rows is not None:
        return _own_rows(chat, link, now)
    created = min(one for one in (chat.created, _first_time(chat), chat.updated, now) if one is not None)
    conversation_id = id_from(created, chat.source, key)
    messages: dict[str, Message] = {}
    attachments: list[Attachment] = []
    for message in chat.messages:
        parent = None if message.parent is None else messages[message.parent]
        at = min(message.created or (created if parent is None else parent.created_at), now)
        id = id_from(at, chat.source, key, message.source_id)
        row, files = (_prompt if message.role == "user" else _reply)(message, id, at, chat)
        messages[message.source_id] = replace(
            row, conversation_id=conversation_id, parent_id=None if parent is None else parent.id
        )
        attachments += files
    rows = tuple(messages.values())
    title = " ".join(storable(chat.title).split())[:_LONGEST_TITLE]
    first = next((row.text for row in rows if row.kind == "prompt" and row.text), "")
    conversation = Conversation(
        conversation_id, title or title_of(first), "user" if title else "prompt", "",
        ChatSettings(system_prompt=storable(chat.system)).to_json(),
        messages[chat.active_leaf].id if chat.active_leaf in messages else rows[-1].id,
        created, min(max(chat.updated or created, *(row.created_at for row in rows)), now),
        chat.pinned, chat.archived, tags=_tags(chat.tags),
    )  # fmt: skip
    return ImportRows(link, conversation, rows, tuple(attachments), {})


def _tags(names: Sequence[str]) -> tuple[str, ...]:
    """Tags as they are kept here: what cannot stand in one is a hyphen."""
    found = {
        re.sub("-{2,}", "-", "".join(sign if is_tag(f"a{sign}") else "-" for sign in name.casefold())).strip("-")
        for name in names
    }
    return tuple(sorted(tag for tag in (one[:LONGEST_TAG] for one in found) if is_tag(tag)))


def id_from(moment: datetime, *key: str) -> str:
    """A version 7 UUID as text whose random part is made of `key`: the same again for the same thing."""
    digest = hashlib.sha256("\0".join(key).encode("utf-8", "replace")).digest()
    milliseconds = max(0, int(moment.timestamp() * 1000)) & (1 << 48) - 1
    tail = 1 << 63 | int.from_bytes(digest[:8], "big") >> 2
    digits = f"{milliseconds:012x}7{int.from_bytes(digest[8:10], 'big') >> 4:03x}{tail:016x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _first_time(chat: ImportedChat) -> datetime | None:
    return min((message.created for message in chat.messages if message.created is not None), default=None)


def _digest(chat: ImportedChat) -> str:
    """Of all that would be written; not of the time at which it is."""
    found = hashlib.sha256()
    if chat.rows is not None:
        found.update(repr((chat.rows.conversation, chat.rows.messages)).encode("utf-8", "replace"))
        for file in chat.rows.attachments:
            found.update(f"{file.message_id} {file.hash} {file.name}\n".encode("utf-8", "replace"))
    for message in chat.messages:
        head = (message.source_id, message.parent, message.role, message.model, message.failure)
        found.update(repr(head).encode("utf-8", "replace"))
        for part in message.parts:
            told = replace(part, data=None) if isinstance(part, File) else part
            found.update(repr(told).encode("utf-8", "replace"))
            if isinstance(part, File):
                found.update(hashlib.sha256(part.data or b"").digest())
    return found.hexdigest()[:32]


# Prompts.


def _prompt(message: ImportedMessage, id: str, at: datetime, chat: ImportedChat) -> tuple[Message, list[Attachment]]:
    files = [part for part in message.parts if isinstance(part, File)]
    words = [part.text for part in message.parts if isinstance(part, Words) and part.text]
    text = storable("\n\n".join([*words, *(_absent(file) for file in files if not file.data)]))
    prompt = Prompt(text, tuple(_attachment(file) for file in files if file.data))
    row = _row(message, id, at, "prompt", prompt_payload(prompt, at), text)
    return row, list(prompt.rows(id))


def _attachment(file: File) -> PromptAttachment:
    name = " ".join(storable(file.name).split())[:_LONGEST_NAME] or "file"
    return PromptAttachment(name, file.media_type or "application/octet-stream", file.data or b"")


def _absent(file: File) -> str:
    """What stands in the text for a file whose content nobody has."""
    name = " ".join(file.name.split())[:_LONGEST_NAME]
    if "://" in file.reference:
        return f"[{name or 'file'}: {file.reference}]"
    return f"[{name or file.reference or 'file'}: not in the export]"


# Replies.


def _reply(message: ImportedMessage, id: str, at: datetime, chat: ImportedChat) -> tuple[Message, list[Attachment]]:
    writer = _ReplyWriter(message.model, at)
    for part in message.parts:
        writer.add(part)
    messages = _engine_messages(message) or writer.messages()
    row = _row(message, id, at, "reply", dump(messages), storable(text_of(messages)))
    used = message.usage or Tokens()
    usage = StoredUsage(used.input, output=used.output, requests=int(used != Tokens()), copied=True)
    name = message.model.removeprefix(f"{message.provider}:") if message.provider else message.model
    row = replace(
        row,
        thinking=storable(thinking_of(messages)),
        model=f"{message.provider or chat.source}:{storable(name)}",
        settings="{}",
        usage=usage.to_json(),
    )
    if message.failure:
        failure = Failure(
            "server", "No answer", storable(message.failure)[:1000], "", message.provider or chat.source, name
        )
        row = replace(row, state="failed", failure=json.dumps(asdict(failure)))
    files = [file for attachment in writer.attachments for file in Prompt("", (attachment,)).rows(id)]
    return row, files


def _engine_messages(message: ImportedMessage) -> "list[ModelMessage]":
    """The engine's own messages, where the source has them and they are in order; else []."""
    from tui.agent.messages import ModelMessagesTypeAdapter

    if not message.engine:
        return []
    try:
        return ModelMessagesTypeAdapter.validate_json(json.dumps(message.engine))
    except ValueError:
        return []


@dataclass(slots=True)
class _Step:
    """One response of the model, and what its calls resulted in."""

    said: "list[ModelResponsePart]" = field(default_factory=list)
    returned: "list[ModelRequestPart]" = field(default_factory=list)


@dataclass(slots=True)
class _OpenCall:
    """A call, and whether there is a result of it."""

    id: str
    name: str
    step: _Step
    answered: bool = False


class _ReplyWriter:
    """Makes the engine's messages of the parts of a reply.

    Attributes:
        attachments: the files among the parts, which the library keeps apart.
    """

    def __init__(self, model: str, at: datetime) -> None:
        self.attachments: list[PromptAttachment] = []
        self._model = model
        self._at = at
        self._steps = [_Step()]
        # The calls by id and by name, all of them by the name "", those included that something else has answered.
        self._by_id: dict[str, deque[_OpenCall]] = {}
        self._by_name: dict[str, deque[_OpenCall]] = {}
        self._calls = 0

    def add(self, part: Part) -> None:
        """Take the next part."""
        from tui.agent.messages import TextPart, ThinkingPart

        match part:
            case Words():
                self._say(TextPart(storable(part.text)))
            case Thoughts():
                self._say(ThinkingPart(storable(part.text)))
            case Call():
                self._call(part.id, part.name, part.arguments)
            case Result():
                self._result(part)
            case File():
                self._file(part)

    def messages(self) -> "list[ModelMessage]":
        """The messages; a response is followed by the results of its calls."""
        from tui.agent.messages import ModelRequest, ModelResponse

        found: list[ModelMessage] = []
        for step in self._steps:
            if step.said:
                found.append(ModelResponse(step.said, storable(self._model) or None, self._at))
            if step.returned:
                found.append(ModelRequest(step.returned))
        return found

    def _say(self, part: "ModelResponsePart") -> None:
        if self._steps[-1].returned:
            self._steps.append(_Step())
        self._steps[-1].said.append(part)

    def _call(self, id: str, name: str, arguments: str) -> None:
        from tui.agent.messages import ToolCallPart

        self._calls += 1
        id, name = storable(id)[:_LONGEST_NAME] or f"call_{self._calls}", storable(name)[:_LONGEST_NAME] or "tool"
        self._say(ToolCallPart(name, _object(arguments), id))
        call = _OpenCall(id, name, self._steps[-1])
        for known, key in ((self._by_id, id), (self._by_name, name), (self._by_name, "")):
            known.setdefault(key, deque()).append(call)

    def _result(self, result: Result) -> None:
        from tui.agent.messages import ToolReturnPart

        call = self._answered(storable(result.call_id)[:_LONGEST_NAME], storable(result.name)[:_LONGEST_NAME])
        outcome = "success" if result.ok else "failed"
        call.step.returned.append(
            ToolReturnPart(call.name, storable(result.text), call.id, self._at, outcome=outcome)  # type: ignore[arg-type]  # one of its words
        )

    def _answered(self, id: str, name: str) -> "_OpenCall":
        """The call that a result answers, by its id, else by its name; one is made up where there is none."""
        waiting = self._by_id.get(id) if id else self._by_name.get(name)
        while waiting:
            if not (call := waiting.popleft()).answered:
                break
        else:
            self._call(id, name, "{}")
            call = self._by_name[""][-1]
        call.answered = True
        return call

    def _file(self, file: File) -> None:
        """A file stands in the result before it; it has one of its own where there is none."""
        from tui.agent.messages import TextPart, ToolReturnPart

        if not file.data:
            self._say(TextPart(storable(_absent(file))))
            return
        attachment = _attachment(file)
        self.attachments.append(attachment)
        last = self._steps[-1].returned[-1] if self._steps[-1].returned else None
        if not isinstance(last, ToolReturnPart):
            self._call("", "file", json.dumps({"name": attachment.name}))
            self._result(Result("", "file", ""))
            last = self._steps[-1].returned[-1]
            assert isinstance(last, ToolReturnPart)
        content = last.content if isinstance(last.content, list) else [last.content] if last.content else []
        files = [*(last.metadata or {}).get("files", []), attachment.reference()]
        self._steps[-1].returned[-1] = replace(
            last, content=[*content, attachment.reference()], metadata={"files": files}
        )


def _object(arguments: str) -> str:
    """Arguments as the JSON text of an object."""
    try:
        if isinstance(json_value(arguments), dict):
            return storable(arguments)
    except ValueError:
        pass
    return json.dumps({"input": storable(arguments)}, ensure_ascii=False)


def _row(message: ImportedMessage, id: str, at: datetime, kind: str, payload: bytes, text: str) -> Message:
    return Message(
        id=id, conversation_id="", parent_id=None, kind="prompt" if kind == "prompt" else "reply", state="done",
        payload=payload, text=text, thinking="", model="", settings="", usage="", price=None, failure="",
        thinking_ms=None, first_token_ms=None, total_ms=None, created_at=at,
    )  # fmt: skip


# Our own.


def _own_rows(chat: ImportedChat, link: ImportLink, now: datetime) -> ImportRows:
    """The rows as they were exported; ids that none of ours can be are made anew."""
    assert chat.rows is not None
    rows = chat.rows
    old = rows.conversation
    conversation_id = old.id if _UUID.fullmatch(old.id) else id_from(old.created_at, chat.source, old.id)
    spare_ids: dict[str, str] = {}
    ids: dict[str, str] = {}
    for message in rows.messages:
        made = id_from(message.created_at, chat.source, old.id, message.id)
        ids[message.id] = message.id if _UUID.fullmatch(message.id) else made
        spare_ids[ids[message.id]] = made
    renamed = any(old_id != new_id for old_id, new_id in ids.items())
    messages = tuple(
        replace(
            message, id=ids[message.id], conversation_id=conversation_id,
            parent_id=None if message.parent_id is None else ids[message.parent_id],
            origin=with_ids(message.origin, ids) if renamed else message.origin,
            created_at=min(message.created_at, now + timedelta(days=1)),
        )
        for message in rows.messages
    )  # fmt: skip
    leaf = ids.get(old.active_leaf or "", messages[-1].id)
    conversation = replace(
        old, id=conversation_id, active_leaf=leaf, updated_at=min(old.updated_at, now + timedelta(days=1)),
    )  # fmt: skip
    files = tuple(replace(file, message_id=ids[file.message_id]) for file in rows.attachments)
    return ImportRows(link, conversation, messages, files, spare_ids)


def tails(rows: ImportRows) -> Sequence[str]:
    """By what its messages are known again; see `tui.store.imports.tail_of`."""
    from tui.store.imports import tail_of

    return [tail_of(message.id) for message in rows.messages]
