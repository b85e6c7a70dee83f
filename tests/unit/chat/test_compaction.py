"""Older turns summed up or left out: the next request holds just what it should, and nothing that was said is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted import Finish, ScriptedCatalog, ScriptedModel
from tui.agent.messages import ModelMessage, ModelRequest
from tui.agent.usage import Usage
from tui.chat.catalog.info import ModelInfo
from tui.chat.library import Library
from tui.chat.limits import Limits
from tui.chat.origin import Origin
from tui.chat.prompt import Prompt
from tui.chat.questions import NO_ANSWERS, HeldError, SendingAnswers, SendingQuestion
from tui.chat.replies.compaction import REQUEST, edited_summary
from tui.chat.replies.events import ChatEvent, PromptHeld, PromptReturned, ReplyDone
from tui.chat.replies.extent import sent_part
from tui.chat.replies.guard import Guard
from tui.chat.replies.meter import resting
from tui.chat.replies.options import Compaction, TurnOptions
from tui.chat.replies.replies import Replies
from tui.chat.replies.rows import turn_rows
from tui.chat.replies.turn import Turn
from tui.chat.settings import ChatSettings
from tui.config import SettingValues, SetValue
from tui.config.amounts import Amount
from tui.config.values import SettingValues as Values
from tui.errors import UsageError
from tui.store.database import Database
from tui.store.records import Conversation, Message

LONG = "word " * 200
"""Some 250 tokens."""


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    yield Library(database)
    await database.close()


def values(**settings: float) -> SettingValues:
    return Values(tuple(SetValue(key, value, "app", "") for key, value in settings.items()))


class Chat:
    """A conversation with a model that follows a script, turn by turn."""

    def __init__(
        self, library: Library, model: ScriptedModel, *, window: int | None = 10_000, **settings: float
    ) -> None:
        self.library = library
        self.model = model
        self.catalog = ScriptedCatalog({"fake:one": model}, window=window, token_price=Decimal("0.0001"))
        self.guard = Guard(self.catalog, lambda: values(**{"confirm_above": 0, **settings}))
        self.conversation: Conversation = library.new("fake:one")

    async def turn(self, prompt: str | None, answers: SendingAnswers = NO_ANSWERS) -> list[ChatEvent]:
        asked = None if prompt is None else Prompt(prompt)
        return await self._run(
            Turn(self.conversation, self.library, self.catalog, asked, TurnOptions(answers=answers), guard=self.guard)
        )

    async def compact(self, words: str = "", at: str = "", answers: SendingAnswers = NO_ANSWERS) -> list[ChatEvent]:
        options = TurnOptions(at=at, compaction=Compaction(words), answers=answers)
        return await self._run(Turn(self.conversation, self.library, self.catalog, None, options, guard=self.guard))

    async def _run(self, turn: Turn) -> list[ChatEvent]:
        events = [event async for event in turn.events()]
        self.conversation = turn.conversation
        return events

    async def branch(self) -> tuple[Message, ...]:
        return (await self.library.open(self.conversation.id)).messages

    @property
    def asked(self) -> list[object]:
        """What was said for the person in the last request."""
        return self.model.asked[-1].prompts


def texts(messages: list[ModelMessage]) -> list[str]:
    """What was said in a request, who by who."""
    return [
        ("user: " if isinstance(message, ModelRequest) else "model: ")
        + " ".join(str(getattr(part, "content", "")) for part in message.parts)
        for message in messages
    ]


async def chat_of_four(library: Library, **arguments: float) -> Chat:
    model = ScriptedModel(["a1"], ["a2"], ["a3"], ["a4"], ["The gist."], ["a5"], ["a6"])
    chat = Chat(library, model, **arguments)  # type: ignore[arg-type]
    for text in ("q1", "q2", "q3", "q4"):
        await chat.turn(text)
    return chat


async def test_the_summary_takes_the_place_of_the_older_turns_and_the_newest_stay(library: Library) -> None:
    chat = await chat_of_four(library)
    events = await chat.compact("Keep the names.")
    assert isinstance(events[-1], ReplyDone) and events[-1].reply.text == "The gist."
    assert chat.asked[:2] == ["q1", "q2"] and str(chat.asked[-1]) == f"{REQUEST}\n\nKeep the names."
    assert "q3" not in chat.asked, "what stays is not summed up"
    await chat.turn("q5")
    said = texts(chat.model.asked[-1].messages)
    assert said[0].startswith("user: This is a summary of our conversation") and said[0].endswith("The gist.\n\nq3")
    assert said[1:] == ["model: a3", "user: q4", "model: a4", "user: q5"]
    assert [message.text for message in await chat.branch()] == [
        "q1", "a1", "q2", "a2", "q3", "a3", "q4", "a4", "The gist.", "q5", "a5",
    ]  # fmt: skip


async def test_a_second_summary_is_made_of_the_first_and_what_came_since(library: Library) -> None:
    chat = await chat_of_four(library)
    await chat.compact()
    await chat.turn("q5")
    await chat.compact()
    said = texts(chat.model.asked[-1].messages)
    assert "The gist." in said[0] and "q3" in said[0] and "q1" not in " ".join(said)
    assert sent_part(await chat.branch()).covered == 6


async def test_a_chat_of_one_turn_is_summed_up_whole_and_the_summary_leads_the_next_prompt(library: Library) -> None:
    chat = Chat(library, ScriptedModel(["a1"], ["The gist."], ["a2"]))
    await chat.turn("q1")
    await chat.compact()
    await chat.turn("q2")
    assert len(chat.asked) == 1 and str(chat.asked[0]).endswith("The gist.\n\nq2")


async def test_there_must_be_something_to_sum_up(library: Library) -> None:
    chat = Chat(library, ScriptedModel())
    with pytest.raises(UsageError, match="nothing to sum up"):
        await chat.compact()


async def test_a_summary_that_was_stopped_is_as_if_it_were_not_there(library: Library) -> None:
    model = ScriptedModel(["a1"], ["a2"], ["Half", asyncio.Event()], ["a3"])
    chat = Chat(library, model)
    await chat.turn("q1")
    await chat.turn("q2")
    turn = Turn(chat.conversation, library, chat.catalog, None, TurnOptions(compaction=Compaction()))
    async for event in turn.events():
        if type(event).__name__ == "TextDelta":
            turn.stop()
    stopped = (await chat.branch())[-1]
    assert stopped.state == "interrupted" and stopped.text == "Half" and Origin.from_json(stopped.origin).is_summary
    await chat.turn("q3")
    assert texts(chat.model.asked[-1].messages) == ["user: q1", "model: a1", "user: q2", "model: a2", "user: q3"]


async def test_answering_again_at_a_summary_makes_it_again_beside_the_first(library: Library) -> None:
    chat = await chat_of_four(library)
    await chat.compact("Keep the names.")
    first = (await chat.branch())[-1]
    await chat.turn(None)
    second = (await chat.branch())[-1]
    assert second.parent_id == first.parent_id and second.text == "a5"
    assert Origin.from_json(second.origin) == Origin.from_json(first.origin)


async def test_an_edited_summary_counts_and_the_one_before_stays(library: Library) -> None:
    chat = await chat_of_four(library)
    await chat.compact()
    summary = (await chat.branch())[-1]
    await library.branches.add_beside(edited_summary(summary, "My own words."))
    await chat.turn("q5")
    assert "My own words." in str(chat.asked[0]) and "The gist." not in str(chat.asked)
    assert summary.id in {message.id for message in await library.tree(chat.conversation.id)}
    assert sum((message.price or 0) for message in (await chat.branch())[:-1]) == sum(
        (message.price or 0) for message in (await chat.branch())[:8]
    ), "nothing was paid for a person's words"


async def test_a_prompt_that_is_asked_again_stands_below_the_summary(library: Library) -> None:
    chat = await chat_of_four(library)
    last = (await chat.branch())[-2]
    await chat.compact(at=last.id)
    assert [message.text for message in await chat.branch()] == ["q1", "a1", "q2", "a2", "q3", "a3", "The gist."]


async def test_the_meter_knows_what_is_sent_after_it(library: Library) -> None:
    usage = Usage(requests=1, request_tokens=5_000, response_tokens=1_000)
    model = ScriptedModel([LONG, usage], [LONG, usage], ["a3", usage], ["The gist.", usage], ["a4", Usage(1, 700, 80)])
    chat = Chat(library, model)
    for text in ("q1", "q2", "q3"):
        await chat.turn(text)
    assert resting(await chat.branch(), window=10_000, free=False).context_tokens == 6_000
    await chat.compact()
    reading = resting(await chat.branch(), window=10_000, free=False)
    assert reading.context_estimated and 0 < (reading.context_tokens or 0) < 1_000
    await chat.turn("q4")
    reading = resting(await chat.branch(), window=10_000, free=False)
    assert not reading.context_estimated


async def test_a_fork_sends_the_summary_too(library: Library) -> None:
    chat = await chat_of_four(library)
    await chat.compact()
    chat.conversation = await library.fork(chat.conversation, (await chat.branch())[-1].id)
    await chat.turn("q5")
    assert "The gist." in str(chat.asked[0]) and "q1" not in str(chat.asked)


# What does not fit.


async def too_long(library: Library) -> Chat:
    chat = Chat(library, ScriptedModel([LONG], [LONG], [LONG], ["short"], ["The gist."]), window=1_200, confirm_above=0)
    for text in ("q1", "q2", "q3"):
        await chat.turn(text)
    return chat


async def test_what_does_not_fit_is_asked_about_and_nothing_is_saved(library: Library) -> None:
    chat = await too_long(library)
    before = await chat.branch()
    with pytest.raises(HeldError) as held:
        await chat.turn(LONG * 3)
    assert held.value.question.kind == "window"
    assert [choice.action for choice in held.value.question.choices] == ["compact", "leave_out", "larger", "send"]
    assert await chat.branch() == before and len(chat.model.asked) == 3


async def test_the_oldest_turns_are_left_out_and_stay_so_on_this_branch(library: Library) -> None:
    chat = await too_long(library)
    await chat.turn(LONG * 2, SendingAnswers(leave_out=True))
    branch = await chat.branch()
    kept = [prompt for prompt in chat.asked if prompt != LONG * 2]
    assert kept and kept != ["q1", "q2", "q3"], "some turns went, not all"
    left_out = sent_part(branch).left_out
    assert left_out == 2 * (3 - len(kept))
    assert resting(branch, window=1_200, free=False).left_out == left_out
    chat.guard = Guard(chat.catalog, lambda: values(confirm_above=0))
    await chat.turn("and", SendingAnswers(frozenset(("window",))))
    assert chat.asked == [*kept, LONG * 2, "and"]
    assert sent_part(branch[:-2]).left_out == 0, "another branch sends all of it"


async def test_a_second_answer_leaves_out_what_the_first_did(library: Library) -> None:
    chat = await too_long(library)
    await chat.turn(LONG * 2, SendingAnswers(leave_out=True))
    first = chat.asked
    await chat.turn(None, SendingAnswers(frozenset(("window",))))
    assert chat.asked == first


async def test_the_price_is_asked_about_with_what_is_in_the_history(library: Library) -> None:
    chat = Chat(library, ScriptedModel([LONG], [LONG]), window=None, confirm_above=0.05)
    await chat.turn(LONG)
    with pytest.raises(HeldError, match=r"≈ 750 tokens, answer ≈ 250, ≈ \$0\.10"):
        await chat.turn(LONG)


async def test_a_summary_is_asked_about_like_any_other_request(library: Library) -> None:
    """It reads the whole chat: what is dear to send is dear to sum up, also when it is made again."""
    chat = await chat_of_four(library)
    chat.guard = Guard(chat.catalog, lambda: values(confirm_above=0.001))
    with pytest.raises(HeldError) as held:
        await chat.compact()
    assert held.value.question.text.startswith("to sum up, ≈ ") and held.value.question.kind == "cost"
    assert [choice.action for choice in held.value.question.choices] == ["send"]
    assert len(chat.model.asked) == 4 and len(await chat.branch()) == 8
    await chat.compact(answers=NO_ANSWERS.allowing("cost"))
    with pytest.raises(HeldError, match="to sum up"):
        await chat.turn(None)
    assert (await chat.branch())[-1].text == "The gist."


async def test_a_summary_at_a_limit_is_asked_about(library: Library) -> None:
    chat = await chat_of_four(library)
    library.budgets.limits = Limits({"day": Amount(dollars=Decimal("0.0001"))})
    chat.guard = Guard(chat.catalog, lambda: values(confirm_above=0), library.budgets)
    with pytest.raises(HeldError, match="limit reached"):
        await chat.compact()


async def test_the_beginning_of_an_answer_that_goes_on_is_paid_for_again(library: Library) -> None:
    chat = Chat(library, ScriptedModel([LONG * 4, Finish("length")], ["end"]), window=None, confirm_above=0.05)
    await chat.turn("q1")
    begun = (await chat.branch())[-1]
    options = TurnOptions(at=begun.id, goes_on=True)
    with pytest.raises(HeldError, match=r"≈ 1k tokens"):
        async for _ in Turn(chat.conversation, library, chat.catalog, None, options, guard=chat.guard).events():
            pass


async def test_the_answer_is_part_of_what_is_asked_about(library: Library) -> None:
    chat = Chat(library, ScriptedModel([LONG], [LONG]), window=None, confirm_above=0.04)
    await chat.turn("q1")
    with pytest.raises(HeldError, match=r"≈ \d+ tokens, answer ≈ 250, ≈ \$0\.05"):
        await chat.turn("q2")  # what goes in costs $0.025
    chat.conversation = await library.set_settings(chat.conversation.id, ChatSettings(max_tokens=20))
    await chat.turn("q2")


# A queue, and summing up by itself.


async def test_a_queued_prompt_that_is_too_dear_is_held_and_asked_about(library: Library) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(["a1", gate], ["a2"])
    catalog = ScriptedCatalog({"fake:one": model}, window=10_000, token_price=Decimal("0.001"))
    replies = Replies(library, catalog, Guard(catalog, lambda: values(confirm_above=0.2)))
    seen: asyncio.Queue[object] = asyncio.Queue()
    replies.subscribe(lambda _, event: seen.put_nowait(event))
    chat = library.new("fake:one")
    replies.send(chat, Prompt("q1"))
    replies.send(chat, Prompt(LONG))
    replies.send(chat, Prompt("q3"))
    gate.set()
    while not isinstance(held := await seen.get(), PromptHeld):
        pass
    waiting = replies.queue.of(chat.id)
    assert [queued.prompt.text for queued in waiting] == [LONG, "q3"] and all(queued.held for queued in waiting)
    assert held.queued_id == waiting[0].id and held.prompt is None
    replies.send_queued(held.queued_id, held.options.answers.allowing(held.question.kind))
    await ended(replies)
    branch = (await library.open(chat.id)).messages
    assert [message.text for message in branch if message.kind == "prompt"] == ["q1", LONG]
    assert [queued.prompt.text for queued in replies.queue.of(chat.id)] == ["q3"], "each is asked about by itself"


async def ended(replies: Replies) -> None:
    """Wait until nothing is under way, nor follows."""
    while replies._tasks:
        await asyncio.wait(tuple(replies._tasks))


async def test_above_its_share_of_the_window_a_chat_is_summed_up_before_the_next_prompt(library: Library) -> None:
    model = ScriptedModel([LONG], [LONG], ["The gist."], ["a3"])
    catalog = ScriptedCatalog({"fake:one": model}, window=600)
    replies = Replies(library, catalog, Guard(catalog, lambda: values(auto_compact=0.8)))
    chat = library.new("fake:one")
    for text in ("q1", "q2"):
        replies.send(chat, Prompt(text))
        await ended(replies)
    replies.send(chat, Prompt("q3"))
    await ended(replies)
    branch = (await library.open(chat.id)).messages
    assert [message.text for message in branch] == ["q1", LONG, "q2", LONG, "The gist.", "q3", "a3"]
    assert "The gist." in str(model.asked[-1].prompts[0])


async def test_for_a_model_of_one_turn_it_is_summed_up_for_its_window_and_the_prompt_goes_there(
    library: Library,
) -> None:
    """The summary left as much as the chat's own model takes, and the small one refused the rest."""

    class TwoWindows(ScriptedCatalog):
        def find(self, model_id: str) -> ModelInfo:
            info = super().find(model_id)
            return replace(info, window=1_000) if info.name == "small" else info

    large, small = ScriptedModel([LONG], [LONG], [LONG], ["The gist."]), ScriptedModel(["a4"])
    catalog = TwoWindows({"fake:one": large, "fake:small": small}, window=100_000)
    replies = Replies(library, catalog, Guard(catalog, lambda: values(auto_compact=0.7, confirm_above=0)))
    chat = library.new("fake:one")
    for text in ("q1", "q2", "q3"):
        replies.send(chat, Prompt(text))
        await ended(replies)
    replies.send(chat, Prompt("q4"), model="fake:small")
    await ended(replies)
    branch = (await library.open(chat.id)).messages
    assert [(message.text, message.model) for message in branch[-3:]] == [
        ("The gist.", "fake:one"), ("q4", ""), ("a4", "fake:small"),
    ]  # fmt: skip
    (asked,) = small.asked
    assert "q3" not in str(asked.messages), "a turn of 250 tokens is more than an eighth of 1,000"


