"""That nothing will be saved must be seen wherever one writes or chooses; what can be read is still of use."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import Running
from tests.support.places import unwritable
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.support.services import services_of
from tui.app.app import ChatApp
from tui.app.dialogs.add_key import AddKey
from tui.app.dialogs.add_server import AddServer
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.help import Help
from tui.app.dialogs.text_editor import TextEditor
from tui.bootstrap import open_library
from tui.chat.catalog.info import DEMO
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.turn import Turn
from tui.config import Config, State

NOTICE = "Nothing new will be saved"
SIZES = [(40, 8), (60, 16), (120, 40)]
SCREENS: dict[str, Callable[[Running], Any]] = {
    "help": lambda here: Help(),
    "key": lambda here: AddKey(here.app._services.setup),
    "server": lambda here: AddServer(here.app._services.setup),
    "question": lambda here: Confirm("Delete chat", "Delete “A long title that goes on” and all?", "delete"),
    "text": lambda here: TextEditor("System prompt", "\n".join(map(str, range(60))), ""),
}


@pytest.fixture(autouse=True)
def _no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())


@asynccontextmanager
async def app_on(home: Path, library: Library, notice: str, size: tuple[int, int]) -> AsyncIterator[Running]:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["the answer"]), DEMO: ScriptedModel()}, window=10_000)
    services = services_of(Config(home / "config.toml"), State(last_model="fake:one"), catalog, library)
    app = ChatApp(services, warm_up=False, banner=notice)
    async with app.run_test(size=size, notifications=True) as pilot:
        here = Running(app, pilot, library, services.replies)
        await here.until(lambda: app.chat.presenter.conversation is not None, "the first chat")
        yield here
        await app.save_before_exit()
    await catalog.aclose()


async def fill(home: Path) -> None:
    async with open_library() as (library, _):
        catalog = ScriptedCatalog({"fake:one": ScriptedModel(["an old answer"])})
        async for _event in Turn(library.new("fake:one"), library, catalog, Prompt("an old question")).events():
            pass


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("make", SCREENS.values(), ids=SCREENS)
async def test_no_screen_hides_it(
    make: Callable[[Running], Any], size: tuple[int, int], _home: Path, tmp_path: Path
) -> None:
    (_home / "data").write_text("a file where the folder should be")
    async with open_library(or_memory=True) as (library, notice), app_on(tmp_path, library, notice, size) as here:
        await here.until(lambda: "Nothing will be saved" in here.screen(), "the banner")
        here.app.push_screen(make(here))
        await here.until(lambda: here.app.screen is not here.app.chat and NOTICE in here.screen(), "the notice")


async def test_where_everything_is_saved_there_is_no_such_line(_home: Path, tmp_path: Path) -> None:
    async with open_library(or_memory=True) as (library, notice), app_on(tmp_path, library, notice, (80, 24)) as here:
        here.app.push_screen(Help())
        await here.until(lambda: here.app.screen is not here.app.chat and "Writing" in here.screen(), "the help")
        assert NOTICE not in here.screen()


async def test_a_library_that_may_only_be_read_is_listed_read_exported_and_talked_in(
    _home: Path, tmp_path: Path
) -> None:
    await fill(_home)
    with unwritable(_home / "data"):
        async with (
            open_library(or_memory=True) as (library, notice),
            app_on(tmp_path, library, notice, (140, 40)) as here,
        ):
            await here.until(lambda: "can only be read" in here.screen(), "the banner")
            await here.until(lambda: "an old question" in here.screen(), "the list")
            old = (await library.conversations())[0]
            here.app.chat.open_chat(old.id)
            await here.until(lambda: "an old answer" in here.screen(), "the chat")
            target = tmp_path / "out.md"
            here.app.chat.action_command("export")
            await here.until(lambda: NOTICE in here.screen() and "Export" in here.screen(), "the dialog")
            await here.pilot.press("ctrl+a", "ctrl+k")
            await here.type(str(target))
            await here.pilot.press("enter")
            await here.until(target.exists, "the file")
            assert "an old answer" in target.read_text()
            await here.until(lambda: here.app.screen is here.app.chat, "the chat")
            await here.ask("a new question")
            assert "the answer" in here.screen()
            assert [len(one.messages) for one in library.unsaved] == [2]
