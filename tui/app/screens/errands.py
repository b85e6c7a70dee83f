"""What takes a question first: another model, a new name, deleting, exporting. Each asks in an overlay, then does it.

Each errand runs as a worker of the screen, so that it can wait for the answer while everything goes on. The overlays
are imported when they are opened: the first frame needs none of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tui.text import clean_line

if TYPE_CHECKING:
    from textual.app import App

    from tui.app.screens.add_key import AddKey
    from tui.app.screens.add_server import AddServer
    from tui.app.screens.desk import Desk
    from tui.chat.catalog import Catalog
    from tui.chat.library import Library
    from tui.chat.settings import ChatSettings
    from tui.store.records import Conversation


class Client(Protocol):
    """Whom an errand is run for: the chat screen."""

    @property
    def app(self) -> "App[Any]":
        """The app, for overlays and toasts."""

    def list_changed(self) -> None:
        """The list of chats is to be read again."""

    def chat_deleted(self, conversation_id: str) -> None:
        """A conversation is gone."""

    def show_notice(self, text: str) -> None:
        """Something does not work."""


class Errands:
    """The errands of one chat screen."""

    def __init__(
        self, client: Client, desk: "Desk", library: "Library", catalog: "Catalog", remember: Callable[..., None]
    ) -> None:
        self._client = client
        self._desk = desk
        self._library = library
        self._catalog = catalog
        self._remember = remember
        self._deleted: str = ""

    def say(self, text: str) -> None:
        """A toast of one line: what was done, in the past tense."""
        self._client.app.notify(f"✓ {clean_line(text, 80)}", timeout=4, markup=False)

    def decline(self, text: str) -> None:
        """A toast of one line: why nothing was done."""
        self._client.app.notify(f"! {clean_line(text, 80)}", severity="warning", timeout=4, markup=False)

    async def switch_model(self) -> bool:
        """Ask for the model of the next turn; returns whether it is another one now."""
        from tui.app.screens.models import ModelSwitcher

        desk = self._desk
        if desk.conversation is None:
            return False
        switcher = ModelSwitcher(
            self._catalog, desk.conversation.model, desk.reading.context_tokens, streaming=desk.streaming
        )
        wanted = await self._client.app.push_screen_wait(switcher)
        if not wanted or wanted == desk.conversation.model:
            return False
        await self.use_model(wanted)
        return True

    async def set_settings(self, settings: "ChatSettings") -> None:
        """Save the settings of this chat."""
        if self._desk.conversation is not None:
            self._desk.changed(await self._library.set_settings(self._desk.id, settings))

    async def system_prompt(self) -> None:
        """Edit the standing instructions of this chat."""
        from dataclasses import replace

        from tui.app.screens.words import Words

        settings = self._desk.settings
        words = Words("System prompt", settings.system_prompt, "Such as: You are terse. Answer in British English.")
        text = await self._client.app.push_screen_wait(words)
        if text is not None and text != settings.system_prompt:
            await self.set_settings(replace(self._desk.settings, system_prompt=text))
            self.say("System prompt saved" if text else "System prompt removed")

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give a chat the name that was typed."""
        self._desk.changed(await self._library.rename(conversation_id, title))
        self._client.list_changed()

    async def delete(self, conversation: "Conversation") -> None:
        """Delete a chat, after asking."""
        from tui.app.screens.confirm import Confirm

        title = clean_line(conversation.title, 60) or "New chat"
        question = f"Delete “{title}” and all its messages?"
        if await self._client.app.push_screen_wait(Confirm("Delete chat", question, "delete")):
            await self._library.delete(conversation.id)
            self._deleted = conversation.id
            self._client.chat_deleted(conversation.id)
            self.say("Chat deleted · u in the list undoes it")

    async def undo_delete(self) -> None:
        """Bring back the chat that was deleted last."""
        if self._deleted:
            conversation_id, self._deleted = self._deleted, ""
            await self._library.restore(conversation_id)
            self._client.list_changed()
            self.say("Chat restored")

    async def open_link(self, href: str) -> None:
        """Open a link in the browser, after showing where it leads."""
        from tui.app.screens.confirm import Confirm

        if await self._client.app.push_screen_wait(Confirm("Open link", href, "open in the browser", "close")):
            self._client.app.open_url(href)

    async def add_key(self, provider: str = "") -> bool:
        """Ask for a key, of `provider` if that is given; True when one was kept."""
        from tui.app.screens.add_key import AddKey

        return await self._add(AddKey(self._catalog.access(), provider))

    async def add_server(self) -> bool:
        """Ask for a server's address; True when it was added."""
        from tui.app.screens.add_server import AddServer

        return await self._add(AddServer(self._catalog.access()))

    async def _add(self, screen: "AddKey | AddServer") -> bool:
        added = await self._client.app.push_screen_wait(screen)
        if added is None:
            return False
        self._client.app.notify(clean_line(added.words, 160), timeout=6, markup=False)
        if added.notice:
            self._client.show_notice(added.notice)
        return True

    async def use_model(self, model: str) -> None:
        """Let a model answer from now on."""
        if self._desk.conversation is not None and model != self._desk.conversation.model:
            self._desk.changed(await self._library.set_model(self._desk.id, model))
        self._remember(last_model=model)

    @property
    def can_undo(self) -> bool:
        """Whether a chat was deleted and can come back."""
        return bool(self._deleted)

    async def export(self) -> None:
        """Ask where to, and write this chat to a file."""
        conversation = self._desk.conversation
        if conversation is None:
            return
        from tui.app.screens.export import Export
        from tui.chat.export import export_file, file_stem
        from tui.formats import FORMATS

        target = await self._client.app.push_screen_wait(Export(file_stem(conversation), Path.cwd(), FORMATS))
        if target is not None:
            written = await export_file(
                self._library, conversation, target.format, target.path, overwrite=target.replace
            )
            self.say(f"Exported to {written.name}")