async def test_what_waits_for_a_summary_that_was_asked_about_goes_when_it_is_there(library: Library) -> None:
    model = ScriptedModel([LONG], [LONG], ["The gist."], ["a3"])
    catalog = ScriptedCatalog({"fake:one": model}, window=600, token_price=Decimal("0.0001"))
    replies = Replies(library, catalog, Guard(catalog, lambda: values(auto_compact=0.8, confirm_above=0.034)))
    chat = library.new("fake:one", ChatSettings(max_tokens=1))  # so that answers are expected to cost nothing
    seen: list[PromptHeld] = []
    replies.subscribe(lambda _, event: seen.append(event) if isinstance(event, PromptHeld) else None)
    for text in ("q1", "q2"):
        replies.send(chat, Prompt(text))
        await ended(replies)
    replies.send(chat, Prompt("q3"))
    await ended(replies)
    (held,) = seen
    assert "to sum up" in held.question.text and [one.held for one in replies.queue.of(chat.id)] == [True]
    replies.answer_again(chat, replace(held.options, answers=held.options.answers.allowing("cost")))
    await ended(replies)
    branch = (await library.open(chat.id)).messages
    assert [message.text for message in branch[-3:]] == ["The gist.", "q3", "a3"] and len(seen) == 1


async def test_where_it_does_not_come_to_its_end_the_prompt_waits_for_the_person(library: Library) -> None:
    model = ScriptedModel([LONG], [LONG], ["Half", asyncio.Event()])
    catalog = ScriptedCatalog({"fake:one": model}, window=600)
    replies = Replies(library, catalog, Guard(catalog, lambda: values(auto_compact=0.8)))
    chat = library.new("fake:one")
    for text in ("q1", "q2"):
        replies.send(chat, Prompt(text))
        await ended(replies)
    replies.send(chat, Prompt("q3"))
    await model.reached.wait()
    replies.stop(chat.id)
    await ended(replies)
    (waiting,) = replies.queue.of(chat.id)
    assert waiting.prompt.text == "q3" and waiting.held and len(model.asked) == 3


