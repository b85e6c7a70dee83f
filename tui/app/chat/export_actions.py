"""Writing and copying a chat: what the export command asks, and what comes of it."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Outcome
from tui.errors import ExportError, UsageError
from tui.files import expanded
from tui.paths import shortened
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.app.dialogs.export import Scope
    from tui.bootstrap import Services
    from tui.store.records import Conversation


class ExportActions:
    """The exports of one chat screen.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        copy: copies a text, whose second argument names it.
    """

    def __init__(
        self,
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        copy: Callable[[str, str], None],
    ) -> None:
        self._presenter = presenter
        self._library = services.library
        self._ask = ask
        self._copy = copy

    async def export_chats(self, ids: Collection[str]) -> Outcome:
        """Ask where the first of these chats is to be written."""
        chats = await self._library.folders.chats(ids)
        return await self.export(chat=chats[0]) if chats else NOTHING

    async def export(self, argument: str = "", message_id: str = "", chat: "Conversation | None" = None) -> Outcome:
        """Ask where to; `argument` may be a format and a path, which needs no asking if nothing is there.

        `message_id` is the message that may be written alone; "" for none. Without `chat` it is the one that is shown.
        """
        from tui.app.dialogs.export import ExportDialog
        from tui.chat.export import Export, export_file, export_text, file_stem, whole_of
        from tui.formats import FORMATS
        from tui.formats.left_out import in_words

        conversation = chat or self._presenter.conversation
        if conversation is None:
            return NOTHING
        format, path = _format_and_path(argument)
        if path:
            with suppress(ExportError):  # the dialog says why, and asks for another place
                written = await export_file(self._library, conversation, format, expanded(path))
                return Outcome(done=f"Exported to {shortened(written.path)}")
        whole = await whole_of(self._library, conversation.id)

        def missing(format: str, scope: "Scope") -> str:
            export = Export(format, scope == "tree", message_id if scope == "message" else "")
            with suppress(UsageError):  # the message was deleted by another window
                return ", ".join(in_words(export.left_out(export.of(whole))))
            return ""

        choice = await self._ask(
            ExportDialog(
                file_stem(conversation),
                Path.cwd(),
                FORMATS,
                format=format,
                path=path,
                scopes=lambda format: self._scopes(format, message_id),
                missing=missing,
                copies=True,
            )
        )
        if choice is None:
            return NOTHING
        branches, message = choice.scope == "tree", message_id if choice.scope == "message" else ""
        if choice.path is None:
            text = await export_text(self._library, conversation.id, choice.format, branches=branches, message=message)
            self._copy(text, "message" if message else "chat")
            return NOTHING
        await export_file(
            self._library,
            conversation,
            choice.format,
            choice.path,
            overwrite=choice.replace,
            branches=branches,
            message=message,
        )
        return Outcome(done=f"Exported to {shortened(choice.path)}")

    async def copy_chat(self) -> Outcome:
        """Copy it as Markdown."""
        from tui.chat.export import export_text

        if self._presenter.conversation is not None:
            self._copy(await export_text(self._library, self._presenter.id, "md"), "chat")
        return NOTHING

    def _scopes(self, format: str, message_id: str) -> "Sequence[Scope]":
        """What of the chat a format can have, the likeliest first."""
        from tui.formats import FORMATS

        chosen = FORMATS[format]
        scopes: list[Scope] = ["message"] if message_id else []
        if not self._presenter.siblings.branched:
            return ["chat", *scopes]
        if not chosen.one_branch:
            return ["tree", *scopes]
        return ["branch", "tree", *scopes] if chosen.branches else ["branch", *scopes]


def _format_and_path(argument: str) -> tuple[str, str]:
    """What was typed behind /export; a format that is not named goes by the path's suffix, else it is the first one."""
    from tui.formats import FORMATS, named_by

    first, _, rest = argument.partition(" ")
    if first in FORMATS:
        return first, rest.strip()
    if rest and "." not in first and "/" not in first:
        raise UsageError(f"There is no format {clean_line(first, 30)}.", f"It is one of: {', '.join(FORMATS)}.")
    named = named_by(argument)
    return named.name if named else next(iter(FORMATS)), argument
