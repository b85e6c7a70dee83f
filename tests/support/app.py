"""The real app on a real library in a folder of the test, with models that follow a script."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widget import Widget

from tests.support.library import open_library
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.support.services import services_of
from tests.support.sheets import parse_sheets_once
from tests.support.stage import screen_of
from tui.app.app import ChatApp
from tui.app.transcript.view import Transcript
from tui.app.widgets.composer import Composer
from tui.chat.catalog.catalog import Catalog
from tui.chat.library import Library
from tui.chat.replies.replies import Replies
from tui.config import Config, State
from tui.errors import StoreError
from tui.mcp.servers import McpServers
from tui.store.records import Message

parse_sheets_once()


@dataclass
class Running:
    """An app that runs, what it stands on, and whether a test has looked at it."""

    app: ChatApp
    pilot: Pilot[None]
    library: Library
    replies: Replies
    looked: bool = False

    async def until(self, condition: Callable[[], object], what: str = "the condition") -> None:
        """Let the app run until something is so, and then until it has done what it had to do just then."""
        if condition():
            return
        waited_s, pause_s = 0.0, 0.01
        while waited_s < 30:  # of pauses, however long a loaded machine makes them
            await asyncio.sleep(pause_s)
            if condition():
                await self.pilot.pause()
                return
            waited_s, pause_s = waited_s + pause_s, min(pause_s * 1.3, 0.1)  # most conditions draw the whole screen
        raise AssertionError(f"{what} never came; on screen:\n{self.screen()}")

    @property
    def composer(self) -> Composer:
        """Where one writes."""
        return self.app.chat.layout_view.composer

    @property
    def transcript(self) -> Transcript:
        """The messages."""
        return self.app.chat.layout_view.transcript

    async def type(self, text: str) -> None:
        """Press the keys of a text, as fast as a terminal sends them; `pilot.press` rests between any two keys."""
        for letter in text:
            self.app.post_message(Key(_character_to_key(letter), letter))
        await self.pilot.pause()

    async def send(self, text: str) -> None:
        """Write a prompt and press Enter."""
        self.app.chat.layout_view.composer.text = text
        await self.pilot.press("enter")

    async def ask(self, text: str) -> None:
        """Send a prompt, and wait for the end of its reply."""
        await self.send(text)
        await self.until(lambda: text in self.app.chat.presenter.prompts, "the prompt")
        await self.settled()

    async def settled(self) -> None:
        """Wait until no reply is under way and everything is drawn."""
        await self.until(lambda: not self.replies.running, "the end of the reply")
        await self.pilot.pause()

    async def messages(self) -> tuple[Message, ...]:
        """What is on disk of the conversation that is shown."""
        return (await self.library.open(self.app.chat.presenter.id)).messages

    def screen(self) -> str:
        """Everything that is on the terminal, as text."""
        self.looked = True
        return screen_of(self.app)

    def text_of(self, widget: Widget) -> str:
        """What one widget shows, as text."""
        region = widget.region
        rows = self.screen().splitlines()[region.y : region.bottom]
        return "\n".join(row[region.x : region.right] for row in rows)


def draft_is_listed(here: Running, title: str) -> bool:
    """Whether a chat has a row in the list, with the sign that something written there is not sent."""
    rows = here.text_of(here.app.chat.layout_view.chat_list).splitlines()
    return any(title in row and "✎" in row for row in rows)


@asynccontextmanager
async def running(
    home: Path,
    *models: ScriptedModel,
    size: tuple[int, int] = (120, 40),
    catalog: Catalog | None = None,
    state: State | None = None,
    config: Config | None = None,
    servers: McpServers | None = None,
    **arguments: Any,
) -> AsyncIterator[Running]:
    """Run the app with models "fake:one", "fake:two" … over the library of `home`; `arguments` go to `ChatApp`."""
    names = ("one", "two", "three")
    given = dict(zip((f"fake:{name}" for name in names), models or (ScriptedModel(),), strict=False))
    found = catalog or ScriptedCatalog(given, window=10_000)
    database = await open_library(home / "chats.db")
    library = Library(database)
    with suppress(StoreError):
        await library.blank_chats.all()  # the command has read them, too: one can be the first
    config = config or Config(home / "config.toml")
    services = services_of(config, state or State(last_model=next(iter(given))), found, library, servers)
    app = ChatApp(services, warm_up=False, **arguments)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            here = Running(app, pilot, library, services.replies)
            await here.until(lambda: app.chat.presenter.conversation is not None, "the first chat")
            await pilot.pause()
            yield here
            if app.is_running and not here.looked:
                here.screen()  # what a test never looks at is drawn once all the same
            await app.save_before_exit()
    finally:
        await services.sharing.aclose()
        await services.titles.aclose()
        await services.pulls.aclose()
        await found.aclose()
        await database.close()


async def burst(here: Running, keys: Iterable[str]) -> None:
    """Have keys arrive before the first of them was looked at: a name of more than one letter is one key."""
    for key in keys:
        letter = key if len(key) == 1 else None
        here.app.post_message(Key(_character_to_key(key) if letter else key, letter))
    last = asyncio.Event()
    here.app.call_later(last.set)
    await last.wait()
    await here.until(lambda: not here.app.typed_ahead.waiting, "the end of it")
    await here.pilot.pause()
