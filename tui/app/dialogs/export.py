"""The export dialog: which format, how much, to which file or the clipboard; how it begins, and how far it is.

Asks before a file is written over. Knows no format and no chat: who opens it says what there is, and writes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import BLANK, fit, join, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.dataclass import dataclass
from tui.errors import ChinwagError, ExportExistsError, UsageError
from tui.files import expanded, is_folder, is_there
from tui.formats import suffix_of
from tui.text import clean, clean_line

Scope = Literal["chat", "branch", "tree", "message", "marked", "all"]
"""What is written: a chat that has one branch, the one that is shown of several, all of them, one message, or chats."""

_SCOPES: Mapping[Scope, str] = {
    "chat": "whole chat",
    "branch": "this branch only",
    "tree": "all branches",
    "message": "this message only",
    "marked": "marked chats",
    "all": "all chats",
}
_TITLES: Mapping[Scope, str] = {
    "message": "Export this message",
    "marked": "Export the marked chats",
    "all": "Export all chats",
}
_WIDEST, _EDGES = 78, 6


class NamedFormat(Protocol):
    """A format, as far as it must be known to be chosen."""

    @property
    def label(self) -> str:
        """Its name for people."""

    @property
    def suffix(self) -> str:
        """That of its files, with the dot."""


@dataclass(frozen=True, slots=True)
class ExportPlace:
    """Where something goes unless another place is typed: a file, or a folder that gets files."""

    path: str
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class ExportPreview:
    """How a file begins, in raw lines, and what it lacks, in words."""

    lines: tuple[str, ...] = ()
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What is to be written where.

    Attributes:
        format: name of the format, such as "md".
        path: absolute; None for the clipboard.
        replace: whether files that are there may be written over.
        scope: how much of it.
    """

    format: str
    path: Path | None
    replace: bool = False
    scope: Scope = "chat"


async def _no_look(format: str, scope: Scope) -> ExportPreview:
    return ExportPreview()


