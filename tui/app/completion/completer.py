"""Which suggestions there are at the cursor, and which of them is marked. Knows no widget."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from tui.app.completion.suggestions import CompletionSource, Suggestion, Suggestions, Typed

_WAIT_S = 1.0
"""How long a key waits at most for a source that is still reading."""


class Completer:
    """Asks its sources in their order; the first that knows the word answers.

    Attributes:
        index: of the row that is marked; -1 for none.
    """

    def __init__(self, sources: Sequence[CompletionSource]) -> None:
        self._sources = sources
        self._typed = Typed("", True)
        self._source: CompletionSource | None = None
        self._found: Suggestions | None = None
        self._dismissed: tuple[CompletionSource, int] | None = None
        self.index = -1

    @property
    def shown(self) -> Suggestions | None:
        """What is to be listed; None for nothing, or when the list was closed."""
        found = self._found
        if found is None or self._source is None or self._dismissed == (self._source, found.start):
            return None
        return found if found.rows or found.note else None

    @property
    def marked(self) -> Suggestion | None:
        """The row that Enter takes."""
        shown = self.shown
        return shown.rows[self.index] if shown is not None and 0 <= self.index < len(shown.rows) else None

    @property
    def more(self) -> asyncio.Event | None:
        """Set when there is more than there was at the last look; None when that was all."""
        return self._found.more if self._found is not None else None

    def look(self, typed: Typed) -> None:
        """Find what there is for a text; while that is the same, the mark stays on its row."""
        again = typed == self._typed
        if again and (self.more is None or not self.more.is_set()):
            return
        before = self.marked
        self._typed = typed
        self._source, self._found = self._find(typed)
        if self._found is None or self._dismissed != (self._source, self._found.start):
            self._dismissed = None
        if self._found is None:
            self.index = -1
            return
        self.index = min(self._found.marked, len(self._found.rows) - 1)
        if again and before is not None:
            labels = [row.label for row in self._found.rows]
            self.index = labels.index(before.label) if before.label in labels else self.index

    def _find(self, typed: Typed) -> tuple[CompletionSource | None, Suggestions | None]:
        for source in self._sources:
            if source.SIGN in typed.before and (found := source.find(typed)) is not None:
                return source, found
        return None, None

    async def settle(self) -> None:
        """Wait a moment for what is still being read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_S):
                while (more := self.more) is not None:
                    await more.wait()
                    self.look(self._typed)

    def move(self, steps: int) -> None:
        """Mark another row, going round at the ends."""
        if self.shown is not None and self.shown.rows:
            count = len(self.shown.rows)
            self.index = (self.index + steps) % count if self.index >= 0 else (0 if steps > 0 else count - 1)

    def passed(self, before: str) -> None:
        """Know the line before the cursor, without a look at it: a word that is gone is not the one that was closed."""
        if self._dismissed is not None:
            source, start = self._dismissed
            if before[start : start + 1] != source.SIGN:
                self._dismissed = None

    def dismiss(self) -> None:
        """Close the list until another word is typed."""
        if self._source is not None and self._found is not None:
            self._dismissed = (self._source, self._found.start)
