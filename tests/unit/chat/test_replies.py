"""Replies outlive the screen that asked for them, several run at once, and a prompt that has to wait is not lost."""

import asyncio
from pathlib import Path

import pytest

from tests.support.scripted import ScriptedCatalog, ScriptedModel, Thought
from tui.agent.messages import ModelNoticeEvent
from tui.chat.library import Library
from tui.chat.message_parts import TextContent, ThinkingContent
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.events import (
    PromptReturned,
    PromptSaved,
    RepliesEvent,
    ReplyDone,
    ReplyStopped,
    TextDelta,
    Waiting,
)
from tui.chat.replies.options import TurnOptions
from tui.chat.replies.replies import Replies
from tui.errors import ChinwagError
from tui.store.database import Database

GO = Prompt("go")


class Heard:
    """What the replies report, by conversation; `ended` is set by each reply's end."""

    def __init__(self, replies: Replies) -> None:
        self.events: list[tuple[str, RepliesEvent]] = []
        self.changed = asyncio.Event()
        self.leave = replies.subscribe(self._receive)

    def _receive(self, conversation_id: str, event: RepliesEvent) -> None:
        self.events.append((conversation_id, event))
        self.changed.set()

    def of(self, conversation_id: str) -> list[RepliesEvent]:
        return [event for id, event in self.events if id == conversation_id]

    def text(self, conversation_id: str) -> str:
        return "".join(event.text for event in self.of(conversation_id) if isinstance(event, TextDelta))

    def kinds(self, conversation_id: str) -> list[str]:
        shown = PromptSaved | ReplyDone | ReplyStopped | PromptReturned
        return [type(event).__name__ for event in self.of(conversation_id) if isinstance(event, shown)]

    async def until(self, kind: type[RepliesEvent], count: int = 1) -> None:
        while sum(isinstance(event, kind) for _, event in self.events) < count:
            self.changed.clear()
            await self.changed.wait()


async def test_two_conversations_stream_at_once_and_do_not_mix(library: Library) -> None:
    gates = {"one": asyncio.Event(), "two": asyncio.Event()}
    one = ScriptedModel(["one ", gates["one"], "is done"])
    two = ScriptedModel(["two ", gates["two"], "is done"])
    replies = Replies(library, ScriptedCatalog({"fake:one": one, "fake:two": two}))
    heard = Heard(replies)
    first, second = library.new("fake:one"), library.new("fake:two")
    for conversation in (first, second):
        replies.send(conversation, GO)
    await asyncio.gather(one.reached.wait(), two.reached.wait())
    assert replies.running == {first.id, second.id}
    gates["two"].set()
    await heard.until(ReplyDone)
    assert replies.running == {first.id}
    gates["one"].set()
    await heard.until(ReplyDone, 2)
    assert (heard.text(first.id), heard.text(second.id)) == ("one is done", "two is done")
    assert replies.running == frozenset()


