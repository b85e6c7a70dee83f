"""The file picker: folders first, filtered as you type, several at once. Reads folders beside the event loop.

Dismissed with a key of no meaning when files were chosen: they stand in `chosen`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from typing_extensions import override

from tui.app.dialogs.base import FieldLine, Keys
from tui.app.dialogs.picker import Picker
from tui.app.fuzzy import fuzzy
from tui.app.styles import BLANK, join, spread, styled
from tui.app.widgets.field import Field
from tui.app.widgets.list import ListRow, SelectList
from tui.dataclass import dataclass
from tui.figures import size
from tui.paths import shortened
from tui.streams import tab_folder
from tui.text import clean_line

MOST_ENTRIES = 5_000
_UP = ".."
_HERE = "."


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """Something in a folder, as it was when the folder was read.

    Attributes:
        name: raw; ".." is the folder above, "." the folder itself.
        size_bytes: of a file; None of a folder, or when it is unknown.
        marked: it was chosen to be attached with others.
    """

    name: str
    is_folder: bool
    size_bytes: int | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What is in a folder, folders first; `problem` says why it could not be read, or how much was left out."""

    entries: tuple[FolderEntry, ...] = ()
    problem: str = ""


def list_folder(folder: Path) -> FolderListing:
    """Read a folder; waits for the disk, so not on the loop."""
    found: list[FolderEntry] = []
    cut = False
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(found) >= MOST_ENTRIES:
                    cut = True
                    break
                found.append(_entry(entry))
    except OSError as error:
        return FolderListing(problem=f"This folder cannot be read: {error.strerror}.")
    found.sort(key=lambda one: (not one.is_folder, one.name.casefold(), one.name))
    return FolderListing(tuple(found), f"Only {MOST_ENTRIES:,} of its entries are shown." if cut else "")


def _entry(entry: "os.DirEntry[str]") -> FolderEntry:
    try:
        is_folder = entry.is_dir()
        return FolderEntry(entry.name, is_folder, None if is_folder else entry.stat().st_size)
    except OSError:  # a link to nothing, or in circles: attaching it says so
        return FolderEntry(entry.name, False)


class FolderRows(SelectList[FolderEntry]):
    """A name and its size; folders end in a slash."""

    @override
    def draw(self, row: ListRow[FolderEntry], width: int, chosen: bool) -> Content:
        entry = row.value
        name = clean_line(entry.name, 200) or "�"
        mark = styled("● ", "key") if entry.marked else Content("  ")
        if entry.name in (_UP, _HERE):
            words = "the folder above" if entry.name == _UP else "attach this folder: its text files"
            return Content.assemble(
                mark, styled(f"{name}/", "strong" if chosen else "text"), "  ", styled(words, "muted")
            )
        left = styled(f"{name}/" if entry.is_folder else name, "strong" if chosen else "text")
        right = BLANK if entry.size_bytes is None else styled(size(entry.size_bytes), "muted")
        return Content.assemble(mark, spread(left, right, width - 4), "  ")


