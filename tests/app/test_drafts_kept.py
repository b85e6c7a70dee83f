"""What is written and not sent outlives the window: its text, its files, its chat; and never takes another's place."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual._context import active_app
from textual.events import Key
from textual.keys import _character_to_key

from tests.support.app import Running, draft_is_listed, running
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.app.dialogs.confirm import Confirm
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.turn import Turn
from tui.chat.unsent import UnsentPrompts
from tui.errors import ChinwagError, StoreError
from tui.store import unsent
from tui.store.database import Database
from tui.store.records import Conversation, UnsentPrompt

IMAGE = PromptAttachment("a.png", "image/png", b"pixels")


@asynccontextmanager
async def window(home: Path) -> AsyncIterator[Library]:
    """The library as another window has it open."""
    database = Database(home / "chats.db")
    await database.open()
    try:
        yield Library(database)
    finally:
        await database.close()


async def chat_with(home: Path, text: str) -> Conversation:
    """A chat in which something was asked."""
    async with window(home) as library:
        turn = Turn(library.new("fake:one"), library, ScriptedCatalog({"fake:one": ScriptedModel()}), Prompt(text))
        return [event async for event in turn.events()][-1].conversation  # type: ignore[union-attr]


async def draft_of_a_new_chat(home: Path, text: str) -> Conversation:
    """A chat in which something was written and nothing sent, by a window that has ended."""
    async with window(home) as library:
        chat = library.new("fake:one")
        await library.put_draft("draft", chat.id, Prompt(text))
        return chat


async def kept(here: Running) -> list[str]:
    """The texts on disk that are not sent."""
    rows: tuple[UnsentPrompt, ...] = await here.library.database.read(unsent.everything)
    return [row.text for row in rows]


async def until_kept(here: Running, *texts: str) -> None:
    """Wait until these are on disk; the timer of half a second is what is tested."""
    async with asyncio.timeout(20):
        while await kept(here) != list(texts):
            await here.pilot.pause(0.02)


async def test_what_is_typed_is_on_disk_soon_and_what_was_cleared_is_not(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.type("half a thought")
        await until_kept(here, "half a thought")
        here.composer.area.attachments = (IMAGE,)
        await here.pilot.press("ctrl+c")
        await until_kept(here)


async def test_a_new_chat_with_a_draft_comes_back_in_the_next_window_with_its_model_and_files(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        here.app.chat.use_model("fake:two")
        await here.until(lambda: here.app.chat.presenter.model == "fake:two", "the model")
        here.composer.prompt = Prompt("half a thought", (IMAGE,))
        await here.pilot.pause()
    async with window(tmp_path) as library:
        (chat,) = await library.blank_chats.all()
    assert (chat.title, chat.model) == ("half a thought", "fake:two")
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as again:
        (chat,) = await again.library.blank_chats.all()
        again.app.chat.open_chat(chat.id)
        await again.until(lambda: again.composer.prompt == Prompt("half a thought", (IMAGE,)), "the draft")
        assert again.app.chat.presenter.model == "fake:two"
        await again.pilot.press("enter")
        await again.until(lambda: again.app.chat.presenter.prompts == ("half a thought",), "the prompt")
        await again.settled()
        assert await kept(again) == []
        assert [file.data for file in await again.library.attachments(chat.id)] == [b"pixels"]


async def test_a_draft_waits_in_its_chat_which_the_list_marks(tmp_path: Path) -> None:
    chat = await chat_with(tmp_path, "Apples")
    async with running(tmp_path, conversation=chat) as here:
        await here.type("about apples")
    async with running(tmp_path) as again:
        rows = again.app.chat.layout_view.chat_list
        await again.until(lambda: "✎" in again.text_of(rows), "the mark")
        again.app.chat.open_chat(chat.id)
        await again.until(lambda: again.composer.text == "about apples", "the draft")
        assert "✎" not in again.text_of(rows)


async def test_what_was_typed_while_the_draft_was_read_stands_below_it(tmp_path: Path) -> None:
    chat = await chat_with(tmp_path, "Apples")
    async with running(tmp_path, conversation=chat) as here:
        await here.type("first line")
    async with running(tmp_path) as again:
        again.app.chat.open_chat(chat.id)
        again.composer.text = "second line"
        await again.until(lambda: again.composer.text == "first line\nsecond line", "both")
        await until_kept(again, "first line\nsecond line")


async def test_two_windows_on_one_chat_keep_their_drafts_apart_and_the_one_that_stays_gets_both(tmp_path: Path) -> None:
    chat = await chat_with(tmp_path, "Apples")
    async with running(tmp_path, conversation=chat) as here:
        await here.type("mine")
        async with window(tmp_path) as other:
            await other.put_draft("theirs", chat.id, Prompt("theirs", (IMAGE,)))
            await until_kept(here, "mine", "theirs")
            here.app.chat.chats.open_blank()
            await here.until(lambda: here.composer.text == "", "the new chat")
            here.app.chat.open_chat(chat.id)
            await here.until(lambda: here.composer.text == "mine", "only mine")
            await here.pilot.pause()
            assert here.composer.text == "mine", "theirs is being written elsewhere"
        here.app.chat.chats.open_blank()
        here.app.chat.open_chat(chat.id)
        await here.until(lambda: "theirs" in here.composer.text and "mine" in here.composer.text, "both")
        assert here.composer.prompt.attachments == (IMAGE,)
    async with window(tmp_path) as library:
        drafts, _ = await library.unsent_prompts.adopt(chat, ())
        assert [draft.prompt for draft in drafts] == [Prompt("theirs\nmine", (IMAGE,))]


async def test_several_new_chats_with_drafts_stand_in_the_list_and_can_be_deleted(tmp_path: Path) -> None:
    async with window(tmp_path) as other:
        for text in ("Pears. And so on", "Plums"):
            await other.put_draft(text, other.new("fake:one").id, Prompt(text))
    async with running(tmp_path) as here:
        rows = here.app.chat.layout_view.chat_list
        await here.until(lambda: "Pears" in here.text_of(rows) and "Plums" in here.text_of(rows), "the chats")
        await here.pilot.press("ctrl+s", "home", "enter")
        await here.until(lambda: here.composer.text == "Plums", "the newest")
        await here.pilot.press("ctrl+s", "d")
        await here.until(
            lambda: isinstance(here.app.screen, Confirm) and "what you wrote" in here.screen(), "a question"
        )
        await here.pilot.press("enter")
        await here.until(lambda: "Plums" not in here.text_of(rows), "it is gone")
        await until_kept(here, "Pears. And so on")
        await here.until(lambda: here.composer.text == "", "a new chat")


async def test_the_draft_of_a_deleted_chat_comes_back_with_it(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Apples")
        chat = here.app.chat.presenter.id
        await here.type("about apples")
        await here.until(lambda: "Apples" in here.text_of(here.app.chat.layout_view.chat_list), "its row")
        here.app.chat.action_command("delete_chat")
        await here.until(lambda: here.app.chat.presenter.id != chat, "another chat")
        assert here.composer.text == ""
        await here.pilot.press("ctrl+s", "u")
        await here.until(lambda: "Apples" in here.text_of(here.app.chat.layout_view.chat_list), "the chat again")
        here.app.chat.open_chat(chat)
        await here.until(lambda: here.composer.text == "about apples", "the draft")


async def test_a_prompt_that_could_not_be_sent_is_one_draft_on_disk_with_what_was_written_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def refuse(*_: object) -> None:
        await gate.wait()
        raise ChinwagError("The file is damaged.")

    async with running(tmp_path) as here:
        monkeypatch.setattr(here.library, "current_branch", refuse)
        await here.send("Pears")
        await until_kept(here, "Pears")
        await here.type("and plums")
        await until_kept(here, "Pears", "and plums")
        gate.set()
        await here.until(lambda: here.composer.text == "Pears\nand plums", "both")
        await until_kept(here, "Pears\nand plums")


async def test_what_is_left_in_a_window_is_saved_when_it_loses_the_focus_and_when_another_chat_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.app.chat.autosave.SAVE_S", 3600)
    async with running(tmp_path) as here:
        await here.type("one")
        here.app.app_focus = False
        await until_kept(here, "one")
        here.app.app_focus = True
        await here.type(" more")
        here.app.chat.open_chat(here.library.new("fake:one").id)
        await until_kept(here, "one more")


async def test_a_disk_that_refuses_is_said_once_and_leaving_then_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as here:

        def refuse(*_: object, **__: object) -> None:
            raise StoreError("The library could not be written: the disk is full.")

        monkeypatch.setattr(unsent, "save", refuse)
        await here.type("half a thought")
        async with asyncio.timeout(20):
            while "not saved for now" not in here.screen():
                await here.pilot.pause(0.02)
        assert here.screen().count("is not saved for now") == 1
        await here.pilot.press("ctrl+q")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        assert "1 message could not be saved" in " ".join(here.screen().split())
        await here.pilot.press("escape")
        monkeypatch.undo()
        await here.pilot.press("ctrl+q")
        await here.until(lambda: not here.app.is_running, "the end")
        assert await kept(here) == ["half a thought"], "the disk takes it again"


async def test_a_disk_that_takes_it_again_gets_it_without_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("The library could not be written: the disk is full.")

    monkeypatch.setattr("tui.app.chat.autosave.AGAIN_S", 0.01)
    async with running(tmp_path) as here:
        with monkeypatch.context() as patch:
            patch.setattr(unsent, "save", refuse)
            await here.type("half a thought")
            async with asyncio.timeout(20):
                while not here.library.unsent_prompts.refused:
                    await here.pilot.pause(0.02)
        await until_kept(here, "half a thought")
        await here.until(lambda: "What you wrote is saved" in here.screen(), "the word")
        assert "not saved for now" not in here.screen()
        assert not here.library.unsent_prompts.refused


async def test_no_key_waits_for_a_disk_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = threading.Event(), threading.Event()
    real = unsent.save

    def hang(*arguments: Any, **more: Any) -> None:
        reached.set()
        go_on.wait()
        real(*arguments, **more)

    monkeypatch.setattr(unsent, "save", hang)
    async with running(tmp_path) as here:
        await here.type("one")
        async with asyncio.timeout(20):
            while not reached.is_set():
                await here.pilot.pause(0.02)
        await here.type(" two")
        assert "one two" in here.screen(), "typed, drawn, and not on disk"
        await here.pilot.press("ctrl+a", "ctrl+k")
        await here.type("three")
        assert "three" in here.screen()
        go_on.set()
        await until_kept(here, "three")


async def test_leaving_with_a_draft_asks_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.type("half a thought")
        await here.pilot.press("ctrl+q")
        await here.until(lambda: not here.app.is_running, "the end")
        assert await kept(here) == ["half a thought"]


def type_before_drafts_are_shown(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Have a text and Enter typed when the draft of the first chat was read, and does not stand in the composer yet."""
    adopt = UnsentPrompts.adopt
    keys = [*(Key(_character_to_key(letter), letter) for letter in text), Key("enter", "\r")]

    async def adopted(prompts: UnsentPrompts, *arguments: Any) -> Any:
        found = await adopt(prompts, *arguments)
        while keys:
            active_app.get().post_message(keys.pop(0))
        return found

    monkeypatch.setattr(UnsentPrompts, "adopt", adopted)


