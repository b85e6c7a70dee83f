"""Every model's conversation sent to every other model. Lost else: the conversation, to a 400 after a switch.

The histories are made by the adapter of the model that spoke, the requests by the adapter of the one that takes over,
and the rules that they have to keep are those of the providers.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.chat_rules import broken_rules
from tests.support.request_rules import Sent
from tests.support.rounds import part_of
from tests.support.switch_cases import (
    CASES,
    NO_TOOLS,
    PLACES,
    TOOL_CASES,
    TOOLS,
    Case,
    Place,
    ask,
    body_for,
    from_disk,
    plain,
    unmarked,
)
from tui.agent.messages import ModelMessage, ModelMessagesTypeAdapter, ModelRequest, UserPromptPart
from tui.agent.models import ModelRequestParameters
from tui.agent.settings import ModelSettings, ThinkingEffort

ALL_PLACES = list(PLACES.values())
MUST_CALL = ModelRequestParameters([], False, TOOLS.function_tools)


def name(value: object) -> str:
    return value.vendor if isinstance(value, Place) else str(getattr(value, "__name__", value))


def offers(case: Case) -> list[ModelRequestParameters]:
    return [NO_TOOLS, TOOLS] if case in TOOL_CASES else [NO_TOOLS]


@pytest.mark.parametrize("target", PLACES.values(), ids=name)
async def test_what_is_checked_here_is_what_goes_over_the_wire(target: Place, rounds: int) -> None:
    for case in part_of(CASES, rounds, ALL_PLACES.index(target)):
        for source in (PLACES["anthropic"], target):
            for parameters in offers(case):
                history = await case(source)
                exchange = await ask(target, history, parameters=parameters)
                assert exchange.error is None
                assert exchange.bodies == [body_for(target, history, parameters)]


@pytest.mark.parametrize("source", PLACES.values(), ids=name)
async def test_the_request_keeps_every_rule_of_its_provider(source: Place, rounds: int) -> None:
    found: list[str] = []
    for case in part_of(CASES, rounds, ALL_PLACES.index(source)):
        history = await case(source)
        stored = ModelMessagesTypeAdapter.dump_json(history)
        for target in PLACES.values():
            for parameters in offers(case):
                body = body_for(target, history, parameters)
                sent = Sent(target.vendor, target.model, body)
                found += [f"{case.__name__}, {target.vendor}: {rule}" for rule in broken_rules(target.api, sent)]
                if source != target and (source.seal in sent.text or f"thought of {source.vendor}" in sent.text):
                    found.append(f"{case.__name__}, {target.vendor}: another vendor's signature or thoughts are sent")
        assert ModelMessagesTypeAdapter.dump_json(history) == stored, "history itself is never rewritten"
    assert found == []


def instructions_of(history: Sequence[ModelMessage]) -> str | None:
    return history[-1].instructions if isinstance(history[-1], ModelRequest) else None


def turns_in(body: dict[str, Any]) -> list[Any]:
    """The turns of a request, without the marks for the cache, which move on with the conversation."""
    turns = body.get("messages") or body.get("input") or body["contents"]
    return list(unmarked(turns))


@pytest.mark.parametrize("case", CASES, ids=name)
async def test_switching_back_sends_what_was_sent_before_the_switch(case: Case, rounds: int) -> None:
    histories = {place: await case(place) for place in PLACES.values()}
    last = ModelRequest([UserPromptPart("Back again?")], instructions=instructions_of(histories[PLACES["openai"]]))
    later = {place: [*histories[place][1:], *(await plain(place))[1:-1], last] for place in histories}
    stored, stored_later = ({place: from_disk(one) for place, one in many.items()} for many in (histories, later))
    for source, history in part_of(histories.items(), rounds, CASES.index(case)):
        before = turns_in(body_for(source, history, TOOLS))[:-1]
        for target in (place for place in histories if place != source):
            body = body_for(source, [*stored[source], *stored_later[target]], TOOLS)
            sent = Sent(source.vendor, source.model, body)
            assert turns_in(body)[: len(before)] == before, (source, target)
            assert broken_rules(source.api, sent) == [], (source, target)
            assert target.seal not in sent.text, (source, target)


SEALED = {"openai-responses": 2, "anthropic": 3, "google-gla": 2, "bedrock": 2, "openrouter": 2}
"""How many seals one's own tool case holds, as far as the provider takes them back."""


@pytest.mark.parametrize("place", [PLACES[vendor] for vendor in SEALED], ids=name)
async def test_ones_own_seals_go_back_whole(place: Place) -> None:
    tool = next(case for case in CASES if case.__name__ == "tool")
    text = json.dumps(body_for(place, await tool(place), TOOLS))
    assert text.count(place.seal) >= SEALED[place.vendor]


@pytest.mark.parametrize(("vendor", "key"), [("deepseek", "reasoning_content"), ("ollama", "thinking")])
async def test_thoughts_without_a_seal_go_back_within_a_tool_loop(vendor: str, key: str) -> None:
    loop = next(case for case in CASES if case.__name__ == "tool_loop")
    body = body_for(PLACES[vendor], await loop(PLACES[vendor]), TOOLS)
    assert turns_in(body)[1][key] == f"First thought of {vendor}"


EVERYTHING = ModelSettings(
    max_tokens=8, temperature=1.5, top_p=0.9, top_k=40, seed=7, presence_penalty=0.5, frequency_penalty=0.5,
    stop_sequences=["a", "b", "c", "d", "e", "f"], logit_bias={"1": 5}, parallel_tool_calls=False,
)  # fmt: skip
EFFORTS: tuple[ThinkingEffort, ...] = ("off", "minimal", "low", "medium", "high", "max")
MORE = (
    Place("anthropic", "claude-opus-5"), Place("anthropic", "claude-sonnet-4-6"), Place("anthropic", "claude-3-opus"),
    Place("google-gla", "gemini-2.5-flash"), Place("google-gla", "gemini-2.0-flash"), Place("openai", "gpt-4o"),
    Place("openai", "gpt-4o-audio-preview"), Place("openai-responses", "gpt-4o"), Place("ollama", "gpt-oss:20b"),
    Place("azure", "gpt-5.6"), Place("vllm", "qwen3"), Place("together", "qwen3"), Place("huggingface", "qwen3"),
)  # fmt: skip


@pytest.mark.parametrize("target", [*PLACES.values(), *MORE], ids=lambda place: f"{place.vendor}-{place.model}")
async def test_settings_that_a_model_refuses_are_not_sent(target: Place) -> None:
    found: list[str] = []
    history = await CASES[0](PLACES["llamacpp"])
    for effort in (None, *EFFORTS):
        settings = EVERYTHING if effort is None else ModelSettings(**EVERYTHING, thinking=effort)
        for parameters in (TOOLS, MUST_CALL):
            body = body_for(target, history, parameters, settings)
            sent = Sent(target.vendor, target.model, body)
            found += [f"{effort}: {rule}" for rule in broken_rules(target.api, sent)]
    assert found == []


@pytest.mark.parametrize("target", MORE, ids=lambda place: f"{place.vendor}-{place.model}")
async def test_other_models_of_a_vendor_take_every_history_too(target: Place) -> None:
    found: list[str] = []
    for case in CASES:
        for source in (PLACES["anthropic"], PLACES["openai"]):
            for parameters in offers(case):
                sent = Sent(target.vendor, target.model, body_for(target, await case(source), parameters))
                found += [f"{case.__name__}: {rule}" for rule in broken_rules(target.api, sent)]
    assert found == []
