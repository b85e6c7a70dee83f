"""Takes a file, a folder or a page from outside: checked before it is read, and known by its content, not its name."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from tui.chat.attachments.content_types import FOLDER, kind_of_binary, media_type_of, text_type_of
from tui.chat.attachments.folders import FOLDER_BYTES, collect_folder
from tui.chat.attachments.text_files import DecodedText, decoded_text
from tui.chat.loading import unattended
from tui.chat.prompt import PromptAttachment
from tui.errors import AttachmentError
from tui.figures import size
from tui.files import read_regular, regular_size

T = TypeVar("T")

MEDIA_BYTES = 32_000_000
"""The largest image, recording or PDF: what the most patient of the providers takes in one request."""

TEXT_BYTES = 4_000_000
"""The longest text: a million tokens, and more than most models read."""

_PAGE_CHARACTERS = 8_000_000
"""The longest page of which the markup is read."""

_KINDS = "Text, PNG, JPEG, GIF, WebP, PDF, WAV and MP3 can be attached."


async def attach_path(path: Path, *, folder_bytes: int = FOLDER_BYTES) -> tuple[PromptAttachment, ...]:
    """Take a file, or the text files below a folder as one attachment.

    Args:
        path: links are followed, and the note says where one leads.
        folder_bytes: how much of a folder's text is taken; the note says what is left out.

    Raises:
        AttachmentError: it is not there or cannot be read, is no file (such as a pipe or a device, which is not waited
            for), is too large, or of a kind that no model takes.
    """
    return (await unattended(_refusing, path, lambda: _taken(path.expanduser(), folder_bytes)),)


def is_web_address(source: str) -> bool:
    """Whether what was given is the address of a page, and not a path."""
    return source.lower().startswith(("http://", "https://"))


async def attach_url(url: str) -> PromptAttachment:
    """Fetch a page or a file by its address, with one bounded request; a page becomes its text.

    Raises:
        AttachmentError: it is no http address, could not be fetched, is too large, or of a kind that no model takes.
    """
    from tui.chat.loading import imported

    await imported("tui.agent.fetch")
    from tui.agent.exceptions import ModelAPIError
    from tui.agent.fetch import fetch

    try:
        fetched = await fetch(url, limit_bytes=MEDIA_BYTES)
    except ModelAPIError as error:
        raise AttachmentError(error.message, error.hint) from error
    return await unattended(_from_page, fetched.url, fetched.data, fetched.media_type, fetched.charset)


def attachment_from(data: bytes, name: str, *, note: str = "") -> PromptAttachment:
    """Content that is there already, as from a clipboard or a pipe, as an attachment.

    Raises:
        AttachmentError: it is empty, too large, or of a kind that no model takes.
    """
    if not data:
        raise AttachmentError(f"{name} is empty.", "There is nothing in it to send.")
    if len(data) > MEDIA_BYTES:
        raise _too_large(name, len(data), MEDIA_BYTES)
    if media_type := media_type_of(data):
        return PromptAttachment(name, media_type, data, note)
    if (text := decoded_text(data)) is None:
        raise AttachmentError(f"{name} is {kind_of_binary(data)}.", _KINDS)
    return _text_attachment(name, text, text_type_of(Path(name).suffix), note)


def _text_attachment(name: str, text: DecodedText, media_type: str, note: str = "") -> PromptAttachment:
    data = text.text.encode("utf-8", "replace")
    if len(data) > TEXT_BYTES:
        raise _too_large(f"The text of {name}", len(data), TEXT_BYTES)
    return PromptAttachment(name, media_type, data, "; ".join(filter(None, (note, text.note))))


def _refusing(path: Path, take: Callable[[], T]) -> T:
    """What `take` gives; what the system refuses in our words."""
    try:
        return take()
    except FileNotFoundError:
        hint = "It links to something that is gone." if path.is_symlink() else "Check its name."
        raise AttachmentError(f"There is no file {path}.", hint) from None
    except PermissionError as error:
        raise AttachmentError(f"{path} cannot be read: {error.strerror}.", "Its permissions do not let you.") from error
    except OSError as error:
        raise AttachmentError(f"{path} cannot be attached: {error.strerror}.", "Choose another file.") from error
    except ValueError as error:  # a NUL in the name
        raise AttachmentError(f"{path} is no file name.", "Check it.") from error
    except RuntimeError as error:  # ~somebody who is not there
        raise AttachmentError(f"There is no file {path}.", "Check its name.") from error


def _taken(path: Path, folder_bytes: int) -> PromptAttachment:
    found = path.stat()
    name, note = _shown_name(path), _link_note(path)
    if stat.S_ISDIR(found.st_mode):
        folder = collect_folder(path, folder_bytes)
        note = "; ".join(filter(None, (note, folder.note)))
        return PromptAttachment(f"{name}/", FOLDER, folder.text.encode("utf-8", "replace"), note)
    size_bytes = regular_size(path) or 0
    if size_bytes > MEDIA_BYTES:
        raise _too_large(str(path), size_bytes, MEDIA_BYTES)
    return attachment_from(read_regular(path, MEDIA_BYTES), name, note=note)


def _too_large(name: str, size_bytes: int, limit_bytes: int) -> AttachmentError:
    return AttachmentError(
        f"{name} has {size(size_bytes)}; at most {size(limit_bytes)} can be attached.", "Attach a part of it."
    )


def _shown_name(path: Path) -> str:
    """A path below the working folder from there on, as a model should know it; of any other only the last name."""
    absolute, here = Path(os.path.abspath(path)), Path.cwd()  # noqa: PTH100  no link is to be followed
    if absolute != here and absolute.is_relative_to(here):
        return absolute.relative_to(here).as_posix()
    return absolute.name or absolute.anchor.rstrip("/\\")


def _link_note(path: Path) -> str:
    return f"links to {path.resolve()}" if path.is_symlink() else ""


def _from_page(url: str, data: bytes, media_type: str, charset: str) -> PromptAttachment:
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.hostname}{parts.path}"
    if media_type_of(data):
        return attachment_from(data, unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.hostname or "file")
    text = _declared_text(data, charset) or decoded_text(data)
    if text is None or not data:
        return attachment_from(data, shown)  # which says why not
    if media_type in ("text/html", "application/xhtml+xml"):
        from tui.chat.attachments.web_text import web_text

        if len(text.text) > _PAGE_CHARACTERS:
            raise _too_large(f"The page {shown}", len(data), _PAGE_CHARACTERS)
        page = web_text(text.text)
        if not page.strip():
            raise AttachmentError(f"{shown} has no text: a program in the page would draw it.", "Save it, or copy it.")
        return _text_attachment(shown, DecodedText(page, text.note), "text/plain")
    return _text_attachment(shown, text, text_type_of(Path(parts.path).suffix))


_CHARSET = re.compile(
    r"utf-?8|us-ascii|(?:iso-?8859|windows|cp|koi8)-?[\w-]{1,6}|gb(?:k|2312|18030)|big5\S{0,6}|shift[_-]jis|euc-\w{2}",
    re.IGNORECASE,
)
"""What servers name; Python knows codecs, such as punycode, that take time without end for a hostile page."""


def _declared_text(data: bytes, charset: str) -> DecodedText | None:
    """The text in the encoding that the server has named, if it is in that encoding."""
    try:
        text = data.decode(charset) if _CHARSET.fullmatch(charset) and b"\0" not in data else None
    except (LookupError, UnicodeError):
        return None
    return None if text is None else DecodedText(text.removeprefix("\ufeff").replace("\r\n", "\n"))
