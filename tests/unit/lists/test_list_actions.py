"""What is done to chats of the list is done to all of them or none, says so, and is undone as one."""

import sqlite3
from asyncio import gather
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.library import conversation, prompt
from tui.app.chat.list_actions import ListActions, Undoable
from tui.app.chat.outcome import NOTHING, Outcome
from tui.app.chat.presenter import ChatPresenter
from tui.bootstrap import Services
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.errors import StoreError, UsageError
from tui.store.catch_up import catch_up
from tui.store.database import Database


@dataclass
class Given:
    """What the actions stand on, with a person who answers every question in the same way."""

    library: Library
    ids: list[str]
    agrees: bool = True
    questions: list[str] = field(default_factory=list)
    abandoned: list[str] = field(default_factory=list)
    exported: list[str] = field(default_factory=list)
    undoable: list[Undoable] = field(default_factory=list)
    conversation: None = None  # no chat is shown

    @property
    def replies(self) -> "Given":
        return self

    def abandon(self, conversation_id: str) -> None:
        self.abandoned.append(conversation_id)

    async def ask(self, dialog: Any) -> bool:
        self.questions.append(dialog.question)
        return self.agrees

    async def export(self, ids: Collection[str]) -> Outcome:
        self.exported += ids
        return NOTHING

    @property
    def actions(self) -> ListActions:
        return ListActions(cast(ChatPresenter, self), cast(Services, self), self.ask, self.export, self.undoable)

    async def state(self) -> list[tuple[bool, bool, bool, tuple[str, ...]]]:
        chats = await self.library.folders.chats(self.ids)
        return [(chat.pinned, chat.archived, chat.deleted_at is not None, chat.tags) for chat in chats]


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Given]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    library = Library(database)
    chats = [conversation(title, minutes=number) for number, title in enumerate("abc")]
    for chat in chats:
        await database.run(catch_up, chat, [prompt(chat)])
    await library.folders.pin([chats[0].id])
    await library.folders.archive([chats[1].id])
    await library.folders.tag([chats[2].id], ["old", "trip"])
    yield Given(library, [chat.id for chat in chats])
    await database.close()


@pytest.mark.parametrize(
    ("command", "typed", "said"),
    [
        ("pin", "", "2 chats pinned"),
        ("archive", "", "2 chats archived"),
        ("tag", "trip, -old, to read", "3 chats tagged trip, to-read and untagged old"),
        ("untag", "", "1 chat untagged old, trip"),
        ("delete", "", "3 chats deleted"),
        ("restore", "", ""),
    ],
)
async def test_a_change_of_many_chats_is_undone_as_one_and_leaves_each_as_it_was(
    given: Given, command: str, typed: str, said: str
) -> None:
    before, actions = await given.state(), given.actions
    outcome = await actions.run(command, given.ids, typed)
    assert outcome.done == said and outcome.undo == bool(said) == actions.can_undo
    assert not given.questions
    if said:
        assert await given.state() != before
        assert (await actions.run("undo", ())).done == f"Undone: {said}"
    assert await given.state() == before and not actions.can_undo


async def test_what_all_chats_are_already_is_taken_back_by_the_same_key(given: Given) -> None:
    actions = given.actions
    for command, place in (("pin", 0), ("archive", 1)):
        assert not all(state[place] for state in await given.state())
        await actions.run(command, given.ids)
        assert all(state[place] for state in await given.state())
        await actions.run(command, given.ids)
        assert not any(state[place] for state in await given.state())
    for _ in range(4):
        await actions.run("undo", ())
    assert [state[:2] for state in await given.state()] == [(True, False), (False, True), (False, False)]


async def test_a_name_comes_back_and_with_it_who_gave_it(given: Given) -> None:
    """A name that nobody typed still follows the chat after an undo."""
    actions, (first, *_) = given.actions, given.ids
    (before,) = await given.library.folders.chats([first])
    assert (await actions.run("rename", [first], "Mine")).done == "1 chat renamed"
    assert [chat.title for chat in await given.library.folders.chats([first])] == ["Mine"]
    assert (await actions.run("undo", ())).done == "Undone: 1 chat renamed"
    assert await given.library.folders.chats([first]) == (before,) and before.title_by == "prompt"
    blank = given.library.new("test:test")
    assert not (await actions.run("rename", [blank.id], "Mine")).undo and not actions.can_undo


