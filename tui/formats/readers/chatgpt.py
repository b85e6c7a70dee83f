"""ChatGPT's data export: `conversations.json`, or the numbered files that it is split into.

No schema is published; what is read here is what exports from 2023 to 2026 hold. Nothing but `mapping` is relied on.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tui.figures import counted
from tui.formats.imported import Call, File, Found, ImportedChat, Part, Result, Skipped, Thoughts, Words
from tui.formats.readers.fields import guessed_type, items, label, mapping, moment, objects, text, type_of
from tui.formats.readers.tree import Node, folded

SOURCE = "chatgpt"

Assets = Callable[[str], tuple[str, bytes] | None]
"""Gives a file that lies beside the export: its name and content, by the id with which its name begins."""

_HIDDEN_CONTENT = frozenset({"user_editable_context", "model_editable_context", "reasoning_recap"})
_CITATION = re.compile("\ue200[^\ue200\ue201]*\ue201")
_OLD_CITATION = re.compile("【[^【】]{1,80}】")


def recognise(value: dict[str, Any]) -> bool:
    """Whether an object is a conversation of this source."""
    return isinstance(value.get("mapping"), dict)


def read(value: dict[str, Any], where: str, assets: Assets) -> Iterator[Found]:
    """The conversation that an object is."""
    source_id = label(value.get("conversation_id")) or label(value.get("id"))
    title = text(value.get("title"))
    model = text(value.get("default_model_slug"))
    reader = _NodeReader(mapping(value.get("mapping")), model, assets)
    messages, leaf = folded(reader.nodes(), label(value.get("current_node")) or None)
    if not messages:
        yield Skipped(SOURCE, f"{where}: {title or source_id}", "empty", "it has no messages")
        return
    notes = [f"{counted(reader.unknown, 'part')} of an unknown kind only named"] if reader.unknown else []
    yield ImportedChat(
        SOURCE, source_id or f"first:{messages[0].source_id}", title, messages, leaf,
        moment(value.get("create_time")), moment(value.get("update_time")), model, notes=tuple(notes),
        pinned=value.get("is_starred") is True, archived=value.get("is_archived") is True,
    )  # fmt: skip


class _NodeReader:
    """Reads the nodes of one conversation.

    Attributes:
        unknown: how many parts were of no kind that is known.
    """

    def __init__(self, nodes: dict[str, Any], model: str, assets: Assets) -> None:
        self.unknown = 0
        self._nodes = nodes
        self._model = model
        self._assets = assets

    def nodes(self) -> list[Node]:
        """All nodes; by their time where they have one, since the file has no order."""
        found = [self._node(id, mapping(value)) for id, value in self._nodes.items()]
        return sorted(found, key=lambda node: 0.0 if node.created is None else node.created.timestamp())

    def _node(self, id: str, value: dict[str, Any]) -> Node:
        parent = label(value.get("parent")) or None
        message = mapping(value.get("message"))
        metadata, content = mapping(message.get("metadata")), mapping(message.get("content"))
        role = text(mapping(message.get("author")).get("role"))
        created = moment(message.get("create_time"))
        if (
            role not in ("user", "assistant", "tool")
            or metadata.get("is_visually_hidden_from_conversation") is True
            or message.get("weight") == 0
            or text(content.get("content_type")) in _HIDDEN_CONTENT
        ):
            return Node(id, parent, "hidden", created=created)
        if role == "user":
            return Node(id, parent, "user", tuple(self._content(content, metadata)), created=created)
        model = text(metadata.get("model_slug")) or self._model if role == "assistant" else ""
        parts = self._tool_parts(message, parent) if role == "tool" else self._reply_parts(id, message)
        return Node(
            id, parent, "tool" if role == "tool" else "assistant", tuple(parts), model, "openai", created
        )  # fmt: skip

    def _reply_parts(self, id: str, message: dict[str, Any]) -> list[Part]:
        content, metadata = mapping(message.get("content")), mapping(message.get("metadata"))
        recipient = text(message.get("recipient")) or "all"
        parts = self._content(content, metadata)
        if recipient == "all":
            return parts
        said = text(content.get("text")) or "\n".join(part.text for part in parts if isinstance(part, Words))
        return [Call(id, recipient, said)] if said.strip() else []

    def _tool_parts(self, message: dict[str, Any], parent: str | None) -> list[Part]:
        """What a tool returned, with the call that stands right above it."""
        content = mapping(message.get("content"))
        above = mapping(mapping(self._nodes.get(parent or "")).get("message"))
        called = mapping(above.get("author")).get("role") == "assistant" and above.get("recipient") not in (None, "all")
        parts = self._content(content, mapping(message.get("metadata")))
        said = text(content.get("text")) if content.get("content_type") in ("code", "execution_output") else ""
        words = said or "\n\n".join(part.text for part in parts if isinstance(part, Words))
        name = text(mapping(message.get("author")).get("name")) or "tool"
        result = Result((parent or "") if called else "", name, words, content.get("content_type") != "system_error")
        files = [part for part in parts if isinstance(part, File)]
        return [result, *files] if words.strip() or files or called else []

    def _content(self, content: dict[str, Any], metadata: dict[str, Any]) -> list[Part]:
        kind = text(content.get("content_type"))
        match kind:
            case "text" | "multimodal_text" | "":
                parts = self._listed(content, metadata)
            case "thoughts":
                thoughts = [
                    text(one.get("content")) or text(one.get("summary")) for one in objects(content.get("thoughts"))
                ]
                parts = [Thoughts("\n\n".join(filter(None, thoughts)))] if any(thoughts) else []
            case "code":
                parts = [Words(_fenced(text(content.get("text")), text(content.get("language"))))]
            case "execution_output":
                parts = [Words(_fenced(text(content.get("text")), ""))]
            case "tether_browsing_display":
                parts = [Words(text(content.get("result")) or text(content.get("summary")))]
            case "tether_quote" | "sonic_webpage":
                lines = (text(content.get(key)) for key in ("title", "url", "text", "snippet"))
                parts = [Words("\n".join(filter(None, lines)))]
            case "system_error":
                parts = [Words(f"{text(content.get('name'))}: {text(content.get('text'))}".strip(": "))]
            case _:
                parts = [self._unknown(kind, content)]
        return [*parts, *self._attached(metadata, {part.reference for part in parts if isinstance(part, File)})]

    def _listed(self, content: dict[str, Any], metadata: dict[str, Any]) -> list[Part]:
        found: list[Part] = []
        listed = items(content.get("parts"))
        for part in listed or [text(content.get("text"))]:
            if isinstance(part, str):
                found += [Words(_cited(part, metadata))] if part.strip() else []
            elif isinstance(part, dict):
                found += self._object(part, metadata)
        return found or [self._recording(part) for part in objects(listed) if _is_recording(part)]

    def _recording(self, part: dict[str, Any]) -> File:
        inner = mapping(part.get("audio_asset_pointer")) or part
        return self._file(text(inner.get("asset_pointer")), "", "audio/wav")

    def _object(self, part: dict[str, Any], metadata: dict[str, Any]) -> list[Part]:
        kind = text(part.get("content_type"))
        if kind == "audio_transcription":
            return [Words(text(part.get("text")))]
        if _is_recording(part):
            file = self._recording(part)
            return [] if file.data is None else [file]  # its words stand beside it
        if pointer := text(part.get("asset_pointer")):
            known = next((one for one in objects(metadata.get("attachments")) if _id(pointer) == one.get("id")), {})
            return [self._file(pointer, text(known.get("name")), text(known.get("mime_type")) or "image/png")]
        return [self._unknown(kind, part)]

    def _unknown(self, kind: str, content: dict[str, Any]) -> Words:
        self.unknown += 1
        said = text(content.get("text")) or text(content.get("content")) or text(content.get("result"))
        return Words(f"[{kind or 'unknown content'}]{f' {said}' if said else ''}")

    def _attached(self, metadata: dict[str, Any], seen: set[str]) -> list[File]:
        """Files that the message names and does not show in its text."""
        attached = [one for one in objects(metadata.get("attachments")) if text(one.get("id"))]
        return [
            self._file(one["id"], text(one.get("name")), text(one.get("mime_type")) or text(one.get("mimeType")))
            for one in attached
            if one["id"] not in seen
        ]

    def _file(self, pointer: str, name: str, media_type: str) -> File:
        id = _id(pointer)
        found = self._assets(id) if _may_be_beside(id) else None
        if found is None:
            return File(name or id, media_type, None, id)
        stored, data = found
        kind = type_of(data, guessed_type(name or stored) or media_type)
        return File(name or stored.removeprefix(f"{id}-"), kind, data, id)


def _is_recording(part: dict[str, Any]) -> bool:
    return part.get("content_type") in ("audio_asset_pointer", "real_time_user_audio_video_asset_pointer")


def _id(pointer: str) -> str:
    return pointer.rpartition("://")[2].partition("#")[0].strip()


def _may_be_beside(id: str) -> bool:
    """Whether an id is one of an export's files: another name could be that of any file in the same folder."""
    return re.fullmatch("file[-_][A-Za-z0-9]{6,64}", id) is not None


