"""Markdown as the plain words of a preview: a line of a list says what a text says, not how it is written.

Knows the signs that stand in nearly every reply, and no more of Markdown than that. Pure.
"""

import re
from collections.abc import Iterator

from tui.pattern import pattern

_FENCE = pattern(r"[ \t]*(?:```|~~~)")
_RULE = pattern(r"[ \t]*(?:[-*_=|:][ \t]*){3,}$")
_BLOCK = pattern(r"[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)+")
_INLINE = pattern(
    r"(?P<tick>`+)(?=\S)(?P<code>[^\n]+?)(?<=\S)(?P=tick)"
    r"|(?P<sign>\*{1,3}|~~|(?<!\w)_{1,3})(?=[^\s*_~])(?P<strong>(?:`[^`\n]*`|[^`\n])+?)(?<=[^\s*])(?P=sign)(?![*~]|(?<=_)\w)"
    r"|(?P<link>!?\[)(?P<label>[^\]\n]*)\]\([^)\n]*\)"
)
_LONGEST_LINE = 2_000
"""Of a longer line only as much before a place is looked at, and behind it."""


def plain_line(text: str) -> str:
    """A text of Markdown in one line, without its signs."""
    return plain_part(text, 0, len(text))


def plain_part(text: str, start: int, end: int) -> str:
    """A part of a text of Markdown in one line, without the signs that stand in it; they may begin or end outside."""
    first = max(text.rfind("\n", 0, start) + 1, start - _LONGEST_LINE)
    last = text.find("\n", end)
    last = min(len(text) if last < 0 else last, end + _LONGEST_LINE)
    pieces, at, coded = [], start, False
    for line in re.finditer(r"[^\n]*\n?", text[first:last]):
        begin = first + line.start()
        fence = _FENCE.match(line[0]) is not None
        coded ^= fence
        for sign_start, sign_end in _signs(line[0].rstrip("\n"), code=coded or fence, fence=fence):
            pieces.append(text[at : max(at, min(begin + sign_start, end))])
            at = max(at, min(begin + sign_end, end))
    return " ".join("".join([*pieces, text[at:end]]).split())


def _signs(line: str, *, code: bool, fence: bool) -> Iterator[tuple[int, int]]:
    """Where the signs of a line stand, from left to right."""
    if fence or (not code and _RULE.match(line)):
        yield 0, len(line)
    elif not code:
        block = _BLOCK.match(line)
        begin = block.end() if block is not None else 0
        if begin:
            yield 0, begin
        yield from _inline(line, begin, len(line))


def _inline(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in _INLINE.finditer(line, start, end):
        kind = next(name for name in ("code", "strong", "label") if found[name] is not None)
        first, last = found.span(kind)
        yield found.start(), first
        if kind != "code":
            yield from _inline(line, first, last)
        yield last, found.end()
