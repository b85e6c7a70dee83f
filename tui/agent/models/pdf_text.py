"""The text of a PDF, for models that take none: by the package `pypdf` (extra `files`), loaded when it is needed."""

import importlib.util
import io
import logging
import threading
import time
from functools import partial

from tui.agent.fenced import fenced
from tui.agent.messages import BinaryContent
from tui.agent.models.file_cache import FileCache
from tui.agent.models.media import UnreadableFileError, name_of

PDF = "application/pdf"

_MOST_CHARACTERS = 2_000_000
_MOST_PAGES = 2_000
_PATIENCE_S = 15.0
"""After which no further page is begun; twice as long, and it is given up."""


_texts: FileCache[str | UnreadableFileError] = FileCache(16)


def pdf_text(item: BinaryContent) -> str:
    """The text of a PDF as it stands in a prompt, page by page.

    Raises:
        UnreadableFileError: `pypdf` is not installed, or the file is locked, damaged, or has no text.
    """
    text = _texts.get(item.data, None, partial(_extracted, item.data))
    if isinstance(text, UnreadableFileError):
        raise text
    return fenced(f"Text of the attached PDF `{name_of(item) or 'document.pdf'}`", text)


def _extracted(data: bytes) -> str | UnreadableFileError:
    if importlib.util.find_spec("pypdf") is None:
        return UnreadableFileError("its text needs the extra files; see chinwag doctor")
    found: list[str | UnreadableFileError] = []
    # A page that keeps the parser busy for ever must keep neither the turn nor the end of the program waiting.
    thread = threading.Thread(target=lambda: found.append(_read_or_reason(data)), name="pdf", daemon=True)
    thread.start()
    thread.join(2 * _PATIENCE_S)
    return found[0] if found else UnreadableFileError("it takes too long to read")


def _read_or_reason(data: bytes) -> str | UnreadableFileError:
    try:
        return _read(data)
    except UnreadableFileError as error:
        return error
    except Exception:  # noqa: BLE001  a parser of foreign files fails in every way there is
        return UnreadableFileError("it is damaged")


def _read(data: bytes) -> str:
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks on a file would be drawn over the screen
    end = time.monotonic() + _PATIENCE_S
    pages: list[str] = []
    length = 0
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        for number, page in enumerate(reader.pages, start=1):
            text = page.extract_text().strip()
            pages += [f"[page {number}]\n{text}"] if text else []
            length += len(text)
            if number >= _MOST_PAGES or length > _MOST_CHARACTERS or time.monotonic() > end:
                pages += [f"[the pages after {number} are left out]"] if number < len(reader.pages) else []
                break
    except (FileNotDecryptedError, DependencyError):
        raise UnreadableFileError("it is locked by a password") from None
    if not length:
        raise UnreadableFileError("it has no text, only images of it")
    return "\n\n".join(pages)[: _MOST_CHARACTERS + 10_000]
