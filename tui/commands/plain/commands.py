"""What the commands of a plain chat do: models, files, settings, figures, exports. Which there are, `table` says."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from functools import partial

from tui.chat.branches import can_go_on
from tui.chat.questions import NO_ANSWERS
from tui.chat.replies.options import TurnOptions
from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.chat.slash_line import takes_nothing, unknown_command
from tui.commands.plain.chats import Chats
from tui.commands.plain.page import Page
from tui.commands.plain.table import BY_NAME, help_text
from tui.commands.plain.talk import Talk
from tui.commands.question import attached, known_model, remarks
from tui.errors import UsageError
from tui.figures import UNKNOWN, counted, size, tokens
from tui.files import expanded
from tui.formats import FORMATS, asked_by
from tui.paths import shortened
from tui.text import clean_line

_MOST_MODELS = 40


class Commands:
    """Runs the commands.

    Attributes:
        quitting: the person wants to leave.
    """

    def __init__(self, chats: Chats, page: Page) -> None:
        self.quitting = False
        self._chats = chats
        self._page = page
        self._does: dict[str, Callable[[str], Awaitable[None]]] = {
            "help": self._help,
            "model": self._model,
            "attach": self._attach,
            "retry": self._retry,
            "drop-queued": self._drop,
            "retry-with": self._retry_with,
            "continue": self._continue,
            "stop": self._stop,
            "new": chats.new,
            "temp": chats.switch_temporary,
            "keep": chats.keep,
            "chats": chats.list,
            "open": chats.open_named,
            "rename": self._rename,
            "usage": self._usage,
            "export": self._export,
            "tools": self._tools,
            "system": partial(self._set, "system_prompt"),
            "think": partial(self._set, "effort"),
            "compact": self._compact,
            "quit": self._quit,
        }

    @property
    def _talk(self) -> Talk:
        return self._chats.talk

    async def run(self, name: str, argument: str) -> None:
        """Run a command, or say why not.

        Raises:
            ChinwagError: it could not be done.
        """
        command = BY_NAME.get(name.casefold())
        if command is None:
            self._page.say(unknown_command(name, BY_NAME))
        elif argument and not command.argument:
            self._page.say(takes_nothing(name))
        else:
            await self._does[command.names[0]](argument)

    async def _help(self, _: str) -> None:
        self._page.say(help_text())

    async def _quit(self, _: str) -> None:
        self.quitting = True

    async def _stop(self, _: str) -> None:
        self._page.say("No reply is coming in. While one does, ctrl+c stops it.")

    # Models.

    async def _model(self, wanted: str) -> None:
        talk = self._talk
        if wanted:
            model = await known_model(self._talk.services.catalog, wanted)
            talk.chat = await talk.services.library.set_model(talk.chat.id, model)
            self._page.say(f"{clean_line(model)} answers from now on.")
            return
        catalog = talk.services.catalog
        models = [info.id for info in await catalog.refresh()]
        self._page.say("\n".join(clean_line(id) for id in models[:_MOST_MODELS]))
        if len(models) > _MOST_MODELS:
            self._page.say(f"And {len(models) - _MOST_MODELS} more: chinwag models lists them all.")
        for problem in catalog.problems.values():
            self._page.say(problem)
        self._page.say(f"Now: {clean_line(talk.chat.model)}. /model and a name chooses another.")

    # The next prompt, and the last one.

    async def _attach(self, place: str) -> None:
        talk = self._talk
        if place:
            talk.files += await attached([place])
        await self.say_files()
        if not talk.files:
            self._page.say("Nothing goes along with the next prompt.")

    async def say_files(self) -> None:
        """Say what goes along, and what of it the model does not get."""
        talk = self._talk
        for file in talk.files:
            self._page.say(f"Goes along: {clean_line(file.name, 120)}, {size(len(file.data))}.")
        for remark in await remarks(talk.files, talk.services, talk.chat.model, talk.chat.settings):
            self._page.say(remark)

    async def _retry(self, _: str) -> None:
        if self._talk.kept:
            await self._talk.send_kept()
        elif self._talk.chat.active_leaf is None:
            self._page.say("Nothing was sent in this chat yet.")
        else:
            await self._talk.answer_again()

    async def _drop(self, _: str) -> None:
        told = "It is dropped." if self._talk.kept else "Nothing is kept."
        if self._talk.kept:
            await self._talk.drop()
        self._page.say(told)

    async def _retry_with(self, wanted: str) -> None:
        if not wanted:
            self._page.say("Name the model behind it; /model lists them.")
        elif self._talk.chat.active_leaf is None:
            self._page.say("Nothing was sent in this chat yet.")
        else:
            await self._talk.answer_again(TurnOptions(await known_model(self._talk.services.catalog, wanted)))

    async def _continue(self, _: str) -> None:
        from tui.chat.replies.failures import failure_from_json

        talk = self._talk
        last = (await talk.services.library.open(talk.chat.id)).messages[-1:]
        if not last or not can_go_on(last[0]):
            self._page.say("The last reply was not cut off.")
            return
        failure = failure_from_json(last[0].failure)
        over = failure is not None and failure.kind == "limit"  # over the limit that has ended it, this once
        answers = NO_ANSWERS.allowing("limit") if over else NO_ANSWERS
        await talk.answer_again(TurnOptions(at=last[0].id, goes_on=True, answers=answers))

    async def _compact(self, words: str) -> None:
        await self._talk.compact(words)

    # Settings of the chat.

    async def _settings(self) -> ChatSettings:
        talk = self._talk
        return ChatSettings.from_json((await talk.services.library.current(talk.chat)).settings)

    async def _save(self, settings: ChatSettings) -> None:
        talk = self._talk
        talk.services.tools.set_rules(talk.chat.id, settings)
        talk.chat = await talk.services.library.set_settings(talk.chat.id, settings)

    async def _set(self, name: str, text: str) -> None:
        setting, settings = CHAT_SETTINGS[name], await self._settings()
        if text:
            try:
                settings = settings.with_value(name, setting.read(text))
            except ValueError as error:
                raise UsageError(str(error)) from None
            await self._save(settings)
        value = settings.value(name)
        self._page.say(f"{setting.label}: {'the default' if value is None else value}")

    async def _tools(self, rules: str) -> None:
        from tui.chat.tools.rules import ToolRules

        settings, tools = await self._settings(), self._talk.services.tools
        if rules:
            read = ToolRules.of(rules)
            known = {offer.id for group in tools.groups(settings) for offer in group.offers}
            unknown = [id for id in read.rules if ":" not in id and id not in known]
            if read.problems or unknown:
                problem = " ".join(read.problems) or f"There is no tool {clean_line(unknown[0], 40)}."
                raise UsageError(problem, "/tools lists them.")
            settings = replace(settings, tools=str(read))
            await self._save(settings)
        found = ToolRules.of(settings.tools)
        for group in tools.groups(settings):
            for offer in group.offers:
                rule = found.of_tool(offer)
                self._page.say(f"{clean_line(offer.id, 80)}: {_RULES[rule] if rule else 'off'}")
            if group.status is not None and not group.offers:
                self._page.say(f"{clean_line(group.server, 40)}:*: not started")
        self._page.say("/tools fetch, now=allow switches on these two, and all others off; /tools none all.")

    # The chat.

    async def _rename(self, title: str) -> None:
        talk = self._talk
        if title:
            talk.chat = await talk.services.library.rename(talk.chat.id, title)
        self._page.say(
            f"Its name is “{clean_line(talk.chat.title, 80)}”." if talk.chat.title else "It has no name yet."
        )

    async def _usage(self, _: str) -> None:
        from tui.chat.usage_report import Period, scope_of

        periods: dict[Period, str] = {"chat": "This chat", "today": "Today", "month": "This month", "all": "All"}
        usage = self._talk.services.library.usage
        for period, label in periods.items():
            total = (await usage.read(scope_of(period, self._talk.chat.id, date.today()), chats=False)).total
            estimated = total.estimated > 0
            received = f"{tokens(total.input, estimated=estimated)} in, {tokens(total.output, estimated=estimated)} out"
            replies = counted(total.replies, "reply", "replies")
            self._page.say(f"{label}: {replies}, {received}, {total.price_text or UNKNOWN}")

    async def _export(self, argument: str) -> None:
        from tui.chat.export import export_file

        if self._talk.chat.active_leaf is None:
            self._page.say("Nothing was sent in this chat yet.")
            return
        first, _, rest = argument.partition(" ")
        named = FORMATS.get(first.casefold())
        path = expanded((rest.strip() if named else argument) or ".")
        format = named or asked_by(path)
        written = await export_file(self._talk.services.library, self._talk.chat, format.name, path)
        self._page.say(f"Written to {shortened(written.path)}. Other formats: {', '.join(FORMATS)}.")


_RULES = {"ask": "you are asked", "allow": "allowed", "deny": "denied"}