async def test_what_is_typed_before_a_draft_can_be_seen_is_asked_alone_and_the_draft_waits_in_its_own_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await draft_of_a_new_chat(tmp_path, "rm old draft ")
    type_before_drafts_are_shown(monkeypatch, "typed early")
    async with running(tmp_path, conversation=draft) as here:
        await here.until(lambda: here.app.chat.presenter.prompts == ("typed early",), "the prompt")
        await here.settled()
        assert here.composer.text == ""
        await here.until(lambda: draft_is_listed(here, "rm old draft"), "its row")
        here.app.chat.open_chat(draft.id)
        await here.until(lambda: here.composer.text == "rm old draft ", "the draft")


async def test_enter_before_a_draft_can_be_seen_does_not_send_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await draft_of_a_new_chat(tmp_path, "rm old draft")
    type_before_drafts_are_shown(monkeypatch, "")
    async with running(tmp_path, conversation=draft) as here:
        await here.until(lambda: draft_is_listed(here, "rm old draft"), "its row")
        await here.until(lambda: not here.app.typed_ahead.waiting, "the key")
        assert not here.app.chat.presenter.prompts and not here.replies.running


async def test_what_is_typed_before_the_draft_of_the_last_chat_can_be_seen_is_asked_there_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await chat_with(tmp_path, "Apples")
    async with running(tmp_path, conversation=chat) as here:
        await here.type("about apples")
    type_before_drafts_are_shown(monkeypatch, "typed early")
    async with running(tmp_path, conversation=chat) as again:
        await again.until(lambda: again.app.chat.presenter.prompts == ("Apples", "typed early"), "the prompt")
        await again.settled()
        assert again.composer.text == "" and await kept(again) == ["about apples"]
        again.app.chat.chats.open_new()
        await again.until(lambda: draft_is_listed(again, "Apples"), "the mark")
        again.app.chat.open_chat(chat.id)
        await again.until(lambda: again.composer.text == "about apples", "the draft")


async def test_a_draft_stands_in_the_first_chat_where_nothing_is_typed_before(tmp_path: Path) -> None:
    draft = await draft_of_a_new_chat(tmp_path, "rm old draft ")
    async with running(tmp_path, conversation=draft) as here:
        await here.type("and more")
        assert here.composer.text == "rm old draft and more"
