"""The import of other programs' chats from inside the app: the dialog, and what is said of it afterwards."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from tui.app.chat.outcome import NOTHING, Outcome
from tui.figures import counted

if TYPE_CHECKING:
    from tui.chat.importing import ImportReport, Progress
    from tui.chat.library import Library
    from tui.store.records import Conversation


class ImportActions:
    """Takes chats over into the library."""

    def __init__(self, library: "Library", ask: Callable[[Screen[Any]], Awaitable[Any]]) -> None:
        self._library = library
        self._ask = ask

    async def open(self, path: str, shown: "Conversation | None") -> Outcome:
        """Ask what to import, show it, and import it.

        Args:
            path: what was typed behind the command; "" for nothing.
            shown: the chat that is shown, which is shown anew when it has grown.
        """
        from tui.app.dialogs.imports import ImportDialog
        from tui.chat import importing

        async def plan(paths: Sequence[Path], progress: "Progress", cancelled: Callable[[], bool]) -> "ImportReport":
            return await importing.plan(self._library, paths, progress=progress, cancelled=cancelled)

        async def run(paths: Sequence[Path], progress: "Progress", cancelled: Callable[[], bool]) -> "ImportReport":
            return await importing.run(self._library, paths, progress=progress, cancelled=cancelled)

        report: ImportReport | None = await self._ask(ImportDialog(plan, run, path))
        if report is None:
            return NOTHING
        chats = sum(entry.added > 0 for entry in report.entries)
        kind = "temporary chat" if self._library.temporary else "chat"
        done = f"{counted(report.added, 'message')} imported into {counted(chats, kind)}"
        if report.problem is not None:
            notice = f"The import has stopped: {report.problem.sentence} {done} until then."
            return Outcome(list_changed=True, notice=notice)
        grown = [entry.conversation_id for entry in report.entries if entry.added]
        go_to, message = (grown[0], "") if len({*grown}) == 1 else ("", "")
        if shown is not None and shown.id in grown:
            leaf = (await self._library.current(shown)).active_leaf
            go_to, message = (shown.id, leaf) if leaf and leaf != shown.active_leaf else ("", "")
        done = f"{done}; stopped" if report.cancelled else done
        return Outcome(list_changed=True, done=done, open_chat=go_to, message=message)
