"""The export dialog: which format, how much, to which file or the clipboard. Asks before a file is written over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import BLANK, join, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.files import expanded, is_folder, is_there
from tui.text import clean_line

Scope = Literal["chat", "branch", "tree", "message"]
"""What is written: a chat that has one branch, the one that is shown of several, all of them, or one message."""

_SCOPES: Mapping[Scope, str] = {
    "chat": "whole chat",
    "branch": "this branch only",
    "tree": "all branches",
    "message": "this message only",
}


class NamedFormat(Protocol):
    """A format, as far as it must be known to be chosen."""

    @property
    def label(self) -> str:
        """Its name for people."""

    @property
    def suffix(self) -> str:
        """That of its files, with the dot."""


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """Where a conversation is to be written.

    Attributes:
        format: name of the format, such as "md".
        path: absolute; None for the clipboard.
        replace: whether a file that is there may be written over.
        scope: how much of it.
    """

    format: str
    path: Path | None
    replace: bool = False
    scope: Scope = "chat"


class ExportDialog(Dialog[ExportChoice]):
    """Dismissed with what was chosen, or None.

    Args:
        name: the file's name without folder and suffix; safe characters only.
        folder: where the file goes unless another place is typed.
        formats: by name.
        format: name of the one that is chosen at first.
        path: what is typed already in the place of folder and name; "" for nothing.
        title: what is exported, where it is no chat.
        scopes: how much a format, by its name, can have; the first is chosen at first.
        missing: what a file of that format and scope lacks, in words; "" for nothing.
        copies: it can be copied instead.
    """

    TITLE = "Export this chat"
    KEYS = (("↵", "write"), ("tab", "format"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "change_format(1)", show=False, priority=True),
        Binding("shift+tab", "change_format(-1)", show=False, priority=True),
        Binding("alt+a,ctrl+b", "change_scope", show=False, priority=True),
        Binding("alt+c,ctrl+y", "copy", show=False, priority=True),
    ]

    def __init__(
        self,
        name: str,
        folder: Path,
        formats: Mapping[str, NamedFormat],
        *,
        format: str = "",
        path: str = "",
        title: str = "",
        scopes: Callable[[str], Sequence[Scope]] = lambda format: ("chat",),
        missing: Callable[[str, Scope], str] = lambda format, scope: "",
        copies: bool = False,
    ) -> None:
        super().__init__()
        self.title = title or self.TITLE
        self._formats = formats
        self._format = format or next(iter(formats))
        self._scopes, self._missing, self._copies = scopes, missing, copies
        self._wanted: Scope | None = None
        keys = [*self.KEYS]
        if any(len(scopes(name)) > 1 for name in formats):
            keys.append(("alt+a", "how much"))
        self.show_keys([*keys, ("alt+c", "copy")] if copies else keys)
        self._may_replace: Path | None = None  # a file that is there, about which the person was asked
        self._field = Field(path or str(folder / name) + formats[self._format].suffix, limit=1000)
        self._field.prefill = self._field.value
        self._format_line = Line()
        self._scope_line = Line()
        self._problem = Line()

    @override
    def compose_body(self) -> ComposeResult:
        yield self._format_line
        yield self._scope_line
        yield Line()
        yield FieldLine(self._field)
        yield self._problem

    def on_mount(self) -> None:
        """Show the formats; the keys go to the end of the path."""
        self._show_formats()
        self._field.focus()
        self._field.action_end()

    def _show_formats(self) -> None:
        shown = [
            join([styled("●", "bar-you"), styled(format.label, "strong")]) if name == self._format
            else join([styled("○", "muted"), styled(format.label, "muted")])
            for name, format in self._formats.items()
        ]  # fmt: skip
        self._format_line.content = join(shown, 3)
        lacks = self._missing(self._format, self._scope)
        scope = [styled(_SCOPES[self._scope], "text")] if tuple(self._scopes(self._format)) != ("chat",) else []
        lost = [styled(f"without {lacks}", "muted")] if lacks else []
        self._scope_line.content = join([*scope, *lost], 3)

    @property
    def _scope(self) -> Scope:
        """What was chosen, where the format can have that."""
        scopes = self._scopes(self._format)
        return self._wanted if self._wanted is not None and self._wanted in scopes else scopes[0]

    def action_change_scope(self) -> None:
        """Write more of it, or less."""
        scopes = self._scopes(self._format)
        self._wanted = scopes[(scopes.index(self._scope) + 1) % len(scopes)]
        self._show_formats()

    def action_copy(self) -> None:
        """Copy it instead of writing a file."""
        if self._copies:
            self.dismiss(ExportChoice(self._format, None, scope=self._scope))

    def action_change_format(self, step: int) -> None:
        """Choose the next format, or the one before; the file's suffix goes along."""
        names = list(self._formats)
        before = self._formats[self._format].suffix
        self._format = names[(names.index(self._format) + step) % len(names)]
        if self._field.value.endswith(before):
            as_offered = self._field.value == self._field.prefill
            self._field.value = self._field.value.removesuffix(before) + self._formats[self._format].suffix
            self._field.prefill = self._field.value if as_offered else ""
        self._show_formats()

    @on(Field.Changed)
    def _change_path(self, event: Field.Changed) -> None:
        event.stop()
        self._may_replace = None
        self._problem.content = BLANK

    @on(Field.Submitted)
    def _submit(self, event: Field.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return
        path = expanded(event.value.strip()).absolute()
        if is_folder(path):
            self._show_problem(f"{clean_line(str(path), 120)} is a folder. Add a name for the file.")
        elif not is_folder(path.parent):
            self._show_problem(f"The folder {clean_line(str(path.parent), 120)} does not exist.")
        elif is_there(path) and self._may_replace != path:
            self._may_replace = path
            name = clean_line(path.name, 80)
            self._show_problem(f"{name} exists already. ↵ again writes over it; or type another name.")
        else:
            self.dismiss(ExportChoice(self._format, path, self._may_replace == path, self._scope))

    def _show_problem(self, text: str) -> None:
        self._problem.content = Content.assemble("\n", styled("! ", "care"), styled(text, "text"))

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        self.action_close()
