"""One turn of a conversation: nothing that was typed or received is lost, whatever happens in between."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from decimal import Decimal

import pytest

from tests.support import scripted
from tests.support.scripted import Finish, Pause, Piece, ScriptedCatalog, ScriptedModel, Thought
from tui.agent.agent import Agent
from tui.agent.exceptions import ModelAPIError, ModelHTTPError, UnexpectedModelBehavior
from tui.agent.messages import ModelNoticeEvent
from tui.agent.usage import Usage
from tui.chat.library import Library
from tui.chat.message_parts import TextContent, ThinkingContent
from tui.chat.prompt import Prompt
from tui.chat.replies.events import (
    ChatEvent,
    PartReplaced,
    PromptSaved,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    UsageChanged,
    Waiting,
)
from tui.chat.replies.failures import failure_from_json
from tui.chat.replies.meter import ReplyMeter
from tui.chat.replies.turn import Turn
from tui.chat.settings import ChatSettings
from tui.chat.stored_parts import stored_parts
from tui.chat.usage import StoredUsage
from tui.errors import ChinwagError, UsageError
from tui.store.records import Conversation, Message


async def collect(events: AsyncIterator[ChatEvent]) -> list[ChatEvent]:
    return [event async for event in events]


async def say(
    library: Library, catalog: ScriptedCatalog, conversation: Conversation, text: str = "Hello?"
) -> list[ChatEvent]:
    return await collect(Turn(conversation, library, catalog, Prompt(text)).events())


async def last_reply(library: Library, conversation: Conversation) -> Message:
    return (await library.open(conversation.id)).messages[-1]


def words(events: list[ChatEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a_turn_is_saved_streamed_and_saved_again(library: Library) -> None:
    model = ScriptedModel([Thought("Let me see."), "Hel", "lo.", Usage(0, 12, 4, 16)])
    conversation = library.new("fake:one", ChatSettings())
    events = await say(library, ScriptedCatalog({"fake:one": model}), conversation, "What is WAL? Explain.")
    assert isinstance(events[0], PromptSaved)
    assert isinstance(events[-1], ReplyDone)
    assert words(events) == "Hello."
    assert "".join(event.text for event in events if isinstance(event, ThinkingDelta)) == "Let me see."
    opened = await library.open(conversation.id)
    assert opened.conversation.title == "What is WAL?"
    prompt, reply = opened.messages
    assert (prompt.text, prompt.state) == ("What is WAL? Explain.", "done")
    assert (reply.text, reply.thinking, reply.state, reply.model) == ("Hello.", "Let me see.", "done", "fake:one")
    assert StoredUsage.from_json(reply.usage) == StoredUsage(input=12, output=4, requests=1)
    assert reply.total_ms is not None
    assert reply.thinking_ms is not None
    assert opened.messages[-1] == events[-1].reply


async def test_a_word_is_reported_before_the_next_comes_where_none_gather(library: Library) -> None:
    gates = [asyncio.Event() for _ in range(3)]
    pieces: list[Piece] = [piece for number, gate in enumerate(gates) for piece in (f"{number} ", gate)]
    turn = Turn(library.new("fake:one"), library, ScriptedCatalog({"fake:one": ScriptedModel(pieces)}), Prompt("Count"))
    said = []
    async for event in turn.events():
        if isinstance(event, TextDelta):
            said.append(event.text)
            gates[len(said) - 1].set()
    assert said == ["0 ", "1 ", "2 "]


async def test_words_of_one_beat_are_one_event_and_the_end_does_not_wait_for_it(library: Library) -> None:
    pieces = [f"{number} " for number in range(50)]
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(pieces)})
    events = await collect(Turn(library.new("fake:one"), library, catalog, Prompt("Count"), beat_s=10_000.0).events())
    assert words(events) == "".join(pieces)
    assert len([event for event in events if isinstance(event, TextDelta)]) <= 2


async def test_figures_that_change_report_no_words_before_their_beat(
    library: Library,
) -> None:
    gate = asyncio.Event()
    pieces: list[Piece] = ["first ", gate, *(piece for _ in range(100) for piece in ("more ", Pause(0.001)))]
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(pieces)})
    turn, said = Turn(library.new("fake:one"), library, catalog, Prompt("Go"), beat_s=10_000.0), []
    async for event in turn.events():
        if isinstance(event, TextDelta):
            said.append(event.text)
            gate.set()
    assert said == ["first ", "more " * 100]


@pytest.mark.parametrize("shown", [True, False], ids=["after it was shown", "before it was shown"])
async def test_a_text_that_turns_out_to_be_thoughts_is_stored_and_reported_as_such(
    library: Library, shown: bool
) -> None:
    gate = asyncio.Event()
    pieces: list[Piece] = ["It greets", *([gate] if shown else []), scripted.Turn(" me.\n"), "Hel", "lo."]
    model = ScriptedModel(pieces)
    conversation = library.new("fake:one", ChatSettings())
    turn = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hi"))
    events: list[ChatEvent] = []
    async for event in turn.events():
        events.append(event)
        if isinstance(event, TextDelta) and event.text == "It greets":
            assert not event.settled
            assert turn.live is not None and turn.live.parts == (TextContent("It greets"),)
            gate.set()
        if isinstance(event, PartReplaced):
            assert turn.live is not None and isinstance(turn.live.parts[0], ThinkingContent)
    replaced = next(event for event in events if isinstance(event, PartReplaced))
    assert (replaced.part, replaced.content.text) == (0, "It greets me.\n")
    assert isinstance(replaced.content, ThinkingContent) and replaced.content.duration_s is not None
    after = [event for event in events[events.index(replaced) :] if isinstance(event, TextDelta)]
    assert "".join(event.text for event in after) == "Hello."
    assert {(event.part, event.settled) for event in after} == {(1, True)}
    assert words(events[: events.index(replaced)]) == ("It greets" if shown else "")
    reply = await last_reply(library, conversation)
    assert (reply.text, reply.thinking, reply.state) == ("Hello.", "It greets me.\n", "done")
    assert reply.thinking_ms is not None
    assert [type(part) for part in stored_parts(reply)] == [ThinkingContent, TextContent]


async def test_a_thought_that_was_not_closed_when_the_reply_was_stopped_stays_what_it_was_shown_as(
    library: Library,
) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["It greets", gate, scripted.Turn(" me.\n"), "Hello."])
    conversation = library.new("fake:one", ChatSettings())
    turn = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hi"))
    async for event in turn.events():
        if isinstance(event, TextDelta):
            turn.stop()
    reply = await last_reply(library, conversation)
    assert (reply.text, reply.thinking, reply.state) == ("It greets", "", "interrupted")


async def test_why_an_answer_ended_is_kept(library: Library) -> None:
    """An answer that hit its limit must not look like a whole one after a restart."""
    model = ScriptedModel(["To be cont", Finish("length")], ["Whole.", Finish("stop")])
    catalog = ScriptedCatalog({"fake:one": model})
    conversation = library.new("fake:one", ChatSettings(max_tokens=3))
    await say(library, catalog, conversation)
    assert (await last_reply(library, conversation)).finish_reason == "length"
    await say(library, catalog, conversation)
    assert (await last_reply(library, conversation)).finish_reason == "stop"


async def test_the_prompt_is_on_disk_before_the_model_is_asked(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["ok"], opening=[gate])
    conversation = library.new("fake:one")
    seen_at_request: list[tuple[Message, ...]] = []

    async def look() -> None:
        await model.reached.wait()
        seen_at_request.append((await library.open(conversation.id)).messages)
        gate.set()

    await asyncio.gather(say(library, ScriptedCatalog({"fake:one": model}), conversation), look())
    prompt, reply = seen_at_request[0]
    assert (prompt.text, reply.state, reply.text) == ("Hello?", "streaming", "")


async def test_the_model_runs_on_the_callers_loop_and_neither_in_a_thread_nor_by_run_sync(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("run_sync")

    monkeypatch.setattr(Agent, "run_sync", forbidden)
    gate = asyncio.Event()
    model = ScriptedModel(["a", gate, "b"])
    threads: list[str] = []
    before = set(threading.enumerate())  # a loop that another test has left to the process keeps its threads

    async def look() -> None:
        await model.reached.wait()
        threads.extend(thread.name for thread in threading.enumerate() if thread not in before)
        gate.set()

    await asyncio.gather(say(library, ScriptedCatalog({"fake:one": model}), library.new("fake:one")), look())
    assert model.loops == {asyncio.get_running_loop()}
    assert [name for name in threads if not name.startswith("store-")] == []


async def test_a_conversation_of_sixty_turns_goes_on_with_its_whole_history(library: Library) -> None:
    model = ScriptedModel(["yes"])
    catalog = ScriptedCatalog({"fake:one": model})
    conversation = library.new("fake:one")
    for number in range(60):
        events = await say(library, catalog, conversation, f"question {number}")
        assert isinstance(events[-1], ReplyDone)
    assert model.asked[-1].prompts == [f"question {number}" for number in range(60)]
    assert len((await library.open(conversation.id)).messages) == 120


async def test_settings_and_system_prompt_go_with_every_turn(library: Library) -> None:
    model = ScriptedModel(["yes"])
    catalog = ScriptedCatalog({"fake:one": model})
    settings = ChatSettings(temperature=0.25, max_tokens=99, top_p=0.5, effort="low", system_prompt="Be terse.")
    conversation = library.new("fake:one", settings)
    await say(library, catalog, conversation)
    await library.set_settings(conversation.id, ChatSettings(system_prompt="Be kind."))
    await say(library, catalog, conversation)
    assert model.asked[0].settings == {"temperature": 0.25, "max_tokens": 99, "top_p": 0.5, "thinking": "low"}
    assert [asked.instructions for asked in model.asked] == ["Be terse.", "Be kind."]
    assert not model.asked[1].settings


async def test_a_switch_in_mid_conversation_sends_everything_to_the_new_model(library: Library) -> None:
    one, two = ScriptedModel([Thought("hm"), "I am one."]), ScriptedModel(["I am two."])
    catalog = ScriptedCatalog({"fake:one": one, "other:two": two})
    conversation = library.new("fake:one")
    await say(library, catalog, conversation, "Who are you?")
    conversation = await library.set_model(conversation.id, "other:two")
    await say(library, catalog, conversation, "And now?")
    assert two.asked[0].prompts == ["Who are you?", "And now?"]
    assert len(two.asked[0].messages) == 3
    replies = [message for message in (await library.open(conversation.id)).messages if message.kind == "reply"]
    assert [reply.model for reply in replies] == ["fake:one", "other:two"]


async def test_a_switch_while_a_reply_streams_holds_for_the_next_turn(library: Library) -> None:
    gate = asyncio.Event()
    one, two = ScriptedModel(["a", gate, "b"]), ScriptedModel(["c"])
    catalog = ScriptedCatalog({"fake:one": one, "fake:two": two})
    conversation = library.new("fake:one")

    async def switch() -> None:
        await one.reached.wait()
        await library.set_model(conversation.id, "fake:two")
        gate.set()

    events, _ = await asyncio.gather(say(library, catalog, conversation), switch())
    last = events[-1]
    assert isinstance(last, ReplyDone)
    assert (last.reply.model, last.reply.text, last.conversation.model) == ("fake:one", "ab", "fake:two")
    await say(library, catalog, last.conversation)
    assert len(two.asked) == 1


async def stopped_at(
    library: Library, script: list[Piece], opening: list[Piece] | None = None
) -> tuple[ScriptedModel, list[ChatEvent], Message]:
    model = ScriptedModel(script, opening=opening or ())
    conversation = library.new("fake:one")
    turn = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?"))

    async def stop() -> None:
        await model.reached.wait()
        turn.stop()

    events, _ = await asyncio.gather(collect(turn.events()), stop())
    return model, events, await last_reply(library, conversation)


async def test_a_stop_before_the_first_byte_leaves_the_prompt_and_an_empty_reply(library: Library) -> None:
    model, events, reply = await stopped_at(library, ["never"], opening=[asyncio.Event()])
    assert isinstance(events[-1], ReplyStopped)
    assert (reply.state, reply.text, reply.usage) == ("interrupted", "", "")
    assert model.closed == 1


async def test_a_stop_does_not_wait_for_a_key_command(library: Library) -> None:
    asked = asyncio.Event()

    class Locked(ScriptedCatalog):
        async def prepare(self, model_id: str) -> None:
            asked.set()
            await asyncio.Event().wait()

    model = ScriptedModel(["never"])
    conversation = library.new("fake:one", ChatSettings())
    turn = Turn(conversation, library, Locked({"fake:one": model}), Prompt("Hello?"))

    async def stop() -> None:
        await asked.wait()
        turn.stop()

    async with asyncio.timeout(30):
        events, _ = await asyncio.gather(collect(turn.events()), stop())
    assert isinstance(events[-1], ReplyStopped)
    assert model.asked == []
    assert [message.text for message in (await library.open(conversation.id)).messages] == ["Hello?", ""]


async def test_a_stop_while_the_model_thinks_keeps_the_thoughts(library: Library) -> None:
    model, events, reply = await stopped_at(library, [Thought("Deep "), Thought("thought"), asyncio.Event()])
    assert isinstance(events[-1], ReplyStopped)
    assert (reply.state, reply.text, reply.thinking) == ("interrupted", "", "Deep thought")
    assert model.closed == 1


async def test_a_stop_in_the_text_keeps_what_came_with_an_estimate_of_its_tokens(library: Library) -> None:
    model, events, reply = await stopped_at(library, ["Once upon ", "a time", asyncio.Event(), "never"])
    last = events[-1]
    assert isinstance(last, ReplyStopped)
    assert (reply.state, reply.text) == ("interrupted", "Once upon a time")
    usage = StoredUsage.from_json(reply.usage)
    assert usage.estimated
    assert usage.output
    assert last.reading.output_estimated
    assert model.closed == 1


async def test_after_a_stop_the_next_turn_sends_the_partial_answer(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["Half of ", gate], ["whole"])
    catalog = ScriptedCatalog({"fake:one": model})
    conversation = library.new("fake:one")
    turn = Turn(conversation, library, catalog, Prompt("Hello?"))

    async def stop() -> None:
        await model.reached.wait()
        turn.stop()

    await asyncio.gather(collect(turn.events()), stop())
    events = await say(library, catalog, conversation, "second")
    assert isinstance(events[-1], ReplyDone)
    request, response, _ = model.asked[1].messages
    assert response.kind == "response"
    assert [getattr(part, "content", "") for part in response.parts] == ["Half of "]
    assert request.kind == "request"


async def test_prompts_that_nobody_answered_go_with_the_next_one(library: Library) -> None:
    down = ModelAPIError("scripted", "The server is down.", kind="network")
    model = ScriptedModel([down], [down], ["finally"], ["more"])
    catalog = ScriptedCatalog({"fake:one": model})
    conversation = library.new("fake:one")
    for text in ("one", "two", "three", "four"):
        await say(library, catalog, conversation, text)
    assert model.asked[2].prompts == ["one\n\ntwo\n\nthree"]
    assert model.asked[3].prompts == ["one\n\ntwo\n\nthree", "four"]
    kinds = [message.kind for message in model.asked[3].messages]
    assert kinds == ["request", "response", "request"]


async def test_cancelling_the_caller_writes_the_partial_and_closes_the_stream(library: Library) -> None:
    model = ScriptedModel(["partial", asyncio.Event()])
    conversation = library.new("fake:one")
    turn = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?"))
    task = asyncio.create_task(collect(turn.events()))
    await model.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.closed == 1
    assert isinstance(turn.outcome, ReplyStopped)
    assert (await last_reply(library, conversation)).state == "interrupted"
    assert (await last_reply(library, conversation)).text == "partial"


async def test_leaving_the_iterator_early_writes_the_partial(library: Library) -> None:
    model = ScriptedModel(["partial", asyncio.Event()])
    conversation = library.new("fake:one")
    events = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?")).events()
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert (await last_reply(library, conversation)).state == "interrupted"
    assert model.closed == 1


async def test_a_stop_before_anything_has_begun_still_saves_the_prompt(library: Library) -> None:
    model = ScriptedModel(["never"])
    conversation = library.new("fake:one")
    turn = Turn(conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Hello?"))
    turn.stop()
    events = await collect(turn.events())
    assert isinstance(events[-1], ReplyStopped)
    assert model.asked == []
    assert (await library.open(conversation.id)).messages[0].text == "Hello?"


@pytest.mark.parametrize(
    ("error", "kind", "title", "message"),
    [
        (
            ModelHTTPError(401, "gpt-5.6", message="OpenAI refused the key (401): no such key", kind="auth"),
            "auth", "Key refused", "OpenAI refused the key (401): no such key. Your message is saved.",
        ),
        (
            ModelHTTPError(
                429, "gpt-5.6", message="OpenAI is being asked too often (429).", kind="rate_limit", retry_after_s=12.0
            ),
            "rate_limit", "Rate limit reached", "OpenAI is being asked too often (429). Your message is saved.",
        ),
        (
            ModelAPIError("m", "No connection to\x1b[31m 127.0.0.1", kind="network", hint="Start it."),
            "network", "No connection", "No connection to␛[31m 127.0.0.1. Your message is saved.",
        ),
        (
            UnexpectedModelBehavior("Received empty model response"),
            "malformed", "Unreadable answer",
            "one gave no usable answer: Received empty model response. Your message is saved.",
        ),
    ],
)  # fmt: skip
async def test_a_providers_failure_is_an_event_and_a_row(
    library: Library, error: Exception, kind: str, title: str, message: str
) -> None:
    conversation = library.new("fake:one")
    events = await say(library, ScriptedCatalog({"fake:one": ScriptedModel(opening=[error])}), conversation)
    last = events[-1]
    assert isinstance(last, ReplyFailed)
    assert (last.failure.kind, last.failure.title, last.failure.message) == (kind, title, message)
    assert last.failure.retry_after_s == getattr(error, "retry_after_s", None)
    reply = await last_reply(library, conversation)
    assert reply.state == "failed"
    assert failure_from_json(reply.failure) == last.failure


async def test_a_model_that_the_provider_does_not_know_is_answered_with_the_nearest(library: Library) -> None:
    unknown = ModelHTTPError(404, "gtp-5", message="OpenAI does not know the model (404).", kind="model_not_found")
    models = {"openai:gtp-5": ScriptedModel(opening=[unknown]), "openai:gpt-5": ScriptedModel()}
    last = (await say(library, ScriptedCatalog(models), library.new("openai:gtp-5")))[-1]
    assert isinstance(last, ReplyFailed)
    assert last.failure.hint == "Did you mean openai:gpt-5?"


async def test_a_stream_that_is_cut_keeps_what_came(library: Library) -> None:
    cut = ModelAPIError("m", "The connection was lost.", kind="stream_cut")
    conversation = library.new("fake:one")
    events = await say(library, ScriptedCatalog({"fake:one": ScriptedModel(["half an ans", cut])}), conversation)
    last = events[-1]
    assert isinstance(last, ReplyFailed)
    assert last.failure.message == "The connection was lost."
    reply = await last_reply(library, conversation)
    assert (reply.state, reply.text) == ("failed", "half an ans")


async def test_no_model_to_ask_is_a_failure_of_the_reply_and_the_prompt_is_kept(library: Library) -> None:
    missing = ChinwagError("There is no key for OpenAI.", "Set OPENAI_API_KEY, or choose another model.")
    conversation = library.new("fake:one")
    events = await say(library, ScriptedCatalog({"fake:one": missing}), conversation)
    last = events[-1]
    assert isinstance(last, ReplyFailed)
    assert (last.failure.kind, last.failure.hint) == ("no_model", "Set OPENAI_API_KEY, or choose another model.")
    assert [message.text for message in (await library.open(conversation.id)).messages] == ["Hello?", ""]


async def test_a_bug_is_not_caught_but_the_partial_is_saved_first(library: Library) -> None:
    conversation = library.new("fake:one")
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["some", ZeroDivisionError("a bug")])})
    with pytest.raises(ZeroDivisionError):
        await say(library, catalog, conversation)
    reply = await last_reply(library, conversation)
    assert (reply.state, reply.text) == ("interrupted", "some")


@pytest.mark.parametrize(
    ("broken", "method"),
    [(ReplyMeter, "reading"), (ReplyMeter, "ended"), (ScriptedCatalog, "price"), (Turn, "_messages")],
)
async def test_a_bug_in_figures_costs_no_words(
    library: Library, monkeypatch: pytest.MonkeyPatch, broken: type, method: str
) -> None:
    def break_down(*given: object) -> None:
        raise ZeroDivisionError("a bug")

    conversation, gate = library.new("fake:one"), asyncio.Event()
    catalog = ScriptedCatalog({"fake:one": ScriptedModel([Thought("Hm."), "all ", gate, "of it", Usage(0, 3, 4, 7)])})
    turn = Turn(conversation, library, catalog, Prompt("Hello?"), clock=lambda: 0.0)  # nothing is read meanwhile
    with pytest.raises(ZeroDivisionError):
        async for event in turn.events():
            if isinstance(event, TextDelta):
                monkeypatch.setattr(broken, method, break_down)
                gate.set()
    reply = await last_reply(library, conversation)
    assert (reply.state, reply.text, reply.thinking) == ("done", "all of it", "Hm.")
    assert turn.outcome is not None and turn.outcome.reply == reply and turn.live is None


async def test_a_retry_answers_the_same_prompt_again_beside_the_failed_reply(library: Library) -> None:
    model = ScriptedModel([ModelAPIError("m", "Down.", kind="server")], ["up again"], ["next"])
    catalog = ScriptedCatalog({"fake:one": model})
    conversation = library.new("fake:one")
    await say(library, catalog, conversation, "first")
    events = await collect(Turn(conversation, library, catalog, None).events())
    assert isinstance(events[0], PromptSaved)
    assert isinstance(events[-1], ReplyDone)
    branch = (await library.open(conversation.id)).messages
    assert [message.text for message in branch] == ["first", "up again"]
    assert [message.text for message in await library.tree(conversation.id)] == ["first", "", "up again"]
    assert model.asked[1].prompts == ["first"]
    await say(library, catalog, conversation, "second")
    assert model.asked[2].prompts == ["first", "second"]


async def test_a_retry_without_a_prompt_says_so(library: Library) -> None:
    turn = Turn(library.new("fake:one"), library, ScriptedCatalog({"fake:one": ScriptedModel()}), None)
    with pytest.raises(UsageError, match="nothing to answer"):
        await collect(turn.events())


class Clock:
    """Every look at it is a fifth of a second later, so that every piece is worth a reading."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.2
        return self.now