def _cited(words: str, metadata: dict[str, Any]) -> str:
    """Text with its marks of citations replaced by the links that they stand for; marks of nothing are taken out."""
    if "\ue200" in words:
        meant = {
            text(reference.get("matched_text")): text(reference.get("alt")) or _links(reference)
            for reference in objects(metadata.get("content_references"))
        }
        words = _CITATION.sub(lambda mark: meant.get(mark[0], ""), words)
        words = re.sub("(?<! ) ++(?=[.,;:!?\n]|$)", "", words)
    if "【" in words and isinstance(metadata.get("citations"), list) and metadata["citations"]:
        words = _OLD_CITATION.sub("", words)
    return words.replace("\ue200", "").replace("\ue201", "").replace("\ue202", " ")


def _links(reference: dict[str, Any]) -> str:
    links = [
        f"[{text(item.get('title')) or text(item.get('url'))}]({text(item.get('url'))})"
        for item in objects(reference.get("items"))
        if text(item.get("url"))
    ]
    return f"({', '.join(links)})" if links else ""


def _fenced(code: str, language: str) -> str:
    if not code.strip():
        return ""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    return f"{fence}{language if re.fullmatch('[a-z0-9+#-]{1,20}', language) else ''}\n{code.rstrip()}\n{fence}"
