"""A stored message taken apart: texts, thoughts, tool calls with their results, files and notices, in their order.

Reads the JSON of the engine's messages by itself, and only where a row's columns do not say it all: the screen shows an
old chat before the engine is loaded. What cannot be read falls back to the columns; it never raises.
"""

import json
from collections.abc import Sequence
from dataclasses import field, replace
from typing import Any, get_args

from tui.bounds import json_value, whole_number
from tui.chat.message_parts import (
    AttachmentContent,
    MessageContent,
    NoticeContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolState,
)
from tui.chat.origin import Origin
from tui.chat.prompt import REFERENCE
from tui.chat.tools.questions import Approval
from tui.chat.usage import StoredUsage
from tui.citations import Cited, cited_from_json, with_sources
from tui.dataclass import dataclass
from tui.model_id import ModelId
from tui.pattern import pattern
from tui.store.records import Message, MessageKind
from tui.text import clean_line

# Quotes inside JSON texts are escaped: these find structure, be it of arguments, in which case it is only parsed.
_PART_KIND = pattern(rb'"part_kind":\s*"([a-z-]+)"')
_FILE_KIND = pattern(rb'"kind":\s*"(?:binary|attachment|[a-z]+-url)"')
_IN_COLUMNS: tuple[list[bytes], ...] = ([], [b"text"], [b"thinking"], [b"thinking", b"text"])
"""The kinds of parts, in their order, that the columns of a reply stand for."""

RESULT_STATES: dict[str, ToolState] = {
    "retried": "failed", "failed": "failed", "denied": "denied", "interrupted": "interrupted"
}  # fmt: skip
"""What came of a call, by the outcome of its result; it was carried out where there is none."""

_QUERIES = 3
"""Searches of an answer that are told."""

_FAMILIES = {"image": "image", "audio": "recording", "video": "video", "text": "text file", "application": "file"}
_FORMATS = {
    "application/pdf": "PDF document",
    "application/json": "JSON file",
    "application/msword": "Word document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/vnd.ms-excel": "spreadsheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "spreadsheet",
    "text/csv": "CSV file",
    "text/html": "web page",
    "text/markdown": "Markdown file",
    "text/plain": "text file",
}


def stored_parts(message: Message) -> tuple[MessageContent, ...]:
    """What a stored message consists of, in the order in which it came; () when nothing is known of it."""
    origin = Origin.from_json(message.origin)
    return (_sources_of(origin), *_parts(message)) if origin.is_fused else _parts(message)


def _sources_of(origin: Origin) -> NoticeContent:
    *others, last = [ModelId.parse(model).label for model in origin.models] or ["other models"]
    return NoticeContent(f"Written from the answers of {' and '.join([*filter(None, [', '.join(others)]), last])}.")


def _parts(message: Message) -> tuple[MessageContent, ...]:
    if columns_say_all(message):
        return _from_columns(message)
    try:
        messages = json_value(message.payload)
    except ValueError:
        return _from_columns(message)
    reader = _PartReader(message.kind)
    for one in messages if isinstance(messages, list) else ():
        if isinstance(one, dict):
            reader.read(one)
    return _completed(reader.finished(), message)


def columns_say_all(message: Message) -> bool:
    """Whether the columns hold everything, in the right order; costs a look at the bytes, not a parse."""
    if message.kind == "prompt":
        return _FILE_KIND.search(message.payload) is None
    payload = message.payload
    told = b'"searches":' in payload or b'"servers":' in payload
    return not told and _PART_KIND.findall(payload) in _IN_COLUMNS


def _from_columns(message: Message) -> tuple[MessageContent, ...]:
    parts: list[MessageContent] = []
    if message.thinking:
        parts.append(ThinkingContent(message.thinking, *_thinking_figures(message)))
    if message.text:
        parts.append(TextContent(message.text))
    return tuple(parts)


def _thinking_figures(message: Message) -> tuple[float | None, int | None]:
    """Seconds and tokens that a reply was thinking."""
    duration_s = None if message.thinking_ms is None else message.thinking_ms / 1000
    return duration_s, StoredUsage.from_json(message.usage).reasoning


