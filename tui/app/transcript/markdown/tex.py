r"""Formulas as Unicode text: `x_i^2` as "xᵢ²", `\frac{a+b}{2}` as "(a+b)/2".

The library pylatexenc (extra `math`) reads TeX and knows its symbols; it is imported with the first formula. What a
formula means must not change: where one has a command that is not known here, its source is shown, whole.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any
from unicodedata import normalize

from tui.app.transcript.markdown.scripts import Script, script

_DELIMITERS = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("$", "$"))
_PRICE = re.compile(r"\d[^\\^_{}]*")
_SILENT = frozenset(
    (
        "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
        "Biggl", "Biggr", "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "operatorname", "rm",
        "bf", "it", "mathstrut", "nonumber", "notag",
    )
)  # fmt: skip
_PLAIN = frozenset(
    (
        "text", "mathrm", "textrm", "mbox", "hbox", "textit", "textbf", "mathit", "textnormal", "textsf", "texttt",
        "boldsymbol", "bm",
    )
)  # fmt: skip
_FRACTIONS = frozenset(("frac", "dfrac", "tfrac", "cfrac"))
_LETTERS = frozenset(
    (
        "mathbb", "mathbf", "mathcal", "mathfrak", "mathscr", "mathsf", "mathtt",
    )
)  # fmt: skip
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7"}
_SYMBOLS = {
    "mid": "∣", "bmod": " mod ", "|": "‖", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "prime": "′",
    "!": "",
    "ne": "≠", "neq": "≠", "implies": "⟹", "iff": "⟺", "land": "∧", "lor": "∨", "lnot": "¬", "Pr": "Pr",
    "argmax": "argmax", "argmin": "argmin", "dots": "…", "dotsc": "…", "dotsb": "⋯", "vert": "|",
    "Vert": "‖", "lbrace": "{", "rbrace": "}",
}  # fmt: skip
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_BRACKETS = {
    "pmatrix": "()",
    "bmatrix": "[]",
    "Bmatrix": "{}",
    "vmatrix": "||",
    "Vmatrix": "‖‖",
    "matrix": "  ",
    "smallmatrix": "  ",
    "array": "  ",
    "cases": "{ ",
}
_LINES = frozenset(
    (
        "aligned", "align", "align*", "gather", "gather*", "gathered", "split", "equation", "equation*", "multline",
        "multline*",
    )
)  # fmt: skip
_ATOM = re.compile("[√∛∜]?[\\w\u0300-\u036f\u20d7′]*(?:\\([^()]*\\))?")
_CLOSERS = ")]}|,;.:=+-−*/<>"


class _UnknownError(Exception):
    """The formula has something that cannot be drawn."""


@lru_cache(1_024)
def drawn_formula(source: str) -> str | None:
    """A formula, given with its delimiters, as text that may have lines; None where its source is to be shown.

    That is while it is not closed, for what may be a price, without the library, and for commands that are not known.
    """
    formula = source.strip()  # in a list a block keeps a part of its indentation
    opening, closing = next(pair for pair in _DELIMITERS if formula.startswith(pair[0]))
    inside = formula[len(opening) :]
    if not inside.endswith(closing) or (opening == "$" and _PRICE.fullmatch(inside[:-1])):
        return None
    try:
        from pylatexenc.latexwalker import LatexWalker, LatexWalkerError
    except ImportError:
        return None
    try:
        nodes, _, _ = LatexWalker(inside[: -len(closing)].strip(), tolerant_parsing=False).get_latex_nodes()
        lines = [" ".join(line.split()) for line in _Formula(nodes).text().split("\n")]
    except (LatexWalkerError, _UnknownError, RecursionError):
        return None
    return "\n".join([line for line in lines if line]) or None


@cache
def _symbols() -> Any:
    from pylatexenc.latex2text import get_default_latex_context_db

    return get_default_latex_context_db()


class _Formula:
    """Nodes of pylatexenc, drawn from left to right.

    Args:
        nodes: a list of nodes, of which a text is cut into its characters here.
    """

    def __init__(self, nodes: Sequence[Any]) -> None:
        self._nodes: list[Any] = []
        for node in nodes:
            self._nodes += list(node.chars) if hasattr(node, "chars") else [node] if node is not None else []
        self._at = 0
        self._pieces: list[str] = []

    def text(self) -> str:
        while self._at < len(self._nodes):
            self._step()
        return "".join(self._pieces)

    def _next(self) -> Any:
        """The next node that is not space; it is taken."""
        while self._behind.isspace():
            self._at += 1
        if self._at == len(self._nodes):
            raise _UnknownError
        self._at += 1
        return self._nodes[self._at - 1]

    @property
    def _behind(self) -> str:
        """The character that comes next, "" where there is none or something else."""
        node = self._nodes[self._at] if self._at < len(self._nodes) else ""
        return node if isinstance(node, str) else ""

    def _step(self) -> None:
        node = self._nodes[self._at]
        self._at += 1
        if isinstance(node, str):
            self._pieces.append(self._character(node))
        elif hasattr(node, "macroname"):
            self._macro(node)
        elif hasattr(node, "environmentname"):
            self._pieces.append(_environment(node))
        else:
            self._pieces.append(_drawn(node))

    def _character(self, character: str) -> str:
        if character in "^_":
            return _scripted(_drawn(self._next()), "sup" if character == "^" else "sub")
        return "′" if character == "'" else " " if character.isspace() else character

    def _macro(self, node: Any) -> None:
        name = node.macroname
        if name in _FRACTIONS:
            self._fraction(node)
        elif name in ("left", "right") and self._behind == ".":
            self._at += 1
        else:
            self._pieces.append(self._symbol(name, node))
        if node.macro_post_space and name not in _SILENT:
            self._pieces.append(" ")

    def _symbol(self, name: str, node: Any) -> str:
        if name in _SILENT:
            return ""
        if name in _SYMBOLS:
            return _SYMBOLS[name]
        if name in _PLAIN:
            return self._arguments(node, 1)[0]
        if name == "sqrt":
            degree, inside = self._arguments(node, 1, optional=True)
            return _root(degree) + _bracketed(inside)
        if name in _ACCENTS or name in _LETTERS:
            return _lettered(name, self._arguments(node, 1)[0])
        if name == "\\":
            return "\n"
        spec = _symbols().get_macro_spec(name)
        drawn = getattr(spec, "simplify_repl", None)
        if name in ("{", "}", "%", "#", "&", "_", "$"):
            return str(name)
        if not isinstance(drawn, str) or "%" in drawn:
            raise _UnknownError
        return drawn

    def _arguments(self, node: Any, count: int, *, optional: bool = False) -> list[str]:
        """A command's arguments; with an `optional` one first, which may be ""."""
        given = list(node.nodeargd.argnlist) if node.nodeargd and node.nodeargd.argnlist else []
        if not given:
            given = [None] * optional + [self._next() for _ in range(count)]
        return ["" if argument is None else _drawn(argument) for argument in given][-count - optional :]

    def _fraction(self, node: Any) -> None:
        above, below = self._arguments(node, 2)
        drawn = f"{_bracketed(above)}/{_bracketed(below)}"
        before, behind = "".join(self._pieces)[-1:], self._behind
        ends = self._at == len(self._nodes) or (behind != "" and (behind.isspace() or behind in _CLOSERS))
        self._pieces.append(drawn if ends and not before.isalnum() else f"({drawn})")


