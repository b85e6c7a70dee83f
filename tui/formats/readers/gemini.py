"""Gemini's activity as Google Takeout has it: known, and not read.

It is a log of single prompts with their answers, in the language of the account. Nothing in it says which of them
belong to one chat, and nothing is guessed.
"""

from typing import Any

from tui.formats.readers.fields import items, text

DETAIL = "Gemini's activity does not say what belongs to which chat: it cannot be taken over, only read as it is"


def recognise(value: dict[str, Any]) -> bool:
    """Whether an object is an entry of the log."""
    names = [text(value.get("header")), *map(text, items(value.get("products")))]
    return isinstance(value.get("time"), str) and any(name.startswith(("Gemini", "Bard")) for name in names)


def recognise_page(head: bytes) -> bool:
    """Whether a file that begins so is the log as a web page."""
    return head.lstrip()[:1] == b"<" and b"Gemini" in head and b"mdl-typography" in head
