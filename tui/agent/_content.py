"""What a prompt can hold beside text: files by their address or their bytes, and what another program has put there.

Part of `tui.agent.messages`, where these names are to be imported from. Nothing is fetched here.
"""

from dataclasses import dataclass
from mimetypes import guess_type
from typing import Annotated, Any, Literal

import pydantic

from tui.agent.image_size import image_size

AudioMediaType = Literal["audio/wav", "audio/mpeg"]
ImageMediaType = Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
DocumentMediaType = Literal[
    "application/pdf",
    "text/plain",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/html",
    "text/markdown",
    "application/vnd.ms-excel",
]
AudioFormat = Literal["wav", "mp3"]
ImageFormat = Literal["jpeg", "png", "gif", "webp"]
DocumentFormat = Literal["csv", "doc", "docx", "html", "md", "pdf", "txt", "xls", "xlsx"]

_AUDIO_FORMATS: dict[str, AudioFormat] = {"audio/mpeg": "mp3", "audio/wav": "wav"}
_IMAGE_FORMATS: dict[str, ImageFormat] = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
}
_IMAGE_EXTENSIONS: dict[str, ImageMediaType] = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_DOCUMENT_FORMATS: dict[str, DocumentFormat] = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/markdown": "md",
    "application/vnd.ms-excel": "xls",
}


@dataclass
class ImageUrl:
    """An image that the provider fetches by itself, or that the adapter fetches for it."""

    url: str
    kind: Literal["image-url"] = "image-url"

    @property
    def media_type(self) -> ImageMediaType:
        """Derived from the extension in the URL.

        Raises:
            ValueError: the extension is none of jpg, jpeg, png, gif, webp.
        """
        for extension, media_type in _IMAGE_EXTENSIONS.items():
            if self.url.endswith(extension):
                return media_type
        raise ValueError(f"Unknown image file extension: {self.url}")

    @property
    def format(self) -> ImageFormat:
        """The media type in one word."""
        return _IMAGE_FORMATS[self.media_type]


@dataclass
class AudioUrl:
    """A sound file by its URL."""

    url: str
    kind: Literal["audio-url"] = "audio-url"

    @property
    def media_type(self) -> AudioMediaType:
        """Derived from the extension in the URL.

        Raises:
            ValueError: the extension is neither mp3 nor wav.
        """
        if self.url.endswith(".mp3"):
            return "audio/mpeg"
        if self.url.endswith(".wav"):
            return "audio/wav"
        raise ValueError(f"Unknown audio file extension: {self.url}")


@dataclass
class DocumentUrl:
    """A document by its URL."""

    url: str
    kind: Literal["document-url"] = "document-url"

    @property
    def media_type(self) -> str:
        """Derived from the extension in the URL, by the system's table of types.

        Raises:
            RuntimeError: the table does not have the extension.
        """
        media_type, _ = guess_type(self.url)
        if media_type is None:
            raise RuntimeError(f"Unknown document file extension: {self.url}")
        return media_type

    @property
    def format(self) -> DocumentFormat:
        """The media type in one word.

        Raises:
            ValueError: there is no word for it.
        """
        return _document_format(self.media_type)


@dataclass
class BinaryContent:
    """A file's bytes; base64 in JSON."""

    data: bytes
    media_type: AudioMediaType | ImageMediaType | DocumentMediaType | str
    kind: Literal["binary"] = "binary"

    @property
    def is_audio(self) -> bool:
        """Whether the media type is one of audio."""
        return self.media_type.startswith("audio/")

    @property
    def is_image(self) -> bool:
        """Whether the media type is one of images."""
        return self.media_type.startswith("image/")

    @property
    def is_document(self) -> bool:
        """Whether the media type is one that some provider reads as a document."""
        return self.media_type in _DOCUMENT_FORMATS

    @property
    def format(self) -> str:
        """The media type in one word.

        Raises:
            ValueError: there is no word for it.
        """
        if self.is_image:
            if self.media_type in _IMAGE_FORMATS:
                return _IMAGE_FORMATS[self.media_type]
            raise ValueError(f"Unknown image media type: {self.media_type}")
        if self.is_document:
            return _document_format(self.media_type)
        if self.media_type in _AUDIO_FORMATS:
            return _AUDIO_FORMATS[self.media_type]
        raise ValueError(f"Unknown media type: {self.media_type}")


@dataclass
class NamedContent(BinaryContent):
    """A file's bytes with its name, for requests that can tell it; JSON keeps the bytes alone.

    Attributes:
        name: without a folder, on one line.
    """

    name: str = ""


def description_of(item: "UserContent") -> str:
    """A file's name, type and size, or its address."""
    if not isinstance(item, BinaryContent):
        return getattr(item, "url", "a file")
    pixels = image_size(item.data) if item.is_image else None
    name = item.name if isinstance(item, NamedContent) else ""
    parts = (name, item.media_type, "x".join(map(str, pixels or ())), f"{max(1, len(item.data) >> 10)} kB")
    return ", ".join(filter(None, parts))


def _document_format(media_type: str) -> DocumentFormat:
    if media_type in _DOCUMENT_FORMATS:
        return _DOCUMENT_FORMATS[media_type]
    raise ValueError(f"Unknown document media type: {media_type}")


@dataclass
class UnknownPart:
    """A part, or an item of a prompt, of a kind that the engine does not know: read from a file, kept, never sent.

    Attributes:
        data: the JSON object as it was read.
    """

    data: dict[str, Any]

    @property
    def part_kind(self) -> str:
        """The kind as the file calls it."""
        return str(self.data.get("part_kind", self.data.get("kind", "")))

    def has_content(self) -> bool:
        """Never: its content is unknown."""
        return False


def _as_unknown(value: Any) -> UnknownPart:
    return value if isinstance(value, UnknownPart) else UnknownPart(dict(value))


def _unknown_data(part: UnknownPart) -> dict[str, Any]:
    return part.data


def kind_of(value: Any, key: str, known: frozenset[str]) -> str | None:
    """The tag of a union's member; None, which pydantic reports as an error, for what has no kind at all."""
    if isinstance(value, UnknownPart):
        return "unknown"
    kind = value.get(key) if isinstance(value, dict) else getattr(value, key, None)
    if not isinstance(kind, str):
        return None
    return kind if kind in known else "unknown"


Unknown = Annotated[
    UnknownPart,
    pydantic.PlainValidator(_as_unknown),
    pydantic.PlainSerializer(_unknown_data),
    pydantic.Tag("unknown"),
]


_CONTENT_KINDS = frozenset({"image-url", "audio-url", "document-url", "binary"})


def _content_kind(value: Any) -> str | None:
    return "text" if isinstance(value, str) else kind_of(value, "kind", _CONTENT_KINDS)


UserContent = Annotated[
    Annotated[str, pydantic.Tag("text")]
    | Annotated[ImageUrl, pydantic.Tag("image-url")]
    | Annotated[AudioUrl, pydantic.Tag("audio-url")]
    | Annotated[DocumentUrl, pydantic.Tag("document-url")]
    | Annotated[BinaryContent, pydantic.Tag("binary")]
    | Unknown,
    pydantic.Discriminator(_content_kind),
]
"""One item of a prompt that is more than text."""
