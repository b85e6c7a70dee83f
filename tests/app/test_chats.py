"""The list of chats: open, new, rename, delete, filter; drafts and replies that go on behind the chat that is shown."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection

import pytest
from textual.events import Key

from tests.support.app import Running, draft_is_listed, running
from tests.support.library import conversation, prompt
from tests.support.scripted import ScriptedModel, Thought
from tui.app.dialogs.confirm import Confirm
from tui.app.widgets.chat_list import ChatList
from tui.app.widgets.row_field import RowField
from tui.chat.ids import new_id
from tui.chat.prompt import Prompt
from tui.errors import ChinwagError
from tui.store.catch_up import catch_up


async def ask_in_new_chat(here: Running, text: str) -> str:
    """Start a chat with a prompt; returns its id."""
    if here.app.chat.presenter.prompts:
        before = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != before, "the new chat")
    await here.ask(text)
    await here.until(lambda: text in here.text_of(here.app.chat.layout_view.chat_list), "its row")
    return here.app.chat.presenter.id


async def add_chats(here: Running, *titles: str, hours: int = 1) -> list[str]:
    """Have chats in the library and in the list, the last one the newest; returns their ids."""
    begun = datetime.now(UTC) - timedelta(hours=hours)
    chats = [
        replace(conversation(title), updated_at=begun + timedelta(seconds=number))
        for number, title in enumerate(titles)
    ]

    def add(connection: Connection) -> None:
        for chat in chats:
            asked = prompt(chat)
            catch_up(connection, replace(chat, active_leaf=asked.id), [asked])

    await here.library.database.run(add)
    here.app.chat.read_list()
    await here.until(lambda: here.app.chat.layout_view.chat_list.listed.chats, "the chats")
    return [chat.id for chat in chats]


async def test_a_chat_is_opened_from_the_list(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["First answer."], ["Second answer."])) as here:
        first = await ask_in_new_chat(here, "Apples")
        await ask_in_new_chat(here, "Pears")
        assert "First answer." not in here.screen()
        await here.pilot.press("ctrl+s", "down", "enter")
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await here.until(lambda: "First answer." in here.screen(), "its answer")
        assert here.app.focused is here.composer.area


async def test_drafts_stay_with_their_chats(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        first = await ask_in_new_chat(here, "Apples")
        await here.type("about apples")
        await ask_in_new_chat(here, "Pears")
        assert here.composer.text == ""
        assert "✎" in here.text_of(here.app.chat.layout_view.chat_list)
        here.app.chat.open_chat(first)
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        assert here.composer.text == "about apples"


async def test_what_was_written_in_a_new_chat_has_its_row_at_once_and_the_key_leads_to_an_empty_one(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as here:
        await here.type("precious thoughts")
        await here.pilot.press("ctrl+n")
        await here.until(lambda: draft_is_listed(here, "precious thoughts"), "its row")
        assert here.composer.text == ""
        first = await ask_in_new_chat(here, "Apples")
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != first, "the new chat")
        await here.type("a long thought")
        here.app.chat.open_chat(first)
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await here.until(lambda: draft_is_listed(here, "a long thought"), "its row")
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != first, "a new chat")
        assert here.composer.text == ""
        (draft,) = [chat for chat in await here.library.blank_chats.all() if chat.title == "a long thought"]
        here.app.chat.open_chat(draft.id)
        await here.until(lambda: here.composer.text == "a long thought", "the draft")


async def test_the_chat_that_is_shown_is_stayed_in_when_another_one_is_being_opened(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        first = await ask_in_new_chat(here, "Apples")
        second = await ask_in_new_chat(here, "Pears")
        here.app.chat.post_message(ChatList.Opened(first))
        here.app.chat.post_message(ChatList.Opened(second))
        await here.ask("More pears")
        assert here.app.chat.presenter.id == second
        assert here.app.chat.presenter.prompts == (
            "Pears",
            "More pears",
        )


async def test_a_chat_that_another_chinwag_removed_is_said_and_this_one_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Apples")
        await here.type("about apples")
        here.app.chat.open_chat("gone")
        await here.until(lambda: "no conversation gone" in here.screen(), "the words")
        assert here.composer.text == "about apples"
        await here.ask("Still there?")
        assert here.app.chat.presenter.prompts == (
            "Apples",
            "Still there?",
        )


async def test_a_prompt_that_could_not_be_sent_comes_back_above_what_was_written_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def refuse(*_: object) -> None:
        await gate.wait()
        raise ChinwagError("The file is damaged.", "Start Chinwag again.")

    async with running(tmp_path) as here:
        await here.ask("Apples")
        monkeypatch.setattr(here.library, "current_branch", refuse)
        await here.send("Pears")
        await here.type("and")
        gate.set()
        await here.until(lambda: "is damaged" in here.screen(), "the words")
        await here.until(lambda: here.composer.text == "Pears\nand", "both texts")


async def test_a_reply_goes_on_in_the_chat_behind_and_says_so(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["Slow ", gate, "but done."], ["Quick."])
    async with running(tmp_path, model) as here:
        await here.send("Take your time")
        await here.until(lambda: "Slow" in here.screen(), "the first word")
        slow = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != slow, "the new chat")
        await here.send("Quick one")
        await here.until(lambda: "Quick." in here.screen(), "the quick answer")
        await here.until(lambda: "●" in here.text_of(here.app.chat.layout_view.chat_list), "the mark")
        await here.pilot.press("escape")
        assert slow in here.replies.running, "escape is for the chat that is shown"
        gate.set()
        await here.settled()
        await here.until(lambda: "●" not in here.text_of(here.app.chat.layout_view.chat_list), "no mark")
        here.app.chat.open_chat(slow)
        await here.until(lambda: "Slow but done." in here.screen(), "the whole answer")


async def test_who_comes_back_finds_what_has_come_meanwhile(tmp_path: Path) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    model = ScriptedModel(["one ", first, "two ", second, "three"])
    async with running(tmp_path, model) as here:
        await here.send("Count")
        await here.until(lambda: "one" in here.screen(), "one")
        counting = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != counting, "the new chat")
        first.set()
        here.app.chat.open_chat(counting)
        await here.until(lambda: "one two" in here.screen(), "what came meanwhile")
        second.set()
        await here.until(lambda: "one two three" in here.screen(), "the rest")
        await here.settled()


async def test_a_chat_is_renamed_in_its_row(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await ask_in_new_chat(here, "Apples")
        await here.pilot.press("ctrl+s", "r")
        await here.until(lambda: here.app.focused and here.app.focused.id == "rename", "the field")
        await here.type("Fruit")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.layout_view.header.title == "Fruit", "the new name")
        await here.until(lambda: "Fruit" in here.text_of(here.app.chat.layout_view.chat_list), "its row")
        assert (await here.library.conversations())[0].title == "Fruit"
        await here.pilot.press("r", "x", "escape")
        await here.pilot.pause()
        assert (await here.library.conversations())[0].title == "Fruit"


async def test_a_chat_is_deleted_at_once_and_can_be_had_back(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await ask_in_new_chat(here, "Apples")
        await ask_in_new_chat(here, "Pears")
        await here.pilot.press("ctrl+s", "d")
        await here.until(lambda: "Pears" not in here.text_of(here.app.chat.layout_view.chat_list), "no row")
        await here.until(lambda: "1 chat deleted · u undoes it" in here.screen(), "the words")
        assert [chat.title for chat in await here.library.conversations()] == ["Apples"]
        assert here.app.focused is here.app.chat.layout_view.chat_list.rows, "the list keeps the keys"
        await here.pilot.press("u")
        await here.until(lambda: "Pears" in here.text_of(here.app.chat.layout_view.chat_list), "the row again")
        said = [notification.message for notification in here.app._notifications]
        assert said == ["✓ Undone: 1 chat deleted"], "and nothing of what is undone"


async def test_many_chats_are_marked_moved_and_brought_back_as_one(tmp_path: Path) -> None:
    names = [f"Chat {number}" for number in range(8)]
    async with running(tmp_path) as here:
        await add_chats(here, *names)
        chat_list = here.app.chat.layout_view.chat_list
        await here.pilot.press("ctrl+s", *"mmmm")
        await here.until(lambda: "4 marked" in here.text_of(chat_list), "how many")
        await here.pilot.press("a")
        await here.until(lambda: "Chat 4" not in here.text_of(chat_list), "no rows")
        assert [chat.title for chat in await here.library.folders.page("archived")] == names[:3:-1]
        assert "marked" not in here.text_of(chat_list) and "Chat 3" in here.text_of(chat_list)
        await here.pilot.press("u")
        await here.until(lambda: "Chat 4" in here.text_of(chat_list), "all rows")
        assert await here.library.folders.page("archived") == ()
        await here.pilot.press("space", "m", "number_sign")
        await here.until(lambda: isinstance(here.app.focused, RowField), "the field")
        await here.until(lambda: "2 chats: tag" in here.text_of(chat_list), "how many it is for")
        await here.type("to ")
        for is_focused in (False, True):  # the terminal shows another window, and this one again
            here.app.app_focus = is_focused
            await here.pilot.pause()
        await here.type("read")
        await here.pilot.press("enter", "slash")
        await here.until(lambda: here.app.focused is chat_list.filter, "the filter")
        assert await here.library.folders.tags() == {"to-read": 2}
        await here.type("tag:to-read")
        await here.until(lambda: [row.key for row in chat_list.rows.lines if row.key], "the rows")
        await here.until(lambda: sum(bool(row.key) for row in chat_list.rows.lines) == 2, "the tagged ones")
        await here.pilot.press("down", "r")
        await here.until(lambda: isinstance(here.app.focused, RowField), "the field")
        await here.pilot.press("escape", "m", "m", "d")
        await here.until(lambda: "Nothing is tagged" in here.text_of(chat_list), "none of them")
        await here.pilot.press("u", "u", "slash", "escape")
        await here.until(lambda: all(name in here.text_of(chat_list) for name in names), "all of them")
        assert await here.library.folders.tags() == {}


async def test_the_archive_and_the_trash_are_gone_through_and_left_by_keys(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        first, second, third = await add_chats(here, "First", "Second", "Third")
        layout = here.app.chat.layout_view
        here.app.chat.open_chat(first)
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await here.send("/archive")
        await here.until(lambda: "archived" in here.text_of(layout.header), "where it is")
        await here.send("/rename")
        await here.until(lambda: "is not in the list" in here.screen(), "why there is no field in the list")
        await here.library.folders.delete([second, third])
        await here.send("/trash")
        await here.until(lambda: "30d left" in here.text_of(layout.chat_list), "how long they are there")
        assert "Trash" in here.text_of(layout.chat_list) and "First" not in here.text_of(layout.chat_list)
        await here.pilot.press("home", "o")
        await here.until(lambda: "in the trash, 30d left" in here.text_of(layout.header), "where it is")
        await here.pilot.press("ctrl+s", "enter")
        await here.until(lambda: len(layout.chat_list.listed.chats) == 1, "one less")
        (kept,) = [chat.id for chat in await here.library.folders.page()]
        await here.pilot.press("E")
        await here.until(lambda: isinstance(here.app.screen, Confirm) and "for good" in here.screen(), "the question")
        await here.pilot.press("enter")
        await here.until(lambda: "The trash is empty" in here.text_of(layout.chat_list), "none left")
        assert await here.library.folders.chats([second, third]) == await here.library.folders.chats([kept])
        await here.pilot.press("v")
        await here.until(lambda: kept in [row.key for row in layout.chat_list.rows.lines], "all chats")
        await here.pilot.press("v")
        await here.until(lambda: [row.key for row in layout.chat_list.rows.lines if row.key] == [first], "the archive")
        await here.type("/fir")
        await here.until(lambda: layout.chat_list.filter.value == "is:archived fir", "another word in the filter")
        await here.until(lambda: [row.key for row in layout.chat_list.rows.lines if row.key] == [first], "still there")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await here.ask("Once more")
        await here.until(lambda: "archived" not in here.text_of(layout.header), "it is among the others again")


async def test_both_ends_of_a_long_list_are_near_and_what_happens_elsewhere_moves_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await add_chats(here, "Oslo", "Oslo in May", *(f"Chat {number}" for number in range(700)), "Often slow")
        chat_list = here.app.chat.layout_view.chat_list
        rows = chat_list.rows
        await here.pilot.press("ctrl+s", "end")
        await here.until(lambda: not chat_list.listed.below and "Oslo in May" in here.text_of(rows), "the last one")
        last = rows.key
        await here.pilot.press("m", *["pageup"] * 16)
        await here.until(lambda: len(chat_list.listed.chats) > 200, "a page more above")
        seen = here.text_of(rows)
        await add_chats(here, "From another window", hours=0)
        here.app.chat.layout_view.chat_list.running = frozenset({last})
        await here.pilot.pause()
        assert here.text_of(rows) == seen and chat_list.marked == (last,)
        await here.pilot.press("home")
        await here.until(lambda: "From another" in here.text_of(rows), "the first one")
        await here.pilot.press("slash")
        await here.type("/")
        await here.pilot.press("escape", "escape", "escape")
        assert not chat_list.marked and here.app.focused is here.composer.area
        for typed, meant in (("may oslo", "Oslo in May"), ("oslo", "Oslo"), ("fte", "Often slow")):
            await here.send(f"/chats {typed}")
            await here.until(lambda meant=meant: here.app.chat.title == meant, "a chat that is not in the list")


async def test_an_answer_that_nobody_saw_is_marked_until_its_chat_is_opened(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["Slow ", gate, "but done."])
    async with running(tmp_path, model, size=(80, 24)) as here:
        await here.send("Take your time")
        await here.until(lambda: "Slow" in here.screen(), "the first word")
        slow, header = here.app.chat.presenter.id, here.app.chat.layout_view.header
        await here.pilot.press("ctrl+n")
        await here.until(lambda: "● 1 answering" in here.text_of(header), "that it goes on")
        gate.set()
        await here.until(lambda: "◆ 1 new" in here.text_of(header), "that it has ended")
        assert [chat.id for chat in await here.library.folders.page() if chat.unread] == [slow]
        await here.pilot.press("ctrl+s")
        await here.until(lambda: "◆" in here.text_of(here.app.chat.layout_view.chat_list.rows), "its mark")
        await here.pilot.press("down", "enter")
        await here.until(lambda: here.app.chat.presenter.id == slow, "its chat")
        await here.until(lambda: "new" not in here.text_of(header), "it is seen")
        assert not any(chat.unread for chat in await here.library.folders.page())


async def test_the_filter_narrows_the_list_and_enter_opens(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        apples = await ask_in_new_chat(here, "Apples")
        await ask_in_new_chat(here, "Pears")
        await here.pilot.press("ctrl+s", "slash")
        await here.type("appl")
        await here.until(lambda: "Pears" not in here.text_of(here.app.chat.layout_view.chat_list.rows), "only apples")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.id == apples, "apples")
        await here.library.folders.archive([apples])
        await ask_in_new_chat(here, "Apples again")
        await here.pilot.press("ctrl+s", "slash")
        here.app.chat.layout_view.chat_list.filter.value = "is:archived appl"
        here.app.post_message(Key("enter", None))  # the list has the other folder still
        await here.until(lambda: here.app.chat.presenter.id == apples, "the archived one")
        await here.pilot.press("ctrl+s", "slash")
        await here.type("zzz")
        assert here.app.chat.layout_view.chat_list.filter.value == "zzz"
        await here.until(
            lambda: "Nothing was found" in here.text_of(here.app.chat.layout_view.chat_list.rows), "nothing"
        )


async def test_names_from_outside_are_neither_markup_nor_commands(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("[@click=app.quit]x[/] \x1b]0;pwned\x07 [/nope]")
        await here.until(lambda: "[@click=app.quit]" in here.text_of(here.app.chat.layout_view.chat_list), "its row")
        assert "\x1b]0" not in here.screen()
        chat = here.app.chat.presenter.id
        await here.pilot.press("ctrl+s", "d")
        await here.until(lambda: not here.app.chat.layout_view.chat_list.has(chat), "no row")
        await here.pilot.press("v", "v", "d")
        await here.until(lambda: isinstance(here.app.screen, Confirm) and "[@click" in here.screen(), "the question")
        await here.pilot.press("enter")
        await here.pilot.pause()
        assert here.app.is_running


async def test_the_mouse_opens_a_chat_and_starts_a_new_one(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["First answer."], ["Second answer."])) as here:
        first = await ask_in_new_chat(here, "Apples")
        await ask_in_new_chat(here, "Pears")
        rows = here.screen().splitlines()
        y = next(number for number, row in enumerate(rows) if "Apples" in row[:28])
        await here.pilot.click(offset=(5, y))
        await here.until(lambda: here.app.chat.presenter.id == first, "the first chat")
        await here.pilot.click(offset=(rows[0].index("new"), 0))
        await here.until(lambda: not here.app.chat.presenter.prompts, "an empty chat")


async def test_a_chat_that_is_left_and_opened_again_shows_all_that_came_of_its_reply(tmp_path: Path) -> None:
    """Its message is known from before, without the text that came since."""
    gate = asyncio.Event()
    model = ScriptedModel(["Quick."], [Thought("I think."), "The first part", gate, " and the second."])
    async with running(tmp_path, model) as here:
        await here.ask("One")
        other = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.send("Two")
        await here.until(lambda: "The first part" in here.screen(), "the first part")
        streaming = here.app.chat.presenter.id
        for chat in (other, streaming):  # both before either is read
            here.app.chat.open_chat(chat)
        await here.until(lambda: "The first part" in here.screen(), "what had come")
        gate.set()
        await here.settled()
        await here.until(lambda: "The first part and the second." in here.screen(), "the whole answer")
        assert (await here.messages())[-1].state == "done"


async def test_a_new_chat_right_after_enter_gets_the_next_prompt(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["a", gate], ["b"])
    async with running(tmp_path, model) as here:
        await here.send("For the first")
        first = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != first, "the new chat")
        await here.send("For the second")
        await here.until(lambda: len(model.asked) == 2, "the second question")
        gate.set()
        await here.settled()
        chats = {chat.title for chat in await here.library.conversations()}
        assert chats == {"For the first", "For the second"}


async def test_arrow_up_goes_through_the_prompts_of_the_chat_that_is_shown(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for text in ("One", "Two", "Three"):
            await here.ask(text)
        full = here.app.chat.presenter.id
        await here.pilot.press("ctrl+n")
        await here.ask("Elsewhere")
        here.app.chat.open_chat(full)
        await here.until(lambda: here.app.chat.presenter.id == full and "Three" in here.screen(), "the first chat")
        await here.pilot.press("up")
        assert here.composer.text == "Three"
        await here.pilot.press("down")
        assert here.composer.text == ""
        await here.type("cleared")
        await here.pilot.press("ctrl+c")
        await here.ask("Four")
        await here.pilot.press("up", "up")
        assert here.composer.text == "cleared"


async def test_what_was_said_is_found_as_one_types_and_opened_where_it_was_said(tmp_path: Path) -> None:
    model = ScriptedModel(["A long story of a pelican."], ["Nothing of that kind."], ["Another answer."])
    async with running(tmp_path, model) as here:
        birds = await ask_in_new_chat(here, "Birds")
        said = (await here.messages())[-1]
        await ask_in_new_chat(here, "Pears")
        stored = await here.library.open(birds)
        beside = replace(said, id=new_id(), text="Of a heron, beside it.")
        await here.library.database.run(catch_up, stored.conversation, [beside])  # on a branch that is not shown
        rows = here.app.chat.layout_view.chat_list.rows
        await here.pilot.press("ctrl+s", "slash")
        await here.type("pelic")
        await here.until(lambda: "of a pelican" in here.text_of(rows), "what was said")
        assert "Birds" in here.text_of(rows) and "Pears" not in here.text_of(rows)
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.id == birds, "its chat")
        await here.until(lambda: "1/1" in here.screen(), "the words are found")
        assert here.app.chat.layout_view.transcript.focused_id == said.id
        await here.pilot.press("escape", "ctrl+s", "slash")
        await here.type("heron -pelican has:branch")
        await here.until(lambda: "Of a heron" in here.text_of(rows), "the other branch")
        await here.pilot.press("enter")
        await here.until(lambda: beside.id in here.app.chat.presenter.branch.ids, "the branch of that answer")
        await here.until(lambda: here.app.chat.layout_view.transcript.focused_id == beside.id, "that answer")
        await here.pilot.press("escape", "ctrl+s", "slash")
        await here.type("is:archived heron")
        await here.until(lambda: "Nothing was found" in here.text_of(rows), "an empty archive")
        await here.pilot.press("escape")
        await here.library.folders.archive([birds])
        await here.pilot.press("slash")
        await here.type("is:archived heron")
        await here.until(lambda: "Of a heron" in here.text_of(rows), "what was put away")


async def test_the_list_stays_at_its_top_for_an_old_draft_and_its_cursor_is_where_one_looks(tmp_path: Path) -> None:
    """A draft that is emptied has no row any more: the list is where it was, and the cursor comes there."""
    async with running(tmp_path) as here:
        for number in (1, 2):
            await here.library.put_draft(f"d{number}", here.library.new("fake:one").id, Prompt(f"old draft {number}"))
        await add_chats(here, *(f"Chat {number}" for number in range(100)), hours=-1)
    async with running(tmp_path) as again:
        drafts = await again.library.blank_chats.all()
        chats = again.app.chat.layout_view.chat_list
        again.app.chat.open_chat(drafts[0].id)
        await again.until(lambda: again.composer.text == "old draft 2", "the draft")
        await again.until(lambda: chats.rows.key == drafts[0].id and chats.rows.scroll_offset.y, "its row, far down")
        await again.pilot.press("ctrl+u")
        await again.app.chat.save_drafts()
        again.app.chat.read_list()
        await again.until(lambda: not chats.has(drafts[0].id), "no row of it")
        top = chats.rows.scroll_offset.y
        assert top and not chats.rows.key
        await again.pilot.press("ctrl+s")
        await again.until(lambda: chats.rows.key, "the cursor")
        assert chats.rows.scroll_offset.y == top and top <= chats.rows.cursor < top + chats.rows.size.height
        before = chats.rows.cursor
        await again.pilot.press("down")
        assert chats.rows.cursor == before + 1


async def test_what_is_found_stands_by_its_date_from_the_end_of_a_long_list_too(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        ids = await add_chats(here, *(f"A pelican {n}" if n % 50 == 25 else f"Chat {n}" for n in range(500)))
        wanted = [ids[number] for number in range(475, 0, -50)]
        chats = here.app.chat.layout_view.chat_list

        def found(count: int) -> list[str]:
            return [line.key for line in chats.rows.lines if line.key][:count]

        await here.pilot.press("ctrl+s", "end")
        await here.until(lambda: chats.rows.key == ids[0], "the end")
        await here.pilot.press("slash")
        await here.type("elican")  # the index knows words and how they begin
        await here.until(lambda: found(4) == wanted[:4], "the newest")
        await here.pilot.press("escape", "end")
        await here.until(lambda: chats.rows.key == ids[0], "the end again")
        await here.pilot.press("slash")
        await here.type("pelican")
        await here.until(lambda: found(500) == wanted, "all, the newest first")


async def test_escape_leads_from_a_folder_to_all_chats_and_the_one_that_is_shown(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        chats = await add_chats(here, *[f"Chat {number}" for number in range(30)])
        await here.library.folders.archive(chats[:2])
        here.app.chat.open_chat(chats[20])
        chat_list = here.app.chat.layout_view.chat_list
        await here.until(lambda: chat_list.current == chats[20], "the chat")
        for leave in (["escape"], ["down", "escape"]):  # from the filter, and from its rows
            await here.pilot.press("ctrl+s", "slash")
            await here.type("is:archived")
            await here.until(lambda: chat_list.listed.folder == "archived", "the archive")
            await here.pilot.press(*leave)
            await here.until(lambda: chat_list.listed.folder == "chats", "all chats")
            assert chat_list.rows.has_focus
            assert chat_list.rows.key == chats[20]
            await here.pilot.press("escape")
            assert here.composer.area.has_focus


async def test_keys_of_the_list_move_it_from_its_filter(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        chats = await add_chats(here, *[f"Chat {number}" for number in range(30)])
        chat_list = here.app.chat.layout_view.chat_list
        await here.pilot.press("ctrl+s", "slash", "end")
        assert chat_list.rows.key == chats[0]
        await here.pilot.press("home")
        assert chat_list.rows.key == chats[-1]
        await here.type("chat")
        await here.pilot.press("pagedown")
        assert chat_list.rows.key == chats[-11]
        await here.pilot.press("home")
        assert (chat_list.filter.cursor_position, chat_list.rows.key) == (0, chats[-11])  # first in what is typed
        await here.pilot.press("home", "pageup", "end", "end")
        assert chat_list.rows.key == chats[0]
        assert chat_list.filter.has_focus


async def test_what_is_said_of_a_list_that_cannot_be_read_goes_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise ChinwagError("The disk is away.")

    async with running(tmp_path) as here:
        with monkeypatch.context() as patch:
            patch.setattr(here.library.folders, "unread", refuse)
            here.app.chat.read_list()
            await here.until(lambda: "The disk is away" in here.screen(), "why not")
        here.app.chat.read_list()
        await here.until(lambda: "The disk is away" not in here.screen(), "the end of it")


async def test_what_is_said_of_a_prompt_that_came_back_goes_when_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise ChinwagError("The file is damaged.")

    async with running(tmp_path, ScriptedModel(["First."], ["Now it answers."])) as here:
        await here.ask("Apples")
        with monkeypatch.context() as patch:
            patch.setattr(here.library, "current_branch", refuse)
            await here.send("Pears")
            await here.until(lambda: "is damaged" in here.screen() and here.composer.text == "Pears", "why not")
        await here.pilot.press("enter")
        await here.until(lambda: "Now it answers." in here.screen(), "the answer")
        assert "is damaged" not in here.screen()