async def test_usage_that_comes_last_is_estimated_rising_and_then_exact(library: Library) -> None:
    gates = [asyncio.Event() for _ in range(4)]
    pieces: list[Piece] = []
    for gate in gates:
        pieces += ["word " * 20, gate]
    model = ScriptedModel([*pieces, Usage(0, 33, 77, 110)])
    turn = Turn(
        library.new("fake:one"),
        library,
        ScriptedCatalog({"fake:one": model}, window=1000),
        Prompt("Hello?"),
        clock=Clock(),
    )
    readings: list[UsageChanged] = []
    last: ChatEvent | None = None
    waiting = iter(gates)
    async for event in turn.events():
        last = event
        before = readings[-1].reading.usage.output or 0 if readings else 0
        if isinstance(event, UsageChanged) and (event.reading.usage.output or 0) > before:
            readings.append(event)
            next(waiting).set()
    figures = [event.reading.usage.output or 0 for event in readings]
    assert len(figures) >= 3
    assert figures == sorted(set(figures))
    assert all(event.reading.output_estimated and event.reading.streaming for event in readings)
    assert isinstance(last, ReplyDone)
    assert (last.reading.usage.input, last.reading.usage.output) == (33, 77)
    assert (last.reading.output_estimated, last.reading.context_tokens, last.reading.window) == (False, 110, 1000)


