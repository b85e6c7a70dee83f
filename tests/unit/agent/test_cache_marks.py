"""Marks at which Anthropic and Bedrock keep a prompt. Lost else: nine tenths of a long chat's price, every turn."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.switch_cases import (
    NO_TOOLS,
    PLACES,
    PNG,
    TOOLS,
    Place,
    ask,
    asks,
    body_for,
    hear,
    plain,
    tool_loop,
    unmarked,
)
from tui.agent.messages import ModelMessage, ModelRequest, UserPromptPart
from tui.agent.models import ModelRequestParameters
from tui.agent.settings import ModelSettings

MARKED = [PLACES["anthropic"], PLACES["bedrock"]]
POINT = {"cachePoint": {"type": "default"}}


def blocks_of(body: dict[str, Any]) -> list[tuple[str, Any]]:
    """The request in the order in which a provider reads it: where a block stands, and the block."""
    tools = body.get("tools") or body.get("toolConfig", {}).get("tools", [])
    turns = [(f"turn {number}", block) for number, turn in enumerate(body["messages"]) for block in turn["content"]]
    return [*(("tools", tool) for tool in tools), *(("system", block) for block in body.get("system", ())), *turns]


def marks(body: dict[str, Any]) -> list[str]:
    return [place for place, block in blocks_of(body) if block == POINT or "cache_control" in block]


def prefixes(body: dict[str, Any]) -> list[str]:
    """What a provider keeps of a request: everything up to each of its marks."""
    found: list[str] = []
    read: list[Any] = []
    for place, block in blocks_of(body):
        if block != POINT:
            read.append((place, unmarked(block)))
        if block == POINT or "cache_control" in block:
            found.append(json.dumps(read))
    return found


async def chat(place: Place, turns: int, *, system: str = "Be kind.", before: Sequence[ModelMessage] = ()) -> Any:
    """The request of each turn of a chat, the first of which may stand on an older history."""
    history = list(before)
    for number in range(turns):
        prompt = ModelRequest([UserPromptPart([f"Question {number}", PNG])], instructions=system)
        yield body_for(place, [*history, prompt], TOOLS)
        history += [prompt, *await hear(place, place.said(f"Answer {number}", "First thought"))]


@pytest.mark.parametrize("place", MARKED, ids=lambda place: place.vendor)
@pytest.mark.parametrize("switched", [False, True], ids=["alone", "after a switch"])
async def test_every_turn_reads_what_the_turn_before_has_kept(place: Place, switched: bool) -> None:
    before = (await plain(PLACES["openai"]))[:-1] if switched else []
    kept: list[list[str]] = []
    async for body in chat(place, 5, before=before):
        last = len(body["messages"]) - 1
        assert marks(body) == ["tools", "system", *[f"turn {last - 2}"] * (last > 0), f"turn {last}"]
        if kept:
            assert kept[-1][-1] in prefixes(body), "all of the last request is in the cache, up to its prompt's end"
        kept.append(prefixes(body))


@pytest.mark.parametrize("place", MARKED, ids=lambda place: place.vendor)
async def test_another_system_prompt_leaves_the_tools_in_the_cache(place: Place) -> None:
    (one,) = [body async for body in chat(place, 1)]
    (two,) = [body async for body in chat(place, 1, system="Be brief.")]
    assert prefixes(one)[0] == prefixes(two)[0] and prefixes(one)[1] != prefixes(two)[1]


@pytest.mark.parametrize("place", MARKED, ids=lambda place: place.vendor)
async def test_results_of_tools_are_marked_like_prompts(place: Place) -> None:
    """A turn with many calls: the marks stand at the last two of its results, not a whole turn back."""
    body = body_for(place, await tool_loop(place), TOOLS)
    assert marks(body) == ["tools", "turn 0", "turn 2"]


@pytest.mark.parametrize("place", MARKED, ids=lambda place: place.vendor)
def test_a_short_prompt_has_one_mark_and_no_empty_block(place: Place) -> None:
    body = body_for(place, [asks("Hi")])
    assert marks(body) == ["turn 0"] and unmarked(body)["messages"][0]["content"] in ([{"type": "text", "text": "Hi"}],
                                                                                     [{"text": "Hi"}])  # fmt: skip


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", ["tools", "system", "turn 0"]),
        ("anthropic.claude-opus-5-5", ["tools", "system", "turn 0"]),
        ("us.amazon.nova-lite-v1:0", ["system", "turn 0"]),
        ("anthropic.claude-3-sonnet-20240229-v1:0", []),
        ("meta.llama3-70b-instruct-v1:0", []),
    ],
)
def test_bedrocks_marks_are_for_the_models_that_take_them(model: str, expected: list[str]) -> None:
    prompt = ModelRequest([UserPromptPart("Hi")], instructions="Be kind.")
    assert marks(body_for(Place("bedrock", model), [prompt], TOOLS)) == expected


@pytest.mark.parametrize(
    ("place", "refusal"),
    [
        (PLACES["anthropic"], {"error": {"message": "messages.0.content.0.text.cache_control: Extra inputs"}}),
        (PLACES["bedrock"], {"message": "Your request did not allow prompt caching. Remove the cachePoint blocks."}),
    ],
    ids=lambda value: getattr(value, "vendor", ""),
)
@pytest.mark.parametrize("parameters", [NO_TOOLS, TOOLS], ids=["alone", "with tools"])
async def test_a_server_that_knows_no_marks_gets_the_same_request_without(
    place: Place, refusal: Any, parameters: ModelRequestParameters
) -> None:
    reply = 400, json.dumps(refusal).encode()
    exchange = await ask(place, [asks("Hi", PNG)], reply, place.said("Fine."), parameters=parameters)
    refused, sent = exchange.bodies
    assert exchange.error is None and exchange.notices == []
    assert marks(refused) and sent == unmarked(refused)


async def test_the_marks_stay_with_a_search() -> None:
    """The search is a tool, and the last of them: what is kept ends behind it."""
    body = body_for(PLACES["anthropic"], [asks("Hi")], TOOLS, ModelSettings(web_search=True))
    assert [tool["name"] for tool in body["tools"] if "cache_control" in tool] == ["web_search"]
