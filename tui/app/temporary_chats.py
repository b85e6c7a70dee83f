"""The second screen of chats: those of which nothing is saved. Made when it is wanted first; stays until the end."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from tui.app.chat.screen import ChatScreen
from tui.chat.settings import ChatSettings

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.store.records import Conversation


class TemporaryChats:
    """A screen, and what it stands on.

    Attributes:
        screen: shows one of the chats.
        replies: those that come in there.
    """

    def __init__(self, screen: ChatScreen, services: "Services", open_things: AsyncExitStack) -> None:
        self.screen = screen
        self.replies = services.replies
        self._library = services.library
        self._open_things = open_things

    @classmethod
    async def open(
        cls,
        services: "Services",
        model: str,
        settings: ChatSettings | None,
        make_screen: "Callable[[Services, Conversation], ChatScreen]",
    ) -> "TemporaryChats":
        """Build it, with an empty chat for a model; no settings are those of every new chat."""
        from tui.bootstrap import compose_temporary

        open_things = AsyncExitStack()
        own = await open_things.enter_async_context(compose_temporary(services))
        return cls(make_screen(own, own.library.new(model, settings or ChatSettings())), own, open_things)

    async def has_messages(self) -> bool:
        """Whether anything would be lost now."""
        return bool(await self._library.conversations(limit=1))

    async def aclose(self) -> None:
        """Forget all of it."""
        await self._open_things.aclose()
