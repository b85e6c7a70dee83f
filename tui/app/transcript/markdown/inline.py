"""Inline Markdown (emphasis, code, links, images) as styled spans; knows nothing of blocks or widths."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.app.styles import only_ascii
from tui.app.transcript.markdown.scripts import Script, script
from tui.app.transcript.markdown.tex import drawn_formula
from tui.app.transcript.row import Span
from tui.text import clean_line

if TYPE_CHECKING:
    from markdown_it.token import Token

_WRAPS = {"em": "em", "strong": "strong", "s": "strike"}
_BARE_LINK = re.compile(r"https?://[^\s<>\"'`\\]+")
_TRAILING = ".,;:!?*_~'\""
_SHOWN_URL = 120


def checked_href(href: str) -> str:
    """The target if it may be opened: http or https with a host, or mailto; else "".

    No file, no relative path, no leading dash and no other scheme ever passes: a browser would take those as options or
    hand them to other programs.
    """
    if not href.isprintable() or any(character.isspace() for character in href):
        return ""
    try:
        parts = urlsplit(href)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and host and not host.startswith("-"):
        return href
    if parts.scheme == "mailto" and "@" in parts.path and not parts.path.startswith("-"):
        return href
    return ""


def inline_spans(tokens: "Sequence[Token]", style: str = "") -> list[Span]:
    """The children of an inline token as spans; a line break is a span of a line feed.

    Args:
        tokens: `token.children` of markdown-it.
        style: of all the text, such as "heading".
    """
    return _Inline(style).walk(tokens)


def formula_spans(source: str, style: str = "") -> list[Span]:
    """A formula: drawn where it can be, and its source line by line where not, with no character read as Markdown."""
    inline = _Inline(style)
    inline.formula(source)
    return inline.walk(())


class _Inline:
    def __init__(self, style: str) -> None:
        self._names = style.split()
        self._style = style
        self._href = ""  # of the link we are in, unchecked
        self._script: Script | None = None
        self._is_key = False
        self._spans: list[Span] = []

    def walk(self, tokens: "Iterable[Token]") -> list[Span]:
        for token in tokens:
            self._take(token)
        return self._spans

    def _take(self, token: "Token") -> None:
        match token.type:
            case "text":
                self._text(token.content)
            case "softbreak" | "hardbreak":
                self._spans.append(Span("\n"))
            case "math":
                self.formula(token.content)
            case "html":
                self._html(token.tag, opens=not token.markup)
            case "code_inline":
                self._spans.append(
                    Span(token.content.replace("\t", " "), f"{self._style} code".strip(), self._action())
                )
            case "link_open":
                self._href = str(token.attrGet("href") or "")
                self._push("link" if checked_href(self._href) else "")
            case "link_close":
                self._close_link()
            case "image":
                self._image(token)
            case _ if token.tag in _WRAPS:
                self._wrap(_WRAPS[token.tag], token.nesting)
            case _:
                self._text(token.content)

    def formula(self, source: str) -> None:
        """Lines of a formula; of one that is drawn each stands for the whole source."""
        drawn = drawn_formula(source)
        if drawn is None or (only_ascii() and not drawn.isascii()):  # in other signs it would be another formula
            text, copied = source.replace("\t", " "), ""
        else:
            text, copied = drawn, source
        for number, line in enumerate(text.split("\n")):
            self._spans += [Span("\n")] if number else []
            self._spans += [Span(line, self._style, "", copied)] if line else []

    def _html(self, tag: str, *, opens: bool) -> None:
        """From here on text is raised, lowered or a key's name, or no longer."""
        if tag == "kbd":
            self._is_key = opens
        else:
            self._script = None if not opens else "sup" if tag == "sup" else "sub"

    def _wrap(self, name: str, nesting: int) -> None:
        if nesting > 0:
            self._push(name)
        else:
            self._pop()

    def _push(self, name: str) -> None:
        self._names.append(name)
        self._style = " ".join([name for name in self._names if name])

    def _pop(self) -> None:
        self._names.pop()
        self._style = " ".join([name for name in self._names if name])

    def _action(self) -> str:
        href = checked_href(self._href) if self._href else ""
        return f"link:{href}" if href else ""

    def _close_link(self) -> None:
        self._pop()
        if self._href and not checked_href(self._href):
            self._spans.append(Span(f" ({clean_line(self._href, _SHOWN_URL)})", "muted"))
        self._href = ""

    def _text(self, text: str) -> None:
        text = text.replace("\t", " ")
        if self._script:
            mark = {"sup": "^", "sub": "_"}[self._script]
            text = mark + text if only_ascii() else script(text, self._script) or text
        if self._is_key and text:
            self._spans.append(Span(text, f"{self._style} code".strip(), self._action()))
            return
        if self._href or "://" not in text:
            if text:
                self._spans.append(Span(text, self._style, self._action()))
            return
        end = 0
        for match in _BARE_LINK.finditer(text):
            url = _without_trailing(match[0])
            if checked_href(url):
                if match.start() > end:
                    self._spans.append(Span(text[end : match.start()], self._style))
                end = match.start() + len(url)
                self._spans.append(Span(url, f"{self._style} link".strip(), f"link:{url}"))
        if end < len(text):
            self._spans.append(Span(text[end:], self._style))

    def _image(self, token: "Token") -> None:
        url = str(token.attrGet("src") or "")
        alt = clean_line(token.content or "image")
        action = f"link:{url}" if checked_href(url) else self._action()
        self._spans.append(Span(alt, f"{self._style} em".strip()))
        self._spans.append(Span(" ", self._style))
        self._spans.append(Span(clean_line(url, _SHOWN_URL), "link" if action else "muted", action))


def _without_trailing(url: str) -> str:
    """A bare URL without the punctuation of the sentence around it."""
    while url and (url[-1] in _TRAILING or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url
