"""What a stored prompt holds in the place of a file, and how the file comes back into what is sent.

A reference is an item that the engine keeps and never sends; see `PromptAttachment.reference`.
"""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from tui.chat.attachments.text_files import fenced
from tui.chat.prompt import REFERENCE
from tui.text import portable_line

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage, ModelRequestPart, ToolReturnPart, UnknownPart, UserContent

    PromptContent = str | Sequence[UserContent]

Contents = Callable[[Collection[str]], Awaitable[Mapping[str, bytes]]]
"""Gives the contents of files by their hashes, such as `Library.contents`; what is gone is missing."""

_LONGEST_NAME = 120


async def with_files(turns: Iterable[list["ModelMessage"]], contents: Contents) -> list[list["ModelMessage"]]:
    """Messages with every file in the place of its reference; the given ones stay as they are."""
    from tui.agent.messages import ModelRequest, ToolReturnPart, UserPromptPart

    kept = list(turns)
    parts = [part for turn in kept for message in turn if isinstance(message, ModelRequest) for part in message.parts]
    prompts = [part.content for part in parts if isinstance(part, UserPromptPart)]
    hashes = {str(item.data.get("hash", "")) for content in prompts for item in _references(content)}
    results = [part.content for part in parts if isinstance(part, ToolReturnPart) and isinstance(part.content, list)]
    hashes |= {item["hash"] for content in results for item in content if _is_reference(item)}
    if not hashes:
        return kept
    found = await contents(hashes)
    return [[_filled(message, found) for message in turn] for turn in kept]


def kept_apart(messages: Iterable["ModelMessage"]) -> list["ModelMessage"]:
    """Messages with a reference in the place of every file of a tool's result that is kept in the library."""
    from tui.agent.messages import ModelRequest, ToolReturnPart

    return [
        replace(
            message,
            parts=[_referring(part) if isinstance(part, ToolReturnPart) else part for part in message.parts],
        )
        if isinstance(message, ModelRequest) and any(isinstance(part, ToolReturnPart) for part in message.parts)
        else message
        for message in messages
    ]


def _referring(part: "ToolReturnPart") -> "ToolReturnPart":
    from tui.agent.messages import BinaryContent

    known = {one["hash"]: one for one in files_of(part.metadata)}
    if not known or not isinstance(part.content, list):
        return part
    content = [
        known.get(hashlib.sha256(item.data).hexdigest(), item) if isinstance(item, BinaryContent) else item
        for item in part.content
    ]
    return replace(part, content=content)


def files_of(metadata: object) -> list[dict[str, Any]]:
    """The references to what a tool returned besides words, from the metadata of its result."""
    files = metadata.get("files") if isinstance(metadata, dict) else None
    return [one for one in files if _is_reference(one)] if isinstance(files, list) else []


def _is_reference(value: object) -> bool:
    return isinstance(value, dict) and value.get("kind") == REFERENCE and isinstance(value.get("hash"), str)


def _references(content: "PromptContent") -> list["UnknownPart"]:
    from tui.agent.messages import UnknownPart

    items = [] if isinstance(content, str) else content
    return [item for item in items if isinstance(item, UnknownPart) and item.data.get("kind") == REFERENCE]


def _filled(message: "ModelMessage", found: Mapping[str, bytes]) -> "ModelMessage":
    from tui.agent.messages import ModelRequest

    if not isinstance(message, ModelRequest):
        return message
    return replace(message, parts=[_filled_part(part, found) for part in message.parts])


def _filled_part(part: "ModelRequestPart", found: Mapping[str, bytes]) -> "ModelRequestPart":
    from tui.agent.messages import ToolReturnPart, UnknownPart, UserPromptPart

    if isinstance(part, UserPromptPart) and _references(part.content):
        return replace(part, content=_content(part.content, found))
    if isinstance(part, ToolReturnPart) and isinstance(part.content, list) and any(map(_is_reference, part.content)):
        items = [
            _file(UnknownPart(item), found, named=False) if _is_reference(item) else [item] for item in part.content
        ]
        return replace(part, content=[one for item in items for one in item])
    return part


def _content(content: "PromptContent", found: Mapping[str, bytes]) -> "PromptContent":
    """A prompt with its files; one of which all is text is one text, which every server takes."""
    references = _references(content)
    named = len(references) > 1
    items: list[UserContent] = []
    for item in content:
        items += _file(item, found, named=named) if item in references else [item]
    if all(isinstance(item, str) for item in items):
        return "\n\n".join(str(item) for item in items)
    return items


def _file(reference: "UserContent", found: Mapping[str, bytes], *, named: bool) -> list["UserContent"]:
    """What is sent for a reference; an image or the like with its name in front, where there is more than one file."""
    from tui.agent.messages import NamedContent, UnknownPart

    assert isinstance(reference, UnknownPart)
    raw_name, media_type = str(reference.data.get("name", "")), str(reference.data.get("media_type", ""))
    name = portable_line(raw_name, _LONGEST_NAME).replace("`", "'")
    data = found.get(str(reference.data.get("hash", "")))
    if data is None:
        return [f"[attached file lost: {name}, {media_type}]"]
    if is_text(media_type):
        return [text_in_prompt(raw_name, data.decode("utf-8", "replace"))]
    file = NamedContent(data, media_type, name=PurePath(name).name)
    return [f"Attached file `{name}`:", file] if named else [file]


def is_text(media_type: str) -> bool:
    """Whether a file of this type is sent as its text to every model."""
    return media_type.startswith("text/") or media_type in ("application/json", "application/xml")


def text_in_prompt(name: str, text: str) -> str:
    """A text file as it stands in a prompt; a folder's files, whose name ends with a slash, stand so already."""
    return f"The folder `{portable_line(name)}`:\n\n{text}" if name.endswith("/") else fenced(name, text)
