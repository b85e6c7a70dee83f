"""What a person can have done with a chat: each action asks first where it must, does it, and returns what came of it.

Knows the dialogs and the chat room; no widget of the screen, which shows the `Outcome`. The dialogs are imported when
they are opened: the first frame needs none of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tui.app.chat.outcome import NOTHING, Outcome
from tui.app.chat.prompt_actions import PromptActions
from tui.app.widgets.setting_values import next_effort
from tui.chat.prompt import Prompt
from tui.chat.settings import ChatSettings
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.app.dialogs.added_provider import AddedProvider
    from tui.bootstrap import Services
    from tui.store.records import Conversation

T = TypeVar("T")


class ChatActions:
    """The actions of one chat screen.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
    """

    def __init__(
        self, presenter: "ChatPresenter", services: "Services", ask: "Callable[[Screen[Any]], Awaitable[Any]]"
    ) -> None:
        self._presenter = presenter
        self._library = services.library
        self._replies = services.replies
        self._catalog = services.catalog
        self._setup = services.setup
        self._ask = ask
        self._prompts = PromptActions(ask)
        self._deleted = ""
        self._stepping = asyncio.Lock()

    async def run(self, command: str) -> Outcome:
        """Do what a command of the chat's scope says; its id is that of the table of commands."""
        match command:
            case "switch_model":
                return await self.switch_model()
            case "effort":
                return await self._next_effort()
            case "system_prompt":
                return await self._choose_system_prompt()
            case "export":
                return await self._export()
            case "delete_chat":
                conversation = self._presenter.conversation
                return NOTHING if conversation is None else await self.delete(conversation)
            case "add_key":
                return await self.add_key()
            case "add_server":
                from tui.app.dialogs.add_server import AddServer

                return _added(await self._ask(AddServer(self._setup)))
            case _:
                raise AssertionError(f"no such action: {command}")

    # Models and settings.

    async def switch_model(self, message_id: str = "") -> Outcome:
        """Ask for the model of the next turn; if a message is named that failed, it answers at once."""
        from tui.app.dialogs.models import ModelSwitcher

        conversation, presenter = self._presenter.conversation, self._presenter
        if conversation is None:
            return NOTHING
        switcher = ModelSwitcher(
            self._catalog, conversation.model, presenter.reading.context_tokens, streaming=presenter.running
        )
        chosen = await self._ask(switcher)
        if not chosen or chosen == conversation.model:
            return NOTHING
        return replace(await self.use_model(chosen), answer_again=self._failed_last(message_id))

    async def use_model(self, model: str) -> Outcome:
        """Let a model answer from now on."""
        conversation = self._presenter.conversation
        if conversation is None or model == conversation.model:
            return Outcome(used_model=model)
        return Outcome(await self._library.set_model(conversation.id, model), used_model=model)

    async def set_settings(self, settings: ChatSettings) -> Outcome:
        """Save the settings of this chat."""
        if self._presenter.conversation is None:
            return NOTHING
        return Outcome(await self._library.set_settings(self._presenter.id, settings))

    async def _next_effort(self) -> Outcome:
        async with self._stepping:  # a second press counts from what the first one saved
            conversation = self._presenter.conversation
            if conversation is None:
                return NOTHING
            now = ChatSettings.from_json((await self._library.current(conversation)).settings)
            return await self.set_settings(replace(now, effort=next_effort(now.effort)))

    async def _choose_system_prompt(self) -> Outcome:
        settings = self._presenter.settings
        chosen = await self._prompts.system_prompt(settings)
        if isinstance(chosen, str):
            chosen = await self._edited_system_prompt(settings)
        if chosen is None or chosen == settings:
            return NOTHING
        saved = await self.set_settings(chosen)
        return replace(saved, done="System prompt saved" if chosen.system_prompt else "System prompt removed")

    async def _edited_system_prompt(self, settings: ChatSettings) -> ChatSettings | None:
        from tui.app.dialogs.text_editor import TextEditor

        hint = "Such as: You are terse. Answer in British English."
        text = await self._ask(TextEditor("System prompt", settings.system_prompt, hint))
        return None if text is None else replace(self._presenter.settings, system_prompt=text)

    async def use_prompt(self, written: Prompt, name: str = "") -> Outcome:
        """Put a prompt of the library where one writes; its model and its settings are this chat's from now on."""
        template, outcome = await self._prompts.use(written, name)
        if template is None:
            return outcome
        changed = template.settings.over(self._presenter.settings)
        if changed != self._presenter.settings:
            outcome = replace(outcome, conversation=(await self.set_settings(changed)).conversation)
        if template.model:
            model = self._catalog.find(template.model).id
            used = await self.use_model(model)
            outcome = replace(outcome, conversation=used.conversation or outcome.conversation, used_model=model)
        return outcome

    async def add_key(self, message_id: str = "") -> Outcome:
        """Ask for a key; if a message is named that failed, for its provider, which then is asked again."""
        from tui.app.dialogs.add_key import AddKey

        provider = ModelId.parse(self._presenter.model_of(message_id)).provider if message_id else ""
        outcome = _added(await self._ask(AddKey(self._setup, provider)))
        return outcome if outcome is NOTHING else replace(outcome, answer_again=self._failed_last(message_id))

    def _failed_last(self, message_id: str) -> bool:
        return self._presenter.failed and self._presenter.is_last(message_id)

    # Chats.

    @property
    def can_undo(self) -> bool:
        """Whether a chat was deleted and can come back."""
        return bool(self._deleted)

    async def rename(self, conversation_id: str, title: str) -> Outcome:
        """Give a chat the name that was typed."""
        return Outcome(await self._library.rename(conversation_id, title), list_changed=True)

    async def delete(self, conversation: "Conversation") -> Outcome:
        """Delete a chat, after asking."""
        from tui.app.dialogs.confirm import Confirm

        title = clean_line(conversation.title, 60) or "New chat"
        question = f"Delete “{title}” and all its messages?"
        if not await self._ask(Confirm("Delete chat", question, "delete")):
            return NOTHING
        self._replies.abandon(conversation.id)  # first: what is queued would bring it back
        await self._library.delete(conversation.id)
        self._deleted = conversation.id
        return Outcome(list_changed=True, deleted=conversation.id, done="Chat deleted · u in the list undoes it")

    async def undo_delete(self) -> Outcome:
        """Bring back the chat that was deleted last."""
        if not self._deleted:
            return NOTHING
        conversation_id, self._deleted = self._deleted, ""
        await self._library.restore(conversation_id)
        return Outcome(list_changed=True, done="Chat restored")

    async def _export(self) -> Outcome:
        from tui.app.dialogs.export import ExportDialog
        from tui.chat.export import export_file, file_stem
        from tui.formats import FORMATS

        conversation = self._presenter.conversation
        if conversation is None:
            return NOTHING
        choice = await self._ask(ExportDialog(file_stem(conversation), Path.cwd(), FORMATS))
        if choice is None:
            return NOTHING
        await export_file(self._library, conversation, choice.format, choice.path, overwrite=choice.replace)
        return Outcome(done=f"Exported to {choice.path.name}")

    async def open_link(self, href: str) -> Outcome:
        """Show where a link leads before it is opened."""
        from tui.app.dialogs.confirm import Confirm

        agreed = await self._ask(Confirm("Open link", href, "open in the browser", "close"))
        return Outcome(link=href if agreed else "")


def _added(added: "AddedProvider | None") -> Outcome:
    return NOTHING if added is None else Outcome(done=added.message, notice=added.notice)