def _drawn(node: Any) -> str:
    """One node, such as the argument of a command."""
    if isinstance(node, str):
        return node
    if hasattr(node, "comment"):
        return ""
    if hasattr(node, "specials_chars"):
        return " " if node.specials_chars == "~" else str(node.specials_chars).replace("'", "′").replace("&", " ")
    inner = node.nodelist if hasattr(node, "nodelist") and not hasattr(node, "environmentname") else [node]
    if (
        inner
        and inner[0] is node
        and not any(hasattr(node, kind) for kind in ("chars", "macroname", "environmentname"))
    ):
        raise _UnknownError
    return _Formula(inner).text().strip()


def _scripted(text: str, kind: Script) -> str:
    text = text.replace(" ", "")
    if kind == "sup" and text in ("′", "∘", "*", "†", "∗"):
        return "°" if text == "∘" else text
    return script(text, kind) or ("^" if kind == "sup" else "_") + _bracketed(text)


def _bracketed(text: str) -> str:
    """Text that stays together: a number or a name as it is, all else in brackets."""
    text = text.strip()
    return text if _ATOM.fullmatch(text) or len(text) == 1 else f"({text})"


def _root(degree: str) -> str:
    degree = degree.strip()
    raised = _ROOTS.get(degree) or (f"{known}√" if (known := script(degree, "sup")) else None)
    if raised is None:
        raise _UnknownError
    return raised


def _lettered(name: str, text: str) -> str:
    """Letters of another alphabet, or with an accent."""
    if name in _ACCENTS:
        if len(text) != 1:
            raise _UnknownError
        return normalize("NFC", text + _ACCENTS[name])
    from pylatexenc.latex2text import LatexNodes2Text

    if not text.isalnum() or not text.isascii():
        raise _UnknownError
    return str(LatexNodes2Text().latex_to_text(f"\\{name}{{{text}}}")).strip()


def _environment(node: Any) -> str:
    """A matrix as "(a b; c d)"; lines of an alignment below each other."""
    name = node.environmentname
    rows: list[list[list[Any]]] = [[[]]]
    for inner in node.nodelist:
        if getattr(inner, "macroname", "") == "\\":
            rows.append([[]])
        elif getattr(inner, "specials_chars", "") == "&":
            rows[-1].append([])
        else:
            rows[-1][-1].append(inner)
    lines = [[_Formula(cell).text().strip() for cell in row] for row in rows]
    lines = [line for line in lines if any(line)]
    if name in _LINES:
        return "\n".join([" ".join(line) for line in lines])
    if name not in _BRACKETS:
        raise _UnknownError
    left, right = tuple(_BRACKETS[name])
    return f"{left}{'; '.join([('  ' if name == 'cases' else ' ').join(line) for line in lines])}{right}"
