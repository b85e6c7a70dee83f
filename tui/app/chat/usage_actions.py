"""What the usage panel shows and leads to: a message, a chat, or a file with the figures."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app.chat.downloads import Download
from tui.app.chat.outcome import NOTHING, Outcome
from tui.errors import ChinwagError

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.app.dialogs.export import ExportChoice
    from tui.app.dialogs.usage import UsageChoice
    from tui.bootstrap import Services
    from tui.chat.context_parts import ContextParts
    from tui.chat.prompt import Prompt
    from tui.chat.usage_report import Period, UsageReport
    from tui.store.records import UsageScope


class UsageActions:
    """Opens the panel.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
    """

    def __init__(
        self, presenter: "ChatPresenter", services: "Services", ask: "Callable[[Screen[Any]], Awaitable[Any]]"
    ) -> None:
        self._presenter = presenter
        self._library = services.library
        self._catalog = services.catalog
        self._tools = services.tools
        self._ask = ask

    async def show(self, draft: "Prompt") -> Outcome:
        """Show the panel, and do what it is left for.

        Args:
            draft: what is written in the chat that is shown.
        """
        from tui.app.dialogs.usage import UsageDialog

        period: Period = "chat" if self._presenter.branch.ids else "month"
        context = partial(self._context, draft)
        dialog = UsageDialog(self._read, self._presenter.id, context, self._reprice, period=period)
        choice: UsageChoice | None = await self._ask(dialog)
        if choice is None:
            return NOTHING
        if choice.export is not None:
            return await self._export(choice)
        return await self._go(choice)

    async def _read(self, scope: "UsageScope", chats: bool) -> "UsageReport":
        return await self._library.usage.read(scope, chats=chats)

    async def _reprice(self) -> str:
        from tui.chat.repricing import reprice

        return (await reprice(self._library, self._catalog)).sentence

    async def _go(self, choice: "UsageChoice") -> Outcome:
        """Show a message, or the end of a chat; where the message is on another branch, that is shown from now on."""
        if choice.trashed:
            raise ChinwagError("That reply lies in the trash.", "Bring its chat or branch back to see it.")
        same = choice.conversation_id == self._presenter.id
        if choice.message_id and not (same and choice.message_id in self._presenter.branch.ids):
            branch = await self._library.open(choice.conversation_id)
            if choice.message_id not in {message.id for message in branch.messages}:
                await self._library.branches.show(choice.conversation_id, choice.message_id)
        return Outcome(open_chat=choice.conversation_id, message=choice.message_id)

    async def _export(self, choice: "UsageChoice") -> Outcome:
        from tui.app.dialogs.export import ExportDialog, ExportPlace
        from tui.chat.usage_files import USAGE_FORMATS, export_usage

        assert choice.export is not None
        name = f"usage-{date.today().isoformat()}"
        scope = choice.export
        download, fetched = Download(), None

        async def write(chosen: "ExportChoice", progress: object) -> str:
            assert chosen.path is not None
            report = await self._library.usage.read(scope)
            await export_usage(report, choice.by, chosen.format, chosen.path, overwrite=chosen.replace)
            nonlocal fetched
            fetched = download.file(chosen.path)
            return f"Exported to {download.named(chosen.path)}"

        def place(format: str, scope: object) -> ExportPlace:
            return ExportPlace(download.offered(Path.cwd() / name) + USAGE_FORMATS[format].suffix)

        dialog = ExportDialog(place, USAGE_FORMATS, write, title="Export usage", target=download.target)
        done = await self._ask(dialog)
        return Outcome(done=done, download=fetched) if done else NOTHING

    async def _context(self, draft: "Prompt") -> "ContextParts":
        from tui.chat.context_parts import context_parts

        presenter, view = self._presenter, self._presenter.view()
        messages = presenter.records
        taken = view is None or view.model.takes_tools
        files = await self._library.attachments(presenter.id) if messages else ()
        return await asyncio.to_thread(
            context_parts,
            messages,
            files,
            system_prompt=presenter.settings.system_prompt,
            tools=self._tools.tokens(presenter.settings) if taken else 0,
            draft=draft,
            used=presenter.reading.context_tokens,
            window=view.model.window if view is not None else None,
        )
