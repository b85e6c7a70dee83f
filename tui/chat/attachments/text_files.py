"""The text in a file's bytes, whatever its encoding; and how a text file stands in a prompt. Pure."""

import codecs
import re
from typing import NamedTuple

from tui.agent.fenced import fenced as fenced_text
from tui.text import portable_line

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which begins in the same way
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NEVER_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # 1b, escape, stands in recorded terminals


class DecodedText(NamedTuple):
    """A file's text.

    Attributes:
        note: how it was read, where that was a guess; else "".
    """

    text: str
    note: str = ""


def decoded_text(data: bytes) -> DecodedText | None:
    """The text of a file with lines that end in a line feed; None when it is none.

    UTF-8, UTF-16 and UTF-32 with their marks, else Windows-1252 (Latin-1's every letter) for what has no control
    characters, which is then said.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return DecodedText(_lines(data.decode(encoding)))
            except UnicodeDecodeError:
                return None
    if _NEVER_IN_TEXT.search(data):
        return None
    try:
        return DecodedText(_lines(data.decode()))
    except UnicodeDecodeError:
        return DecodedText(_lines(data.decode("cp1252", "replace")), "read as Latin-1, as it is not UTF-8")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def fenced(name: str, text: str) -> str:
    """A file as it stands in a prompt: its name, then its text between more backticks than it holds."""
    shown = portable_line(name, 400).replace("`", "'") or "unnamed"
    return fenced_text(f"Attached file `{shown}`", text)