class ExportDialog(Dialog[str]):
    """Dismissed with what was done, in words ("" where nothing is to be said), or None.

    Args:
        place: where a format and a scope go.
        formats: by name.
        write: does what was chosen, tells how many of how many are done, and returns what was done, in words. A
            `ChinwagError` is shown, and the person can choose something else.
        format: name of the one that is chosen at first.
        path: what is typed already in the place of `place`; "" for nothing.
        title: what is exported, where it is no chat.
        scopes: how much a format, by its name, can have; the first is chosen at first.
        scope: the one that is chosen at first, if a format can have it.
        look: shows what would be written; it may take a while.
        copies: it can be copied instead.
        target: makes an absolute path of what is typed.
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
        place: Callable[[str, Scope], ExportPlace],
        formats: Mapping[str, NamedFormat],
        write: Callable[[ExportChoice, Callable[[int, int], None]], Awaitable[str]],
        *,
        format: str = "",
        path: str = "",
        title: str = "",
        scopes: Callable[[str], Sequence[Scope]] = lambda format: ("chat",),
        scope: Scope | None = None,
        look: Callable[[str, Scope], Awaitable[ExportPreview]] = _no_look,
        copies: bool = False,
        target: Callable[[str], Path] = lambda typed: expanded(typed).absolute(),
    ) -> None:
        super().__init__()
        self._own_title = title
        self._place, self._formats, self._write = place, formats, write
        self._format = format or next(iter(formats))
        self._scopes, self._look, self._copies, self._target = scopes, look, copies, target
        self._wanted = scope
        self._writing = False
        self._may_replace: Path | None = None  # what is there, about which the person was asked
        self._field = Field(path or self._offered.path, limit=1000)
        self._field.prefill = self._field.value
        self._format_line, self._scope_line = Line(), Line()
        self._problem, self._preview = Line(), Line()
        self._show_usual_keys()
        self._show_title()

    def _show_title(self) -> None:
        """Say in the edge what is exported now."""
        self.title = self._own_title or _TITLES.get(self._scope, self.TITLE)
        self.top.left = styled(self.title, "strong")

    def _show_usual_keys(self) -> None:
        keys = [*self.KEYS]
        if any(len(self._scopes(name)) > 1 for name in self._formats):
            keys.append(("alt+a", "how much"))
        self.show_keys([*keys, ("alt+c", "copy")] if self._copies else keys)

    @override
    def compose_body(self) -> ComposeResult:
        yield self._format_line
        yield self._scope_line
        yield Line()
        yield FieldLine(self._field)
        yield self._problem
        yield self._preview

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
        self._show_title()
        self._show_scope(ExportPreview())
        self._show_look()

    def _show_scope(self, look: ExportPreview) -> None:
        scope = [styled(_SCOPES[self._scope], "text")] if tuple(self._scopes(self._format)) != ("chat",) else []
        lost = [styled(f"without {look.lacks}", "muted")] if look.lacks else []
        self._scope_line.content = join([*scope, *lost], 3)

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _show_look(self) -> None:
        look = await self._look(self._format, self._scope)
        self._show_scope(look)
        width = min(_WIDEST, self.app.size.width - _EDGES)
        lines = [fit(styled(clean(line).expandtabs(4), "muted"), width) for line in look.lines]
        self._preview.content = Content("\n").join([BLANK, *lines]) if lines else BLANK

    @property
    def _scope(self) -> Scope:
        """What was chosen, where the format can have that."""
        scopes = self._scopes(self._format)
        return self._wanted if self._wanted is not None and self._wanted in scopes else scopes[0]

    @property
    def _offered(self) -> ExportPlace:
        return self._place(self._format, self._scope)

    def action_change_scope(self) -> None:
        """Write more of it, or less."""
        scopes = self._scopes(self._format)
        self._change(self._format, scopes[(scopes.index(self._scope) + 1) % len(scopes)])

    def action_change_format(self, step: int) -> None:
        """Choose the next format, or the one before; the file's suffix goes along."""
        names = list(self._formats)
        self._change(names[(names.index(self._format) + step) % len(names)], self._wanted)

    def _change(self, format: str, wanted: Scope | None) -> None:
        if self._writing:
            return
        before = self._formats[self._format].suffix
        self._format, self._wanted = format, wanted
        typed, suffix = self._field.value, self._formats[format].suffix
        if typed == self._field.prefill:
            self._field.value = self._field.prefill = self._offered.path
        elif typed.endswith(before):
            self._field.value = typed.removesuffix(before) + suffix
        self._show_formats()

    def action_copy(self) -> None:
        """Copy it instead of writing a file."""
        if not self._copies or self._writing:
            return
        if self._scope in ("marked", "all"):
            self._show_problem("Many chats are too much for the clipboard. Write them, or change how much.")
        else:
            self._begin(ExportChoice(self._format, None, scope=self._scope))

    @on(Field.Changed)
    def _change_path(self, event: Field.Changed) -> None:
        event.stop()
        if not self._writing:
            self._may_replace = None
            self._problem.content = BLANK
            self._follow_suffix(event.value)

    def _follow_suffix(self, typed: str) -> None:
        """The end of a file's name chooses the format."""
        suffixes = {format.suffix: name for name, format in self._formats.items()}
        found = max((suffix for suffix in suffixes if typed.lower().endswith(suffix)), key=len, default="")
        format = suffixes.get(found, self._format)
        if format != self._format and not self._offered.is_folder and not self._place(format, self._scope).is_folder:
            self._format = format
            self._show_formats()

    @on(Field.Submitted)
    def _submit(self, event: Field.Submitted) -> None:
        event.stop()
        if self._writing or not event.value.strip():
            return
        path, into_folder = self._target(event.value.strip()), self._offered.is_folder
        shown = clean_line(str(path), 120)
        if into_folder and is_there(path) and not is_folder(path):
            self._show_problem(f"{shown} is a file. Each chat gets a file of its own: name a folder.")
        elif not into_folder and is_folder(path):
            self._show_problem(f"{shown} is a folder. Add a name for the file.")
        elif not into_folder and not is_folder(path.parent):
            self._show_problem(f"The folder {clean_line(str(path.parent), 120)} does not exist.")
        elif not into_folder and (problem := self._problem_of(path.name)):
            self._show_problem(problem)
        elif not into_folder and is_there(path) and self._may_replace != path:
            self._may_replace = path
            name = clean_line(path.name, 80)
            self._show_problem(f"{name} exists already. ↵ again writes over it; or type another name.")
        else:
            self._begin(ExportChoice(self._format, path, self._may_replace == path, self._scope))

    def _problem_of(self, name: str) -> str:
        try:
            suffix_of(name, (format.suffix for format in self._formats.values()))
        except UsageError as error:
            return error.sentence
        return ""

    def _begin(self, choice: ExportChoice) -> None:
        self._writing = True
        self.show_keys((), "stop")
        self._problem.content = styled("\nWriting…", "muted")
        self._take(choice)

    @work(group="write", exclusive=True, exit_on_error=False)
    async def _take(self, choice: ExportChoice) -> None:
        try:
            done = await self._write(choice, self._show_progress)
        except ExportExistsError as error:
            self._may_replace = choice.path
            self._end(f"{error.message} ↵ again writes over what is there.")
        except ChinwagError as error:
            self._end(error.sentence)
        else:
            self.dismiss(done)

    def _show_progress(self, done: int, total: int) -> None:
        if self._writing:
            line = f"\n{done:,} of {total:,} chats, {100 * done // max(total, 1)}%"
            self._problem.content = styled(line, "muted")

    def _end(self, problem: str) -> None:
        self._writing = False
        self._show_usual_keys()
        self._show_problem(problem)

    def _show_problem(self, text: str) -> None:
        self._problem.content = Content.assemble("\n", styled("! ", "care"), styled(text, "text"))

    @override
    def action_close(self) -> None:
        """Stop what is being written, or leave."""
        if not self._writing:
            self.dismiss(None)
            return
        self.workers.cancel_group(self, "write")
        whole = "Every file that was written is whole; ↵ goes on with the others."
        self._end(f"Stopped. {whole if self._offered.is_folder else 'Nothing was written.'}")

    @on(Field.Cancelled)
    def _cancel(self, event: Field.Cancelled) -> None:
        event.stop()
        self.action_close()
