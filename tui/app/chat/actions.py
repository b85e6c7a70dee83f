"""What a person can have done with a chat: each action asks first where it must, does it, and returns what came of it.

Knows the dialogs and the chat room; no widget of the screen, which shows the `Outcome`. The dialogs are imported when
they are opened: the first frame needs none of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.app.chat.export_actions import ExportActions
from tui.app.chat.import_actions import ImportActions
from tui.app.chat.message_files import MessageFiles
from tui.app.chat.outcome import NOTHING, Outcome
from tui.app.chat.prompt_actions import PromptActions
from tui.app.chat.pull_actions import PullActions
from tui.app.chat.tool_actions import ToolActions
from tui.app.chat.usage_actions import UsageActions
from tui.app.transcript.links import link_warnings
from tui.chat.settings import ChatSettings
from tui.config import EFFORTS
from tui.errors import UsageError
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.chat.presenter import ChatPresenter
    from tui.app.dialogs.added_provider import AddedProvider
    from tui.app.dialogs.models import ModelChoice
    from tui.app.transcript.openables import Openable
    from tui.bootstrap import Services
    from tui.chat.catalog.remembered import RememberedModels
    from tui.chat.prompt import Prompt
    from tui.chat.replies.next_turn import Forecast
    from tui.store.records import Conversation


_WHO_SEARCHES = "OpenAI, Anthropic, Google, xAI and OpenRouter have one: /model switches."


class ChatActions:
    """The actions of one chat screen.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        copy: copies a text, whose second argument names it.
        show: shows this chat as it is stored now.
        choose_theme: asks for the theme of a setting, by its key.
        models: favourites, and models that were asked lately.
        draft_tokens: how many tokens what is written and not sent may have.
        remember: keeps fields of `State` for the next start.
    """

    def __init__(
        self,
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        copy: Callable[[str, str], None],
        show: "Callable[[Conversation], None]",
        choose_theme: Callable[[str], Awaitable[str | None]],
        models: "RememberedModels",
        draft_tokens: Callable[[], int],
        remember: Callable[..., None],
    ) -> None:
        self._presenter = presenter
        self._library = services.library
        self._catalog = services.catalog
        self._setup = services.setup
        self._ask = ask
        self._copy = copy
        self._show = show
        self._choose_theme = choose_theme
        self.models = models
        self._draft_tokens = draft_tokens
        self._preferences = services.preferences
        self._prompts = PromptActions(ask, services.tools.servers)
        self.pulls = PullActions(services, ask, self.use_model)
        self._imports = ImportActions(services.library, ask)
        self.files = MessageFiles(services.library, ask, copy)
        self.exports = ExportActions(presenter, services, ask, copy, remember)
        self.usage = UsageActions(presenter, services, ask)
        self.tools = ToolActions(presenter, services, ask, self._set_chat, copy)
        self._all_tools = services.tools
        self._stepping = asyncio.Lock()

    async def run(self, command: str, argument: str = "") -> Outcome:
        """Do what a command of the chat's scope says, with what was typed behind it; its id is that of the table."""
        match command:
            case "switch_model":
                return await self.switch_model(wanted=argument)
            case "effort" | "web_search" | "system_prompt":
                return await self._change_setting(command, argument)
            case "settings":
                return await self._all_settings()
            case "tools":
                return await self.tools.open()
            case "copy_chat":
                return await self.exports.copy_chat()
            case "add_key":
                return await self.add_key()
            case "add_server":
                from tui.app.dialogs.add_server import AddServer

                return _added(await self._ask(AddServer(self._setup, argument)))
            case _:
                raise AssertionError(f"no such action: {command}")

    # Models and settings.

    async def switch_model(self, message_id: str = "", wanted: str = "") -> Outcome:
        """Ask for the model of the next turn; if a message is named that failed, it answers at once.

        `wanted` is a model's name or id, which needs no asking, or what to find one by.
        """
        from tui.app.dialogs.models import ModelSwitcher

        conversation, presenter = self._presenter.conversation, self._presenter
        if conversation is None:
            return NOTHING
        if wanted:
            with suppress(UsageError):
                return await self.use_model(self._catalog.meant(wanted).id)
        switcher = ModelSwitcher(
            self._catalog,
            presenter.model,
            self.models,
            self._forecast(),
            streaming=presenter.running,
            compare=not message_id,
            query=wanted,
        )
        choice: ModelChoice | None = await self._ask(switcher)
        if choice is None:
            return NOTHING
        if len(choice.models) > 1:
            return Outcome(compared=choice.models)
        if choice.pull is not None:
            return await self.pulls.open(choice.pull)
        (chosen,) = choice.models
        if choice.once:
            return Outcome(once=chosen, answer_again=self._failed_last(message_id))
        if chosen == presenter.model == conversation.model:
            return NOTHING
        return replace(await self.use_model(chosen), answer_again=self._failed_last(message_id))

    async def choose_model(self, wanted: str = "") -> str:
        """The id of a model for one answer: the one that is meant, or one that is asked for; "" for none."""
        from tui.app.dialogs.models import ModelSwitcher

        if wanted:
            with suppress(UsageError):
                return self._catalog.meant(wanted).id
        model = self._presenter.model
        switcher = ModelSwitcher(
            self._catalog,
            model,
            self.models,
            self._forecast(),
            once=False,
            query=wanted,
            title="Answer with …",
            verb="answer",
        )
        choice: ModelChoice | None = await self._ask(switcher)
        return choice.models[0] if choice is not None and choice.models else ""

    def _forecast(self) -> "Forecast":
        """What the next turn of this chat comes to, with what is written."""
        from tui.chat.replies.next_turn import Forecast

        presenter = self._presenter
        count, settings = presenter.reading.context_tokens, presenter.settings
        return Forecast(
            self._catalog,
            presenter.records,
            self._library.contents,
            count,
            self._draft_tokens(),
            settings,
            self._all_tools.summary(settings),
        )

    async def use_model(self, model: str, *, done: str = "") -> Outcome:
        """Let a model answer from now on; `done` says why, if nobody has chosen it."""
        conversation = self._presenter.conversation
        if conversation is None or model == conversation.model:
            return Outcome(used_model=model, once=model, done=done)  # the chat's own, also for the next turn
        return Outcome(await self._library.set_model(conversation.id, model), used_model=model, done=done)

    @property
    def can_go_back(self) -> bool:
        """Whether another model was asked lately."""
        return bool(self.models.following(self._presenter.model))

    async def use_recent(self) -> Outcome:
        """Let the model answer that was asked before this one; again, the one before that."""
        for model in self.models.following(self._presenter.model):
            with suppress(UsageError):  # nobody offers it any more
                return await self.use_model(self._catalog.find(model).id)
        return NOTHING

    async def set_settings(self, settings: ChatSettings) -> Outcome:
        """Save the settings of this chat."""
        if self._presenter.conversation is None:
            return NOTHING
        self._all_tools.set_rules(self._presenter.id, settings)
        return Outcome(await self._library.set_settings(self._presenter.id, settings))

    async def _change_setting(self, command: str, argument: str) -> Outcome:
        match command:
            case "effort":
                return await (self._set_effort(argument) if argument else self._next_effort())
            case "web_search":
                return await self._switch_web_search()
            case _:
                return await (self._set_system_prompt(argument) if argument else self._choose_system_prompt())

    async def _next_effort(self) -> Outcome:
        async with self._stepping:  # a second press counts from what the first one saved
            conversation = self._presenter.conversation
            if conversation is None:
                return NOTHING
            now = ChatSettings.from_json((await self._library.current(conversation)).settings)
            return await self.set_settings(now.stepped("effort", 1))

    async def _switch_web_search(self) -> Outcome:
        async with self._stepping:
            conversation, offer = self._presenter.conversation, self._presenter.offer
            if conversation is None:
                return NOTHING
            if offer.searches == "always":
                return Outcome(problem=f"{offer.label} always searches the web with this model.")
            now = ChatSettings.from_json((await self._library.current(conversation)).settings)
            if offer.searches == "cannot" and not now.web_search:
                return Outcome(problem=f"There is no web search with {offer.label}. {_WHO_SEARCHES}")
            saved = await self.set_settings(now.stepped("web_search", 1))
            return replace(saved, done="Web search off" if now.web_search else "Web search on")

    async def _all_settings(self) -> Outcome:
        from tui.app.chat.setting_actions import SettingActions

        await SettingActions(
            self._presenter, self._preferences, self._ask, self._set_chat, self._choose, self.tools.open
        ).open()
        return NOTHING

    async def _set_chat(self, settings: ChatSettings) -> None:
        """Save the settings of this chat, and show it with them."""
        if conversation := (await self.set_settings(settings)).conversation:
            self._show(conversation)

    async def _choose(self, setting: str) -> str | None:
        """Ask for the value of a setting that is chosen among many."""
        from tui.app.dialogs.models import ModelSwitcher

        if setting in ("theme", "theme_dark", "theme_light"):
            return await self._choose_theme(setting)
        current = self._preferences.values.text(setting) or self._presenter.model
        switcher = ModelSwitcher(self._catalog, current, self.models, once=False, title="Choose a model", verb="choose")
        choice: ModelChoice | None = await self._ask(switcher)
        return choice.models[0] if choice is not None and choice.models else None

    async def _set_effort(self, wanted: str) -> Outcome:
        effort = next((one for one in EFFORTS if one == wanted.casefold()), None)
        if effort is None and wanted.casefold() != "default":
            return Outcome(problem=f"There is no effort “{clean_line(wanted, 40)}”: say default, {', '.join(EFFORTS)}.")
        return await self.set_settings(replace(self._presenter.settings, effort=effort))

    async def _set_system_prompt(self, text: str) -> Outcome:
        saved = await self.set_settings(replace(self._presenter.settings, system_prompt=text))
        return replace(saved, done="System prompt saved")

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

    async def use_prompt(self, conversation_id: str, written: "Prompt", name: str = "") -> Outcome:
        """Put a prompt of the library where one writes; its model and its settings are the chat's from now on.

        Args:
            conversation_id: the chat that is shown.
            written: what stands in its composer.
            name: of the prompt; "" asks for one.
        """
        template, outcome = await self._prompts.use(written, name)
        outcome = replace(outcome, prompt_for=conversation_id)
        if template is None or conversation_id != self._presenter.id:  # another chat was opened meanwhile
            return outcome
        model = self._catalog.find(template.model).id if template.model else ""
        changed = template.settings.over(self._presenter.settings)
        if changed != self._presenter.settings:
            outcome = replace(outcome, conversation=(await self.set_settings(changed)).conversation)
        if model:
            used = await self.use_model(model)
            outcome = replace(outcome, conversation=used.conversation or outcome.conversation, used_model=model)
        return outcome

    async def add_key(self, message_id: str = "", *, provider: str = "") -> Outcome:
        """Ask for a key; if a message is named that failed, for its provider, which then is asked again."""
        from tui.app.dialogs.add_key import AddKey

        if message_id:
            provider = ModelId.parse(self._presenter.branch.model_of(message_id)).provider
        outcome = _added(await self._ask(AddKey(self._setup, provider)))
        return outcome if outcome is NOTHING else replace(outcome, answer_again=self._failed_last(message_id))

    def _failed_last(self, message_id: str) -> bool:
        return self._presenter.branch.failed and self._presenter.branch.is_last(message_id)

    # Chats.

    @property
    def temporary(self) -> bool:
        """Whether nothing of these chats is saved."""
        return self._library.temporary

    async def keep_chat(self) -> Outcome:
        """Save a temporary chat, which then is among the others."""
        from tui.chat.temporary import TemporaryLibrary

        if not isinstance(self._library, TemporaryLibrary):
            return NOTHING
        kept = await self._library.keep(self._presenter.id)
        return Outcome(list_changed=True, deleted=(kept.id,), for_good=True, done="Chat saved")

    async def import_chats(self, path: str = "") -> Outcome:
        """Take over the chats of another program, after showing what there is."""
        conversation = self._presenter.conversation
        return await self._imports.open(path, conversation)

    # What is in a message.

    async def open(self, found: "Sequence[Openable]") -> Outcome:
        """Open what was found in a message: ask which where there are several."""
        from tui.app.dialogs.openables import OpenablePicker
        from tui.app.dialogs.source_view import SourceView

        number = await self._ask(OpenablePicker(found)) if len(found) > 1 else "0"
        if not found or number is None:
            return NOTHING
        chosen = found[int(number)]
        if chosen.kind == "link":
            return await self.open_link(chosen.source)
        if chosen.kind == "file":
            return await self.files.open(chosen)
        await self._ask(SourceView(chosen, self._copy))
        return NOTHING

    async def open_link(self, href: str) -> Outcome:
        """Show where a link leads before it is opened."""
        from tui.app.dialogs.confirm import Confirm

        question = " ".join([*link_warnings(href), href])  # a long target is cut at its end
        agreed = await self._ask(Confirm("Open link", question, "open in the browser", "close"))
        return Outcome(link=href if agreed else "")


def _added(added: "AddedProvider | None") -> Outcome:
    return NOTHING if added is None else Outcome(models_added=True, changes=(), done=added.message, notice=added.notice)