class MarkingField(Field):
    """A field in which the space bar marks what stands below: names are found without their blanks."""

    class Marked(Message):
        """The space bar was pressed."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "space":
            event.stop()
            event.prevent_default()
            self.post_message(self.Marked())


class FilePicker(Picker[FolderEntry]):
    """Goes into folders and out of them, and marks files.

    Args:
        folder: where to begin, absolute.

    Attributes:
        folder: the one that is shown.
        chosen: what is to be attached, in the order in which it was marked.
        upload: files of the machine are wanted whose browser shows the app.
    """

    TITLE = "Attach files"
    KEYS: ClassVar[Keys] = (("↵", "open, attach"), ("space", "mark"), ("^A", "all"), ("←", "up"), ("alt+h", "hidden"))
    HINT = "type to filter, or a path"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+a", "mark_all", show=False, priority=True),
        Binding("left", "up", show=False, priority=True),
        Binding("alt+h", "toggle_hidden", show=False),
        Binding("alt+u", "upload", show=False),
    ]

    def __init__(self, folder: Path) -> None:
        super().__init__(FolderRows())
        self.field = MarkingField(placeholder=self.HINT)
        self.field_line = FieldLine(self.field)
        self.folder = folder
        self.chosen: tuple[Path, ...] = ()
        self.upload = False
        self._listing = FolderListing()
        self._reading = True
        self._hidden = False
        self._marked: dict[Path, None] = {}

    @override
    def on_mount(self) -> None:
        super().on_mount()
        if tab_folder():
            self.show_keys([*self.KEYS, ("alt+u", "upload")])
        self._open(self.folder)

    # What is shown.

    def _open(self, folder: Path, cursor: str = "") -> None:
        self.folder, self._listing, self._reading = folder, FolderListing(), True
        self.field.value = ""
        self._list(folder, cursor)

    @work(group="folder", exclusive=True, exit_on_error=False)
    async def _list(self, folder: Path, cursor: str) -> None:
        from tui.chat.loading import unattended

        self._show_heads("reading…")
        self._listing, self._reading = await unattended(list_folder, folder), False
        self._show_heads()
        self.rows.show(self.find(self.field.value), at=cursor or self._first_key())

    def _first_key(self) -> str | None:
        """The first entry that is none of the two at the top."""
        return next((row.key for row in self.find("") if row.key not in (_UP, _HERE)), None)

    def _show_heads(self, remark: str = "") -> None:
        self.top.right = styled(clean_line(shortened(self.folder), 60), "muted")
        hidden = sum(entry.name.startswith(".") for entry in self._listing.entries)
        parts = [styled(remark or self._listing.problem, "muted" if remark else "care")]
        if self._marked:
            parts.insert(0, styled(f"{len(self._marked)} marked", "text"))
        elif hidden and not self._hidden and not remark:
            parts.append(styled(f"{hidden} hidden", "muted"))
        self.field_line.remark.content = join(parts, 2)

    @override
    def find(self, query: str) -> list[ListRow[FolderEntry]]:
        """The entries for what was typed: the ones whose names begin with it first."""
        query = query.strip()
        entries = [
            entry for entry in self._listing.entries
            if self._hidden or query.startswith(".") or not entry.name.startswith(".")
        ]  # fmt: skip
        if query:
            scored = [(fuzzy(query, entry.name), entry) for entry in entries]
            entries = [entry for score, entry in sorted(scored, key=lambda pair: -int(pair[0])) if score]
        rows = [self._row(entry) for entry in entries]
        return rows if query else [*self._top_rows(), *rows]

    def _top_rows(self) -> Iterator[ListRow[FolderEntry]]:
        if self.folder.parent != self.folder:
            yield ListRow(_UP, FolderEntry(_UP, True))
        if not self._reading and not (self._listing.problem and not self._listing.entries):
            yield ListRow(_HERE, FolderEntry(_HERE, True))

    def _row(self, entry: FolderEntry) -> ListRow[FolderEntry]:
        marked = self.folder / entry.name in self._marked
        return ListRow(entry.name, FolderEntry(entry.name, entry.is_folder, entry.size_bytes, marked))

    # Going and choosing.

    @override
    def choose(self, key: str) -> None:
        """Go into a folder, or attach what is marked, or else the file under the cursor."""
        entry = next((row.value for row in self.rows.lines if row.key == key), None)
        if entry is None:
            return
        if entry.name == _UP:
            self.action_up()
        elif entry.is_folder and entry.name != _HERE:
            self._open(self.folder / entry.name)
        else:
            self._finish(self.folder if entry.name == _HERE else self.folder / entry.name)

    def _finish(self, under_cursor: Path) -> None:
        self.chosen = tuple(self._marked) or (under_cursor,)
        self.dismiss("chosen")

    @override
    def submit(self) -> None:
        """Choose what is under the cursor; a path that was typed is gone to, or attached."""
        typed = self.field.value.strip()
        if "/" in typed or typed in ("~", _UP):
            self._go_to(typed)
        elif self.rows.key:
            self.rows.action_choose()
        elif self._marked:
            self._finish(self.folder)

    @work(group="folder", exclusive=True, exit_on_error=False)
    async def _go_to(self, typed: str) -> None:
        from tui.chat.loading import unattended

        path = _joined(self.folder, typed)
        if await unattended(os.path.isdir, path):
            self._open(path)
        elif await unattended(os.path.lexists, path):
            self._finish(path)
        else:
            self.field_line.remark.content = styled("There is no such file.", "care")

    def action_up(self) -> None:
        """Go to the folder above; the cursor stands on the one that was left."""
        if self.field.value:
            self.field.action_cursor_left()
        elif self.folder.parent != self.folder:
            self._open(self.folder.parent, self.folder.name)

    @on(MarkingField.Marked)
    def _mark(self, event: MarkingField.Marked) -> None:
        """Mark the entry under the cursor, or not any more, and go one down."""
        event.stop()
        key = self.rows.key
        if not key or key in (_UP, _HERE):
            return
        path = self.folder / key
        if path in self._marked:
            del self._marked[path]
        else:
            self._marked[path] = None
        self._show_marks()
        self.rows.action_move(1)

    def action_mark_all(self) -> None:
        """Mark every file that is shown."""
        files = [row.key for row in self.rows.lines if not row.value.is_folder]
        self._marked.update(dict.fromkeys(self.folder / name for name in files))
        self._show_marks()

    def _show_marks(self) -> None:
        self._show_heads()
        self.find_again()

    def action_upload(self) -> None:
        """Let the browser ask for files instead."""
        if tab_folder():
            self.upload = True
            self.dismiss("upload")

    def action_toggle_hidden(self) -> None:
        """Show the entries whose names begin with a dot, or not any more."""
        self._hidden = not self._hidden
        self._show_marks()


def _joined(folder: Path, typed: str) -> Path:
    return Path(os.path.normpath(folder / os.path.expanduser(typed)))  # noqa: PTH111  Path.expanduser may raise