async def test_keys_that_come_fast_are_done_one_after_the_other(given: Given) -> None:
    before, actions = await given.state(), given.actions
    keys = (("archive", given.ids), ("archive", given.ids), ("delete", given.ids), ("undo", ()), ("undo", ()))
    done = [outcome.done for outcome in await gather(*(actions.run(key, ids) for key, ids in keys))]
    assert done == [
        "2 chats archived", "3 chats taken out of the archive", "3 chats deleted",
        "Undone: 3 chats deleted", "Undone: 3 chats taken out of the archive",
    ]  # fmt: skip
    await actions.run("undo", ())
    assert await given.state() == before


async def test_tags_of_many_chats_change_in_one_go_or_not_at_all(given: Given) -> None:
    """A disk that fills up in between leaves no chat with half of its tags, and what could not be undone still can."""
    before, actions = await given.state(), given.actions

    def stop_at(tag: str) -> Callable[[sqlite3.Connection], object]:
        when = f"BEFORE INSERT ON conversation_tags WHEN NEW.tag = '{tag}'"
        return lambda connection: connection.execute(
            f"CREATE TRIGGER full {when} BEGIN SELECT RAISE(FAIL, 'full'); END"
        )

    def go_on(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TRIGGER full")

    database = given.library.database
    await database.run(stop_at("second"))
    with pytest.raises(StoreError):
        await actions.run("tag", given.ids, "first, second, -old")
    assert await given.state() == before and not actions.can_undo
    await database.run(go_on)
    await actions.run("tag", given.ids, "first, second, -old")
    await database.run(stop_at("old"))
    with pytest.raises(StoreError):
        await actions.run("undo", ())
    await database.run(go_on)
    await actions.run("undo", ())
    assert await given.state() == before


async def test_a_tag_that_is_given_and_taken_away_at_once_is_there(given: Given) -> None:
    await given.actions.run("tag", given.ids[1:], "-trip, trip")
    assert [state[3] for state in await given.state()] == [(), ("trip",), ("old", "trip")]


async def test_a_tag_that_cannot_be_one_changes_nothing(given: Given) -> None:
    before = await given.state()
    with pytest.raises(UsageError):
        await given.actions.run("tag", given.ids, "fine, not:fine")
    assert await given.state() == before


async def test_only_what_lies_in_the_trash_is_deleted_for_good_and_only_after_a_yes(given: Given) -> None:
    actions, (first, *_) = given.actions, given.ids
    assert await actions.run("delete_for_good", given.ids) is NOTHING and not given.questions
    await actions.run("delete", [first])
    given.agrees = False
    assert await actions.run("delete_for_good", given.ids) is NOTHING
    assert "“a”" in given.questions[-1] and len(await given.state()) == 3
    given.agrees = True
    outcome = await actions.run("empty_trash", ())
    assert outcome.deleted == (first,) and outcome.for_good and len(await given.state()) == 2
    assert not actions.can_undo, "it is gone, and no key says otherwise"


async def test_a_draft_is_deleted_after_asking_since_nothing_brings_it_back(given: Given) -> None:
    draft = given.library.new("openai:gpt-5.6")
    await given.library.put_draft("d", draft.id, Prompt("not sent"))
    actions, both = given.actions, [draft.id, given.ids[0]]
    given.agrees = False
    assert await actions.run("delete", both) is NOTHING and not given.abandoned
    given.agrees = True
    outcome = await actions.run("delete", both)
    assert (outcome.deleted, outcome.gone, outcome.done) == ((given.ids[0],), (draft.id,), "1 chat deleted")
    assert given.abandoned == both, "what is queued there would bring them back"
    assert await given.library.blank_chats.all() == ()


async def test_copies_go_to_the_trash_when_they_are_undone_and_the_marked_ones_are_exported(given: Given) -> None:
    actions = given.actions
    await actions.run("duplicate", given.ids[:2])
    assert sorted(chat.title for chat in await given.library.folders.page()) == ["a", "a (copy)", "b (copy)", "c"]
    await actions.run("undo", ())
    assert sorted(chat.title for chat in await given.library.folders.page()) == ["a", "c"]
    opened = (await actions.run("duplicate_and_open", given.ids[:1])).open_chat
    assert [chat.title for chat in await given.library.folders.chats([opened])] == ["a (copy)"]
    await actions.run("export", given.ids)
    assert given.exported == given.ids
