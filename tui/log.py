"""The log file: warnings and worse, with keys masked, for its owner's eyes only. Standard error belongs to the screen.

Importing this configures nothing; `start_log` does, and the file is made at the first entry.
"""

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tui.files import SAFELY, make_private_folder
from tui.paths import state_dir
from tui.text import clean, redact

_secrets: set[str] = set()
_SHORTEST_SECRET = 8
"""What is shorter, such as "none" for a server of this machine, is a word as others."""
_MOST_BYTES, _OLD_FILES = 512 * 1024, 2


def log_file() -> Path:
    """Where the log is, or will be."""
    return state_dir() / "chinwag.log"


def mask_in_reports(secret: str) -> None:
    """Never write a value down from now on, whatever quotes it: a key may have the look of none."""
    if len(secret) >= _SHORTEST_SECRET:
        _secrets.add(secret)


def reportable(text: str) -> str:
    """A log entry or a traceback with keys masked, and nothing in it that steers a terminal."""
    return clean(redact(text, _secrets))


def start_log() -> None:
    """Send warnings and worse, of the program and its libraries, to the file; an unwritable folder means no log."""
    handler: logging.Handler
    try:
        make_private_folder(log_file().parent)
        handler = _PrivateFileHandler(
            log_file(), maxBytes=_MOST_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a full disk must not write into the screen
    logging.captureWarnings(True)


class _MaskingFormatter(logging.Formatter):
    """Masks keys in the whole entry, traceback and all, and leaves nothing in it that steers a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return reportable(super().format(record))


class _PrivateFileHandler(RotatingFileHandler):
    """A log file that only its owner can read."""

    def rotate(self, source: str, dest: str) -> None:
        """Begin a new file; where another window has the old one open, as on Windows, that one goes on."""
        with suppress(OSError):
            super().rotate(source, dest)

    def _open(self) -> TextIOWrapper:
        # A pipe without a reader is refused, not waited for.
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | SAFELY, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding=self.encoding)