async def test_the_meter_is_read_four_times_a_second_at_most(library: Library) -> None:
    now = [0.0]
    pieces: list[Piece] = ["word "] * 5_000  # more than the engine hands over at once
    turn = Turn(
        library.new("fake:one"),
        library,
        ScriptedCatalog({"fake:one": ScriptedModel(pieces)}),
        Prompt("Hello?"),
        clock=lambda: now[0],
    )
    deltas = readings = 0
    async for event in turn.events():
        now[0] += 0.1
        deltas += isinstance(event, TextDelta)
        readings += isinstance(event, UsageChanged)
    assert deltas > 2
    assert readings <= now[0] / 0.25 + 1


async def test_prices_are_stored_with_the_reply_and_add_up(library: Library) -> None:
    model = ScriptedModel(["yes", Usage(0, 60, 40, 100)])
    catalog = ScriptedCatalog({"fake:one": model}, token_price=Decimal("0.001"))
    conversation = library.new("fake:one")
    await say(library, catalog, conversation)
    last = (await say(library, catalog, conversation))[-1]
    assert isinstance(last, ReplyDone)
    assert (last.reply.price, last.reading.message_price, last.reading.chat_price) == (
        Decimal("0.100"),
        Decimal("0.100"),
        Decimal("0.200"),
    )
    assert last.reading.today_price == Decimal("0.200")