async def test_a_short_prompt_waits_for_the_table_of_prices_only_where_a_limit_asks_for_it(library: Library) -> None:
    loaded = []

    class Table(ScriptedCatalog):
        async def load_prices(self) -> None:
            loaded.append(True)

    chat = library.new("fake:one")
    guard = Guard(Table({"fake:one": ScriptedModel()}), lambda: values(confirm_above=0), library.budgets)
    rows = turn_rows(await library.open(chat.id), Prompt("hi"), TurnOptions(), reply_id="reply")
    assert await guard.question(rows, TurnOptions()) is None and not loaded
    many = turn_rows(await library.open(chat.id), Prompt(LONG * 3), TurnOptions(), reply_id="reply")
    assert await guard.question(many, TurnOptions()) is None and not loaded
    assert await guard.question(many, TurnOptions(), [many, many]) is None and loaded, "thrice as much is not short"
    loaded.clear()
    here = Table({"fake:one": ScriptedModel()}, free=True)
    guard_here = Guard(here, lambda: values(confirm_above=0), library.budgets)
    assert await guard_here.question(many, TurnOptions(), [many, many]) is None and not loaded, "no table knows it"
    library.budgets.limits = Limits({"day": Amount(dollars=Decimal(1))})
    assert await guard.question(rows, TurnOptions()) is None and loaded


