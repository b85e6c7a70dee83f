"""Servers that give one output item several ids. Lost else: a tool runs twice, a text or a thought is doubled."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recordings import Outcome, replay
from tests.support.wire_bytes import sse_bytes
from tui.agent.messages import ThinkingPart, ToolCallPart
from tui.agent.providers import VENDORS

REASONING: dict[str, Any] = {
    "type": "reasoning",
    "content": [{"type": "reasoning_text", "text": "hm, well"}],
    "summary": [],
}
MESSAGE: dict[str, Any] = {"type": "message", "content": [{"type": "output_text", "text": "Hi you"}]}
CALL: dict[str, Any] = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"x": 1}'}
OTHER_CALL: dict[str, Any] = {"type": "function_call", "call_id": "call_2", "name": "f", "arguments": '{"x": 2}'}
KINDS = {
    "message": ("output_text", ("Hi ", "you")),
    "reasoning": ("reasoning_text", ("hm, ", "well")),
    "function_call": ("function_call_arguments", ('{"x": ', "%s}")),
}
Ids = Callable[[int, str], str]
"""Of an item's number and of the event it is told in: "added", "delta", "done" or "completed"."""


def fresh() -> Ids:
    """Another id with every event."""
    numbers = count()
    return lambda item, event: f"id_{next(numbers)}"


IDS: dict[str, Callable[[], Ids]] = {
    "OpenAI, one id": lambda: lambda item, event: f"id_{item}",
    "vLLM, another one at the end": lambda: lambda item, event: f"id_{item}" + "_end" * (event == "completed"),
    "mistral.rs, one for each event": lambda: lambda item, event: f"id_{item}_{event}",
    "LiteLLM, one for each delta": fresh,
    "none": lambda: lambda item, event: "",
}