class LatePrices(ScriptedCatalog):
    """Knows prices and windows only once the table is loaded, as the real one does."""

    async def load_prices(self) -> None:
        self._token_price, self._window = Decimal("0.001"), 500


async def test_the_first_reply_of_all_has_its_price_although_the_table_loads_meanwhile(library: Library) -> None:
    catalog = LatePrices({"fake:one": ScriptedModel(["yes", Usage(0, 60, 40, 100)])})
    last = (await say(library, catalog, library.new("fake:one")))[-1]
    assert isinstance(last, ReplyDone)
    assert (last.reply.price, last.reading.window) == (Decimal("0.100"), 500)


async def test_a_free_model_costs_nothing_and_an_unknown_price_stays_unknown(library: Library) -> None:
    script: list[Piece] = ["yes", Usage(0, 60, 40, 100)]
    free = ScriptedCatalog({"fake:one": ScriptedModel(script)}, free=True)
    unknown = ScriptedCatalog({"fake:one": ScriptedModel(script)})
    first = (await say(library, free, library.new("fake:one")))[-1]
    second = (await say(library, unknown, library.new("fake:one")))[-1]
    assert isinstance(first, ReplyDone)
    assert isinstance(second, ReplyDone)
    assert (first.reply.price, first.reading.free) == (Decimal(0), True)
    assert (second.reply.price, second.reading.message_price) == (None, None)


