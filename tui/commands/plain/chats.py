"""Which chat one talks in: new ones, earlier ones, and those of which nothing is saved."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from tui.commands.chat_lines import chats_table, named
from tui.commands.plain.asking import Asker
from tui.commands.plain.markdown_stream import ONE_LINE
from tui.commands.plain.page import Page
from tui.commands.plain.talk import Remember, Talk
from tui.figures import counted
from tui.formats.markdown_lines import markdown_lines
from tui.model_id import ModelId
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.store.records import Conversation

_LISTED = 20


class Chats:
    """The chats of the library, and temporary ones.

    Args:
        open_things: closes the library of temporary chats in the end.
    """

    def __init__(
        self, services: "Services", chat: "Conversation", page: Page, asker: Asker, remember: Remember,
        open_things: AsyncExitStack,
    ) -> None:  # fmt: skip
        self._page = page
        self._asker = asker
        self._remember = remember
        self._open_things = open_things
        self._saved = self.talk = Talk(services, chat, page, asker, remember)
        services.replies.subscribe(services.titles.receive)
        open_things.callback(self.talk.listen_to_servers())
        self._temporary: Talk | None = None

    @property
    def last_id(self) -> str | None:
        """Id of the chat of the library that one was in last; None for an empty one."""
        return self._saved.chat.id if self._saved.chat.active_leaf is not None else None

    async def begin(self) -> None:
        """Say what stands in the chat that one begins with, and what was written there."""
        if self.talk.chat.active_leaf is not None:
            await self._say_opened()
        await self.talk.adopt()

    async def new(self, argument: str) -> None:
        """Start an empty chat, with the model of this one."""
        if argument.casefold() == "temp" and self.talk is self._saved:
            await self.switch_temporary("")
            return
        if argument and argument.casefold() != "temp":
            self._page.say("Behind /new may stand: temp.")
            return
        self._leave(self.talk.services.library.new(self.talk.chat.model))
        self._page.say("An empty chat.")

    async def switch_temporary(self, _: str) -> None:
        """Go to the chats of which nothing is saved, or back."""
        if self._temporary is not None and self.talk is self._temporary:
            self.talk = self._saved
            self._page.say(f"Back in “{named(self.talk.chat)}”; what is said here is saved.")
            return
        if self._temporary is None:
            from tui.bootstrap import compose_temporary

            own = await self._open_things.enter_async_context(compose_temporary(self._saved.services))
            chat = own.library.new(self.talk.chat.model)
            self._temporary = Talk(own, chat, self._page, self._asker, self._remember)
            self._open_things.callback(self._temporary.listen_to_servers())
        self.talk = self._temporary
        self._page.say("A temporary chat: nothing of it is saved, but what it used and cost. /temp leads back.")

    async def keep(self, _: str) -> None:
        """Save the temporary chat that this is."""
        from tui.chat.temporary import TemporaryLibrary

        library = self.talk.services.library
        if not isinstance(library, TemporaryLibrary):
            self._page.say("This chat is saved.")
            return
        kept = await library.keep(self.talk.chat.id)
        self.talk.chat = library.new(self.talk.chat.model)
        self.talk = self._saved
        self._leave(kept)
        await self._say_opened()

    async def list(self, wanted: str) -> None:
        """List the newest chats, or open the one that is meant."""
        if wanted:
            await self.open_named(wanted)
            return
        library = self.talk.services.library
        found = await library.folders.page("chats", limit=_LISTED)
        self._page.say(chats_table(found) or "There is no chat yet.")
        if found:
            self._page.say("/open and the beginning of a line, or words of a chat, opens one.")

    async def open_named(self, wanted: str) -> None:
        """Open the chat that is meant.

        Raises:
            UsageError: there is none, or more than one.
        """
        from tui.chat.chat_choice import chats_meant

        if not wanted:
            self._page.say("Say which: an id, last, or words of the chat; /chats lists them.")
            return
        library = self.talk.services.library
        (chat,) = await chats_meant(library, wanted, get_ready=library.search.build)
        self._leave(chat)
        await self._say_opened()
        if chat.unread:
            await library.folders.mark_unread([chat.id], False)
        await self.talk.adopt()

    def _leave(self, chat: "Conversation") -> None:
        """Go to another chat; what is kept in this one is on disk, and found when it is opened again."""
        if self.talk.kept:
            self._page.say("What you wrote and did not send stays in the chat before.")
        self.talk.go_to(chat)

    async def _say_opened(self) -> None:
        opened = await self.talk.services.library.open(self.talk.chat.id)
        self.talk.chat = opened.conversation
        label = clean_line(ModelId.parse(opened.conversation.model).label)
        self._page.say(f"“{named(opened.conversation)}”, {counted(len(opened.messages), 'message')}, with {label}.")
        for message in opened.messages[-2:]:
            self._page.gap()
            if message.kind == "prompt":
                self._page.say(f"You wrote:\n{message.text}")
            else:
                self._page.say(f"{clean_line(ModelId.parse(message.model).label)} answered:")
                self._page.say("\n".join(markdown_lines(clean(message.text), ONE_LINE)))
        self._page.gap()