async def test_a_prompt_that_is_stopped_while_it_is_looked_at_comes_back_and_nothing_is_sent(library: Library) -> None:
    model = ScriptedModel([LONG], [LONG])
    catalog = ScriptedCatalog({"fake:one": model}, window=600)
    guard = Guard(catalog, lambda: values(auto_compact=0.8))
    replies, chat, returned = Replies(library, catalog, guard), library.new("fake:one"), []
    for text in ("q1", "q2"):
        replies.send(chat, Prompt(text))
        await ended(replies)
    replies.subscribe(lambda _, event: returned.append(event) if isinstance(event, PromptReturned) else None)
    look = guard.question

    async def stopped_meanwhile(*asked: Any) -> SendingQuestion | None:
        question = await look(*asked)
        replies.stop(chat.id)
        return question

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "question", stopped_meanwhile)
        replies.send(chat, Prompt("q3"))
        await ended(replies)
    assert [event.prompt for event in returned] == [Prompt("q3")] and len(model.asked) == 2
    assert not replies.queue.of(chat.id)


def test_the_origin_of_another_version_is_read_as_far_as_it_is_known() -> None:
    assert Origin.from_json('{"kind": "dreamt", "until": 3, "sent_from": "x", "more": []}') == Origin(
        "dreamt", sent_from="x"
    )
    assert Origin.from_json("{broken") == Origin() and Origin().to_json() == ""
    assert Origin.from_json(Origin("summary", until="m").to_json()) == Origin("summary", until="m")
