"""What a file is by its first bytes, whatever its name says. Pure."""

from collections.abc import Callable

PDF = "application/pdf"
FOLDER = "text/markdown"
"""The text files of a folder, one after the other; the name of such an attachment ends with a slash."""

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
)
_IN_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_PDF_WITHIN = 1024
"""Bytes within which readers look for the mark of a PDF."""

_TEXT_TYPES = {
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".xml": "application/xml",
}
_OTHERS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda data: data.startswith(b"PK\x03\x04"), "an archive or an office document"),
    (lambda data: data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!")), "an archive"),
    (lambda data: data.startswith((b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")), "a program"),
    (lambda data: data.startswith((b"II*\x00", b"MM\x00*")), "a TIFF image"),
    (lambda data: data.startswith(b"BM") and data[6:10] == b"\0\0\0\0", "a BMP image"),
    (lambda data: data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"avif"), "a HEIC or AVIF image"),
    (lambda data: data[4:8] == b"ftyp" or data.startswith(b"\x1aE\xdf\xa3"), "a video, or a sound in one's wrapping"),
    (lambda data: data.startswith((b"OggS", b"fLaC")), "a sound in another format"),
    (lambda data: data.startswith(b"SQLite format 3\0"), "a database"),
    (lambda data: data.startswith(b"\xd0\xcf\x11\xe0"), "an old office document"),
)


def media_type_of(data: bytes) -> str:
    """The media type of an image, a recording or a PDF that models take; "" for everything else, such as text."""
    for mark, media_type in _MARKS:
        if data.startswith(mark):
            return media_type
    if data.startswith(b"RIFF"):
        return _IN_RIFF.get(data[8:12], "")
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return PDF
    return "audio/mpeg" if _is_mp3_frame(data) else ""


def text_type_of(suffix: str) -> str:
    """The media type of a text by the suffix of its name: a program's text is plain text."""
    return _TEXT_TYPES.get(suffix.lower(), "text/plain")


def kind_of_binary(data: bytes) -> str:
    """What a file is that no model takes, in words: "an archive"."""
    return next((words for is_one, words in _OTHERS if is_one(data)), "neither text nor an image, a PDF or a sound")


def _is_mp3_frame(data: bytes) -> bool:
    """Whether a frame of MPEG layer III begins here; UTF-16's byte order mark begins in the same way."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return False
    return data[1] & 0x18 != 0x08 and data[2] & 0xF0 not in (0x00, 0xF0) and data[2] & 0x0C != 0x0C
