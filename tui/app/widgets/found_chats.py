"""What a search has found, as rows of the list of chats. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap

from textual.content import Content

from tui.app.styles import BLANK, fit, styled
from tui.app.widgets.chat_entries import ChatEntry
from tui.app.widgets.list import ListRow
from tui.figures import age
from tui.store.search_records import Pieces, SearchHit
from tui.text import clean, clean_line

_NOTE_CELLS = 26
_LEAD = 3
"""The first marked word stands at most a third of the line from its beginning."""


@dataclass(frozen=True, slots=True)
class FoundChats:
    """What a search came to.

    Attributes:
        typed: what was looked for; what belongs to other words is not shown.
        hits: one for each chat.
        notes: what is to be said of the search, in sentences.
    """

    typed: str = ""
    hits: tuple[SearchHit, ...] = ()
    notes: tuple[str, ...] = ()

    def hit(self, conversation_id: str) -> SearchHit | None:
        """Where something was found in a chat."""
        return next((hit for hit in self.hits if hit.conversation_id == conversation_id), None)

    def rows(self, shown: Collection[str], now: datetime, current: str) -> Iterator[ListRow[ChatEntry]]:
        """The chats that are not `shown` by their names already, each with what was found below it, and the notes."""
        for hit in self.hits:
            if hit.conversation_id in shown:
                continue
            title = clean_line(hit.title) or "New chat"
            entry = ChatEntry(title, age(hit.created_at, now), current=hit.conversation_id == current)
            yield ListRow(hit.conversation_id, entry)
            if hit.place != "title":
                yield ListRow("", ChatEntry("", snippet=hit.snippet))
        for note in self.notes:
            yield ListRow("", ChatEntry("", heading=True))
            for line in wrap(clean_line(note), _NOTE_CELLS):
                yield ListRow("", ChatEntry(line, heading=True))


def draw_snippet(pieces: Pieces, width: int) -> Content:
    """What surrounds a find in one line, the words marked; of what stands before them only as much as leaves room."""
    first = next((number for number, (_, marked) in enumerate(pieces) if marked), 0)
    before = "".join(clean(text) for text, _ in pieces[:first])
    room = max(width // _LEAD, 1)
    if len(before) > room:
        before = "…" + before[-room + 1 :].lstrip("…")
    line = [styled(before, "muted")] if before else []
    line += [styled(clean(text), "markup-strong" if marked else "muted") for text, marked in pieces[first:]]
    return fit(Content.assemble(*line), width) if line else BLANK
