"""What a search has found for the list of chats, and how a place is drawn. Pure."""

from typing import TYPE_CHECKING

from textual.content import Content

from tui.app.styles import BLANK, fit, styled
from tui.dataclass import dataclass
from tui.text import clean

if TYPE_CHECKING:
    from tui.store.search_records import Pieces, SearchHit

_LEAD = 3
"""The first marked word stands at most a third of the line from its beginning."""


@dataclass(frozen=True, slots=True)
class FoundChats:
    """What a search came to.

    Attributes:
        typed: what was looked for; what belongs to other words is not shown.
        hits: one for each chat.
        notes: what is to be said of the search, in sentences.
        more: whether there are more chats in which it was found.
    """

    typed: str = ""
    hits: tuple["SearchHit", ...] = ()
    notes: tuple[str, ...] = ()
    more: bool = False

    def hit(self, conversation_id: str) -> "SearchHit | None":
        """Where something was found in a chat."""
        return next((hit for hit in self.hits if hit.conversation_id == conversation_id), None)


def draw_snippet(pieces: "Pieces", width: int) -> Content:
    """What surrounds a find in one line, the words marked; of what stands before them only as much as leaves room."""
    first = next((number for number, (_, marked) in enumerate(pieces) if marked), 0)
    before = "".join(clean(text) for text, _ in pieces[:first])
    room = max(width // _LEAD, 1)
    if len(before) > room:
        before = "…" + before[-room + 1 :].lstrip("…")
    line = [styled(before, "muted")] if before else []
    line += [styled(clean(text), "markup-strong" if marked else "muted") for text, marked in pieces[first:]]
    return fit(Content.assemble(*line), width) if line else BLANK
