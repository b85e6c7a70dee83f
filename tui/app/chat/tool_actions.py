"""What a person does with the tools of a chat: sees them, switches them, and has new chats begin with them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING
from tui.chat.settings import ChatSettings
from tui.chat.tools.rules import NO_TOOLS

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.outcome import Outcome
    from tui.app.chat.presenter import ChatPresenter
    from tui.bootstrap import Services
    from tui.store.records import Conversation


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
        self._library = services.library
        self._tools = services.tools
        self._requests = services.requests
        self._preferences = services.preferences
        self._ask = ask
        self._set_chat = set_chat
        self._copy = copy

    async def open(self) -> "Outcome":
        """Show the tools of this chat until the person has seen enough."""
        from tui.app.dialogs.tools import ToolsDialog

        view, before = self._presenter.view(), self._presenter.settings
        change = partial(self._change, self._presenter.conversation)
        dialog = ToolsDialog(
            "Tools of this chat",
            self._tools,
            before,
            change,
            keep=self._keep,
            log=self._log,
            copy=self._copy,
            speaks=find_spec("mcp") is not None,
            taken=view is None or view.model.takes_tools,
        )
        await self._ask(dialog)
        if dialog.settings is not before:  # else another window may have changed them
            await change(dialog.settings)  # the last change may not have been saved when it was closed
        return NOTHING

    async def _change(self, conversation: "Conversation | None", settings: ChatSettings) -> None:
        if conversation is not None and conversation.id != self._presenter.id:  # who types fast is in another chat
            now = ChatSettings.from_json((await self._library.current(conversation)).settings)
            changed = replace(now, tools=settings.tools, folder=settings.folder)
            self._tools.set_rules(conversation.id, changed)
            await self._library.set_settings(conversation.id, changed)
            return
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
