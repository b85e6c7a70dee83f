"""A disk that refuses writes costs nothing that was typed or received: it is shown, told, kept, and saved later."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ChatEvent, NotSaved, PromptSaved, ReplyDone, TextDelta
from tui.chat.replies.turn import Turn
from tui.errors import StoreError
from tui.store.database import Database


class FailingDatabase(Database):
    """A real database whose disk is full whenever `full` says so of the work at hand."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.full: Callable[[str], bool] = lambda work: False
        self.written: list[str] = []
        self.checkpointed = asyncio.Event()

    async def run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.full(work.__name__):
            raise StoreError("The library could not be written: database or disk is full.", "Free some space.")
        self.written.append(work.__name__)
        result = await super().run(work, *args, **kwargs)
        if work.__name__ == "checkpoint":
            self.checkpointed.set()
        return result


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[FailingDatabase]:
    database = FailingDatabase(tmp_path / "chats.db")
    await database.open()
    yield database
    await database.close()


class Clock:
    """Every look at it is a second later, so that a checkpoint is due after every piece."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


async def events_of(turn: Turn) -> list[ChatEvent]:
    return [event async for event in turn.events()]


def gated(*words: str) -> tuple[ScriptedModel, list[asyncio.Event]]:
    gates = [asyncio.Event() for _ in words]
    return ScriptedModel([piece for pair in zip(words, gates, strict=True) for piece in pair]), gates


async def test_refused_checkpoints_are_told_once_and_the_reply_goes_on(database: FailingDatabase) -> None:
    library = Library(database)
    model, gates = gated("a", "b", "c", "d")
    database.full = lambda work: work == "checkpoint"
    turn = Turn(library.new("fake:one"), library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?"), clock=Clock())
    told: list[NotSaved] = []
    text = ""
    last: ChatEvent | None = None
    waiting = iter(gates)
    async for event in turn.events():
        last = event
        if isinstance(event, TextDelta):
            text += event.text
            next(waiting).set()
        elif isinstance(event, NotSaved):
            told.append(event)
    assert isinstance(last, ReplyDone)
    assert text == "abcd"
    assert [event.message for event in told] == ["The library could not be written: database or disk is full."]
    assert (await library.open(last.conversation.id)).messages[-1].text == "abcd"


async def test_checkpoints_keep_a_growing_partial_on_disk_while_it_streams(database: FailingDatabase) -> None:
    library = Library(database)
    model, gates = gated("one ", "two ", "three")
    conversation = library.new("fake:one")
    on_disk: list[str] = []

    async def open_gates() -> None:
        for gate in gates:
            await database.checkpointed.wait()
            database.checkpointed.clear()
            on_disk.append((await library.open(conversation.id)).messages[-1].text)
            gate.set()

    turn = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?"), clock=Clock())
    await asyncio.gather(events_of(turn), open_gates())
    assert on_disk == ["one ", "one two ", "one two three"]


async def test_a_slow_disk_does_not_delay_the_stream(tmp_path: Path) -> None:
    released = asyncio.Event()

    class SlowDatabase(FailingDatabase):
        async def run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if work.__name__ == "checkpoint":
                self.written.append("checkpoint")
                await released.wait()
            return await Database.run(self, work, *args, **kwargs)

    database = SlowDatabase(tmp_path / "chats.db")
    await database.open()
    library = Library(database)
    model, gates = gated("a", "b", "c")
    turn = Turn(library.new("fake:one"), library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?"), clock=Clock())
    text = ""
    waiting = iter(gates)
    async for event in turn.events():
        if isinstance(event, TextDelta):
            text += event.text
            next(waiting).set()
            if text == "abc":
                assert database.written == ["checkpoint"]
                released.set()
    assert text == "abc"
    await database.close()


async def test_a_full_disk_keeps_prompt_and_reply_in_memory_and_the_next_turn_saves_them(
    database: FailingDatabase, tmp_path: Path
) -> None:
    library = Library(database)
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["answer"])})
    conversation = library.new("fake:one")
    database.full = lambda work: True
    events = await events_of(Turn(conversation, library, catalog, Prompt("first")))
    assert isinstance(events[0], PromptSaved)
    assert isinstance(events[1], NotSaved)
    assert isinstance(events[-1], ReplyDone)
    stored = (await library.open(conversation.id)).messages
    assert [message.text for message in stored] == ["first", "answer"]
    assert [one.id for one in await library.conversations()] == [conversation.id]
    assert [list(one.messages) for one in library.unsaved] == [[message.id for message in stored]]
    assert (await library.set_model(conversation.id, "fake:one")).active_leaf is not None

    database.full = lambda work: False
    events = await events_of(Turn(conversation, library, catalog, Prompt("second")))
    assert not [event for event in events if isinstance(event, NotSaved)]
    assert library.unsaved == ()
    await database.close()

    again = Database(tmp_path / "chats.db")
    await again.open()
    opened = await Library(again).open(conversation.id)
    assert [message.text for message in opened.messages] == ["first", "answer", "second", "answer"]
    assert [message.state for message in opened.messages] == ["done"] * 4
    assert opened.conversation.title == "first"
    await again.close()


async def test_a_disk_that_fills_up_in_mid_reply_loses_nothing_once_it_has_room_again(
    database: FailingDatabase, tmp_path: Path
) -> None:
    library = Library(database)
    conversation = library.new("fake:one")
    database.full = lambda work: work == "finish_reply"
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["the answer"])})
    events = await events_of(Turn(conversation, library, catalog, Prompt("Hello?")))
    assert [type(event).__name__ for event in events[-2:]] == ["NotSaved", "ReplyDone"]
    assert (await library.open(conversation.id)).messages[-1].text == "the answer"
    database.full = lambda work: False
    await library.flush()
    assert library.unsaved == ()
    await database.close()
    again = Database(tmp_path / "chats.db")
    await again.open()
    reply = (await Library(again).open(conversation.id)).messages[-1]
    assert (reply.text, reply.state) == ("the answer", "done")
    await again.close()


async def test_a_conversation_deleted_while_its_reply_streams_does_not_break_the_reply(
    database: FailingDatabase,
) -> None:
    library = Library(database)
    gate = asyncio.Event()
    model = ScriptedModel(["a", gate, "b"])
    conversation = library.new("fake:one")
    turn = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?"))

    async def delete() -> None:
        await model.reached.wait()
        await library.folders.delete([conversation.id])
        gate.set()

    events, _ = await asyncio.gather(events_of(turn), delete())
    assert isinstance(events[-1], ReplyDone)
    assert await library.conversations() == []
    await library.folders.restore([conversation.id])
    assert (await library.open(conversation.id)).messages[-1].text == "ab"


async def test_a_name_given_while_the_disk_refuses_is_saved_with_the_rest(database: FailingDatabase) -> None:
    library = Library(database)
    conversation = library.new("fake:one")
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["answer"])})
    await events_of(Turn(conversation, library, catalog, Prompt("first")))
    database.full = lambda work: True
    await events_of(Turn(conversation, library, catalog, Prompt("second")))
    await library.rename(conversation.id, "A name of mine")
    database.full = lambda work: False
    await library.flush()
    assert [one.title for one in await library.conversations()] == ["A name of mine"]