def events(
    items: list[dict[str, Any]],
    ids: Ids,
    *,
    index: Callable[[int, str], int | None] = lambda item, event: item,
    told: frozenset[str] = frozenset({"added", "delta", "done", "completed"}),
    new_call_ids: bool = False,
    ended: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda items: items,
) -> Iterator[dict[str, Any]]:
    """A stream of these items as a server tells it that identifies them so."""

    def named(number: int, event: str, value: dict[str, Any]) -> dict[str, Any]:
        other = {"call_id": f"{value['call_id']}_{event}"} if new_call_ids and "call_id" in value else {}
        return {**value, **other, **({"id": name} if (name := ids(number, event)) else {})}

    def placed(number: int, event: str, **fields: Any) -> dict[str, Any]:
        place = index(number, event)
        return fields if place is None else {"output_index": place, **fields}

    yield {"type": "response.created", "response": {"id": "resp_1", "model": "gpt-x", "output": []}}
    for number, value in enumerate(items):
        emptied: dict[str, Any] = {"arguments": ""} if "arguments" in value else {"content": []}
        empty = value | emptied
        channel, pieces = KINDS[value["type"]]
        if "added" in told:
            yield placed(number, "added", type="response.output_item.added", item=named(number, "added", empty))
        for piece in pieces if "delta" in told else ():
            delta = piece.replace("%s", value.get("arguments", "")[6:-1])
            yield placed(number, "delta", type=f"response.{channel}.delta", item_id=ids(number, "delta"), delta=delta)
        if "done" in told:
            yield placed(number, "done", type="response.output_item.done", item=named(number, "done", value))
    output = [named(number, "completed", value) for number, value in enumerate(items)] if "completed" in told else []
    yield {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": ended(output)}}


async def ask(wire: Iterator[dict[str, Any]]) -> Outcome:
    outcome = await replay(VENDORS["openai-responses"], sse_bytes(*wire, named=True))
    assert outcome.error is None
    return outcome


def check(outcome: Outcome, items: list[dict[str, Any]]) -> None:
    kinds = [value["type"] for value in items]
    assert outcome.text == "Hi you" * kinds.count("message")
    assert [part.content for part in outcome.parts(ThinkingPart)] == ["hm, well"] * kinds.count("reasoning")
    assert outcome.calls == [("f", {"x": int(one["arguments"][6:-1])}) for one in items if "arguments" in one]


@pytest.mark.parametrize("new_call_ids", [False, True], ids=["call ids stay", "call ids change"])
@pytest.mark.parametrize("ids", IDS.values(), ids=IDS.keys())
async def test_items_come_once_whatever_they_are_called(ids: Callable[[], Ids], new_call_ids: bool) -> None:
    items = [REASONING, MESSAGE, CALL, OTHER_CALL]
    outcome = await ask(events(items, ids(), new_call_ids=new_call_ids))
    check(outcome, items)
    first = outcome.parts(ToolCallPart)[0].tool_call_id
    assert first == ("call_1_added" if new_call_ids else "call_1")


PLACES: dict[str, Callable[[int, str], int | None]] = {
    "deltas are one behind (vLLM)": lambda item, event: item - (event == "delta"),
    "all items have the first one's (LiteLLM)": lambda item, event: 0,
    "none is told (llama.cpp)": lambda item, event: None,
}


@pytest.mark.parametrize("index", PLACES.values(), ids=PLACES.keys())
async def test_a_wrong_index_does_no_harm_where_ids_stay(index: Callable[[int, str], int | None]) -> None:
    items = [REASONING, MESSAGE, CALL, OTHER_CALL]
    check(await ask(events(items, IDS["OpenAI, one id"](), index=index)), items)


@pytest.mark.parametrize(
    "ended",
    [lambda output: output[1:], lambda output: [*output[1:], output[0]], lambda output: []],
    ids=["thoughts left out", "in another order", "empty (vLLM)"],
)
async def test_a_response_that_ends_with_other_items_doubles_none(ended: Any) -> None:
    items = [REASONING, MESSAGE, CALL]
    check(await ask(events(items, fresh(), ended=ended)), items)


async def test_an_item_that_is_told_twice_comes_once() -> None:
    wire = list(events([CALL, MESSAGE], fresh(), new_call_ids=True))
    twice = [one for event in wire for one in ([event] * (1 + event["type"].endswith(("added", "done"))))]
    check(await ask(iter(twice)), [CALL, MESSAGE])


async def test_thoughts_on_both_channels_come_once() -> None:
    """OpenRouter tells them as a summary and as text."""
    both = [
        {**event, "type": kind}
        for event in events([REASONING, MESSAGE], fresh())
        for kind in (
            (event["type"], "response.reasoning_summary_text.delta")
            if event["type"] == "response.reasoning_text.delta"
            else (event["type"],)
        )
    ]
    check(await ask(iter(both)), [REASONING, MESSAGE])


async def test_a_seal_that_comes_only_at_the_end_is_kept() -> None:
    wire = list(events([REASONING, MESSAGE], fresh()))
    wire[-1]["response"]["output"][0]["encrypted_content"] = "SEAL"
    outcome = await ask(iter(wire))
    check(outcome, [REASONING, MESSAGE])
    assert outcome.parts(ThinkingPart)[0].signature == "SEAL"


def numbered(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items, each call with an id and arguments of its own."""
    own = ({"call_id": f"call_{n}", "arguments": f'{{"x": {n}}}'} for n in count())
    return [item | next(own) if item is CALL else item for item in items]


@given(
    items=st.lists(st.sampled_from([REASONING, MESSAGE, CALL]), min_size=1, max_size=5).map(numbered),
    ids=st.sampled_from(list(IDS.values())),
    told=st.frozensets(st.sampled_from(["added", "delta"])).map(lambda some: some | {"done", "completed"}),
    new_call_ids=st.booleans(),
)
async def test_no_way_to_tell_items_doubles_or_loses_one(
    items: list[dict[str, Any]], ids: Callable[[], Ids], told: frozenset[str], new_call_ids: bool
) -> None:
    check(await ask(events(items, ids(), told=told, new_call_ids=new_call_ids)), items)
