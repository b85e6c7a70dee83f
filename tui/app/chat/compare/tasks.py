"""What a comparison does that takes a while or asks first; the screen starts it, and shows what came of it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.app.chat.compare.host import CompareHost
from tui.chat.compared_models import FEWEST
from tui.chat.comparison import Column
from tui.chat.prompt import Prompt
from tui.chat.settings import ChatSettings
from tui.errors import ChinwagError
from tui.store.records import SwitchLine

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.chat.catalog.remembered import RememberedModels


class CompareTasks:
    """The work of one screen of a comparison."""

    def __init__(self, host: CompareHost, services: "Services", models: "RememberedModels") -> None:
        self._host = host
        self._library = services.library
        self._catalog = services.catalog
        self._tools = services.tools
        self._models = models

    def _start(self, work: Callable[[], Awaitable[None]], group: str = "action") -> None:
        self._host.begin(partial(self._run, work), group)

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except ChinwagError as error:
            self._host.refuse(error)

    # Who is asked.

    def add(self) -> None:
        """Ask for one more model."""
        self._start(self._add)

    async def _add(self) -> None:
        if (chosen := await self._choose_model(self._host.view.column.model, "Compare with …", "add")) is not None:
            self._host.comparison.add(Column(chosen))
            await self._host.show_columns()
            self.look_what_is_sent(self._host.dock.writer.area.prompt)
        if len(self._host.comparison.columns) < FEWEST:
            self._host.show_column(0)
        else:
            self._host.dock.writer.area.focus()

    async def _choose_model(self, current: str, title: str, verb: str) -> str | None:
        from tui.app.dialogs.models import ModelSwitcher

        if self._host.comparison.hidden:  # the mark on the current one would tell who answers
            current = self._host.comparison.conversation.model
        switcher = ModelSwitcher(self._catalog, current, self._models, once=False, title=title, verb=verb)
        choice = await self._host.ask(switcher)
        return self._catalog.find(choice.models[0]).id if choice is not None and choice.models else None

    def change_model(self, column: Column) -> None:
        """Have another model answer in the place of one that did not."""
        self._start(partial(self._change_model, column))

    async def _change_model(self, column: Column) -> None:
        if (chosen := await self._choose_model(column.model, "Ask instead …", "ask")) is not None:
            column.model = chosen
            self._host.comparison.retry(column)
            self._host.show_all()

    def remove(self, column: Column) -> None:
        """Compare without a column."""
        if len(self._host.comparison.columns) > 1:
            self._host.comparison.columns.remove(column)
            self._start(self._host.show_columns)

    def change_settings(self, column: Column) -> None:
        """Show the settings of a column, and take what is changed there."""
        self._start(partial(self._change_settings, column))

    async def _change_settings(self, column: Column) -> None:
        from tui.app.dialogs.chat_settings import ChatSettingsDialog

        def change(settings: ChatSettings) -> None:
            column.settings = settings.to_json()
            self._host.show_all()

        settings = ChatSettings.from_json(column.settings or self._host.comparison.conversation.settings)
        name = self._host.view_of(column).head.head.name
        await self._host.ask(ChatSettingsDialog(f"Settings of {name}", settings, change, self._tools))

    def look_what_is_sent(self, prompt: Prompt) -> None:
        """Find out what each model would not get of the history and of the files, and say it in its column."""
        for view in self._host.views:
            self._start(partial(self._look, view.column, prompt), group="notes")

    async def _look(self, column: Column, prompt: Prompt) -> None:
        from tui.chat.attachments import how_all_sent
        from tui.chat.replies.switching import switch_notes

        opened = await self._library.current_branch(self._host.comparison.conversation)
        line, contents = SwitchLine(None, opened.conversation.model, column.model), self._library.contents
        settings = column.settings or opened.conversation.settings
        noted = switch_notes(opened.messages, [line], self._catalog, contents, settings)
        notes = [note async for _, note in noted]
        if prompt.attachments:
            asked_with = ChatSettings.from_json(settings).for_model()
            sendings = await how_all_sent(prompt.attachments, self._catalog, column.model, asked_with)
            pairs = zip(prompt.attachments, sendings, strict=True)
            notes += [f"{file.name}: {sending.sentence}" for file, sending in pairs if sending.sentence]
        if column in self._host.comparison.columns:
            self._host.view_of(column).note = " · ".join(filter(None, notes))
            self._host.show_all()

    # What becomes of the answers.

    def show_differences(self, column: Column) -> None:
        """Show the words of a column beside those of another one."""
        self._start(partial(self._show_differences, column))

    async def _show_differences(self, column: Column) -> None:
        from tui.app.dialogs.compare_texts import CompareTexts

        host, other = self._host, self._host.compared_with(column)
        if other is not None and other.reply is not None and column.reply is not None:
            names = host.view_of(other).head.head.name, host.view_of(column).head.head.name
            await host.ask(CompareTexts(other.reply, column.reply, names=names))

    def fuse(self, column: Column) -> None:
        """Ask who writes one answer from all, and have it written."""
        self._start(partial(self._fuse, column))

    async def _fuse(self, column: Column) -> None:
        chosen = await self._choose_model(column.model, "Fuse with …", "fuse")
        if chosen is not None:
            self._host.comparison.fuse(chosen)
            await self._host.show_columns()
            self._host.show_column(len(self._host.views) - 1)

    def pick(self, column: Column) -> None:
        """Go on with a column, and say how often it won."""
        self._start(partial(self._pick, column))

    async def _pick(self, column: Column) -> None:
        await self._host.comparison.pick(self._library, column)
        self._host.show_tally(await self._library.tally())
