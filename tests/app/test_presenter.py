"""What is shown of a conversation follows what is stored and what streams, one message at a time; without a screen."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.scripted import ScriptedCatalog, ScriptedModel, Thought
from tui.app.chat.changes import (
    AddMessage,
    AppendText,
    Change,
    FinishMessage,
    InsertMessage,
    LoadMessages,
    PutPart,
    RemoveMessage,
    ReplaceMessage,
    ShowBranch,
    UpdateMessage,
)
from tui.app.chat.message_list import END_SWITCH
from tui.app.chat.presenter import ChatPresenter
from tui.app.transcript.message import TranscriptMessage
from tui.chat.library import Library
from tui.chat.message_parts import TextContent, ThinkingContent, ToolCallContent
from tui.chat.prompt import Prompt
from tui.chat.replies.events import (
    PromptHeld,
    PromptReturned,
    QueueChanged,
    RepliesEvent,
    ReplyDone,
    ReplyStopped,
    TextDelta,
    ToolChanged,
    ToolStarted,
)
from tui.chat.replies.options import TurnOptions
from tui.chat.replies.replies import Replies
from tui.chat.replies.turn import Turn
from tui.store.database import Database
from tui.store.records import Conversation


class Shown:
    """A presenter, and the transcript that its changes make."""

    def __init__(self, library: Library, replies: Replies, catalog: ScriptedCatalog) -> None:
        self.presenter = ChatPresenter(library, replies, catalog)
        self.messages: list[TranscriptMessage] = []
        self.changes: list[Change] = []
        self.ended = asyncio.Event()
        self.text_came = asyncio.Event()
        replies.subscribe(self._receive)

    def _receive(self, conversation_id: str, event: RepliesEvent) -> None:
        if conversation_id == self.presenter.id and not isinstance(event, PromptHeld | PromptReturned | QueueChanged):
            self.take(self.presenter.receive(event))
        if isinstance(event, TextDelta):
            self.text_came.set()
        if isinstance(event, ReplyDone | ReplyStopped):
            self.ended.set()

    def take(self, changes: list[Change]) -> None:
        self.changes += changes
        for change in changes:
            self._apply(change)

    def _apply(self, change: Change) -> None:
        ids = [message.id for message in self.messages]
        match change:
            case LoadMessages(messages):
                self.messages = list(messages)
            case AddMessage(message):
                self.messages.append(message)
            case InsertMessage(message, before):
                self.messages.insert(ids.index(before) if before else len(ids), message)
            case ShowBranch(above, messages, _):
                self.messages[ids.index(above) + 1 if above else 0 :] = messages
            case RemoveMessage(id):
                del self.messages[ids.index(id)]
            case ReplaceMessage(message) | FinishMessage(message) | UpdateMessage(message):
                self.messages[ids.index(message.id)] = message
            case AppendText(id, _, _) | PutPart(id, _, _):
                assert id in ids, "text of a message that is not shown"

    def kinds(self) -> list[str]:
        return [message.kind for message in self.messages]


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    yield Library(database)
    await database.close()


def stage(library: Library, *models: ScriptedModel) -> tuple[Shown, Replies]:
    catalog = ScriptedCatalog({f"fake:{name}": model for name, model in zip(("one", "two"), models, strict=False)})
    replies = Replies(library, catalog)
    return Shown(library, replies, catalog), replies


async def ask(shown: Shown, replies: Replies, text: str) -> None:
    assert shown.presenter.conversation is not None
    shown.ended.clear()
    replies.send(shown.presenter.conversation, Prompt(text))
    await shown.ended.wait()


async def opened(shown: Shown, conversation: Conversation) -> None:
    shown.take(await shown.presenter.open(conversation.id))


async def test_a_turn_adds_two_messages_and_finishes_one(library: Library) -> None:
    shown, replies = stage(library, ScriptedModel([Thought("hm"), "Hello."]))
    await opened(shown, library.new("fake:one"))
    await ask(shown, replies, "Hi")
    assert shown.kinds() == ["prompt", "reply"] and shown.messages[1].state == "done"
    assert [type(change).__name__ for change in shown.changes] == [
        "LoadMessages", "AddMessage", "AddMessage", "AppendText", "AppendText", "FinishMessage",
    ]  # fmt: skip
    thought, text = [change for change in shown.changes if isinstance(change, AppendText)]
    assert isinstance(thought.content, ThinkingContent) and isinstance(text.content, TextContent)
    assert (thought.part, text.part) == (0, 1)
    view = shown.presenter.view()
    assert view is not None and view.prompts == ("Hi",) and not view.running and view.live_model == ""


async def test_another_model_adds_one_line_and_leaves_every_message_alone(library: Library) -> None:
    shown, replies = stage(library, ScriptedModel(["One."]), ScriptedModel(["Two."]))
    await opened(shown, library.new("fake:one"))
    await ask(shown, replies, "First")
    before = list(shown.messages)
    shown.changes.clear()
    shown.take(shown.presenter.changed(await library.set_model(shown.presenter.id, "fake:two"), "fake:two"))
    (line,) = shown.changes
    assert isinstance(line, AddMessage) and line.message.id == END_SWITCH
    assert shown.messages[:2] == before
    notes = [change async for change in shown.presenter.switch_notes()]
    assert [type(note) for note in notes] == [ReplaceMessage]
    shown.take(notes)
    assert shown.messages[-1].note == "cache cold" and not shown.presenter.messages.notes_missing
    shown.changes.clear()
    await ask(shown, replies, "Second")
    assert shown.kinds() == ["prompt", "reply", "switch", "prompt", "reply"]
    assert shown.messages[2].note == "cache cold", "what was found out is not asked again"
    assert not any(isinstance(change, LoadMessages) for change in shown.changes)


async def test_switching_back_takes_the_line_away(library: Library) -> None:
    shown, replies = stage(library, ScriptedModel(["One."]), ScriptedModel(["Two."]))
    await opened(shown, library.new("fake:one"))
    await ask(shown, replies, "First")
    for model in ("fake:two", "fake:one"):
        shown.take(shown.presenter.changed(await library.set_model(shown.presenter.id, model), model))
    assert shown.kinds() == ["prompt", "reply"]
    assert shown.changes[-1] == RemoveMessage(END_SWITCH)


async def test_answering_again_replaces_the_answer_only(library: Library) -> None:
    shown, replies = stage(library, ScriptedModel(["Good."], ["Better."]))
    await opened(shown, library.new("fake:one"))
    await ask(shown, replies, "Hi")
    prompt, first = shown.messages
    assert shown.presenter.conversation is not None
    shown.changes.clear()
    shown.ended.clear()
    replies.answer_again(shown.presenter.conversation)
    await shown.ended.wait()
    assert shown.messages[0] is prompt and shown.messages[1].id != first.id
    assert shown.messages[1].branch == (2, 2)
    branch = shown.changes[0]
    assert isinstance(branch, ShowBranch) and (branch.above, branch.at) == (prompt.id, shown.messages[1].id)
    assert [message.text for message in (await library.open(shown.presenter.id)).messages] == ["Hi", "Better."]


async def test_a_conversation_whose_reply_streams_is_opened_with_what_has_come(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["so far", gate, ", and on"])
    away, replies = stage(library, model)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("Go"))
    await model.reached.wait()
    await away.text_came.wait()
    await opened(away, conversation)
    assert [(message.state, message.parts) for message in away.messages[-1:]] == [
        ("streaming", (TextContent("so far"),))
    ]
    view = away.presenter.view()
    assert view is not None and view.running and view.live_model == "fake:one"
    gate.set()
    await away.ended.wait()
    assert [(message.state, message.parts) for message in away.messages[-1:]] == [
        ("done", (TextContent("so far, and on"),))
    ]


async def test_a_reply_under_way_keeps_its_words_when_another_window_writes_behind_it(
    library: Library, tmp_path: Path
) -> None:
    more, end = asyncio.Event(), asyncio.Event()
    shown, replies = stage(library, ScriptedModel(["one ", more, "two ", end, "three"]))
    await opened(shown, library.new("fake:one"))
    assert shown.presenter.conversation is not None
    replies.send(shown.presenter.conversation, Prompt("Go"))
    await shown.text_came.wait()
    reply = shown.presenter.records[-1]
    await library.checkpoint(replace(reply, text="one "))  # the row has less than what has come
    shown.text_came.clear()
    more.set()
    await shown.text_came.wait()
    other = Database(tmp_path / "chats.db")
    await other.open()
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["theirs"])})
    [_ async for _ in Turn(shown.presenter.conversation, Library(other), catalog, Prompt("Second writer")).events()]
    await other.close()
    changes = await shown.presenter.refresh()
    assert not [change for change in changes if isinstance(change, ReplaceMessage) and change.message.id == reply.id]
    shown.take(changes)
    assert texts(shown)[0::2] == ["Go", "Second writer"]
    (update,) = shown.presenter.stopped()
    assert isinstance(update, UpdateMessage) and update.message.id == reply.id, "it is this one that a stop stops"
    end.set()
    await shown.ended.wait()
    assert sorted(texts(shown)) == ["Go", "Second writer", "one two three", "theirs"]


async def test_a_stop_is_seen_before_it_is_saved(library: Library) -> None:
    model = ScriptedModel(["Half", asyncio.Event()])
    shown, replies = stage(library, model)
    await opened(shown, library.new("fake:one"))
    assert shown.presenter.conversation is not None
    replies.send(shown.presenter.conversation, Prompt("Go"))
    await model.reached.wait()
    shown.take(shown.presenter.stopped())
    assert (shown.messages[-1].state, shown.messages[-1].note) == ("interrupted", "by you")
    replies.stop(shown.presenter.id)
    await shown.ended.wait()


async def test_tool_calls_stand_where_they_came(library: Library) -> None:
    model = ScriptedModel(["I look.", asyncio.Event()])
    shown, replies = stage(library, model)
    await opened(shown, library.new("fake:one"))
    assert shown.presenter.conversation is not None
    reply_id = replies.send(shown.presenter.conversation, Prompt("Go"))
    await model.reached.wait()
    call = ToolCallContent("c1", "read_file", '{"path": "a.py"}')
    done = ToolCallContent("c1", "read_file", '{"path": "a.py"}', "print()", "done", 0.3)
    changes = [
        *shown.presenter.receive(ToolStarted(reply_id, 1, call)),
        *shown.presenter.receive(ToolChanged(reply_id, 1, done)),
    ]
    assert changes == [PutPart(reply_id, 1, call), PutPart(reply_id, 1, done)]
    replies.stop_all()
    await shown.ended.wait()


async def branched(library: Library) -> tuple[Shown, Replies]:
    """Two turns, and a second answer to the first prompt, which is the one that is shown."""
    shown, replies = stage(library, ScriptedModel(["One."], ["Two."], ["Beside one."], ["Beside all."]))
    await opened(shown, library.new("fake:one"))
    await ask(shown, replies, "First")
    await ask(shown, replies, "Second")
    await answer(shown, replies, TurnOptions(at=shown.messages[0].id))
    return shown, replies


async def answer(shown: Shown, replies: Replies, options: TurnOptions) -> None:
    assert shown.presenter.conversation is not None
    shown.ended.clear()
    shown.changes.clear()
    replies.answer_again(shown.presenter.conversation, options)
    await shown.ended.wait()


def texts(shown: Shown) -> list[str]:
    return ["".join(part.text for part in one.parts if isinstance(part, TextContent)) for one in shown.messages]


async def test_another_answer_to_an_earlier_prompt_takes_what_followed_out_of_sight_in_one_change(
    library: Library,
) -> None:
    shown, _ = await branched(library)
    assert texts(shown) == ["First", "Beside one."] and shown.messages[1].branch == (2, 2)
    assert [type(change).__name__ for change in shown.changes] == ["ShowBranch", "AppendText", "FinishMessage"]


async def test_the_branch_before_comes_back_as_it_was_left(library: Library) -> None:
    shown, _ = await branched(library)
    first = shown.presenter.siblings.beside(shown.messages[1].id)[0]
    await library.branches.show(shown.presenter.id, first)
    shown.changes.clear()
    shown.take(await shown.presenter.show_branch(first))
    assert texts(shown) == ["First", "One.", "Second", "Two."] and shown.messages[1].branch == (1, 2)
    (change,) = shown.changes
    assert isinstance(change, ShowBranch) and change.at == first


async def test_a_reply_that_begins_beside_what_is_shown_makes_the_count_grow_at_once(library: Library) -> None:
    shown, replies = await branched(library)
    before = shown.messages[1]
    await answer(shown, replies, TurnOptions(at=shown.messages[0].id, shown=False))
    assert shown.messages[1] == replace(before, branch=(2, 3))
    assert shown.changes == [UpdateMessage(shown.messages[1])], "its text is not touched: it may be streaming"


async def test_a_reply_that_streams_out_of_sight_is_whole_when_its_branch_is_shown(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["One."], ["so far", gate, ", and on"])
    shown, replies = stage(library, model)
    await opened(shown, library.new("fake:one"))
    await ask(shown, replies, "First")
    assert shown.presenter.conversation is not None
    shown.ended.clear()
    shown.text_came.clear()
    replies.answer_again(shown.presenter.conversation)
    await shown.text_came.wait()
    first, second = shown.presenter.siblings.beside(shown.messages[1].id)
    for id, text in ((first, "One."), (second, "so far")):
        await library.branches.show(shown.presenter.id, id)
        shown.take(await shown.presenter.show_branch(id))
        assert texts(shown) == ["First", text]
    assert shown.messages[1].state == "streaming"
    gate.set()
    await shown.ended.wait()
    assert texts(shown) == ["First", "so far, and on"]


async def test_a_message_that_is_gone_gives_way_to_its_sibling(library: Library) -> None:
    shown, _ = await branched(library)
    await library.branches.trash(shown.presenter.id, shown.messages[1].id)
    shown.take(await shown.presenter.show_branch(""))
    assert texts(shown) == ["First", "One.", "Second", "Two."] and shown.messages[1].branch == (1, 1)