def _completed(parts: Sequence[MessageContent], message: Message) -> tuple[MessageContent, ...]:
    """The parts with what only the columns know: figures of thoughts, and what the payload does not hold."""
    thoughts = [part for part in parts if isinstance(part, ThinkingContent)]
    if len(thoughts) == 1:
        duration_s, tokens = _thinking_figures(message)
        figured = replace(thoughts[0], duration_s=duration_s, tokens=tokens)
        parts = [figured if part is thoughts[0] else part for part in parts]
    # A reply that broke off may have shown more than its messages hold.
    before: list[MessageContent] = []
    after: list[MessageContent] = []
    if message.thinking and not thoughts:
        before.append(ThinkingContent(message.thinking, *_thinking_figures(message)))
    elif thinking := unheld(message, message.thinking, [part.text for part in thoughts]):
        after.append(ThinkingContent(thinking))
    texts = [part.text for part in parts if isinstance(part, TextContent)]
    if text := unheld(message, message.text, texts) if texts else message.text:
        after.append(TextContent(text))
    return (*before, *parts, *after)


def unheld(message: Message, column: str, held: Sequence[str]) -> str:
    """What a column of a reply that broke off has behind the texts that its payload holds; "" for nothing."""
    whole = "\n\n".join(held)
    if message.state == "done" or not column.startswith(whole):
        return ""
    return column[len(whole) :].lstrip("\n")


@dataclass(slots=True)
class _PartReader:
    """Collects the parts of the engine's messages; what a tool returned is put to its call.

    Attributes:
        kind: of the row whose messages these are.
        open_calls: places in `parts` of the last response's calls that were not answered yet, by their id or name.
        cited: the pages that a text cites, by its place in `parts`.
    """

    kind: MessageKind
    parts: list[MessageContent] = field(default_factory=list)
    open_calls: dict[str, list[int]] = field(default_factory=dict)
    cited: dict[int, tuple[Cited, ...]] = field(default_factory=dict)

    def finished(self) -> list[MessageContent]:
        """All parts; the pages that the texts cite are links in them, and listed below the last one."""
        texts = {place: part.text for place, part in enumerate(self.parts) if isinstance(part, TextContent)}
        marked = with_sources([(text, self.cited.get(place, ())) for place, text in texts.items()])
        for place, text in zip(texts, marked, strict=True):
            self.parts[place] = TextContent(text)
        return self.parts

    def read(self, message: dict[str, Any]) -> None:
        """Take the parts of one message, as far as they look like parts."""
        if message.get("kind") == "response":
            self.open_calls.clear()  # results come right after their calls, and ids may be used again
        details = message.get("vendor_details")
        notes = [NoticeContent(clean_line(note)) for note in _texts(details, "servers")]
        self.parts += [note for note in notes if note not in self.parts]  # several requests may have had the same way
        parts = message.get("parts")
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                self._read_part(part)
        if queries := _texts(details, "searches"):
            self.parts.append(NoticeContent(_searched(queries)))

    def _read_part(self, part: dict[str, Any]) -> None:
        content = part.get("content")
        match part.get("part_kind"):
            case "text" if isinstance(content, str) and content:
                self.cited[len(self.parts)] = cited_from_json(part.get("citations"))
                self.parts.append(TextContent(content))
            case "thinking" if isinstance(content, str) and content:
                self.parts.append(ThinkingContent(content))
            case "tool-call":
                self._call(part)
            case "tool-return":
                self._answer(part, RESULT_STATES.get(_as_text(part.get("outcome")), "done"))
            case "retry-prompt" | "retry-feedback":
                self._answer(part, "failed")
            case "user-prompt":
                self._prompt(content)
            case _:
                pass  # instructions are no part of a conversation, and of kinds to come nothing is known

    def _call(self, part: dict[str, Any]) -> None:
        call_id, name = _as_text(part.get("tool_call_id")), _as_text(part.get("tool_name"))
        self.open_calls.setdefault(call_id or name, []).append(len(self.parts))
        self.parts.append(ToolCallContent(call_id, name, _as_text(part.get("args")), state="interrupted"))

    def _answer(self, part: dict[str, Any], state: ToolState) -> None:
        """What came of a call, or a request to the model to try again that no call has caused."""
        call_id, name = _as_text(part.get("tool_call_id")), _as_text(part.get("tool_name"))
        result = _result_text(part.get("content"))
        known = result_facts(part.get("metadata"))
        if places := self.open_calls.get(call_id or name):
            place = places.pop(0)
            call = self.parts[place]
            assert isinstance(call, ToolCallContent)
            self.parts[place] = replace(call, result=result, state=state, **known)
        elif name:
            self.parts.append(ToolCallContent(call_id, name, "", result, state, **known))
        else:
            self.parts.append(NoticeContent(f"The model was asked to try again: {result}"))

    def _prompt(self, content: Any) -> None:
        """A prompt's texts and files; in a reply they come from a tool, and its texts are not the model's."""
        for item in [content] if isinstance(content, str) else content if isinstance(content, list) else ():
            if isinstance(item, str) and item:
                self.parts.append(TextContent(item) if self.kind == "prompt" else NoticeContent(item))
            elif isinstance(item, dict) and (file := _file(item)) is not None:
                self.parts.append(file)


