"""Several views of one stream, in any order, left anywhere. Lost else: a text is doubled, or one is missing."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.engine import LateModel, scripted
from tests.support.scripted import ScriptedModel, Turn
from tui.agent.agent import Agent
from tui.agent.messages import ModelResponse, TextPart, ThinkingPart
from tui.agent.models.function import DeltaToolCall, FunctionModel
from tui.agent.result import StreamedRunResult
from tui.agent.usage import Usage

WORDS = [f"w{number} " for number in range(6)]
DEBOUNCES = [None, 0.0, 0.002, 5.0]


async def talk(messages: object, info: object) -> AsyncIterator[str]:
    """Words that come one by one, some of them late."""
    for number, word in enumerate(WORDS):
        if number % 2:
            await asyncio.sleep(0.001)
        yield word


async def echo(word: str) -> str:
    return word


def with_tools() -> FunctionModel:
    """Text, a call, and text again."""
    return scripted(["w0 ", "w1 ", {1: DeltaToolCall("echo", '{"word": "x"}', "id")}], ["w2 ", "w3 "]).model()


def text_of(item: Any) -> str:
    """The text so far in an item of `stream_structured`."""
    response: ModelResponse = item[0]
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))


async def test_a_view_that_is_left_while_more_arrives_leaves_nothing_twice() -> None:
    gate = asyncio.Event()
    async with Agent(LateModel(["w0 ", gate, "w1 ", "w2 "])).run_stream("Count") as result:
        async for piece in result.stream_text(delta=True, debounce_by=0.001):
            assert piece == "w0 "
            break
        gate.set()
        await asyncio.sleep(0.002)
        pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
    assert pieces == ["w0 ", "w1 ", "w2 "]


async def test_two_views_in_turn_each_give_the_whole_text() -> None:
    async with Agent(scripted(WORDS).model()).run_stream("Count") as result:
        views = [result.stream_text(delta=True, debounce_by=None) for _ in range(2)]
        given: list[list[str]] = [[], []]
        for turn in range(2 * len(WORDS)):
            async for piece in views[turn % 2]:
                given[turn % 2].append(piece)
                break
    assert given == [WORDS, WORDS]


class Views:
    """Views of one result, and what they have given so far."""

    def __init__(self, result: StreamedRunResult[None, str]) -> None:
        self._result = result
        self._views: dict[tuple[int, str], AsyncIterator[Any]] = {}
        self.given: dict[tuple[int, str], list[str]] = {}

    def _open(self, kind: str, debounce_by: float | None) -> AsyncIterator[Any]:
        if kind == "events":
            return self._result
        if kind == "responses":
            return self._result.stream_structured(debounce_by=debounce_by)
        return self._result.stream_text(delta=kind == "delta", debounce_by=debounce_by)

    async def read(self, number: int, kind: str, debounce_by: float | None, most: int) -> None:
        """Read on in a view, which is opened when it is first read."""
        view = self._views.setdefault((number, kind), self._open(kind, debounce_by))
        items = self.given.setdefault((number, kind), [])
        for _ in range(most):
            try:
                item = await anext(view)
            except StopAsyncIteration:
                break
            items.append(text_of(item) if kind == "responses" else item)

    def check(self, whole: str) -> None:
        """Nothing came twice, nothing is missing in between."""
        for (_, kind), items in self.given.items():
            if kind == "delta":
                assert whole.startswith("".join(items))
            if kind == "growing":
                assert all(whole.startswith(item) for item in items)
                assert all(len(one) < len(other) for one, other in pairwise(items))

    async def read_all(self, whole: str, last: str) -> None:
        """Read every view to its end, and some new ones, and see that each has given all."""
        for number, kind in [*self._views, (9, "delta"), (9, "growing"), (9, "responses")]:
            await self.read(number, kind, 0.001, 99)
        self.check(whole)
        for (_, kind), items in self.given.items():
            if kind == "delta":
                assert "".join(items) == whole
            if kind in ("growing", "responses"):
                assert items[-1] == (whole if kind == "growing" else last)


STEPS = st.lists(
    st.tuples(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["delta", "growing", "responses", "events"]),
            st.sampled_from(DEBOUNCES),
            st.integers(0, 3),
        ),
        st.sampled_from([None, 0.0, 0.002]),
    ),
    max_size=8,
)
"""What to read, and how long to wait for something else then, or None."""


@given(steps=STEPS, tools=st.booleans())
def test_no_order_of_views_breaks_and_waits_doubles_or_loses_text(steps: list[Any], tools: bool) -> None:
    whole, last = ("w0 w1 \n\nw2 w3 ", "w2 w3 ") if tools else ("".join(WORDS),) * 2

    async def read() -> None:
        model = with_tools() if tools else FunctionModel(stream_function=talk)
        async with Agent(model, tools=[echo]).run_stream("Count") as result:
            views = Views(result)
            for step, pause in steps:
                await views.read(*step)
                if pause is not None:
                    await asyncio.sleep(pause)
                views.check(whole)
            await views.read_all(whole, last)
            assert await result.get_data() == last

    asyncio.run(read())


@pytest.mark.parametrize("debounce_by", DEBOUNCES)
async def test_snapshots_are_not_given_twice_by_a_second_view(debounce_by: float | None) -> None:
    gate = asyncio.Event()
    async with Agent(LateModel(["w0 ", gate, "w1 "])).run_stream("Count") as result:
        async for _ in result.stream_structured(debounce_by=0.001):
            break
        gate.set()
        items = [(text_of(item), item[1]) async for item in result.stream_structured(debounce_by=debounce_by)]
    assert items == [("w0 ", False), ("w0 w1 ", False), ("w0 w1 ", True)]


@pytest.mark.parametrize("debounce_by", [None, 0.001])
async def test_a_text_that_turns_out_to_be_thoughts_is_none_of_the_text_from_then_on(
    debounce_by: float | None,
) -> None:
    model = ScriptedModel(["It greets", Turn(" me."), "Hel", "lo."])
    usage = Usage()
    async with Agent(model).run_stream("Hi", usage=usage) as result:
        before = result.stream_text(debounce_by=debounce_by)
        first = await anext(before)
        assert first in ("It greets", "Hello.")
        rest = [text async for text in before]
        assert (rest or [first])[-1] == "Hello."
        assert [text async for text in result.stream_text(delta=True, debounce_by=0)] == ["Hello."]
        assert await result.get_data() == "Hello."
    assert result.all_messages()[-1].parts == [ThinkingPart("It greets me."), TextPart("Hello.")]
    assert usage.response_tokens == (len("It greetsHello.") + 3) // 4  # no piece was counted twice