async def test_why_nothing_comes_is_told(library: Library) -> None:
    notice = ModelNoticeEvent("retry", "OpenAI is overloaded.", 2.0, 1, 3)
    model = ScriptedModel(["ok"], opening=[notice])
    events = await say(library, ScriptedCatalog({"fake:one": model}), library.new("fake:one"))
    waiting = [event for event in events if isinstance(event, Waiting)]
    assert [(event.kind, event.message, event.delay_s, event.attempt, event.attempts) for event in waiting] == [
        ("retry", "OpenAI is overloaded.", 2.0, 1, 3)
    ]


async def test_what_a_person_renamed_keeps_its_name(library: Library) -> None:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["yes"])})
    conversation = library.new("fake:one")
    await library.rename(conversation.id, "Mine")
    await say(library, catalog, conversation)
    await say(library, catalog, conversation)
    assert (await library.open(conversation.id)).conversation.title == "Mine"


async def test_control_characters_and_lone_surrogates_survive_as_far_as_a_disk_can_hold_them(library: Library) -> None:
    model = ScriptedModel(["\x1b]0;pwned\x07 \ud800 \x00"])
    conversation = library.new("fake:one")
    events = await say(library, ScriptedCatalog({"fake:one": model}), conversation, "raw \x1b[31m\x00 \ud800")
    assert isinstance(events[-1], ReplyDone)
    prompt, reply = (await library.open(conversation.id)).messages
    assert reply.text == "\x1b]0;pwned\x07 \ufffd ␀"
    assert prompt.text == "raw \x1b[31m␀ \ufffd"


async def test_a_price_table_that_cannot_be_loaded_costs_the_price_and_not_the_answer(library: Library) -> None:
    class Broken(ScriptedCatalog):
        async def load_prices(self) -> None:
            raise OSError("no table")

    events = await say(library, Broken({"fake:one": ScriptedModel(["An answer."])}), library.new("fake:one"))
    last = events[-1]
    assert isinstance(last, ReplyDone) and (last.reply.text, last.reply.price) == ("An answer.", None)


async def test_a_model_chosen_while_the_first_prompt_is_saved_answers_the_next(library: Library) -> None:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(), "fake:two": ScriptedModel()})
    conversation = library.new("fake:one")
    turn = Turn(conversation, library, catalog, Prompt("Hello?"))
    saving = asyncio.create_task(collect(turn.events()))
    await library.set_model(conversation.id, "fake:two")
    events = await saving
    assert isinstance(events[-1], ReplyDone)
    assert (await library.current(conversation)).model == "fake:two"
