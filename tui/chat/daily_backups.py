"""One copy of the library a day, of all windows together, made behind everything else. Knows no screen."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from tui.errors import StoreError
from tui.store import backups

if TYPE_CHECKING:
    from tui.chat.library import Library

_REST = 2.0
"""How long a copy rests after each of its steps, in times of what the step took: keys and turns go first."""


class DailyBackups:
    """Asked now and then, copies the library when the day has no copy yet.

    Args:
        library: what is copied.
        kept: how many copies are kept now; 0 makes none.
    """

    def __init__(self, library: "Library", kept: Callable[[], int]) -> None:
        self._library = library
        self._kept = kept
        self._told = False

    async def see_to(self, today: date) -> str:
        """Make the copy of a day, unless there is one or another window is at it.

        Returns:
            Why there is none, in a sentence, the first time; else "".
        """
        path, kept = self._library.database.path, self._kept()
        if path is None or not self._library.saves or not kept:
            return ""
        try:
            if not backups.due(path, today):
                return ""
            with backups.only_one(path) as ours:
                if ours and backups.due(path, today):  # which another window may have made meanwhile
                    await self._library.database.back_up("daily", kept=kept, rest=_REST)
        except StoreError as error:
            return self._once(error.sentence)
        except OSError as error:
            return self._once(f"{path.parent}: {error.strerror or error}.")
        return ""

    def _once(self, why: str) -> str:
        if self._told:
            return ""
        self._told = True
        return f"Today's backup was not made. {why}"
