"""Markdown from outside as HTML that fetches nothing and runs nothing: tags in it are shown, pictures are links.

Links lead to pages and letters, whatever their spelling; code is coloured by Pygments, in five classes.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tui.text import portable, portable_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_SCHEMES = frozenset({"http", "https", "mailto"})
_LONGEST_LINE, _LONGEST_CODE = 2_000, 200_000
"""Of code that is coloured: a lexer's expressions may take very long over more."""


def as_html(text: str) -> str:
    """A text as blocks of HTML, all of them closed."""
    return str(_parser().render(portable(text).strip("\n")))


def leads_to_a_page(address: str) -> bool:
    """Whether a link leads to a page or a letter."""
    try:
        return urlsplit(address).scheme in _SCHEMES
    except ValueError:
        return False


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 30 ms, and only an export needs it

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: leads_to_a_page(url)  # type: ignore[method-assign]  # others stay as written
    parser.add_render_rule("text", _text)
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    return parser


def _text(renderer: Any, tokens: Sequence["Token"], index: int, options: Any, env: Any) -> str:
    return escape(portable(tokens[index].content))  # an entity may stand for any character


def _link_open(renderer: Any, tokens: Sequence["Token"], index: int, options: Any, env: Any) -> str:
    return _opened(str(tokens[index].attrGet("href") or ""))


def _opened(address: str) -> str:
    return f'<a href="{escape(portable_line(address, 4_000))}" rel="noreferrer">'


def _image(renderer: Any, tokens: Sequence["Token"], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    address = str(token.attrGet("src") or "")
    words = escape(portable_line(token.content) or portable_line(address))
    before = [one.type for one in tokens[:index]]
    in_a_link = before.count("link_open") > before.count("link_close")
    return words if in_a_link else f"{_opened(address)}{words}</a>"


def _code(renderer: Any, tokens: Sequence["Token"], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    language = token.info.split()[0] if token.info.split() else ""
    return f"<pre><code>{_coloured(token.content, language)}</code></pre>\n"


def _coloured(code: str, language: str) -> str:
    """Code as HTML, with spans of the classes k, s, c, n and m where the language is known."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language or len(code) > _LONGEST_CODE or any(len(line) > _LONGEST_LINE for line in code.split("\n")):
        return escape(code)
    try:
        lexer = get_lexer_by_name(language[:40].lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code)
    pieces = []
    for kind, text in lexer.get_tokens(code):
        name = _class_of(kind)
        pieces.append(f'<span class="{name}">{escape(text)}</span>' if name and text.strip() else escape(text))
    return "".join(pieces)


def _class_of(kind: Any) -> str:
    from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

    table = (
        (Comment, "c"), (Keyword, "k"), (Operator.Word, "k"), (String, "s"), (Number, "m"),
        (Name.Function, "n"), (Name.Class, "n"), (Name.Decorator, "n"), (Name.Tag, "k"), (Name.Attribute, "n"),
        (Generic.Deleted, "k"), (Generic.Inserted, "s"), (Generic.Heading, "n"), (Generic.Subheading, "n"),
    )  # fmt: skip
    return next((name for wanted, name in table if kind in wanted), "")
