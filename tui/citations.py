"""Pages that an answer cites: numbered links in its text, and a list of them below it. Markdown in, Markdown out.

Addresses and titles come from outside: only http addresses become links, and nothing in them ends the link, or begins
something else. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from tui.dataclass import dataclass
from tui.pattern import pattern

_HEADING = "**Sources**"
_MOST = 200
"""Pages that are listed; a real answer cites a dozen."""
_LONGEST_TITLE = 160
_LONGEST_ADDRESS = 2_000

_WHOLE = pattern(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[\s\S]*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?P<ticks>`+)[^`\n]+(?P=ticks)"
    r"|\[[^\]\n]{0,300}\]\([^)\s]{0,2000}\)"
    r"|(?P<bare>https?://[^\s<>\"]{1,2000})",
    re.MULTILINE,
)
"""What a mark must not stand in: code, links and addresses."""
_ONLY_A_LINK = pattern(r"\(?\[{1,2}[^\n]{0,300}\]\([^\n]{0,2000}\)\)?")
_COUNTED = pattern(r"\[(\d{1,3})\](?![(:])")
_MARKUP = pattern(r"([\\`*_\[\]<>!|~&#$])")


@dataclass(frozen=True, slots=True)
class Cited:
    """A page, and the words that it stands for.

    Attributes:
        url, title: as the provider gave them; raw.
        start, end: in characters of the text; None when only the text is known.
    """

    url: str
    title: str = ""
    start: int | None = None
    end: int | None = None


CitingText = tuple[str, Sequence[Cited]]
"""A text with the pages that it cites."""


def cited_from_json(value: Any) -> tuple[Cited, ...]:
    """The pages of a stored part, as far as they look like some: each citation has sources, and maybe its place."""
    found = []
    for one in value if isinstance(value, list) else ():
        citation = one if isinstance(one, dict) else {}
        anchor, sources = citation.get("anchor"), citation.get("sources")
        start, end = (anchor.get("start"), anchor.get("end")) if isinstance(anchor, dict) else (None, None)
        place = (start, end) if isinstance(start, int) and isinstance(end, int) else (None, None)
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, dict) and isinstance(source.get("url"), str):
                title = source.get("title")
                found.append(Cited(source["url"], title if isinstance(title, str) else "", *place))
    return tuple(found)


def with_sources(texts: Sequence[CitingText]) -> list[str]:
    """The texts of one answer with numbered links where they cite, and the list of all pages below the last such text.

    A text whose pages have no places counts them by itself, as in "rain[1][2]": its numbers become links.
    """
    pages = _Pages()
    marked = [_marked(text, cited, pages) for text, cited in texts]
    if not pages:
        return [text for text, _ in texts]
    last = max(place for place, (_, cited) in enumerate(texts) if cited)
    marked[last] = f"{marked[last].rstrip()}\n\n{pages.listed()}"
    return marked


def sources_below(text: str) -> str:
    """The list that `with_sources` has put below a text, with its heading; "" if there is none."""
    _, heading, pages = text.rpartition(f"\n\n{_HEADING}\n\n")
    return f"{_HEADING}\n\n{pages}" if heading else ""


class _Pages:
    """Numbers pages in the order in which they are first cited."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._titles: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def mark(self, cited: Cited) -> str:
        """What stands for a page in the text: a link, of no address the number alone; "" where there are too many."""
        url = cited.url
        if url not in self._numbers and len(self._numbers) >= _MOST:
            return ""
        number = self._numbers.setdefault(url, len(self._numbers) + 1)
        self._titles[url] = self._titles.get(url) or " ".join(cited.title.split())[:_LONGEST_TITLE]
        address = _address(url)
        return f"[[{number}]]({address})" if address else f"[{number}]"

    def listed(self) -> str:
        """All pages as a numbered list, under a heading."""
        return "\n".join([_HEADING, "", *[self._line(url, number) for url, number in self._numbers.items()]])

    def _line(self, url: str, number: int) -> str:
        address = _address(url)
        if not address:
            return f"{number}. {_literal(self._titles[url] or ' '.join(url.split())[:_LONGEST_TITLE])}"
        host = (urlsplit(address).hostname or "").removeprefix("www.")
        title = self._titles[url] or host
        return f"{number}. [{_literal(title)}]({address})" + ("" if host in title else f" · {_literal(host)}")


