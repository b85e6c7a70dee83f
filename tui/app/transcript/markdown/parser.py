"""markdown-it as the transcript uses it: whole parses for drawing, block parses for cutting. Knows no width."""

import re
from collections import ChainMap
from collections.abc import MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

from tui.app.transcript.markdown.rules import add_rules
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

References = MutableMapping[str, Any]
"""Link definitions, as markdown-it keeps them."""

_MAX_NESTING = 100
_MARKER = re.compile(r"^( *)(\d*)([-+*.)])")


@cache
def parser() -> "MarkdownIt":
    """The one Markdown parser: CommonMark with tables, strikethrough and `rules`; bare links are ours."""
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import fence

    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    markdown.enable(["table", "strikethrough"])
    # A fence opens code even where its line could head a table, as GitHub reads it: so one line alone decides.
    ends = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("table", "fence_first", fence, {"alt": ends})
    add_rules(markdown)
    return markdown.disable("fence")


def parse(source: str, references: References) -> "list[Token]":
    """All tokens of a block's source; `references` are the link definitions known so far."""
    return parser().parse(source, {"references": ChainMap({}, references)})


def parse_item(source: str, references: References) -> "list[Token]":
    """The tokens of a list with this one item.

    It is parsed below another item, because inside a list some lines mean something else than at its start (a table
    could begin there).
    """
    tokens = parse(f"{item_above(source)}\n{source}", references)
    end = next(index for index, token in enumerate(tokens) if token.type == "list_item_close") + 1
    if tokens[end].type == tokens[0].type.replace("open", "close"):
        return tokens[end + 1 :]
    return [tokens[0], *tokens[end:]]


def item_above(line: str) -> str:
    """A short item of the same list as the item that starts with this line."""
    found = _MARKER.match(line)
    if not found:
        return "- x"
    return f"{found[1]}{1 if found[2] else ''}{found[3]} x"


def parse_blocks(lines: list[str], references: References) -> "list[Token]":
    """The block tokens alone; definitions found are added to `references`."""
    tokens: list[Token] = []
    markdown = parser()
    markdown.block.parse("\n".join(lines).replace("\0", "\ufffd"), markdown, {"references": references}, tokens)
    return tokens


@dataclass(slots=True)
class Unit:
    """What becomes one block: a top-level block or one item of a top-level list.

    Attributes:
        kind: type of its token; an item has its list's.
        start, end: its lines.
        proof: the line that shows that it has ended; None while more may follow.
        marker: what marks the items of its list; "" when it is no item.
        number: an ordered item's number, as counted from the list's first.
    """

    kind: str
    start: int
    end: int
    proof: int | None = None
    marker: str = ""
    number: int | None = None


def units_of(lines: list[str], references: References, *, above: int = 0) -> list[Unit]:
    """The units among lines, the first `above` of which are not counted."""
    units: list[Unit] = []
    kind, number = "", None  # of the list we are in
    for token in parse_blocks(lines, references):
        if token.map is None or token.level > 1 or (token.level == 1 and token.type != "list_item_open"):
            continue
        start, end = token.map[0] - above, token.map[1] - above
        if units and units[-1].proof is None:
            units[-1].proof = start
        if token.type in ("bullet_list_open", "ordered_list_open"):
            kind = token.type
            number = int(token.attrGet("start") or 1) if token.tag == "ol" else None
        elif token.level:
            units.append(Unit(kind, start, end, None, token.markup, number))
            number = None if number is None else number + 1
        else:
            # A heading, rule or paragraph has ended where another line follows (alone it may still head a table).
            ended = token.type in ("heading_open", "hr", "paragraph_open") and end < len(lines) - above
            units.append(Unit(token.type, start, end, end if ended else None))
    return units
