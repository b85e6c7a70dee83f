"""The import dialog: what a file of another program would bring is shown before anything of it is written."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import BLANK, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.errors import StoreError
from tui.figures import counted
from tui.files import expanded, is_there
from tui.formats.readers import SOURCES
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


class ImportDialog(Dialog["ImportReport"]):
    """Dismissed with what was imported, or None.

    Args:
        plan: says what there is.
        run: takes it over.
        path: what is typed already.
    """

    DEFAULT_CSS = "ImportDialog #box { width: 88; }"
    TITLE = "Import chats of other programs"
    KEYS = (("↵", "look what there is"),)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False, priority=True)]

    def __init__(self, plan: "Plan", run: "Plan", path: str = "") -> None:
        super().__init__()
        self._plan, self._run = plan, run
        self._field = Field(path, placeholder="an export, a database or a folder of them", limit=1000)
        self._field.prefill = path
        self._shown = Line(_START)
        self._planned: Path | None = None
        self._looked_at = path.strip()  # a field says that it has changed also when it first appears
        self._importing = self._stopped = False

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
        self._planned = None
        self.show_keys(self.KEYS)
        self._shown.content = _START

    def _say(self, text: str, style: str = "text") -> None:
        self._shown.content = Content.assemble("\n", styled(text, style))

    @on(Field.Changed)
    def _change_path(self, event: Field.Changed) -> None:
        event.stop()
        if not self._importing and event.value.strip() != self._looked_at:
            self._looked_at = ""
            self.workers.cancel_group(self, "import")
            self._show_start()

    @on(Field.Submitted)
    def _submit(self, event: Field.Submitted) -> None:
        event.stop()
        if self._importing or not event.value.strip():
            return
        if self._planned is None:
            self._look()
        else:
            self._take(self._planned)

    @work(group="import", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        self._looked_at = self._field.value.strip()
        path = expanded(self._looked_at).absolute()
        if not is_there(path):
            self._say(f"{clean_line(shortened(path), 200)} does not exist.", "care")
            return
        self._say("Looking…", "muted")
        try:
            report = await self._plan([path], self._show_progress, lambda: False)
        except StoreError as error:
            self._say(error.sentence, "care")
            return
        self._show(report)
        if any(entry.added for entry in report.entries):
            self._planned = path
            self.show_keys((("↵", "import"),))

    @work(group="import", exclusive=True, exit_on_error=False)
    async def _take(self, path: Path) -> None:
        self._importing = True
        self.show_keys((), "stop")
        self.dismiss(await self._run([path], self._show_progress, lambda: self._stopped))

    def _show_progress(self, report: "ImportReport") -> None:
        if len(report.entries) % 25 == 1:
            doing = "Importing" if self._importing else "Looking"
            last = clean_line(report.entries[-1].title, 40) if report.entries else ""
            self._say(f"{doing}… {counted(len(report.entries), 'chat')}  {last}", "muted")

    def _show(self, report: "ImportReport") -> None:
        lines = [_line(source, label, report) for source, label in SOURCES.items()]
        shown = [styled(line, "text") for line in lines if line]
        told = [one for one in report.skipped if one.reason != "empty"]
        shown += [
            styled(f"{clean_line(Path(one.where).name, 40)}: {clean_line(one.detail, 90)}", "care")
            for one in told[:_MOST_SKIPPED]
        ]
        if len(told) > _MOST_SKIPPED:
            shown.append(styled(f"… and {len(told) - _MOST_SKIPPED:,} more that cannot be read", "care"))
        if not shown:
            shown = [styled("There are no chats in it.", "muted")]
        self._shown.content = Content.assemble("\n", Content("\n").join(shown)) if shown else BLANK

    @override
    def action_close(self) -> None:
        """Stop after the chat that is being written, or leave."""
        if self._importing:
            self._stopped = True
        else:
            self.dismiss(None)

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        self.action_close()


def _line(source: str, label: str, report: "ImportReport") -> str:
    """What one program brings; "" for nothing."""
    entries = [entry for entry in report.entries if entry.source == source]
    if not entries:
        return ""
    counts: Counter[str] = Counter(entry.outcome for entry in entries)
    words = {"new": "new", "updated": "with more in them", "known": "already here", "trashed": "in your trash"}
    chats = ", ".join(f"{counts[outcome]:,} {word}" for outcome, word in words.items() if counts[outcome])
    return f"{label:<12} {chats}; {counted(sum(entry.added for entry in entries), 'message')} to import"
