"""Markdown of replies as lines of text that mean the same: a list has its signs, a link its address, code is indented.

What a screen could show otherwise than the rest, such as what is strong, passes through the ink of a `Page`.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Literal

from tui.dataclass import dataclass
from tui.formats.wrapping import FIRST_SIGN, wrapped
from tui.text import portable, portable_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

Role = Literal["title", "asked", "answered", "quiet", "heading", "strong", "em", "code", "link"]
"""What a piece of text is: of a conversation, the title, the head of a prompt and of a reply, and what is beside the
point; of a reply, a heading, what is strong or stressed, code in a line, and the address of a link."""

_DEEPEST = 20
_SIGNS = re.compile(f"[{chr(FIRST_SIGN)}-\U0010ffff]")
_CODE = ("fence", "code_block", "html_block")


@dataclass(frozen=True, slots=True)
class Page:
    """What text is laid out for.

    Attributes:
        width: columns.
        ink: gives a piece of a line of this role what marks it; nothing of that may take a column.
        code: the same for the lines of a block of code, with the name of its language or "".
    """

    width: int = 80
    ink: Callable[[Role, str], str] = lambda role, text: text
    code: Callable[[str, str], str] = lambda text, language: text


PLAIN = Page()


def markdown_lines(text: str, page: Page) -> list[str]:
    """The lines of harmless Markdown, without its markup."""
    from markdown_it.tree import SyntaxTreeNode

    lines: list[str] = []
    for node in SyntaxTreeNode(_parser().parse(text)).children:
        lines += ([""] if lines else []) + _block(node, page, "", "", 0)
    return lines


def inline_text(text: str, page: Page) -> str:
    """A piece of a paragraph, without its markup: what looks like a list or a heading in it is neither."""
    from markdown_it.tree import SyntaxTreeNode

    return "".join(_inline(node, page) for node in SyntaxTreeNode(_parser().parseInline(text)).children)


def _block(node: "SyntaxTreeNode", page: Page, first: str, rest: str, depth: int) -> list[str]:
    """The lines of a block, with what stands in front of the first and of all others."""
    match node.type:
        case "heading":
            return wrapped(page.ink("heading", _inline(node, page)), page.width, first, rest)
        case "paragraph":
            return wrapped(_inline(node, page), page.width, first, rest)
        case "bullet_list" | "ordered_list":
            return _list(node, page, first, rest, depth)
        case "hr":
            return [first + page.ink("quiet", "-" * 20)]
        case "table":
            rows = [row for part in node.children for row in part.children]
            cells = [" | ".join(_inline(cell, page) for cell in row.children) for row in rows]
            return [line for row in cells for line in wrapped(row, page.width, rest, f"{rest}    ")]
        case kind if kind in _CODE:
            language = node.info.split(maxsplit=1)[0] if node.info.strip() else ""
            code = page.code(node.content.rstrip("\n"), language).split("\n")
            return [f"{first if not number else rest}    {line}".rstrip() for number, line in enumerate(code)]
        case "blockquote":
            bar = page.ink("quiet", "|") + " "
            first, rest = first + bar, rest + bar
    lines: list[str] = []
    tight = False
    for child in node.children if depth < _DEEPEST else ():
        gap = [rest.rstrip()] if lines and not tight else []
        lines += gap + _block(child, page, rest if lines else first, rest, depth + 1)
        tight = child.hidden  # a paragraph that stands right above what follows it in its list
    return lines or ([f"{first}…"] if depth >= _DEEPEST else [first.rstrip()])


def _list(node: "SyntaxTreeNode", page: Page, first: str, rest: str, depth: int) -> list[str]:
    lines: list[str] = []
    start = int(str(node.attrs.get("start", 1))) if node.type == "ordered_list" else 0
    for number, item in enumerate(node.children, start):
        sign = f"{number}. " if node.type == "ordered_list" else "- "
        indent = rest + " " * len(sign)
        lines += _block(item, page, (rest if lines else first) + page.ink("quiet", sign), indent, depth + 1)
    return lines


def _inline(node: "SyntaxTreeNode", page: Page) -> str:
    """The words of a block; a link has its address behind it."""
    words: list[str] = []
    for child in node.children:
        match child.type:
            case "code_inline":
                words.append(page.ink("code", child.content))
            case "text":
                words.append(_SIGNS.sub("", portable(child.content)))  # an entity may stand for any character
            case "html_inline":
                words.append(child.content)
            case "strong" | "em" as role:
                words.append(page.ink(role, _inline(child, page)))
            case "softbreak":
                words.append(" ")
            case "hardbreak":
                words.append("\n")
            case "link":
                words.append(_with_address(page, _inline(child, page), str(child.attrs.get("href", ""))))
            case "image":
                words.append(_with_address(page, child.content, str(child.attrs.get("src", ""))))
            case _:
                words.append(_inline(child, page))
    return "".join(words)


def _with_address(page: Page, words: str, address: str) -> str:
    address = portable_line(address, 2_000)  # an entity in it may stand for a control character
    if address in ("", words, f"mailto:{words}"):
        return page.ink("link", words)
    return f"{words} ({page.ink('link', address)})".lstrip()


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 30 ms, and only an export needs it

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])
