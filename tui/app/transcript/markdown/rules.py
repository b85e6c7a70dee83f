r"""What models write beside Markdown, as rules of markdown-it: TeX keeps every character, a few HTML tags go.

TeX stands between `\(…\)`, `\[…\]`, `$$…$$`, or between single dollars that read like TeX: no space inside them, no
digit behind them (as pandoc has it, so that prices stay prose), and something of TeX between them. It is never read as
Markdown. `<br>` breaks the line, `<sub>` and `<sup>` lower and raise text, `<kbd>` sets it as code, `<details>` and
`<summary>` go without a trace; every other tag is text.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST_FORMULA_CHARS = 2_000
LONGEST_DISPLAY_LINES = 60
LONGEST_TAGGED_CHARS = 400

_CLOSINGS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_TEX = re.compile(r"[\\^_{}]")
_TEX_FOR_CERTAIN = re.compile(r"\\[A-Za-z]|[_^]\{")
_TEX_OR_SYMBOL = re.compile(r"[\\^_{}=<>*+|/]|^[^\W\d_]{1,2}$")
_BREAK = re.compile(r"<br[ \t]{0,8}/?>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)(sub|sup|kbd|details|summary)(?:\s[^<>]{0,80})?>", re.IGNORECASE)
_STYLED = ("sub", "sup", "kbd")
_TAGS_ALONE = re.compile(r"[ \t]*(?:</?details(?:\s[^<>]{0,80})?>[ \t]*)+", re.IGNORECASE)


def add_rules(markdown: "MarkdownIt") -> None:
    """Teach a parser these rules."""
    markdown.inline.ruler.before("escape", "math", _math)
    markdown.inline.ruler.before("link", "tag", _tag)
    ends = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("code", "math_block", _math_block, {"alt": ends})
    markdown.block.ruler.before("math_block", "details", _details, {"alt": ends})


def formula_end(source: str, start: int, limit: int) -> int:
    """Where the formula that begins at `start` ends; `start` when none does.

    One that is not closed goes on to `limit`, if it reads like TeX: while it streams in, nothing of it may be lost.
    """
    limit = min(limit, start + LONGEST_FORMULA_CHARS)
    opening = source[start : start + 2]
    if opening in _CLOSINGS:
        closing = source.find(_CLOSINGS[opening], start + 2, limit)
        if closing > start + 2 or (closing >= 0 and opening != "$$"):
            return closing + 2
        return limit if closing < 0 and _TEX.search(source, start + 2, limit) else start
    if opening[:1] != "$" or not opening[1:] or opening[1].isspace():
        return start
    closing = source.find("$", start + 1, limit)
    while closing > 0 and source[closing - 1] == "\\":
        closing = source.find("$", closing + 1, limit)
    if closing < 0:
        return limit if _TEX_FOR_CERTAIN.search(source, start + 1, limit) else start
    inside, behind = source[start + 1 : closing], source[closing + 1 : closing + 2]
    closed = bool(inside) and not inside[-1].isspace() and not behind.isdigit()
    return closing + 1 if closed and _TEX_OR_SYMBOL.search(inside) else start


def _math(state: "StateInline", silent: bool) -> bool:
    if state.src[state.pos] not in "\\$":
        return False
    end = formula_end(state.src, state.pos, state.posMax)
    if end == state.pos:
        return False
    if not silent:
        state.push("math", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _tag(state: "StateInline", silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    if found := _BREAK.match(state.src, state.pos, state.posMax):
        if not silent:
            state.push("hardbreak", "br", 0)
    elif found := _TAG.match(state.src, state.pos, state.posMax):
        if not silent:
            _push_tag(state, found[2].lower(), opens=not found[1], end=found.end())
    else:
        return False
    state.pos = found.end()
    return True


def _push_tag(state: "StateInline", tag: str, *, opens: bool, end: int) -> None:
    """A token for a tag that changes the text up to its closing one; none where that does not come."""
    if tag in _STYLED and (not opens or f"</{tag}" in state.src[end : end + LONGEST_TAGGED_CHARS].lower()):
        state.push("html", tag, 0).markup = "" if opens else "/"


def _math_block(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """A formula over several lines, which would else be read as lists, headings or paragraphs."""
    if state.is_code_block(start):
        return False
    first = _line(state, start).rstrip()
    opening = first[:2]
    if opening not in ("\\[", "$$") or _CLOSINGS[opening] in first[2:]:
        return False
    alone = len(first) == 2
    last = (_last_line if alone else _closing_line)(state, start, end, _CLOSINGS[opening])
    if last is None:
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.content = state.getLines(start, last + 1, state.blkIndent, False).rstrip("\n")
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _last_line(state: "StateBlock", start: int, end: int, closing: str) -> int:
    """The last line of a display whose opening stands alone: whatever follows, that line begins something new.

    One that is not closed goes on to the end while it is short enough: nothing of it may be lost while it streams in.
    """
    limit = start + LONGEST_DISPLAY_LINES
    closed = next((number for number in range(start + 1, min(end, limit)) if closing in _line(state, number)), None)
    return closed or (end - 1 if end <= limit else start)


def _closing_line(state: "StateBlock", start: int, end: int, closing: str) -> int | None:
    """The last line of a display whose opening has more behind it: no empty line stands inside."""
    for number in range(start + 1, min(end, start + LONGEST_DISPLAY_LINES)):
        line = _line(state, number).rstrip()
        if closing in line or not line:
            return number if line.endswith(closing) else None
    return None


def _details(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """A line of nothing but the tags of `<details>`: not even an empty row is left of it."""
    if state.is_code_block(start) or not _TAGS_ALONE.fullmatch(_line(state, start)):
        return False
    if not silent:
        state.line = start + 1
    return True


def _line(state: "StateBlock", number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
