"""Makes Markdown from outside inert: drawn as before, it fetches nothing, runs nothing, and ends with its message."""

import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tui.text import portable, portable_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_MARKUP = re.compile(r"([\\`*_\[\]<>!|~&#$])")
_OUTSIDE_CODE = re.compile(
    r"(?P<escaped>\\.)|(?P<ticks>`+)|(?P<picture>!(?=\[))|(?P<html><(?=[A-Za-z/!?]))|\](?P<link>[(:])", re.DOTALL
)
_DESTINATION = re.compile(r"[ \t]*\n?[ \t]*(?:<(?P<quoted>[^<>\n]*)>|(?P<bare>\S*))")
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto", "ftp", "tel"})
"""Where a link in a file may lead, besides other files: whatever else is opened runs something, or reads the disk."""
_AUTOLINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[\w.+-]+@[\w.-]+>")
_HARMLESS = re.compile(r"<br ?/?>|</?(?:sub|sup|kbd)>", re.IGNORECASE)
"""Tags that only change how words look, and end with their paragraph."""
_LIVE = frozenset({"image", "html_inline", "html_block"})
_MAY_LIVE = ("![", "<", "](", "]:")


def plain(text: str, limit: int = 200) -> str:
    """Text on one line, with every character that means something in Markdown escaped."""
    return _MARKUP.sub(r"\\\1", portable_line(text, limit))


def neutral(text: str) -> str:
    """Markdown without control characters, pictures, HTML, links that run something, and open fences.

    Code in it stays as it is, and so do a few tags within words.
    """
    safe = portable(text).strip("\n")
    if any(sign in safe for sign in _MAY_LIVE):
        safe = _inert(safe)
    return _closed(safe)


def _inert(text: str) -> str:
    """Escape what would be a picture, HTML or such a link, outside of code; everywhere if that was not enough."""
    lines = text.split("\n")
    fenced = _code_lines(text)
    parts: list[str] = []
    start = 0
    for number in range(len(lines) + 1):
        edge = number == len(lines) or not lines[number].strip() or number in fenced
        if edge:
            parts += [_escaped("\n".join(lines[start:number]))] if number > start else []
            parts += [lines[number]] if number < len(lines) else []
            start = number + 1
    result = "\n".join(parts)
    return result if _is_inert(result) else re.sub(r"!(?=\[)|<(?=[A-Za-z/!?])|\](?=[(:])", _spelled, text)


def _spelled(match: re.Match[str]) -> str:
    return {"!": "&#33;", "<": "&lt;", "]": "&#93;"}[match[0]]


def _escaped(paragraph: str) -> str:
    """Put a backslash before pictures, tags and the places of bad links that do not stand in a code span."""
    parts: list[str] = []
    position = 0
    while match := _OUTSIDE_CODE.search(paragraph, position):
        parts.append(paragraph[position : match.start()])
        position = match.end()
        if match["ticks"]:
            # A code span ends at the next run of just as many backticks; without one these are mere characters.
            end = re.compile(f"(?<!`){match[0]}(?!`)").search(paragraph, position)
            position = end.end() if end else position
            parts.append(paragraph[match.start() : position])
        elif match["html"] and (link := _AUTOLINK.match(paragraph, match.start())) and _leads_somewhere(link[0][1:-1]):
            position = link.end()
            parts.append(link[0])
        elif match["html"] and (tag := _HARMLESS.match(paragraph, match.start())) and _within_words(paragraph, tag):
            position = tag.end()
            parts.append(tag[0])
        elif match["link"]:
            good = _leads_somewhere(_destination(paragraph, position))
            parts.append(match[0] if good else f"]\\{match['link']}")
        else:
            parts.append(match[0] if match["escaped"] else "\\" + match[0])
    return "".join([*parts, paragraph[position:]])


def _within_words(paragraph: str, tag: re.Match[str]) -> bool:
    """Whether a letter stands before a tag on its line: it begins no block of HTML then."""
    line = paragraph[paragraph.rfind("\n", 0, tag.start()) + 1 : tag.start()]
    return any(character.isalpha() for character in line)


def _destination(paragraph: str, position: int) -> str:
    """Where the link leads whose destination begins at `position`, or would if it were one."""
    found = _DESTINATION.match(paragraph, position)
    return (found["quoted"] or found["bare"] or "") if found else ""


def _leads_somewhere(destination: str) -> bool:
    """Whether a link leads to a page, a letter or another file, in whatever spelling viewers see through."""
    # Browsers leave out controls and blanks, also those that some viewers percent-encode first.
    plain = re.sub(r"[\x00-\x20\x7f]", "", unquote(_BACKSLASH.sub(r"\1", unescape(destination))))
    scheme = _SCHEME.match(plain)
    return scheme is None or scheme[1].lower() in _SCHEMES


def _closed(text: str) -> str:
    """End a fence that the message left open; one within a list or a quote ends with that."""
    if "```" not in text and "~~~" not in text:
        return text
    last = next((token for token in reversed(_blocks().parse(text)) if token.level == 0), None)
    if last is None or last.type != "fence" or last.map is None:
        return text
    first, end = last.map
    lines = text.split("\n")[first:end]
    closing = re.fullmatch(rf" {{0,3}}({re.escape(last.markup[0])}+)[ \t]*", lines[-1])
    if len(lines) > 1 and closing and len(closing[1]) >= len(last.markup):
        return text
    return f"{text}\n{last.markup}"


def _code_lines(text: str) -> set[int]:
    """Numbers of the lines that stand in fences and indented code, on any level."""
    numbers: set[int] = set()
    for token in _blocks().parse(text):
        if token.type in ("fence", "code_block") and token.map:
            numbers.update(range(*token.map))
    return numbers


def _is_inert(text: str) -> bool:
    for token in _parser().parse(text):
        for part in (token, *(token.children or ())):
            if part.type == "html_inline" and _HARMLESS.fullmatch(part.content):
                continue
            if part.type in _LIVE or not _leads_somewhere(str(part.attrGet("href") or "")):
                return False
    return True


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 30 ms, and only an export needs it

    parser = MarkdownIt("commonmark").enable("table")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # other viewers take all of them for links
    return parser


@cache
def _blocks() -> "MarkdownIt":
    """Finds blocks only, ten times as fast."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")
