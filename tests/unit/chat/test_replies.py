"""Replies outlive the screen that asked for them, and there is one at a time in each conversation."""

import asyncio

import pytest

from tests.support.scripted import ScriptedCatalog, ScriptedModel, Thought
from tui.agent.messages import ModelNoticeEvent
from tui.chat.library import Library
from tui.chat.replies.events import ChatEvent, PromptSaved, ReplyDone, ReplyStopped, TextDelta, Waiting
from tui.chat.replies.replies import Replies
from tui.errors import ChinwagError


def kinds(events: list[ChatEvent]) -> list[str]:
    return [type(event).__name__ for event in events if isinstance(event, PromptSaved | ReplyDone | ReplyStopped)]


def words(events: list[ChatEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_two_conversations_stream_at_once_and_do_not_mix(library: Library) -> None:
    gates = {"one": asyncio.Event(), "two": asyncio.Event()}
    one = ScriptedModel(["one ", gates["one"], "is done"])
    two = ScriptedModel(["two ", gates["two"], "is done"])
    replies = Replies(library, ScriptedCatalog({"fake:one": one, "fake:two": two}))
    first, second = library.new("fake:one"), library.new("fake:two")
    heard: dict[str, list[ChatEvent]] = {first.id: [], second.id: []}
    for conversation in (first, second):
        replies.subscribe(conversation.id, heard[conversation.id].append)
    running = [asyncio.create_task(replies.run(conversation, "go")) for conversation in (first, second)]
    await asyncio.gather(one.reached.wait(), two.reached.wait())
    assert replies.running == {first.id, second.id}
    gates["two"].set()
    await running[1]
    assert replies.running == {first.id}
    assert not running[0].done()
    gates["one"].set()
    await running[0]
    assert (words(heard[first.id]), words(heard[second.id])) == ("one is done", "two is done")
    assert replies.running == frozenset()


async def test_a_second_reply_in_one_conversation_is_refused_and_the_first_goes_on(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["a", gate, "b"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    conversation = library.new("fake:one")
    running = asyncio.create_task(replies.run(conversation, "first"))
    await model.reached.wait()
    with pytest.raises(ChinwagError, match="still under way"):
        await replies.run(conversation, "second")
    with pytest.raises(ChinwagError, match="still under way"):
        await replies.retry(conversation)
    gate.set()
    await running
    assert [message.text for message in (await library.open(conversation.id)).messages] == ["first", "ab"]


async def test_who_comes_back_to_a_screen_finds_what_was_missed(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel([Thought("hm"), "so ", "far", gate, ", and the rest"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    conversation = library.new("fake:one")
    assert replies.under_way(conversation.id) is None
    early: list[ChatEvent] = []
    arrived = asyncio.Event()

    def hear(event: ChatEvent) -> None:
        early.append(event)
        if words(early) == "so far":
            arrived.set()

    leave = replies.subscribe(conversation.id, hear)
    running = asyncio.create_task(replies.run(conversation, "go"))
    await arrived.wait()
    live = replies.under_way(conversation.id)
    leave()
    assert live is not None
    assert (live.text, live.thinking, live.reply_id) == ("so far", "hm", live.reply.id)
    assert live.prompt.text == "go"
    late: list[ChatEvent] = []
    replies.subscribe(conversation.id, late.append)
    gate.set()
    await running
    assert (words(early), words(late)) == ("so far", ", and the rest")
    assert kinds(early) == ["PromptSaved"]
    assert kinds(late) == ["ReplyDone"]
    assert replies.under_way(conversation.id) is None


async def test_why_nothing_comes_yet_is_part_of_what_was_missed(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["ok"], opening=[ModelNoticeEvent("loading", "loading a…"), gate])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    conversation = library.new("fake:one")
    told = asyncio.Event()
    replies.subscribe(conversation.id, lambda event: told.set() if isinstance(event, Waiting) else None)
    running = asyncio.create_task(replies.run(conversation, "go"))
    await told.wait()
    live = replies.under_way(conversation.id)
    assert live is not None
    assert live.waiting is not None
    assert live.waiting.message == "loading a…"
    gate.set()
    await running


async def test_stop_ends_only_the_reply_of_that_conversation(library: Library) -> None:
    one, two = ScriptedModel(["one", asyncio.Event()]), ScriptedModel(["two", gate := asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": one, "fake:two": two}))
    first, second = library.new("fake:one"), library.new("fake:two")
    heard: list[ChatEvent] = []
    replies.subscribe(first.id, heard.append)
    running = [asyncio.create_task(replies.run(conversation, "go")) for conversation in (first, second)]
    await asyncio.gather(one.reached.wait(), two.reached.wait())
    assert not replies.stop("somebody else")
    assert replies.stop(first.id)
    await running[0]
    assert kinds(heard) == ["PromptSaved", "ReplyStopped"]
    assert replies.running == {second.id}
    gate.set()
    await running[1]
    assert (await library.open(second.id)).messages[-1].state == "done"


async def test_cancelling_the_worker_tells_the_screen_once_and_saves(library: Library) -> None:
    model = ScriptedModel(["partial", asyncio.Event()])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    conversation = library.new("fake:one")
    heard: list[ChatEvent] = []
    replies.subscribe(conversation.id, heard.append)
    running = asyncio.create_task(replies.run(conversation, "go"))
    await model.reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert kinds(heard) == ["PromptSaved", "ReplyStopped"]
    assert replies.running == frozenset()
    assert (await library.open(conversation.id)).messages[-1].text == "partial"


async def test_nothing_is_under_way_any_more_when_the_end_is_told_so_the_next_prompt_can_go_at_once(
    library: Library,
) -> None:
    model = ScriptedModel(["yes"])
    replies = Replies(library, ScriptedCatalog({"fake:one": model}))
    conversation = library.new("fake:one")
    queue = ["second", "third"]
    tasks: list[asyncio.Task[None]] = []

    def send_next(event: ChatEvent) -> None:
        if isinstance(event, ReplyDone):
            assert conversation.id not in replies.running
            if queue:
                tasks.append(asyncio.create_task(replies.run(conversation, queue.pop(0))))

    replies.subscribe(conversation.id, send_next)
    await replies.run(conversation, "first")
    while tasks:
        await tasks.pop(0)
    prompts = [message.text for message in (await library.open(conversation.id)).messages if message.kind == "prompt"]
    assert prompts == ["first", "second", "third"]


async def test_stop_all_leaves_nothing_running(library: Library) -> None:
    models = {f"fake:{name}": ScriptedModel(["some", asyncio.Event()]) for name in "abc"}
    replies = Replies(library, ScriptedCatalog(models))
    running = [asyncio.create_task(replies.run(library.new(model), "go")) for model in models]
    await asyncio.gather(*(model.reached.wait() for model in models.values()))
    replies.stop_all()
    await asyncio.gather(*running)
    assert {conversation.title for conversation in await library.conversations()} == {"go"}
    assert replies.running == frozenset()
