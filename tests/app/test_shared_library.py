"""The app on a library that is shared: what another machine does is seen, and how it stands with it is said."""

from dataclasses import replace
from pathlib import Path

from tests.support.app import running
from tests.support.library import NOON, prompt, reply
from tests.support.machines import SharingMachine
from tests.support.scripted import ScriptedModel
from tui.config import Config, LibraryConfig
from tui.config.providers import ProviderConfig
from tui.store import conversations, folders
from tui.sync.address import read_address


async def test_a_reply_of_another_machine_grows_here_and_nobody_ends_it(tmp_path: Path, hub_url: str) -> None:
    library = LibraryConfig(read_address(hub_url), ProviderConfig("library"))
    config = Config(tmp_path / "config.toml", library=library)
    other = SharingMachine(hub_url, tmp_path / "other")
    try:
        async with running(tmp_path, ScriptedModel(["first answer"]), config=config) as here:
            await here.until(lambda: "shared" in here.screen().splitlines()[0], "the word in the header")
            await here.ask("first question")
            shown = here.app.chat.presenter
            await here.until(lambda: _met(other) == 2, "the turn on the other machine")
            chat = conversations.get(other.connection, shown.id)
            above = conversations.branch(other.connection, chat.id)[-1]
            asked = prompt(chat, "second question", parent=above)
            begun = reply(chat, asked, model="fake:one")
            other.run(conversations.start_turn, chat, asked, begun, "owner")
            other.run(conversations.checkpoint, begun.id, "a beginning", "", b"[]")
            other.meet()
            await here.until(lambda: "a beginning" in here.screen(), "the beginning")
            assert shown.written_elsewhere and "Interrupted" not in here.screen()
            ended = replace(begun, text="a beginning and an end", state="done", total_ms=5, payload=b"[]")
            other.run(conversations.finish_reply, ended, NOON)
            other.meet()
            await here.until(lambda: "and an end" in here.screen() and not shown.written_elsewhere, "the end")
            other.run(conversations.rename, chat.id, "Named elsewhere")
            other.run(folders.set_pinned, [chat.id], True)
            other.meet()
            await here.until(lambda: "Named elsewhere" in here.screen(), "the name")
            await here.type("what is typed stays")
            assert here.composer.text == "what is typed stays"
        assert _met(other) == 4
    finally:
        other.part()
        other.connection.close()


def _met(machine: SharingMachine) -> int:
    machine.meet()
    return len(machine.texts)


async def test_without_a_server_all_goes_on_and_the_header_says_what_waits(tmp_path: Path) -> None:
    address = read_address(f"postgresql:///library?host={tmp_path}")
    config = Config(tmp_path / "config.toml", library=LibraryConfig(address, ProviderConfig("library")))
    async with running(tmp_path, ScriptedModel(["an answer"]), config=config) as here:
        await here.ask("a question")
        await here.until(lambda: "waiting" in here.screen().splitlines()[0], "what waits")
        assert "offline" in here.screen().splitlines()[0] and "an answer" in here.screen()
