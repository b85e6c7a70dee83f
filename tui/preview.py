"""Markdown as the plain words of a preview: a line of a list says what a text says, not how it is written.

Knows the signs that stand in nearly every reply, and no more of Markdown than that. Pure.
"""

import re
from collections.abc import Iterator

from tui.pattern import pattern

_FENCE = pattern(r"[ \t]*(?:```|~~~)")
_NEXT_FENCE = pattern(r"\n[ \t]*(?:```|~~~)")
_RULE = pattern(r"[ \t]*(?:[-*_=|:][ \t]*){3,}$")
_BLOCK = pattern(r"[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)+")
# No span goes on for more than some hundred characters: a line of signs that nothing closes takes linear time.
# Beside letters and figures on both sides a single * is one of a product, as in 2*3*4; two are, where both pairs are.
_INLINE = pattern(
    r"(?P<tick>(?<!`)`{1,3}(?!`))(?=\S)(?P<code>[^\n]{1,200}?)(?<=[^\s`])(?P=tick)(?!`)"
    r"|(?P<sign>(?<![*0-9A-Za-z])\*{1,3}|(?<![~0-9A-Za-z])~~|(?<!\w)_{1,3}"
    r"|(?<=[0-9A-Za-z])(?P<within>\*{2,3}|~~)(?=\w))(?=[^\s*_~])"
    r"(?P<strong>(?:`[^`\n]{0,200}`|[^`\n]){1,200}?)(?<=[^\s*])(?P=sign)(?![*~]|(?<=_)\w"
    r"|(?<=[^*]\*)[0-9A-Za-z])(?(within)(?![0-9A-Za-z]))"
    r"|(?P<link>!?\[)(?P<label>[^\]\n]{0,200})\]\([^)\n]{0,400}\)"
)
_LONGEST_LINE = 400
"""Of a longer line only as much before a place is looked at, and behind it."""


def plain_line(text: str) -> str:
    """A text of Markdown in one line, without its signs."""
    return plain_part(text, 0, len(text))


def plain_part(text: str, start: int, end: int) -> str:
    """A part of a text of Markdown in one line, without the signs that stand in it; they may begin or end outside.

    What is nothing but signs stays as it is.
    """
    first = max(text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1, start - _LONGEST_LINE)
    last = text.find("\n", end, end + _LONGEST_LINE)
    last = end + _LONGEST_LINE if last < 0 else last
    pieces, at, coded = [], start, _in_fence(text, first)
    for line in re.finditer(r"[^\n]*\n?", text[first:last]):
        begin = first + line.start()
        fence = _FENCE.match(line[0]) is not None
        coded ^= fence
        for sign_start, sign_end in _signs(line[0].rstrip("\n"), code=coded or fence, fence=fence):
            pieces.append(text[at : max(at, min(begin + sign_start, end))])
            at = max(at, min(begin + sign_end, end))
    return one_line("".join([*pieces, text[at:end]])) or one_line(text[start:end])


def one_line(text: str) -> str:
    """A text that is no Markdown in one line."""
    return " ".join(text.split())


def _in_fence(text: str, at: int) -> bool:
    """Whether a block of code is open where a line begins."""
    before = sum(1 for _ in _NEXT_FENCE.finditer(text, 0, at)) + (at > 0 and _FENCE.match(text) is not None)
    return before % 2 == 1


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
