"""The import dialog: what a file of another program would bring is shown before anything of it is written."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.completion.typed_path import PathSuggester
from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.chat.attachments.pasted_paths import paths_in
from tui.errors import StoreError
from tui.figures import counted
from tui.files import expanded, is_there
from tui.formats.readers import SOURCES
from tui.formats.readers.places import SUFFIXES
from tui.paths import shortened
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.importing import ImportReport, Progress

    Plan = Callable[[Sequence[Path], Progress, Callable[[], bool]], Awaitable[ImportReport]]
    """`tui.chat.importing.plan` or `run`: what is read, who is told how far it is, and who says when to stop."""

_START = Content.assemble(
    "\n",
    styled(f"Reads {', '.join(SOURCES.values())}.\nNothing is written before you have seen it.", "muted"),
)
_MOST_SKIPPED = 4
"""Things that were skipped, of which a line tells."""
_DRAWN_EVERY_S = 0.1
_OUTCOMES = {"new": "new", "updated": "with more in them", "known": "already here", "trashed": "in your trash",
             "deleted": "deleted here before"}  # fmt: skip


class ImportDialog(Dialog["ImportReport"]):
    """Dismissed with what was imported, or None.

    Args:
        plan: says what there is.
        run: takes it over.
        path: what is typed already.
    """

    DEFAULT_CSS = "ImportDialog #box { width: 88; }"
    TITLE = "Import chats of other programs"
    KEYS = (("↵", "look what there is"), ("tab", "complete"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, plan: "Plan", run: "Plan", path: str = "") -> None:
        super().__init__()
        self._plan, self._run = plan, run
        self._field = Field(path, placeholder="an export, a database or a folder of them", limit=4000)
        self._field.prefill = path
        self._field.suggester = PathSuggester(SUFFIXES)
        self._shown = Line(_START)
        self._planned: tuple[Path, ...] = ()
        self._chats = 0  # how many were planned
        self._looked_at = path.strip()  # a field says that it has changed also when it first appears
        self._importing = self._stopped = False
        self._looking_at = ""  # what is being looked at: another Enter does not begin it anew
        self._drawn_at = 0.0

    @override
    def compose_body(self) -> ComposeResult:
        yield FieldLine(self._field)
        yield self._shown

    @override
    def on_mount(self) -> None:
        """Say what can be read; a path that was typed behind the command is looked at."""
        super().on_mount()
        self._field.focus()
        self._field.action_end()
        if self._field.value.strip():
            self._look()

    def _show_start(self) -> None:
        self._planned = ()
        self.show_keys(self.KEYS)
        self._shown.content = _START

    def _say(self, text: str, style: str = "text") -> None:
        self._shown.content = Content.assemble("\n", styled(text, style))

    @on(Field.Changed)
    def _change_path(self, event: Field.Changed) -> None:
        event.stop()
        if not self._importing and event.value.strip() != self._looked_at:
            self._looked_at = self._looking_at = ""
            self.workers.cancel_group(self, "import")
            self._show_start()

    @on(Field.Submitted)
    def _submit(self, event: Field.Submitted) -> None:
        event.stop()
        if self._importing or not event.value.strip():
            return
        if self._planned:
            self._take(self._planned)
        elif event.value.strip() != self._looking_at:
            self._look()

    def action_complete(self) -> None:
        """Take what is suggested behind the cursor."""
        if self._field.cursor_at_end:
            self._field.action_cursor_right()

    @work(group="import", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        self._looked_at = self._looking_at = self._field.value.strip()
        self._say("Looking…", "muted")
        await self._plan_for(self._looked_at)
        self._looking_at = ""

    async def _plan_for(self, typed: str) -> None:
        """Show what there is at the paths that were typed, or why that cannot be said."""
        paths, missing = await asyncio.to_thread(typed_paths, typed)
        if missing is not None:
            self._say(f"{clean_line(shortened(missing), 200)} does not exist.", "care")
            return
        try:
            report = await self._plan(paths, self._show_progress, lambda: self._stopped)
        except StoreError as error:
            self._say(error.sentence, "care")
            return
        self._shown.content = Content.assemble("\n", Content("\n").join(_told(report)))
        if report.added:
            self._planned, self._chats = paths, len(report.entries)
            self.show_keys((("↵", "import"),))

    @work(group="import", exclusive=True, exit_on_error=False)
    async def _take(self, paths: Sequence[Path]) -> None:
        self._importing = self._field.disabled = True
        self.show_keys((), "stop")
        self.dismiss(await self._run(paths, self._show_progress, lambda: self._stopped))

    def _show_progress(self, report: "ImportReport") -> None:
        now = time.monotonic()
        if now - self._drawn_at < _DRAWN_EVERY_S or self._stopped:
            return
        self._drawn_at = now
        if report.copied_percent is not None:
            self._say(f"First a copy of the library… {report.copied_percent} %", "muted")
            return
        last = clean_line(report.entries[-1].title, 40) if report.entries else ""
        done = f"{len(report.entries):,} of {counted(self._chats, 'chat')}"
        doing = f"Importing… {done}" if self._importing else f"Looking… {counted(len(report.entries), 'chat')}"
        self._say(f"{doing}  {last}", "muted")

    @override
    def action_close(self) -> None:
        """Stop after the chat that is being written, or leave."""
        self._stopped = True
        if self._importing:
            self._say("Stopping after this chat…", "muted")
        else:
            self.dismiss(None)

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        self.action_close()


def typed_paths(text: str) -> tuple[tuple[Path, ...], Path | None]:
    """The paths that were typed, or dropped on the terminal, and the first of them that there is not.

    A path that is there is one path, whatever blanks it has.
    """
    whole = expanded(text)
    found = (whole,) if is_there(whole) else paths_in(text) or (whole,)
    paths = tuple(path.absolute() for path in found)
    return paths, next((path for path in paths if not is_there(path)), None)


def _told(report: "ImportReport") -> list[Content]:
    """A line for each program, and what is left out and why."""
    lines = [styled(line, "text") for source, label in SOURCES.items() if (line := _line(source, label, report))]
    missed = report.missed
    lines += [
        styled(f"{clean_line(Path(one.where).name, 40)}: {clean_line(one.detail, 90)}", "care")
        for one in missed[:_MOST_SKIPPED]
    ]
    if len(missed) > _MOST_SKIPPED:
        lines.append(styled(f"… and {len(missed) - _MOST_SKIPPED:,} more that cannot be read", "care"))
    if left := ", ".join(_left_out(report)):
        lines.append(styled(f"Left out: {left}", "muted"))
    return lines or [styled("There are no chats in it.", "muted")]


def _left_out(report: "ImportReport") -> Iterator[str]:
    """What nobody misses."""
    counts = Counter(one.reason for one in report.skipped)
    if number := counts["empty"]:
        yield f"{counted(number, 'chat')} without messages"
    if number := counts["beside"]:
        names = sorted({Path(one.where).name for one in report.skipped if one.reason == "beside"})
        yield f"{counted(number, 'file')} without chats ({clean_line(', '.join(names), 100)})"


def _line(source: str, label: str, report: "ImportReport") -> str:
    """What one program brings; "" for nothing."""
    entries = [entry for entry in report.entries if entry.source == source]
    if not entries:
        return ""
    counts: Counter[str] = Counter(entry.outcome for entry in entries)
    chats = ", ".join(f"{counts[outcome]:,} {word}" for outcome, word in _OUTCOMES.items() if counts[outcome])
    return f"{label:<12} {chats}; {counted(sum(entry.added for entry in entries), 'message')} to import"
