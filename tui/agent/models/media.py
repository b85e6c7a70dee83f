"""Files in a prompt: their kind, and what stands in the place of one that a model does not take. Pure."""

import base64
from collections.abc import Iterable
from typing import Literal

from tui.agent.messages import (
    AudioUrl,
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    NamedContent,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

MediaKind = Literal["image", "audio", "document"]
MEDIA_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp", "audio/wav", "audio/mpeg", "application/pdf"}
)
"""Files that every API takes if it takes their kind at all."""

_BASE64_PIECE = 3 << 18


class UnreadableFileError(Exception):
    """Nothing can be made of a file; the message is half a sentence, such as "it is locked by a password"."""


def media_kind(item: UserContent) -> MediaKind | None:
    """What an item of a prompt is, or None for text and for unknown content."""
    match item:
        case ImageUrl():
            return "image"
        case AudioUrl():
            return "audio"
        case DocumentUrl():
            return "document"
        case BinaryContent():
            return "image" if item.is_image else "audio" if item.is_audio else "document"
        case _:
            return None


def has_files(messages: Iterable[ModelMessage]) -> bool:
    """Whether a history holds the bytes of a file, which make its request large."""
    parts = [part for message in messages for part in message.parts]
    prompts = (part.content for part in parts if isinstance(part, UserPromptPart) and not isinstance(part.content, str))
    results = (part.files for part in parts if isinstance(part, ToolReturnPart))
    return any(isinstance(item, BinaryContent) for items in (*prompts, *results) for item in items)


def is_text_file(item: BinaryContent) -> bool:
    """Whether a file is plain text, which every model reads."""
    return item.media_type.startswith("text/") or item.media_type in ("application/json", "application/xml")


def is_blank(item: UserContent) -> bool:
    """Whether an item is text without a word."""
    return isinstance(item, str) and not item.strip()


def unpacked(item: UserContent) -> UserContent:
    """The bytes of a `data:` URI, as not every provider takes one for an address."""
    if not isinstance(item, ImageUrl | AudioUrl | DocumentUrl) or not item.url.startswith("data:"):
        return item
    head, _, data = item.url.removeprefix("data:").partition(",")
    try:
        return BinaryContent(base64.b64decode(data, validate=True), head.partition(";")[0])
    except ValueError:
        return f"[{media_kind(item)} omitted: its data is damaged]"


def text_of(item: UserContent) -> str | None:
    """The text of a plain text file; None for everything else."""
    if isinstance(item, BinaryContent) and is_text_file(item):
        return item.data.decode("utf-8", "replace")
    return None


def base64_of(data: bytes) -> str:
    """A file in base64, made in pieces: one call would stop every other thread for the length of a large file."""
    pieces = range(0, len(data), _BASE64_PIECE)
    return "".join([base64.b64encode(data[start : start + _BASE64_PIECE]).decode() for start in pieces])


def data_uri(item: BinaryContent) -> str:
    """A file's bytes as a `data:` URI."""
    return f"data:{item.media_type};base64,{base64_of(item.data)}"


def name_of(item: UserContent) -> str:
    """A file's name, on one line; "" where none is known."""
    return item.name if isinstance(item, NamedContent) else ""


def file_name(item: BinaryContent) -> str:
    """A name for a file in a request, where it needs one."""
    return name_of(item) or f"document.{item.format}"