async def test_a_conversation_can_have_several_replies_at_once_each_stopped_alone(library: Library) -> None:
    gate = asyncio.Event()
    one, two = ScriptedModel(["first"], ["one ", asyncio.Event()]), ScriptedModel(["two ", gate, "is done"])
    replies = Replies(library, ScriptedCatalog({"fake:one": one, "fake:two": two}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, GO)
    await heard.until(ReplyDone)
    one.reached.clear()
    slow = replies.answer_again(conversation)
    other = replies.answer_again(conversation, TurnOptions("fake:two"))
    await asyncio.gather(one.reached.wait(), two.reached.wait())
    assert {live.reply_id for live in replies.live(conversation.id)} == {slow, other}
    assert replies.stop_reply(slow) and not replies.stop_reply("no such reply")
    await heard.until(ReplyStopped)
    assert [live.reply_id for live in replies.live(conversation.id)] == [other]
    gate.set()
    await heard.until(ReplyDone, 2)
    rows = {message.id: message for message in await library.tree(conversation.id)}
    assert (rows[slow].state, rows[slow].text, rows[slow].model) == ("interrupted", "one ", "fake:one")
    assert (rows[other].state, rows[other].text, rows[other].model) == ("done", "two is done", "fake:two")
    assert rows[slow].parent_id == rows[other].parent_id


async def test_a_prompt_sent_while_a_reply_streams_waits_and_goes_next_to_the_model_it_was_written_for(
    library: Library,
) -> None:
    gate = asyncio.Event()
    one, two = ScriptedModel(["a", gate, "b"]), ScriptedModel(["c"])
    replies = Replies(library, ScriptedCatalog({"fake:one": one, "fake:two": two}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    assert replies.send(conversation, Prompt("first"))
    await one.reached.wait()
    other = await library.set_model(conversation.id, "fake:two")
    assert replies.send(other, Prompt("second")) == ""
    back = await library.set_model(conversation.id, "fake:one")
    assert replies.send(back, Prompt("third")) == ""
    assert [queued.prompt.text for queued in replies.queue.of(conversation.id)] == ["second", "third"]
    gate.set()
    await heard.until(ReplyDone, 3)
    rows = (await library.open(conversation.id)).messages
    assert [row.text for row in rows] == ["first", "ab", "second", "c", "third", "ab"]
    assert [row.model for row in rows if row.kind == "reply"] == ["fake:one", "fake:two", "fake:one"]
    assert replies.queue.of(conversation.id) == ()


async def test_after_a_stop_the_queue_is_held_until_the_person_sends_it(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["a", asyncio.Event()], ["b"], ["c", gate], ["d"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    for text in ("second", "third"):
        replies.send(conversation, Prompt(text))
    assert not replies.send_next(conversation.id)  # one is under way
    assert replies.stop(conversation.id)
    await heard.until(ReplyStopped)
    await asyncio.sleep(0)
    waiting = replies.queue.of(conversation.id)
    assert [(queued.prompt.text, queued.held) for queued in waiting] == [("second", True), ("third", True)]
    assert len(model.asked) == 1 and not any(isinstance(event, PromptReturned) for _, event in heard.events)
    replies.send(conversation, Prompt("another thing first"))
    await heard.until(ReplyDone)
    assert len(model.asked) == 2 and len(replies.queue.of(conversation.id)) == 2, "held means held"
    assert replies.release(conversation.id) and not replies.release(conversation.id)
    gate.set()
    await heard.until(ReplyDone, 3)
    rows = (await library.open(conversation.id)).messages
    assert [row.text for row in rows if row.kind == "prompt"] == ["first", "another thing first", "second", "third"]


async def test_a_queue_is_put_in_order_and_a_prompt_taken_out_or_dropped_and_brought_back(library: Library) -> None:
    model = ScriptedModel(["a", gate := asyncio.Event()], ["b"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation, queue = library.new("fake:one"), replies.queue

    def waiting() -> list[str]:
        return [queued.prompt.text for queued in queue.of(conversation.id)]

    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    for text in "abcd":
        replies.send(conversation, Prompt(text))
    a, b, c, d = (queued.id for queued in queue.of(conversation.id))
    queue.move(d, -2)
    queue.move(a, -1)
    assert waiting() == ["a", "d", "b", "c"]
    queue.move(a, 9)
    assert waiting() == ["d", "b", "c", "a"]
    taken = queue.take_out(b)
    assert taken and taken.prompt == Prompt("b") and queue.take_out(b) is None
    assert queue.drop([c, a]) == 2 and queue.drop([c]) == 0 and waiting() == ["d"]
    assert queue.dropped_in == conversation.id
    queue.undrop(held=False)
    assert waiting() == ["d", "c", "a"] and queue.dropped_in == ""
    gate.set()
    await heard.until(ReplyDone, 4)
    rows = (await library.open(conversation.id)).messages
    assert [row.text for row in rows if row.kind == "prompt"] == ["first", "d", "c", "a"]


async def test_send_now_stops_the_reply_and_sends_that_prompt_first_then_the_others(library: Library) -> None:
    model = ScriptedModel(["a", asyncio.Event()], ["b"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    for text in ("second", "third"):
        replies.send(conversation, Prompt(text))
    assert replies.send_now(replies.queue.of(conversation.id)[1].id) and not replies.send_now("gone")
    await heard.until(ReplyDone, 2)
    rows = (await library.open(conversation.id)).messages
    assert [row.text for row in rows if row.kind == "prompt"] == ["first", "third", "second"]
    assert [row.state for row in rows if row.kind == "reply"] == ["interrupted", "done", "done"]


async def test_a_stop_after_send_now_sends_nothing(library: Library) -> None:
    model = ScriptedModel(["a", asyncio.Event()], ["b"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    replies.send(conversation, Prompt("second"))
    replies.send_now(replies.queue.of(conversation.id)[0].id)
    replies.stop(conversation.id)
    await heard.until(ReplyStopped)
    await asyncio.sleep(0)
    assert len(model.asked) == 1 and [queued.held for queued in replies.queue.of(conversation.id)] == [True]


async def test_a_queue_is_on_disk_with_its_files_and_order_and_is_held_in_the_next_window(
    library: Library, tmp_path: Path
) -> None:
    image = PromptAttachment("a.png", "image/png", b"pixels")
    model = ScriptedModel(["a", asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": model, "fake:two": ScriptedModel()}))
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    replies.send(conversation, Prompt("second", (image,)))
    replies.send(await library.set_model(conversation.id, "fake:two"), Prompt("third"))
    replies.queue.move(replies.queue.of(conversation.id)[1].id, -1)
    await replies.queue.written()
    other = Database(tmp_path / "chats.db")
    await other.open()
    theirs = Library(other)
    assert await theirs.unsent_prompts.adopt(conversation, ()) == ((), ()), "its window still runs"
    other.is_alive = lambda owner: owner == other.owner  # type: ignore[method-assign]
    drafts, queued = await theirs.unsent_prompts.adopt(conversation, ())
    assert [(one.prompt, one.model, one.held) for one in queued] == [
        (Prompt("third"), "fake:two", True), (Prompt("second", (image,)), "fake:one", True),
    ]  # fmt: skip
    assert drafts == ()
    replies.stop_all()
    await other.close()


async def test_two_windows_that_hold_the_same_prompt_send_it_once(library: Library, tmp_path: Path) -> None:
    """As where the disk knows no locks, and each takes the other one for dead."""
    model = ScriptedModel(["a", asyncio.Event()], ["b"])
    catalog = ScriptedCatalog({"fake:one": model})
    replies = Replies(library, catalog)
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    replies.send(conversation, Prompt("once"))
    await replies.queue.written()
    other = Database(tmp_path / "chats.db")
    await other.open()
    other.is_alive = lambda owner: owner == other.owner  # type: ignore[method-assign]
    theirs = Library(other)
    others = Replies(theirs, catalog)
    heard_there = Heard(others)
    others.queue.adopt((await theirs.unsent_prompts.adopt(conversation, ()))[1])
    replies.stop(conversation.id)
    await heard.until(ReplyStopped)
    await asyncio.sleep(0)
    sending: list[asyncio.Task[None]] = []
    for one in (replies, others):
        one.run_with(lambda name, work: sending.append(asyncio.create_task(work(), name=name)))
        assert one.release(conversation.id)
    await asyncio.gather(*sending)
    assert sum(isinstance(event, ReplyDone) for _, event in (*heard.events, *heard_there.events)) == 1
    assert not any(isinstance(event, PromptReturned) for _, event in (*heard.events, *heard_there.events))
    assert [row.text for row in await library.tree(conversation.id) if row.kind == "prompt"] == ["first", "once"]
    assert replies.queue.of(conversation.id) == others.queue.of(conversation.id) == ()
    assert await library.unsent_prompts.chats() == frozenset()
    await other.close()


async def test_a_stop_that_comes_while_the_answer_is_saved_sends_nothing_more(library: Library) -> None:
    model = ScriptedModel(["a"])
    saving, go_on = asyncio.Event(), asyncio.Event()

    class Slow(ScriptedCatalog):
        async def load_prices(self) -> None:
            saving.set()
            await go_on.wait()

    replies = Replies(library, Slow({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    replies.send(conversation, Prompt("second"))
    await saving.wait()
    while not heard.text(conversation.id):
        heard.changed.clear()
        await heard.changed.wait()
    assert replies.coming
    replies.stop(conversation.id)
    assert replies.running and not replies.coming, "to leave now needs no question"
    go_on.set()
    while replies.running:
        heard.changed.clear()
        await heard.changed.wait()
    await asyncio.sleep(0)
    assert len(model.asked) == 1 and [queued.held for queued in replies.queue.of(conversation.id)] == [True]


async def test_behind_a_turn_that_cannot_begin_the_queue_is_held_and_one_of_it_that_cannot_waits_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel()}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.answer_again(conversation)  # there is nothing to answer yet
    replies.send(conversation, Prompt("second"))
    await heard.until(PromptReturned)
    await asyncio.sleep(0)
    assert [queued.held for queued in replies.queue.of(conversation.id)] == [True]

    async def refuse(*_: object) -> None:
        raise ChinwagError("The file is damaged.")

    monkeypatch.setattr(library, "current_branch", refuse)
    replies.release(conversation.id)
    await heard.until(PromptReturned, 2)
    (waiting,) = replies.queue.of(conversation.id)
    assert waiting.prompt == Prompt("second") and waiting.held
    returned = heard.of(conversation.id)[-1]
    assert isinstance(returned, PromptReturned) and (returned.prompt, returned.message) == (
        None,
        "The file is damaged.",
    )
    monkeypatch.undo()
    replies.release(conversation.id)
    await heard.until(ReplyDone)


async def test_a_conversation_that_goes_takes_its_queue_along(library: Library) -> None:
    model = ScriptedModel(["a", asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    replies.send(conversation, Prompt("second"))
    replies.abandon(conversation.id)
    await library.folders.delete([conversation.id])
    await heard.until(ReplyStopped)
    assert await library.conversations() == [] and len(model.asked) == 1
    assert not any(isinstance(event, PromptReturned) for event in heard.of(conversation.id))


async def test_a_receiver_that_breaks_down_costs_no_answer_and_is_reported(library: Library) -> None:
    tasks: list[asyncio.Task[None]] = []
    replies = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel(["all of it"])}))
    replies.run_with(lambda name, work: tasks.append(asyncio.create_task(work(), name=name)))

    def break_down(conversation_id: str, event: RepliesEvent) -> None:
        if isinstance(event, TextDelta):
            raise IndexError("a bug in the drawing")

    replies.subscribe(break_down)
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, GO)
    await heard.until(ReplyDone)
    reply = (await library.open(conversation.id)).messages[-1]
    assert (reply.text, reply.state) == ("all of it", "done")
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(result) for result in results if isinstance(result, Exception)] == ["a bug in the drawing"]


async def test_a_screen_that_comes_back_finds_what_it_missed(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel([Thought("hm"), "so ", "far", gate, ", and the rest"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    conversation = library.new("fake:one")
    assert replies.live(conversation.id) == ()
    early = Heard(replies)
    replies.send(conversation, GO)
    while early.text(conversation.id) != "so far":
        early.changed.clear()
        await early.changed.wait()
    (live,) = replies.live(conversation.id)
    early.leave()
    thought, text = live.parts
    assert isinstance(thought, ThinkingContent) and thought.text == "hm"
    assert text == TextContent("so far")
    assert (live.prompt.text, live.reply_id) == ("go", live.reply.id)
    late = Heard(replies)
    gate.set()
    await late.until(ReplyDone)
    assert (early.text(conversation.id), late.text(conversation.id)) == ("so far", ", and the rest")
    assert (early.kinds(conversation.id), late.kinds(conversation.id)) == (["PromptSaved"], ["ReplyDone"])
    assert replies.live(conversation.id) == ()


async def test_why_nothing_comes_yet_is_part_of_what_was_missed_until_something_comes(library: Library) -> None:
    gate, second = asyncio.Event(), asyncio.Event()
    model = ScriptedModel(["ok", second], opening=[ModelNoticeEvent("loading", "loading a…"), gate])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, GO)
    await heard.until(Waiting)
    (live,) = replies.live(conversation.id)
    assert live.waiting is not None and live.waiting.message == "loading a…"
    gate.set()
    await heard.until(TextDelta)
    (live,) = replies.live(conversation.id)
    assert live.waiting is None
    second.set()
    await heard.until(ReplyDone)


async def test_stop_ends_only_the_replies_of_that_conversation(library: Library) -> None:
    one, two = ScriptedModel(["one", asyncio.Event()]), ScriptedModel(["two", gate := asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": one, "fake:two": two}))
    heard = Heard(replies)
    first, second = library.new("fake:one"), library.new("fake:two")
    for conversation in (first, second):
        replies.send(conversation, GO)
    await asyncio.gather(one.reached.wait(), two.reached.wait())
    assert not replies.stop("another conversation")
    assert replies.stop(first.id)
    await heard.until(ReplyStopped)
    assert heard.kinds(first.id) == ["PromptSaved", "ReplyStopped"]
    assert replies.running == {second.id}
    gate.set()
    await heard.until(ReplyDone)
    assert (await library.open(second.id)).messages[-1].state == "done"


async def test_cancelling_the_worker_reports_the_end_once_and_saves(library: Library) -> None:
    model = ScriptedModel(["partial", asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    tasks: list[asyncio.Task[None]] = []
    replies.run_with(lambda reply_id, work: tasks.append(asyncio.create_task(work())))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, GO)
    await model.reached.wait()
    tasks[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert heard.kinds(conversation.id) == ["PromptSaved", "ReplyStopped"]
    assert replies.running == frozenset()
    assert (await library.open(conversation.id)).messages[-1].text == "partial"


async def test_no_reply_is_under_way_any_more_when_its_end_is_reported_so_the_next_prompt_goes_at_once(
    library: Library,
) -> None:
    replies = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel(["yes"])}))
    conversation = library.new("fake:one")
    queue = ["second", "third"]

    def send_another(conversation_id: str, event: RepliesEvent) -> None:
        if isinstance(event, ReplyDone):
            assert conversation.id not in replies.running
            if queue:
                assert replies.send(conversation, Prompt(queue.pop(0)))

    replies.subscribe(send_another)
    heard = Heard(replies)
    replies.send(conversation, Prompt("first"))
    await heard.until(ReplyDone, 3)
    prompts = [message.text for message in (await library.open(conversation.id)).messages if message.kind == "prompt"]
    assert prompts == ["first", "second", "third"]


async def test_a_prompt_that_cannot_even_begin_comes_back_to_its_writer(library: Library) -> None:
    replies = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel()}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    reply_id = replies.answer_again(conversation)
    await heard.until(PromptReturned)
    (event,) = heard.of(conversation.id)
    problem = "There is nothing to answer yet. Write a prompt first."
    assert event == PromptReturned(conversation.id, reply_id, None, problem)
    assert replies.running == frozenset()


async def test_a_prompt_for_one_model_goes_to_it_and_comes_back_with_its_name(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {"fake:one": ScriptedModel(), "fake:two": ScriptedModel()}
    replies = Replies(library, ScriptedCatalog(models))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("who?"), model="fake:two")
    await heard.until(ReplyDone)
    opened = await library.open(conversation.id)
    assert (opened.conversation.model, opened.messages[-1].model) == ("fake:one", "fake:two")
    assert len(models["fake:two"].asked) == 1 and not models["fake:one"].asked

    async def refuse(*_: object) -> None:
        raise ChinwagError("The file is damaged.")

    monkeypatch.setattr(library, "current_branch", refuse)
    replies.send(conversation, Prompt("again?"), model="fake:two")
    await heard.until(PromptReturned)
    returned = heard.of(conversation.id)[-1]
    assert isinstance(returned, PromptReturned) and (returned.prompt, returned.model) == (Prompt("again?"), "fake:two")


async def test_stop_all_leaves_nothing_running(library: Library) -> None:
    models = {f"fake:{name}": ScriptedModel(["some", asyncio.Event()]) for name in "abc"}
    replies = Replies(library, ScriptedCatalog(models))
    heard = Heard(replies)
    for model in models:
        replies.send(library.new(model), GO)
    await asyncio.gather(*(model.reached.wait() for model in models.values()))
    replies.stop_all()
    await heard.until(ReplyStopped, 3)
    assert {conversation.title for conversation in await library.conversations()} == {"go"}
    assert replies.running == frozenset()


async def test_a_chat_that_another_window_has_begun_gets_the_prompt_of_this_one_too(library: Library) -> None:
    blank = library.new("fake:one")
    assert library.database.path is not None
    other_database = Database(library.database.path)
    await other_database.open()
    other = Library(other_database)
    theirs = Replies(other, ScriptedCatalog({"fake:one": ScriptedModel(["theirs"])}))
    heard = Heard(theirs)
    theirs.send(blank, Prompt("first"))
    await heard.until(ReplyDone)
    await other_database.close()

    ours = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel(["ours"])}))
    heard = Heard(ours)
    ours.send(blank, Prompt("second"))
    await heard.until(ReplyDone)
    await library.rename(blank.id, "Both")
    opened = await library.open(blank.id)
    assert [message.text for message in opened.messages] == ["first", "theirs", "second", "ours"]
    assert opened.conversation.title == "Both"
