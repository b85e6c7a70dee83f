"""Replies outlive the screen that asked for them, several run at once, and a prompt that has to wait is not lost."""

import asyncio

import pytest

from tests.support.scripted import ScriptedCatalog, ScriptedModel, Thought
from tui.agent.messages import ModelNoticeEvent
from tui.chat.library import Library
from tui.chat.message_parts import TextContent, ThinkingContent
from tui.chat.prompt import Prompt
from tui.chat.replies.events import (
    PromptReturned,
    PromptSaved,
    QueueChanged,
    RepliesEvent,
    ReplyDone,
    ReplyStopped,
    TextDelta,
    Waiting,
)
from tui.chat.replies.replies import Replies

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
    other = replies.answer_again(conversation, model="fake:two")
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
    assert [queued.prompt.text for queued in replies.queued(conversation.id)] == ["second", "third"]
    gate.set()
    await heard.until(ReplyDone, 3)
    rows = (await library.open(conversation.id)).messages
    assert [row.text for row in rows] == ["first", "ab", "second", "c", "third", "ab"]
    assert [row.model for row in rows if row.kind == "reply"] == ["fake:one", "fake:two", "fake:one"]
    assert replies.queued(conversation.id) == ()


async def test_what_is_queued_can_be_taken_out_and_goes_back_to_its_writer_after_a_stop(library: Library) -> None:
    model = ScriptedModel(["a", asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    for text in ("second", "third", "fourth"):
        replies.send(conversation, Prompt(text))
    assert not replies.send_next(conversation.id)  # one is under way
    taken = replies.queued(conversation.id)[1]
    assert replies.unqueue(taken.id) == Prompt("third")
    assert replies.unqueue(taken.id) is None
    assert replies.stop(conversation.id)
    await heard.until(PromptReturned, 2)
    returned = [event.prompt for event in heard.of(conversation.id) if isinstance(event, PromptReturned)]
    assert returned == [Prompt("fourth"), Prompt("second")], "the last first: each is put above the others"
    assert replies.queued(conversation.id) == () and len(model.asked) == 1
    assert sum(isinstance(event, QueueChanged) for event in heard.of(conversation.id)) == 6


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
    await heard.until(PromptReturned)
    assert len(model.asked) == 1 and replies.running == frozenset()


async def test_a_turn_that_cannot_begin_gives_the_queue_back_too(library: Library) -> None:
    replies = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel()}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.answer_again(conversation)  # there is nothing to answer yet
    replies.send(conversation, Prompt("second"))
    await heard.until(PromptReturned, 2)
    assert replies.queued(conversation.id) == ()


async def test_a_conversation_that_goes_takes_its_queue_along(library: Library) -> None:
    model = ScriptedModel(["a", asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    heard = Heard(replies)
    conversation = library.new("fake:one")
    replies.send(conversation, Prompt("first"))
    await model.reached.wait()
    replies.send(conversation, Prompt("second"))
    replies.abandon(conversation.id)
    await library.delete(conversation.id)
    await heard.until(ReplyStopped)
    assert await library.conversations() == [] and len(model.asked) == 1
    assert not any(isinstance(event, PromptReturned) for event in heard.of(conversation.id))


async def test_a_receiver_that_breaks_down_costs_no_answer_and_is_reported(library: Library) -> None:
    tasks: list[asyncio.Task[None]] = []
    replies = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel(["all of it"])}))
    replies.run_with(lambda name, work: tasks.append(asyncio.create_task(work, name=name)))

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
    replies.run_with(lambda reply_id, work: tasks.append(asyncio.create_task(work)))
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
