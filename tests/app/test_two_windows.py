"""Two windows on one chat: each must show what the other writes, and neither may jump or lose what is being typed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.app import Running, running
from tests.support.library import prompt as prompt_row
from tests.support.library import reply as reply_row
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.app.dialogs.tree import TreeChoice, TreeDialog
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ReplyDone
from tui.chat.replies.turn import Turn
from tui.store import conversations
from tui.store.database import Database


@asynccontextmanager
async def window(home: Path) -> AsyncIterator[Library]:
    """The library as another window has it open."""
    database = Database(home / "chats.db")
    await database.open()
    try:
        yield Library(database)
    finally:
        await database.close()


async def asked(library: Library, conversation_id: str, text: str, *pieces: str | asyncio.Event) -> ReplyDone:
    """Have the other window ask something."""
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(list(pieces))})
    conversation = (await library.open(conversation_id)).conversation
    events = [event async for event in Turn(conversation, library, catalog, Prompt(text)).events()]
    assert isinstance(events[-1], ReplyDone)
    return events[-1]


async def followed(here: Running, *words: str) -> None:
    """Let the app look for changes, until all of `words` are on the screen."""

    def seen() -> bool:
        here.app.chat.follow()
        return all(word in here.screen() for word in words)

    await here.until(seen, f"{words}")


async def test_what_another_window_asks_and_gets_is_shown_and_the_draft_stays(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["first answer"])) as here, window(tmp_path) as other:
        await here.ask("first question")
        await here.type("half a dra")
        await asked(other, here.app.chat.presenter.id, "second question", "second answer")
        await followed(here, "second question", "second answer")
        assert here.composer.text == "half a dra"
        assert here.screen().index("first answer") < here.screen().index("second question")
        await here.type("ft")
        assert here.composer.text == "half a draft"
        assert "second question" in here.app.chat.presenter.prompts


async def test_an_answer_that_another_window_is_getting_grows_here(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(["first answer"])) as here, window(tmp_path) as other:
        await here.ask("first question")
        task = asyncio.ensure_future(asked(other, here.app.chat.presenter.id, "second", "a beginning", gate, " an end"))
        await followed(here, "a beginning")
        assert "Interrupted" not in here.screen() and "Stopped" not in here.screen()
        assert "streaming in another window" in here.screen() and "esc stop" not in here.screen()
        assert "Cut off" not in here.screen()
        gate.set()
        await task
        await followed(here, "a beginning an end")
        assert "in another window" not in here.screen()
        assert not here.app.chat.presenter.written_elsewhere


async def test_both_ask_at_once_and_both_see_everything(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(["zero"], ["mine ", gate, "all"])) as here, window(tmp_path) as other:
        await here.ask("question zero")
        await here.send("question of mine")
        await here.until(lambda: "mine" in here.screen(), "the beginning of the answer")
        await asked(other, here.app.chat.presenter.id, "question of theirs", "their answer")
        here.app.chat.follow()
        gate.set()
        await here.settled()
        await followed(here, "question zero", "question of mine", "mine all", "question of theirs", "their answer")
        texts = [message.text for message in await here.messages()]
        assert sorted(texts) == sorted(
            ["question zero", "zero", "question of mine", "mine all", "question of theirs", "their answer"]
        )
        await here.ask("last question")
        assert len(await here.messages()) == 8


async def test_a_turn_that_another_one_overtakes_goes_below_it(tmp_path: Path) -> None:
    async with window(tmp_path) as one, window(tmp_path) as two:
        catalog = ScriptedCatalog({"fake:one": ScriptedModel(["x"])})
        conversation = one.new("fake:one")
        [_ async for _ in Turn(conversation, one, catalog, Prompt("first")).events()]
        turns = [Turn(conversation, library, catalog, Prompt(f"of {number}"))
                 for number, library in enumerate((one, two) * 4)]  # fmt: skip

        async def run(turn: Turn) -> None:
            assert isinstance([event async for event in turn.events()][-1], ReplyDone)

        await asyncio.gather(*map(run, turns))
        messages = (await one.open(conversation.id)).messages
        assert {message.text for message in messages} == {"first", "x", *(f"of {number}" for number in range(8))}
        assert len(messages) == 18
        assert len(await two.branches.links(conversation.id)) == len(messages), "nothing stands beside them"


async def test_a_chat_that_another_window_began_or_renamed_is_in_the_list(tmp_path: Path) -> None:
    async with running(tmp_path) as here, window(tmp_path) as other:
        catalog = ScriptedCatalog({"fake:one": ScriptedModel(["x"])})
        fresh = other.new("fake:one")
        [_ async for _ in Turn(fresh, other, catalog, Prompt("A chat of theirs")).events()]
        await followed(here, "A chat of theirs")
        await other.rename(fresh.id, "Another name")
        await followed(here, "Another name")


async def test_who_reads_further_up_stays_there(tmp_path: Path) -> None:
    long = "\n\n".join(f"line {number}" for number in range(80))
    async with running(tmp_path, ScriptedModel([long])) as here, window(tmp_path) as other:
        await here.ask("question")
        here.transcript.scroll_to(y=10, animate=False)
        await here.pilot.pause()
        before = [line[:60].rstrip() for line in here.text_of(here.transcript).splitlines()]  # without the scrollbar
        await asked(other, here.app.chat.presenter.id, "second question", "second answer")
        here.app.chat.follow()
        await here.until(lambda: len(here.app.chat.presenter.prompts) == 2, "the prompt")
        await here.pilot.pause()
        assert here.transcript.scroll_y == 10
        assert [line[:60].rstrip() for line in here.text_of(here.transcript).splitlines()] == before


async def test_what_two_windows_wrote_at_the_same_time_stands_beside_each_other(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["an answer"])) as here, window(tmp_path) as other:
        await here.ask("first question")
        await here.ask("second question")
        chat = (await other.open(here.app.chat.presenter.id)).conversation
        # As an older version, or a disk that was full meanwhile, leaves it.
        below = (await other.tree(chat.id))[1]
        fork = prompt_row(chat, "the other way", parent=below)
        answer = replace(reply_row(chat, fork, model="fake:one"), state="streaming")
        await other.database.run(conversations.start_turn, chat, fork, answer, other.database.owner)
        done = replace(answer, state="done", text="another answer")
        await other.database.run(conversations.finish_reply, done, done.created_at)
        await followed(here, "the other way", "another answer", "‹2/2›")
        await here.ask("on this way")
        texts = {message.text for message in await other.tree(chat.id)}
        assert {"second question", "the other way", "on this way"} <= texts


async def test_a_branch_that_another_window_shows_is_shown_here_and_the_draft_stays(tmp_path: Path) -> None:
    long = "\n\n".join(f"line {number}" for number in range(60))
    models = ScriptedModel([long], ["answer one"], ["answer two"])
    async with running(tmp_path, models) as here, window(tmp_path) as other:
        await here.ask("question")
        await here.ask("more")
        first = (await here.messages())[3]
        here.app.chat.action_command("retry")
        await here.until(lambda: "answer two" in here.screen(), "the other answer")
        await here.settled()
        here.transcript.scroll_to(y=10, animate=False)
        await here.type("half a dra")
        before = here.text_of(here.transcript).splitlines()[:20]
        await other.branches.show(here.app.chat.presenter.id, first.id)

        def follows() -> bool:
            here.app.chat.follow()
            return here.app.chat.presenter.records[-1].id == first.id

        await here.until(follows, "the other branch")
        await here.pilot.pause()
        assert here.text_of(here.transcript).splitlines()[:20] == before, "what is read stays where it is"
        await here.type("ft")
        assert here.composer.text == "half a draft"
        here.transcript.action_go_to("end")
        await here.until(lambda: "answer one" in here.screen() and "‹1/2›" in here.screen(), "the first answer")


@pytest.mark.parametrize("shown", [True, False])
async def test_a_library_that_cannot_be_read_for_a_while_is_looked_at_again(
    shown: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.errors import StoreError

    async with running(tmp_path, ScriptedModel(["first answer"])) as here, window(tmp_path) as other:
        await here.ask("first question")
        await asked(other, here.app.chat.presenter.id, "second question", "second answer")
        failing = True
        real = Library.open if shown else Library.changed_elsewhere

        async def fail(self: Library, *arguments: str) -> object:
            if failing:
                raise StoreError("The disk is gone.")
            return await real(self, *arguments)

        monkeypatch.setattr(Library, "open" if shown else "changed_elsewhere", fail)
        here.app.chat.follow()
        await here.pilot.pause()
        failing = False
        await followed(here, "second answer")


async def test_a_model_that_another_window_chooses_answers_there_and_not_here(tmp_path: Path) -> None:
    one, two = ScriptedModel(["First."], ["Second."], ["Third."]), ScriptedModel(["Not me."])
    async with running(tmp_path, one, two) as here, window(tmp_path) as other:
        await here.ask("first question")
        id = here.app.chat.presenter.id
        await other.set_model(id, "fake:two")
        await other.rename(id, "Of the other window")
        await followed(here, "Of the other window")
        assert here.app.chat.layout_view.header.model == "one"
        await here.ask("second question")
        here.app.chat.action_command("effort", "high")  # brings the row as it is stored
        await here.until(lambda: here.app.chat.presenter.settings.effort == "high", "the setting")
        await here.ask("third question")
        assert here.app.chat.layout_view.header.model == "one" and not two.asked
        assert {message.model for message in await here.messages() if message.kind == "reply"} == {"fake:one"}


async def test_two_messages_are_compared_unless_another_window_has_deleted_one_meanwhile(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["First."], ["Second."])) as here, window(tmp_path) as other:
        await here.ask("first question")
        await here.ask("second question")
        prompt, gone = (await here.messages())[0].id, (await here.messages())[3].id
        await here.pilot.press("escape", "T")
        await here.until(lambda: isinstance(here.app.screen, TreeDialog), "the tree")
        await other.branches.trash(here.app.chat.presenter.id, gone)
        here.app.screen.dismiss(TreeChoice("compare", prompt, other=gone))
        await here.until(lambda: isinstance(here.app.screen, TreeDialog), "the tree as it is now")
        await here.pilot.press("escape")
        await here.until(lambda: "another window has deleted it" in here.screen(), "why not")
