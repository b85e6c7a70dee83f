"""What a person does with the tools of a chat: sees them, switches them, and has new chats begin with them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Outcome
from tui.chat.settings import ChatSettings
from tui.chat.tools.rules import NO_TOOLS

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.bootstrap import Services


class ToolActions:
    """Opens the dialog.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        set_chat: saves and shows the settings of this chat.
        copy: copies a text, whose second argument names it.
    """

    def __init__(
        self,
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        set_chat: Callable[[ChatSettings], Awaitable[None]],
        copy: Callable[[str, str], None],
    ) -> None:
        self._presenter = presenter
        self._tools = services.tools
        self._requests = services.requests
        self._preferences = services.preferences
        self._ask = ask
        self._set_chat = set_chat
        self._copy = copy

    async def open(self) -> Outcome:
        """Show the tools of this chat until the person has seen enough."""
        from tui.app.dialogs.tools import ToolsDialog

        view = self._presenter.view()
        dialog = ToolsDialog(
            "Tools of this chat",
            self._tools,
            self._presenter.settings,
            self._change,
            keep=self._keep,
            log=self._log,
            copy=self._copy,
            speaks=find_spec("mcp") is not None,
            taken=view is None or view.model.takes_tools,
        )
        await self._ask(dialog)
        await self._change(dialog.settings)  # the last change may not have been saved when it was closed
        return NOTHING

    async def _change(self, settings: ChatSettings) -> None:
        now = self._presenter.settings
        changed = replace(now, tools=settings.tools, folder=settings.folder)
        if changed != now:
            await self._set_chat(changed)

    async def _keep(self, settings: ChatSettings) -> str:
        chosen = {"chat.tools": settings.tools or NO_TOOLS, "chat.folder": settings.folder or None}
        told = [await self._preferences.change(key, value) for key, value in chosen.items()]
        return " ".join(filter(None, told))

    def _log(self, server: str) -> Sequence[str]:
        return self._requests.log_of(server)