def _literal(text: str) -> str:
    """Text in which nothing is markup; a bracket with a backslash before it would begin a formula."""
    return _MARKUP.sub(r"\\\1", text).replace("\\[", "&#91;").replace("\\]", "&#93;")


def _marked(text: str, cited: Sequence[Cited], pages: _Pages) -> str:
    placed = sorted((one for one in cited if _is_placed(one, text)), key=lambda one: (one.end or 0, one.start or 0))
    wholes = list(_WHOLE.finditer(text)) if cited else []
    edits = [_edit(text, one, wholes, pages.mark(one)) for one in placed]
    marks = [pages.mark(one) for one in cited if not _is_placed(one, text)]
    if not placed and marks:
        edits = list(_counted(text, wholes, marks))
    return _edited(text, edits)


def _is_placed(cited: Cited, text: str) -> bool:
    return cited.start is not None and cited.end is not None and 0 <= cited.start <= cited.end <= len(text)


Edit = tuple[int, int, str]
"""From where to where a text is replaced, and by what."""


def _edit(text: str, cited: Cited, wholes: Sequence[re.Match[str]], mark: str) -> Edit:
    """Put a mark behind the words that it stands for, or in place of the link to the page that is there already."""
    start, end = cited.start or 0, cited.end or 0
    words = text[start:end]
    if mark.startswith("[[") and cited.url in words and _ONLY_A_LINK.fullmatch(words):
        return start, end, mark
    while end > start and text[end - 1].isspace():
        end -= 1
    before = bisect_left(wholes, end, key=lambda whole: whole.start()) - 1
    around = wholes[before] if before >= 0 else None
    if around is None or not (end < around.end() or (around["bare"] and end == around.end())):
        return end, end, mark
    if around["fence"]:
        return end, end, ""  # code stays as it is; the list has the page
    return around.end(), around.end(), f" {mark}" if around["bare"] and mark else mark


def _counted(text: str, wholes: Sequence[re.Match[str]], marks: Sequence[str]) -> Iterator[Edit]:
    """Make links of the numbers in a text that counts its pages by itself."""
    inside = [(whole.start(), whole.end()) for whole in wholes]
    place = 0
    for found in _COUNTED.finditer(text):
        while place < len(inside) and inside[place][1] <= found.start():
            place += 1
        number = int(found[1])
        if (
            0 < number <= len(marks)
            and marks[number - 1]
            and not (place < len(inside) and inside[place][0] <= found.start())
        ):
            yield found.start(), found.end(), marks[number - 1]


def _edited(text: str, edits: Iterable[Edit]) -> str:
    pieces: list[str] = []
    at, last = 0, ""
    for start, end, mark in sorted(edits, key=lambda edit: edit[:2]):
        if start > at or not pieces:
            pieces.append(text[at : max(at, start)])
        elif mark == last:
            continue  # the same page twice at one place
        pieces.append(mark)
        at, last = max(at, end), mark
    return "".join([*pieces, text[at:]])


def _address(url: str) -> str:
    """An address as the target of a link in Markdown; "" if it is none that could be opened."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return ""
    if not host or not url.lower().startswith(("http://", "https://")) or len(url) > _LONGEST_ADDRESS:
        return ""
    safe = re.sub(
        r"[\s()<>\\\x00-\x20\x7f-\x9f]", lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), url
    )
    return re.sub(r"&(?=#?\w+;)", "&amp;", safe)
