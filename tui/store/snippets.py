"""The part of a text in which words were found, with the words marked. Pure.

Finds them as the index does: without regard to case and accents, whole words unless they may go on, and CJK characters
anywhere.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from tui.preview import one_line, plain_part
from tui.store.search_records import Pieces, SearchTerm
from tui.store.search_text import is_cjk

_BEFORE, _LENGTH = 40, 160
_MARKS = "[\u0300-\u036f]*"


class _Folded(dict[int, int]):
    """Each character as a small letter without its accents, one for one, so that places stay the same."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        small = character.lower()[:1]
        parts = unicodedata.normalize("NFD", small)
        folded = ord(parts[0] if all(map(unicodedata.combining, parts[1:])) and not is_cjk(small) else small)
        self[code] = folded
        return folded


_FOLDED = _Folded()


class WordFinder:
    """Finds what some terms look for in texts."""

    def __init__(self, terms: Iterable[SearchTerm]) -> None:
        wanted = [*terms]
        plain, accented = ([_pattern(term, marks) for term in wanted] for marks in ("", _MARKS))
        self._plain, self._accented = (
            re.compile("|".join(filter(None, patterns))) if any(patterns) else None for patterns in (plain, accented)
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where they stand in a text, from left to right: start and end of each place."""
        return [found.span() for found in self._found(text)]

    def count(self, text: str) -> int:
        """How often they stand in a text."""
        return sum(1 for _ in self._found(text))

    def finds(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return next(self._found(text), None) is not None

    def snippet(self, text: str, *, markdown: bool = False) -> Pieces:
        """What surrounds the first place in a text, in one line; () when there is none.

        Of Markdown without its signs, unless the words stand in those only, as in the address of a link.
        """
        found = next(self._found(text), None)
        if found is None:
            return ()
        pieces = _cut(text, found.start(), self, markdown)
        return pieces if any(marked for _, marked in pieces) else _cut(text, found.start(), self, False)

    def beginning(self, text: str, *, markdown: bool = False) -> Pieces:
        """The beginning of a text in which nothing is looked for."""
        return _cut(text, 0, self, markdown)

    def _found(self, text: str) -> Iterator[re.Match[str]]:
        ascii = text.isascii()
        pattern = self._plain if ascii else self._accented
        return iter(()) if pattern is None else pattern.finditer(text.lower() if ascii else text.translate(_FOLDED))


def _cut(text: str, at: int, finder: WordFinder, markdown: bool) -> Pieces:
    start = max(0, at - _BEFORE)
    if start:  # not in the middle of a word, where there is another
        space = text.find(" ", start, at)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _LENGTH)
    part = plain_part(text, start, end) if markdown else one_line(text[start:end])
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    done = 0
    for first, last in finder.spans(part):
        pieces += [(part[done:first], False), (part[first:last], True)]
        done = last
    pieces += [(part[done:], False), *([("…", False)] if end < len(text) else [])]
    return tuple(piece for piece in pieces if piece[0])


def _pattern(term: SearchTerm, marks: str) -> str:
    words = [word for word in re.split(r"[\W_]+", unicodedata.normalize("NFC", term.words).translate(_FOLDED)) if word]
    if not words:
        return ""
    begins = "" if is_cjk(words[0][0]) else r"(?<![^\W_])"
    ends = "" if term.prefix or is_cjk(words[-1][-1]) else r"(?![^\W_])"
    tail = r"[^\W_]*" if term.prefix and not is_cjk(words[-1][-1]) else ""
    return begins + r"[\W_]+".join([_spelled(word, marks) for word in words]) + tail + ends


def _spelled(word: str, marks: str) -> str:
    return "".join(re.escape(letter) if is_cjk(letter) else re.escape(letter) + marks for letter in word)
