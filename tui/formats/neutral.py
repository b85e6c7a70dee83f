"""Makes Markdown from outside inert: it is drawn as before, but fetches nothing, and ends where its message ends."""

import re
from functools import cache
from typing import TYPE_CHECKING

from tui.text import clean, clean_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_MARKUP = re.compile(r"([\\`*_\[\]<>!|~&#$])")
_OUTSIDE_CODE = re.compile(r"(?P<escaped>\\.)|(?P<ticks>`+)|(?P<picture>!(?=\[))|(?P<html><(?=[A-Za-z/!?]))", re.DOTALL)
_AUTOLINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[\w.+-]+@[\w.-]+>")
_LIVE = frozenset({"image", "html_inline", "html_block"})


def plain(text: str, limit: int = 200) -> str:
    """Text on one line, with every character that means something in Markdown escaped."""
    return _MARKUP.sub(r"\\\1", clean_line(text, limit))


def neutral(text: str) -> str:
    """Markdown without control characters, pictures, HTML and open fences; code in it stays as it is."""
    safe = clean(text).strip("\n")
    if "![" in safe or "<" in safe:
        safe = _inert(safe)
    return _closed(safe)


def _inert(text: str) -> str:
    """Escape what would be a picture or HTML, outside of code; everywhere if that was not enough."""
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
    return result if _is_inert(result) else re.sub(r"!(?=\[)|<(?=[A-Za-z/!?])", _spelled, text)


def _spelled(match: re.Match[str]) -> str:
    return "&#33;" if match[0] == "!" else "&lt;"


def _escaped(paragraph: str) -> str:
    """Put a backslash before pictures and tags that do not stand in a code span."""
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
        elif match["html"] and (link := _AUTOLINK.match(paragraph, match.start())):
            position = link.end()
            parts.append(link[0])
        else:
            parts.append(match[0] if match["escaped"] else "\\" + match[0])
    return "".join([*parts, paragraph[position:]])


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
        if token.type in _LIVE or any(child.type in _LIVE for child in token.children or ()):
            return False
    return True


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 30 ms, and only an export needs it

    return MarkdownIt("commonmark").enable("table")


@cache
def _blocks() -> "MarkdownIt":
    """Finds blocks only, ten times as fast."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")
