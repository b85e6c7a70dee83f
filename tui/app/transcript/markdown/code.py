"""Source code as styled lines, by Pygments, which is loaded with the first code; and as it came, for copies.

Knows nothing of widths or colours.
"""

import re
from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING

from tui.app.transcript.row import Span
from tui.dataclass import dataclass
from tui.text import clean

if TYPE_CHECKING:
    from markdown_it.token import Token
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

CodeLines = list[list[Span]]


@dataclass(frozen=True, slots=True)
class CodeDisplay:
    """How the code of a text is shown.

    Attributes:
        wrap: long lines are wrapped; else they are cut with "›".
        left: cells that are scrolled away at the left.
    """

    wrap: bool = False
    left: int = 0


_LANGUAGE = re.compile(r"[\w+#.-]+")
_LONGEST_LINE = 2_000  # longer ones stay plain: a lexer's expressions may take very long over them
_LONGEST_INDENT = 200
_JOINS = "\u200d\u20e3\ufe0e\ufe0f"  # make one picture with what stands before, and no lexer knows
TAB_CELLS = 4
FOLD_LINES = 60
"""Longer code folds,"""
FOLDED_LINES = 20
"""to this many lines."""


def language_of(info: str) -> str:
    """A fence's language from what follows its marks: "python" of "python title=x" or "{.python}"; may be ""."""
    found = _LANGUAGE.search(info)
    return found[0].lstrip(".")[:40] if found else ""


def highlight(source: str, info: str) -> CodeLines:
    """Each line of the code as spans, without line ends."""
    return [spans for spans, _ in _lex(source.expandtabs(TAB_CELLS), language_of(info).lower())]


def raw_code(token: "Token", raw: str, above: int) -> str:
    """The code of a fence or an indented block as it came.

    Args:
        token: with the cleaned code.
        raw: the lines that the token's map counts, uncleaned; "" when cleaning changed none.
        above: lines before the first of them, which the map counts, too.
    """
    code = token.content.removesuffix("\n")
    if not raw or token.map is None:
        return code
    first = token.map[0] - above + (token.type == "fence")
    return "\n".join(map(_raw_line, code.split("\n"), raw.split("\n")[first:]))


def _raw_line(line: str, raw: str) -> str:
    """The end of an uncleaned line that is this line of code, behind what quotes and lists put before it."""
    start = next((at for at in range(min(len(raw), _LONGEST_INDENT)) if clean(raw[at:]) == line), None)
    return line if start is None else raw[start:]


def source_index(source: str, drawn: int) -> int:
    """The character of a line of code that is drawn as character `drawn` of its row; its end where it is shorter.

    Tabs are drawn as spaces, and what hides something as several characters.
    """
    if source.isascii() and source.isprintable():
        return max(0, min(drawn, len(source)))
    return bisect_left(range(len(source) + 1), drawn, key=lambda end: len(drawn_code(source[:end])))


def drawn_code(source: str) -> str:
    """Code as it is drawn: clean, with spaces for tabs."""
    return clean(source).expandtabs(TAB_CELLS)


class LiveCode:
    """Highlights code while it is written: lines that are done are lexed once, or twice inside a longer token."""

    def __init__(self) -> None:
        self._info = ""
        self._lines: list[str] = []
        self._done: list[tuple[list[Span], bool]] = []

    def highlight(self, source: str, info: str) -> CodeLines:
        """As `highlight`, for the source as far as it has come."""
        lines = source.expandtabs(TAB_CELLS).split("\n")
        kept = 0
        if info == self._info:
            while kept < min(len(self._lines), len(lines) - 1) and self._lines[kept] == lines[kept]:
                kept += 1
        while kept and not self._done[kept - 1][1]:
            kept -= 1
        self._done[kept:] = _lex("\n".join(lines[kept:]), language_of(info).lower())
        self._info, self._lines = info, lines
        return [spans for spans, _ in self._done]


def _lex(source: str, language: str) -> list[tuple[list[Span], bool]]:
    """Each line's spans, and whether no token goes on past its end."""
    if language in ("diff", "patch"):
        return [(_diff_line(line), True) for line in source.split("\n")]
    lexer = _lexer(language) if language else None
    if lexer is None or any(len(line) > _LONGEST_LINE for line in source.split("\n")):
        return _plain(source)
    tokens = list(lexer.get_tokens_unprocessed(source))
    if "".join([text for _, _, text in tokens]) != source:
        return _plain(source)
    lines: list[tuple[list[Span], bool]] = []
    spans: list[Span] = []
    for _, kind, text in tokens:
        style = _style(kind)
        first, *others = text.split("\n")
        if first and spans and (spans[-1].style == style or first[0] in _JOINS):
            spans[-1] = spans[-1]._replace(text=spans[-1].text + first)
        elif first:
            spans.append(Span(first, style))
        for part in others:
            lines.append((spans, style not in ("string", "comment")))
            spans = [Span(part, style)] if part else []
    lines.append((spans, True))
    return lines


def _plain(source: str) -> list[tuple[list[Span], bool]]:
    return [([Span(line)] if line else [], True) for line in source.split("\n")]


def _diff_line(line: str) -> list[Span]:
    """A diff colours its sign only."""
    if line[:1] in ("+", "-") and line[:3] not in ("+++", "---"):
        return [Span(line[0], "good" if line[0] == "+" else "wrong"), *([Span(line[1:])] if line[1:] else [])]
    return [Span(line, "comment" if line.startswith("@@") else "")] if line else []


@cache
def _lexer(language: str) -> "Lexer | None":
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer: Lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return lexer if hasattr(lexer, "get_tokens_unprocessed") else None


@cache
def _style(kind: "_TokenType") -> str:
    """The style of a kind of token; the first that fits."""
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    kinds = (
        (Comment, "comment"),
        (Keyword.Type, "type"),
        (Keyword, "keyword"),
        (Operator.Word, "keyword"),
        (String, "string"),
        (Number, "number"),
        (Name.Builtin.Pseudo, ""),
        (Name.Function, "type"),
        (Name.Class, "type"),
        (Name.Builtin, "type"),
        (Name.Tag, "type"),
        (Name.Decorator, "type"),
        (Name.Exception, "type"),
    )
    return next((style for parent, style in kinds if kind in parent), "")
