"""The export dialog: which format, to which file. Asks before a file that is there is written over."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.app.screens.overlay import Line, Overlay, Prompted
from tui.app.widgets.field import Field
from tui.app.widgets.ink import ink, join
from tui.formats import Format
from tui.text import clean_line


@dataclass(frozen=True, slots=True)
class Target:
    """Where a conversation is to be written.

    Attributes:
        format: name of the format, such as "md".
        path: absolute.
        replace: whether a file that is there may be written over.
    """

    format: str
    path: Path
    replace: bool


class Export(Overlay[Target]):
    """Dismissed with the target, or None.

    Args:
        name: the file's name without folder and suffix; safe characters only.
        folder: where the file goes unless another place is typed.
        formats: by name; the first is the one that is chosen at first.
    """

    TITLE_TEXT = "Export this chat"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab,shift+tab", "change_format", show=False, priority=True)]

    def __init__(self, name: str, folder: Path, formats: Mapping[str, Format]) -> None:
        super().__init__()
        self._choices = formats
        self._format = next(iter(formats))
        self._asked: Path | None = None
        self._field = Field(str(folder / name) + formats[self._format].suffix, limit=1000)
        self._formats = Line()
        self._problem = Line(id="problem")

    def body(self) -> ComposeResult:
        """Formats, path, and what is wrong with it."""
        yield self._formats
        yield Line(Content(""))
        yield Prompted(self._field)
        yield self._problem

    def on_mount(self) -> None:
        """Show the choice."""
        self._show_formats()
        self._field.focus()
        self._field.action_end()

    def _show_formats(self) -> None:
        shown = [
            join([ink("●", "bar-you"), ink(choice.label, "strong")]) if name == self._format
            else join([ink("○", "muted"), ink(choice.label, "muted")])
            for name, choice in self._choices.items()
        ]  # fmt: skip
        self._formats.content = join(shown, 4)
        self.show_keys((("↵", "write"), ("tab", "format")))

    def action_change_format(self) -> None:
        """The other format; the file's suffix goes along."""
        names = list(self._choices)
        before = self._choices[self._format].suffix
        self._format = names[(names.index(self._format) + 1) % len(names)]
        if self._field.value.endswith(before):
            self._field.value = self._field.value.removesuffix(before) + self._choices[self._format].suffix
        self._show_formats()

    @on(Field.Changed)
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        self._asked = None
        self._problem.content = Content("")

    @on(Field.Submitted)
    def _write(self, event: Field.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return
        path = Path(event.value.strip()).expanduser().absolute()
        if path.is_dir():
            self._say(f"{clean_line(str(path), 120)} is a folder. Add a name for the file.")
        elif not path.parent.is_dir():
            self._say(f"The folder {clean_line(str(path.parent), 120)} does not exist.")
        elif path.exists() and self._asked != path:
            self._asked = path
            self._say(f"{clean_line(path.name, 80)} exists already. ↵ again writes over it; or type another name.")
        else:
            self.dismiss(Target(self._format, path, replace=self._asked == path))

    def _say(self, words: str) -> None:
        self._problem.content = Content.assemble("\n", ink("! ", "care"), ink(words, "text"))

    @on(Field.Left)
    def _left(self, event: Field.Left) -> None:
        event.stop()
        self.action_close()
