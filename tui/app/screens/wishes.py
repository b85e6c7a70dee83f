"""What the panes and the messages wish for, turned into errands: another model, a name, a setting, a file.

Knows how to ask, not how a conversation is shown or answered: that is the chat screen's part.
"""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, ParamSpec

from textual import on, work

from tui.app.screens.desk import Desk
from tui.app.screens.errands import Errands
from tui.app.screens.frame import Frame
from tui.app.transcript.view import Transcript
from tui.app.widgets.history import ChatRows, History
from tui.app.widgets.model_pane import ModelPane
from tui.app.widgets.settings_pane import SettingsPane, next_effort
from tui.app.widgets.status import Header
from tui.errors import ChinwagError
from tui.store.records import Conversation

P = ParamSpec("P")


class Wishes(Frame):
    """The part of the chat screen that asks first and then does.

    Attributes:
        desk: the conversation that is shown.
        errands: what takes a question first.
    """

    desk: Desk
    errands: Errands

    def open_chat(self, conversation_id: str) -> None:
        """Show a conversation."""
        raise NotImplementedError

    def action_new_chat(self) -> None:
        """Start an empty chat."""
        raise NotImplementedError

    def action_retry(self) -> None:
        """Answer the last prompt again."""
        raise NotImplementedError

    def _run_errand(self, errand: Callable[P, Coroutine[Any, Any, object]], *args: P.args, **kwargs: P.kwargs) -> None:
        self._run(partial(errand, *args, **kwargs))

    @work(group="errand", exit_on_error=False)
    async def _run(self, errand: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            await errand()
        except ChinwagError as error:
            self.show_notice(error.sentence)

    def _conversation(self, conversation_id: str) -> Conversation | None:
        if self.desk.conversation and conversation_id == self.desk.id:
            return self.desk.conversation
        return next((chat for chat in self.history.conversations if chat.id == conversation_id), None)

    @on(History.Opened)
    def _opened(self, event: History.Opened) -> None:
        event.stop()
        self.open_chat(event.conversation_id)
        self.action_back()

    @on(History.NewWanted)
    def _new_wanted(self, event: History.NewWanted) -> None:
        event.stop()
        self.action_new_chat()

    @on(History.Renamed)
    def _renamed(self, event: History.Renamed) -> None:
        event.stop()
        self._run_errand(self.errands.rename, event.conversation_id, event.title)

    @on(History.DeleteWanted)
    def _delete_wanted(self, event: History.DeleteWanted) -> None:
        event.stop()
        if conversation := self._conversation(event.conversation_id):
            self._run_errand(self.errands.delete, conversation)

    @on(ChatRows.Wanted)
    def _undo_wanted(self, event: ChatRows.Wanted) -> None:
        event.stop()
        self._run_errand(self.errands.undo_delete)

    @on(SettingsPane.Changed)
    def _settings_changed(self, event: SettingsPane.Changed) -> None:
        event.stop()
        self._run_errand(self.errands.set_settings, event.settings)

    @on(SettingsPane.PromptWanted)
    def _prompt_wanted(self, event: SettingsPane.PromptWanted) -> None:
        event.stop()
        self.action_system_prompt()

    @on(Header.ModelClicked)
    @on(ModelPane.Clicked)
    def _model_clicked(self) -> None:
        self.action_switch_model()

    @on(Transcript.CopyRequested)
    def _copy(self, event: Transcript.CopyRequested) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self.errands.say(f"Copied the {event.what}")

    @on(Transcript.LinkOpened)
    def _link(self, event: Transcript.LinkOpened) -> None:
        event.stop()
        self._run_errand(self.errands.open_link, event.href)

    @on(Transcript.ActionChosen)
    def _act(self, event: Transcript.ActionChosen) -> None:
        event.stop()
        if event.action == "retry" and not self.desk.is_last(event.message_id):
            self.errands.decline("Only the last prompt can be asked again")
        elif event.action == "retry":
            self.action_retry()
        elif event.action == "model":
            self._run_errand(self._other_model, event.message_id)
        elif event.action == "key":
            self._run_errand(self._other_key, event.message_id)
        elif event.action == "export":
            self.action_export()

    async def _other_model(self, turn_id: str) -> None:
        """Choose another model; a reply that failed is then asked for again."""
        if await self.errands.switch_model() and self.desk.failed and self.desk.is_last(turn_id):
            self.action_retry()

    async def _other_key(self, turn_id: str) -> None:
        """Paste a key for who was asked; a reply that failed is then asked for again."""
        added = await self.errands.add_key(self.desk.provider_of(turn_id))
        if added and self.desk.failed and self.desk.is_last(turn_id):
            self.action_retry()

    def action_add_key(self) -> None:
        """Paste an API key."""
        self._run_errand(self.errands.add_key)

    def action_add_server(self) -> None:
        """Add a server by its address."""
        self._run_errand(self.errands.add_server)

    def use_model(self, model: str) -> None:
        """Let a model answer from now on."""
        self._run_errand(self.errands.use_model, model)

    def action_switch_model(self) -> None:
        """Choose the model of the next turn."""
        self._run_errand(self.errands.switch_model)

    def action_effort(self) -> None:
        """The next reasoning effort."""
        settings = self.desk.settings
        self._run_errand(self.errands.set_settings, replace(settings, effort=next_effort(settings.effort)))

    def action_system_prompt(self) -> None:
        """Edit the standing instructions."""
        self._run_errand(self.errands.system_prompt)

    def action_export(self) -> None:
        """Write this chat to a file."""
        self._run_errand(self.errands.export)

    def action_rename_chat(self) -> None:
        """Rename this chat, in the list."""
        self._panes.show_list(True)
        self._lay_out()
        self.call_after_refresh(self.history.start_rename, self.desk.id)

    def action_delete_chat(self) -> None:
        """Delete this chat, after asking; one in which nothing was asked yet is nowhere to be deleted from."""
        if self.desk.conversation and self.desk.prompts:
            self._run_errand(self.errands.delete, self.desk.conversation)
