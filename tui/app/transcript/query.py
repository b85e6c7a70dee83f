"""What a person looks for in a text, as a pattern. Pure.

Case counts only where something is typed in upper case, accents never do. Markdown's marks between words are passed
over, so that a phrase is found however it is set.
"""

import re
import unicodedata
from functools import cache
from typing import Protocol

_ACCENTS = "[\u0300-\u036f]*"
_MARKUP = "[*_~`]{0,3}"
_SPACES = re.compile(r"\s+")


class Sought(Protocol):
    """What can be looked for in texts."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands in a text, from left to right: start and end of each place."""

    def count(self, text: str) -> int:
        """How often it stands in a text."""


class Query:
    """One search; `typed` has at least one character that is no space."""

    def __init__(self, typed: str) -> None:
        self._table = _Folding(lower=not any(character.isupper() for character in typed))
        words = _SPACES.split(self._folded(unicodedata.normalize("NFC", typed)).strip())
        gap = rf"{_MARKUP}[ \t\xa0]+{_MARKUP}"
        self._plain = re.compile(gap.join([re.escape(word) for word in words]))
        self._accented = re.compile(
            gap.join(["".join([re.escape(character) + _ACCENTS for character in word]) for word in words])
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands in a text, from left to right: start and end of each place."""
        pattern = self._plain if text.isascii() else self._accented
        return [match.span() for match in pattern.finditer(self._folded(text))]

    def count(self, text: str) -> int:
        """How often it stands in a text."""
        return len((self._plain if text.isascii() else self._accented).findall(self._folded(text)))

    def _folded(self, text: str) -> str:
        """The text as it is compared, each character in the place where it was."""
        if not text.isascii():
            return text.translate(self._table)
        return text.lower() if self._table.lower else text


class _Folding(dict[int, int]):
    """What a character is compared as: without its accents, and in lower case if that is wanted."""

    def __init__(self, *, lower: bool) -> None:
        super().__init__()
        self.lower = lower

    def __missing__(self, code: int) -> int:
        base = _base(code)
        lower = chr(base).lower()
        self[code] = found = ord(lower) if self.lower and len(lower) == 1 else base
        return found


@cache
def _base(code: int) -> int:
    parts = unicodedata.normalize("NFD", chr(code))
    return ord(parts[0]) if all(unicodedata.combining(mark) for mark in parts[1:]) else code