def _result_text(content: Any) -> str:
    """What a tool returned, without the files in it."""
    if isinstance(content, list) and any(isinstance(item, dict) and item.get("kind") == REFERENCE for item in content):
        return "\n".join(item for item in content if isinstance(item, str))
    return _as_text(content)


def result_facts(metadata: Any) -> dict[str, Any]:
    """What is kept with a result beside what the model was told: see `Toolbox`."""
    if not isinstance(metadata, dict):
        return {}
    duration_ms, approval = whole_number(metadata.get("duration_ms")), metadata.get("approval")
    listed = metadata.get("files")
    files = (_file(item) for item in (listed if isinstance(listed, list) else ()) if isinstance(item, dict))
    return {
        "server": _as_text(metadata.get("server")),
        "approval": approval if approval in get_args(Approval) else "",
        "duration_s": None if duration_ms is None else duration_ms / 1000,
        "files": tuple(file for file in files if isinstance(file, AttachmentContent)),
    }


def _texts(details: Any, name: str) -> list[str]:
    """What the details of a response have under a name, as far as it is texts."""
    found = details.get(name) if isinstance(details, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _searched(queries: Sequence[str]) -> str:
    """What a provider has searched the web for, in a sentence."""
    shown = [f"“{' '.join(query.split())[:80]}”" for query in queries[:_QUERIES]]
    more = len(queries) - len(shown)
    return f"Searched the web for {', '.join(shown)}{f' and {more} more' if more else ''}."


def _as_text(value: Any) -> str:
    """A value of the JSON as text: a text as it is, nothing as "", anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _file(item: dict[str, Any]) -> AttachmentContent | NoticeContent | None:
    """A file of a prompt: a reference to the library, its bytes in base64, or the address where the provider finds it.

    A repaired library has blanked the hash of what it has lost.
    """
    kind = _as_text(item.get("kind"))
    if kind == REFERENCE:
        name, media_type, size_bytes = (
            _as_text(item.get("name")),
            _as_text(item.get("media_type")),
            item.get("size_bytes"),
        )
        if not item.get("hash"):
            return NoticeContent(
                f"The attached file “{name or _media_name(media_type)}” was lost with a damaged library."
            )
        return AttachmentContent(
            name or _media_name(media_type), media_type, whole_number(size_bytes), _as_text(item.get("hash"))
        )
    if kind == "binary":
        media_type, data = _as_text(item.get("media_type")), _as_text(item.get("data"))
        size_bytes = max(0, len(data) * 3 // 4 - data[-2:].count("="))
        return AttachmentContent(_media_name(media_type), media_type, size_bytes)
    return AttachmentContent(_as_text(item.get("url")), "", None) if kind.endswith("-url") else None


def _media_name(media_type: str) -> str:
    """A media type in words: "PNG image", "PDF document", "text file"."""
    if known := _FORMATS.get(media_type):
        return known
    family, _, subtype = media_type.partition("/")
    name = _FAMILIES.get(family, "file")
    short = subtype.removeprefix("x-").partition("+")[0]
    return f"{short.upper()} {name}" if family in ("image", "audio", "video") and short else name
