"""Writing and copying chats: what the export command asks, and what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app.chat.downloads import Download
from tui.app.chat.outcome import NOTHING, Outcome
from tui.errors import ExportError, ExportExistsError, UsageError
from tui.figures import counted
from tui.files import expanded, is_folder
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.app.dialogs.export import ExportChoice, ExportPlace, ExportPreview, Scope
    from tui.bootstrap import Services
    from tui.chat.export import Export
    from tui.chat.export_all import Progress
    from tui.chat.library import Library
    from tui.formats.left_out import LeftOut
    from tui.store.records import WholeConversation

_ALL = "all"
_LINES = 7
"""Of the preview."""


class ExportActions:
    """The exports of one chat screen.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        copy: copies a text, whose second argument names it.
        remember: keeps fields of `State` for the next start.
    """

    def __init__(
        self,
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        copy: Callable[[str, str], None],
        remember: Callable[..., None],
    ) -> None:
        self._presenter = presenter
        self._library = services.library
        self._ask = ask
        self._copy = copy
        self._remember = remember
        state = services.state
        self._last_format, self._last_folder = state.export_format or "", state.export_folder or ""
        self._last_scope: Scope = "tree" if state.export_branches else "branch"

    async def export(self, argument: str = "", message_id: str = "", ids: Collection[str] = ()) -> Outcome:
        """Ask how much is to be written, how and where to, and write it.

        Args:
            argument: a format and a path, which needs no asking if nothing is there; behind "all" they are for all
                chats.
            message_id: the message that may be written alone; "" for none.
            ids: those of the chats that are marked.

        Raises:
            UsageError: this chat has nothing that could be written, and no others were named.
        """
        from tui.app.dialogs.export import ExportDialog
        from tui.chat.export import export_file, whole_of
        from tui.formats import FORMATS

        conversation = self._presenter.conversation if self._presenter.prompts else None
        every, argument = _without_all(argument)
        if conversation is None and not (every or ids):
            raise UsageError("Nothing was asked in this chat yet.", f"/export {_ALL} writes all chats.")
        format, path = _format_and_path(argument)
        download = Download()
        if path and conversation is not None and not every:
            with suppress(ExportError):  # the dialog says why, and asks for another place
                written = await export_file(self._library, conversation, format, download.target(path))
                done = _done(download.named(written.path), written.left_out)
                return Outcome(done=done, download=download.file(written.path))
        whole = None if conversation is None else await whole_of(self._library, conversation.id)
        one = _OneExport(self._library, whole, message_id, ids, self._folder(), download)
        known = self._last_format if self._last_format in FORMATS else ""
        done = await self._ask(
            ExportDialog(
                one.place,
                FORMATS,
                partial(self._write, one),
                format=format if argument else known,
                path=path,
                scopes=lambda format: self._scopes(format, one),
                scope="all" if every else self._last_scope,
                look=one.look,
                copies=True,
                target=download.target,
            )
        )
        return Outcome(done=done, download=one.fetched) if done else NOTHING

    async def export_chats(self, ids: Collection[str]) -> Outcome:
        """Ask how and where chats of the list are to be written, and write them."""
        return await self.export(ids=ids)

    async def copy_chat(self) -> Outcome:
        """Copy it as Markdown."""
        from tui.chat.export import export_text

        if self._presenter.conversation is not None:
            self._copy(await export_text(self._library, self._presenter.id, "md"), "chat")
        return NOTHING

    def _folder(self) -> Path:
        """Where the last export went, while that is there."""
        last = Path(self._last_folder)
        return last if self._last_folder and is_folder(last) else Path.cwd()

    async def _write(self, one: "_OneExport", choice: "ExportChoice", progress: "Progress") -> str:
        if choice.path is None:
            text = await one.text(choice)
            self._copy(text, "message" if choice.scope == "message" else "chat")
            return ""
        done = await one.write(choice, choice.path, progress)
        one.fetched = await asyncio.to_thread(one.download.file, choice.path)
        self._last_format = choice.format
        if one.fetched is None:
            self._last_folder = str(choice.path.parent)
        if choice.scope in ("branch", "tree"):
            self._last_scope = choice.scope
        self._remember(
            export_format=self._last_format,
            export_folder=self._last_folder,
            export_branches=self._last_scope == "tree",
        )
        return done

    def _scopes(self, format: str, one: "_OneExport") -> "Sequence[Scope]":
        """How much a format can have, the likeliest first."""
        from tui.formats import FORMATS

        chosen = FORMATS[format]
        many: list[Scope] = ["marked", "all"] if one.ids else ["all"]
        if one.whole is None:
            return many
        scopes: list[Scope] = ["chat"]
        if self._presenter.siblings.branched:
            scopes = ["branch"] if chosen.one_branch else ["tree"]
            if chosen.one_branch and chosen.branches:
                scopes.append("tree")
        scopes += ["message"] if one.message_id else []
        return [*many, *scopes] if one.ids else [*scopes, *many]


class _OneExport:
    """What may be exported, while the dialog asks.

    Args:
        whole: the chat that is shown; None for none.
        message_id, ids: as in `ExportActions.export`.
        folder: where it is to go at first.

    Attributes:
        download: where it goes that a browser shows.
        fetched: what that is to fetch; None for nothing.
    """

    def __init__(
        self,
        library: "Library",
        whole: "WholeConversation | None",
        message_id: str,
        ids: Collection[str],
        folder: Path,
        download: Download,
    ) -> None:
        self._library = library
        self._folder = folder
        self.whole = whole
        self.message_id = message_id
        self.ids = ids
        self.download = download
        self.fetched: Path | None = None

    def place(self, format: str, scope: "Scope") -> "ExportPlace":
        """Where it goes, unless another place is typed."""
        from tui.app.dialogs.export import ExportPlace
        from tui.chat.export import file_stem
        from tui.formats import FORMATS

        chosen = FORMATS[format]
        if scope not in ("marked", "all"):
            assert self.whole is not None
            return ExportPlace(self.download.offered(self._folder / file_stem(self.whole.conversation)) + chosen.suffix)
        name = self.download.offered(self._folder / "chats")
        return ExportPlace(name + chosen.suffix) if chosen.joined else ExportPlace(name, is_folder=True)

    async def look(self, format: str, scope: "Scope") -> "ExportPreview":
        """The beginning of what would be written, and what that lacks."""
        from tui.app.dialogs.export import ExportPreview
        from tui.formats import FORMATS
        from tui.formats.left_out import in_words

        if scope in ("marked", "all"):
            chats = counted(await self._count(scope), "chat")
            return ExportPreview((f"{chats}, in one file" if FORMATS[format].joined else f"{chats}, a file each",))
        export, whole = self._export(format, scope), self.whole
        assert whole is not None

        def read() -> ExportPreview:
            part = export.of(whole)
            return ExportPreview(tuple(export.beginning(part, _LINES)), ", ".join(in_words(export.left_out(part))))

        with suppress(UsageError):  # the message was deleted by another window
            return await asyncio.to_thread(read)
        return ExportPreview()

    async def text(self, choice: "ExportChoice") -> str:
        """What would be written, for the clipboard."""
        from tui.chat.export import export_pipe

        assert self.whole is not None
        text, _ = await export_pipe(
            self._library, self.whole.conversation.id, self._export(choice.format, choice.scope)
        )
        return text

    async def write(self, choice: "ExportChoice", path: Path, progress: "Progress") -> str:
        """Write it; returns what was done, in words."""
        if choice.scope in ("marked", "all"):
            return await self._write_many(choice, path, progress)
        from tui.chat.export import export_file

        assert self.whole is not None
        export = self._export(choice.format, choice.scope)
        written = await export_file(
            self._library, self.whole.conversation, export.format, path,
            overwrite=choice.replace, branches=export.branches, message=export.message,
        )  # fmt: skip
        return _done(self.download.named(written.path), written.left_out)

    async def _write_many(self, choice: "ExportChoice", path: Path, progress: "Progress") -> str:
        from tui.chat.export_all import export_all, export_joined
        from tui.formats import FORMATS

        ids = self.ids if choice.scope == "marked" else None
        write = export_joined if FORMATS[choice.format].joined else export_all
        report = await write(self._library, choice.format, path, ids=ids, overwrite=choice.replace, progress=progress)
        if report.failures:
            first = report.failures[0]
            kind = ExportExistsError if isinstance(first, ExportExistsError) else ExportError
            raise kind(f"{len(report.failures):,} could not be written; the first: {first.message}")
        same = f", {report.unchanged:,} unchanged" if report.unchanged else ""
        chats = counted(report.total, "chat")
        return _done(f"{self.download.named(path)}: {report.written:,} of {chats}{same}", report.left_out)

    async def _count(self, scope: "Scope") -> int:
        from tui.chat.export_all import count_chats

        return len(self.ids) if scope == "marked" else await count_chats(self._library)

    def _export(self, format: str, scope: "Scope") -> "Export":
        from tui.chat.export import Export

        return Export(format, scope == "tree", self.message_id if scope == "message" else "")


def _done(what: str, left_out: "LeftOut") -> str:
    from tui.formats.left_out import in_words

    lacks = ", ".join(in_words(left_out))
    return f"Exported to {what}, without {lacks}" if lacks else f"Exported to {what}"


def _without_all(argument: str) -> tuple[bool, str]:
    """Whether all chats were asked for, and what else was typed."""
    first, _, rest = argument.partition(" ")
    return (True, rest.strip()) if first == _ALL else (False, argument)


def _format_and_path(argument: str) -> tuple[str, str]:
    """What was typed behind /export; a format that is not named goes by the path's suffix, else it is the first one."""
    from tui.formats import FORMATS, asked_by

    first, _, rest = argument.partition(" ")
    if first in FORMATS:
        return first, rest.strip()
    if rest and "." not in first and "/" not in first:
        raise UsageError(f"There is no format {clean_line(first, 30)}.", f"It is one of: {', '.join(FORMATS)}.")
    return asked_by(expanded(argument) if argument else None).name, argument
