"""Fields of files that others wrote, read as what they should be: a wrong type is nothing, never an error. Pure."""

import json
import mimetypes
import re
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from tui.bounds import whole_number
from tui.formats.imported import File, Tokens

_MILLISECONDS_FROM = 1e11
"""A number of seconds as large as this lies in the year 5138: it is milliseconds."""

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.+-]+)*),", re.ASCII)
_MOST_FILE_BYTES = 50 << 20


def text(value: object) -> str:
    """A text as it is, all else as ""."""
    return value if isinstance(value, str) else ""


def label(value: object) -> str:
    """A text or a whole number as text, such as an id; all else as ""."""
    return str(value) if type(value) is int else text(value)


def mapping(value: object) -> dict[str, Any]:
    """An object; {} for all else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list; [] for all else."""
    return value if isinstance(value, list) else []


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [item for item in items(value) if isinstance(item, dict)]


def moment(value: object) -> datetime | None:
    """A time from seconds or milliseconds since 1970, or ISO 8601 (UTC where no zone is named); None for all else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) if isfinite(seconds) else None
        except OverflowError:
            return None
        return found if found is not None and found.year >= 1990 else None
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year >= 1990 else None


def as_json(value: object) -> str:
    """Arguments of a call as JSON text; a text is taken to be that already, nothing is an empty object."""
    if value is None or value == "":
        return "{}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_words(value: object) -> str:
    """What a tool returned as text: a text as it is, anything else as JSON, nothing as ""."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def decoded(base64: str) -> bytes | None:
    """Bytes of base64, ordinary or made for addresses, with or without its padding; None for no such text."""
    if len(base64) > _MOST_FILE_BYTES * 4 // 3:
        return None
    plain = re.sub(r"\s+", "", base64).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (Base64Error, ValueError):
        return None


def file_of_url(url: str, name: str = "", media_type: str = "") -> File:
    """A file by its address; one whose bytes stand in the address (`data:`) has them."""
    found = _DATA_URL.match(url[:200])
    if found is None:
        return File(name or url[:200].rsplit("/", 1)[-1], media_type or guessed_type(name or url), None, url[:2000])
    kind = media_type or found[1] or "text/plain"
    data = decoded(url[found.end() :]) if ";base64" in found[2] else None
    return File(name or file_name(kind), kind, data, "" if data is not None else "an address that cannot be read")


def file_name(media_type: str) -> str:
    """A name for a file that has none."""
    family = media_type.partition("/")[0]
    return f"{family if family in ('image', 'audio', 'video') else 'file'}{mimetypes.guess_extension(media_type) or ''}"


def guessed_type(name: str) -> str:
    """The media type that a name's ending stands for; "" when unknown."""
    return mimetypes.guess_type(name.partition("?")[0][-200:])[0] or ""


_MAGIC = (
    (b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"%PDF", "application/pdf"),
)  # fmt: skip


def type_of(data: bytes, otherwise: str = "") -> str:
    """The media type that bytes begin like."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _MAGIC if data.startswith(start)), otherwise)


def tokens(input: object, output: object) -> Tokens | None:
    """Counts of tokens; None when neither is one."""
    known = Tokens(whole_number(input), whole_number(output))
    return None if known == Tokens() else known
