"""The words of a web page: its HTML without markup, programs and styles. Pure."""

import re
from collections import Counter
from html.parser import HTMLParser

_SKIPPED = frozenset({"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head", "select"})
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "summary", "table", "tr", "ul",
    }
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "ul", "ol", "blockquote", "section"})
_VOID = frozenset({"br", "hr"})

LONGEST_PAGE = 1_000_000
"""Characters of a page that are read; what comes after is left out."""

_MOST_OPEN_TAGS = 1_000
"""Tags that nobody ends, of which `html.parser` looks for the end of each anew: such a page is taken by its words."""

_TAG = re.compile(r"<[^<>]*>?")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def web_text(html: str) -> str:
    """The text of a page, its title first: headings marked as in Markdown, list items by dashes, no links."""
    reader = _PageReader()
    html = _COMMENT.sub("", html[:LONGEST_PAGE])
    if html.count("<") - html.count(">") > _MOST_OPEN_TAGS:
        html = _TAG.sub(" ", html)
    reader.feed(html)
    reader.close()
    text = "\n".join(line.rstrip() for line in "".join(reader.pieces).split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    title = " ".join("".join(reader.title).split())
    return f"{title}\n\n{text}".strip("\n") + "\n" if title and not text.startswith(f"# {title}") else f"{text}\n"


class _PageReader(HTMLParser):
    """Collects the words; broken markup ends nothing for good."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.title: list[str] = []
        self._skipping: list[str] = []
        self._skipped: Counter[str] = Counter()  # how often each tag stands in `_skipping`
        self._in_title = False
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self._skipped["svg"]:
            self._in_title = True
        elif tag in _SKIPPED:
            self._skipping.append(tag)
            self._skipped[tag] += 1
        elif tag == "body":
            self._skipping.clear()  # a head that nobody ended
            self._skipped.clear()
        elif not self._skipping:
            self._begin(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SKIPPED and tag != "title":
            self.handle_starttag(tag, attrs)

    def _begin(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break(2 if tag in _PARAGRAPHS else 1)
        if re.fullmatch("h[1-6]", tag):
            self.pieces.append("#" * int(tag[1]) + " ")
        elif tag == "li":
            self.pieces.append("- ")
        elif tag in ("td", "th") and self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append(" | ")
        elif tag == "pre":
            self._pre += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif self._skipped[tag]:
            ended = ""
            while ended != tag:
                ended = self._skipping.pop()
                self._skipped[ended] -= 1
        elif not self._skipping and tag in _BLOCKS and tag not in _VOID:
            self._pre -= tag == "pre" and self._pre > 0
            self._break(2 if tag in _PARAGRAPHS else 1)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._skipping and (text := data if self._pre else self._flowing(data)):
            self.pieces.append(text)

    def _flowing(self, data: str) -> str:
        text = re.sub(r"\s+", " ", data)
        return text.lstrip() if not self.pieces or self.pieces[-1].endswith(("\n", " ")) else text

    def _break(self, lines: int) -> None:
        """Begin a new line, or a paragraph, unless one begins here anyway."""
        if self.pieces and not self._pre:
            self.pieces[-1] = self.pieces[-1].rstrip(" ")
        while self.pieces and not self.pieces[-1]:
            self.pieces.pop()
        if self.pieces:
            last = self.pieces[-1]
            self.pieces.append("\n" * max(0, lines - (len(last) - len(last.rstrip("\n")))))
            if not self.pieces[-1]:
                self.pieces.pop()
