"""Web search, service tier and verbosity, by provider. Lost else: a search that was asked for, or a request refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.recordings import NO_TOOLS, OWN, replay
from tests.support.switch_cases import PLACES, TOOLS, Place, ask, asks, body_for, from_disk, model_at
from tui.agent.messages import (
    Citation,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    UserPromptPart,
)
from tui.agent.models.fit import Change, fit
from tui.agent.providers import VENDORS
from tui.agent.providers.native import search_of, unused
from tui.agent.settings import ModelSettings

HI = [asks("Hi")]
SEARCH = ModelSettings(web_search=True)
GROK, SONAR = Place("xai", "grok-4"), Place("perplexity", "sonar")


def tools_of(place: Place, parameters: Any = NO_TOOLS) -> list[Any]:
    return list(body_for(place, HI, parameters, SEARCH).get("tools", ()))


@pytest.mark.parametrize(
    ("place", "tool"),
    [
        (PLACES["openai-responses"], {"type": "web_search"}),
        (PLACES["openrouter"], {"type": "openrouter:web_search"}),
        (PLACES["google-gla"], {"googleSearch": {}}),
        (Place("anthropic", "claude-sonnet-4-5"), {"type": "web_search_20250305", "name": "web_search"}),
        (Place("anthropic", "claude-opus-5-5"), {"type": "web_search_20260318", "name": "web_search"}),
    ],
    ids=lambda value: getattr(value, "model", ""),
)
def test_the_search_is_the_providers_own_tool(place: Place, tool: dict[str, Any]) -> None:
    def unmarked(tools: list[Any]) -> list[Any]:
        return [{name: value for name, value in one.items() if name != "cache_control"} for one in tools]

    assert unmarked(tools_of(place)) == [tool]
    assert unmarked(tools_of(place, TOOLS))[-1] == tool and len(tools_of(place, TOOLS)) == 2
    assert "tool_choice" not in body_for(place, HI, NO_TOOLS, SEARCH)
    assert "tools" not in body_for(place, HI)


def test_gemini_searches_beside_tools_only_where_it_can() -> None:
    new, old = Place("google-gla", "gemini-3-pro"), Place("google-gla", "gemini-2.5-pro")
    assert body_for(new, HI, TOOLS, SEARCH)["toolConfig"]["includeServerSideToolInvocations"] is True
    assert tools_of(old) == [{"googleSearch": {}}] and "googleSearch" not in json.dumps(tools_of(old, TOOLS))


@pytest.mark.parametrize("place", [PLACES["openai"], GROK], ids=lambda place: place.vendor)
async def test_who_searches_by_its_other_api_only_is_asked_there(place: Place) -> None:
    prompt: list[ModelMessage] = [ModelRequest([UserPromptPart("Hi")], instructions="Be kind.")]
    other = replace(VENDORS[place.vendor], api="openai-responses")
    exchange = await ask(place, prompt, settings=SEARCH)
    assert exchange.paths == ["/v1/responses"] and exchange.bodies[0]["tools"] == [{"type": "web_search"}]
    assert (await ask(place, prompt)).paths == ["/v1/chat/completions"]
    systems = [item["content"] for item in exchange.bodies[0]["input"] if item["role"] == "system"]
    assert (exchange.bodies[0].get("instructions"), systems) == (
        (None, ["Be kind."]) if place is GROK else ("Be kind.", [])
    )
    body = (OWN / "responses-search.sse").read_bytes()
    outcome = await replay(other, body, settings=SEARCH)
    assert outcome.response is not None and outcome.response.provider_name == place.vendor


@pytest.mark.parametrize("vendor", ["ollama", "groq", "mistral", "bedrock", "deepseek", "llamacpp", "perplexity"])
def test_who_cannot_search_or_always_does_gets_no_tool(vendor: str) -> None:
    assert tools_of(PLACES.get(vendor, SONAR)) == []


def test_a_search_of_the_least_thought_is_asked_with_a_little_more() -> None:
    settings = ModelSettings(web_search=True, thinking="minimal")
    assert body_for(PLACES["openai-responses"], HI, NO_TOOLS, settings)["reasoning"]["effort"] == "low"


async def test_an_older_claude_or_gateway_that_refuses_the_new_search_gets_the_old_one() -> None:
    refusal = {"type": "error", "error": {"message": "tools.0: 'web_search_20260318' is not a known tool type"}}
    place = Place("anthropic", "claude-opus-5-5")
    exchange = await ask(place, HI, (400, json.dumps(refusal).encode()), place.said("Fine."), settings=SEARCH)
    assert [body["tools"][0]["type"] for body in exchange.bodies] == ["web_search_20260318", "web_search_20250305"]


# What was found, in the next turn.


async def searched(vendor: str, name: str) -> list[ModelMessage]:
    """A history with the answer of a stream of our own in it, as it comes back from the disk."""
    outcome = await replay(VENDORS[vendor], (OWN / name).read_bytes())
    assert outcome.response is not None
    return from_disk([asks("Weather?"), outcome.response, asks("And tomorrow?")])


async def test_claude_gets_back_what_it_has_found_in_its_place() -> None:
    history = await searched("anthropic", "anthropic-search.sse")
    sent = body_for(PLACES["anthropic"], history, NO_TOOLS, SEARCH)["messages"][1]["content"]
    assert [block["type"] for block in sent] == ["text", "server_tool_use", "web_search_tool_result", "text"]
    assert sent[1]["input"] == {"query": "weather Paris"}
    assert sent[2]["content"][0]["encrypted_content"] == "RW5jcnlwdGVk"
    assert sent[3]["text"].startswith("In Paris it is 14 °C")


async def test_without_the_search_only_the_words_go_back() -> None:
    history = await searched("anthropic", "anthropic-search.sse")
    for place in (PLACES["anthropic"], PLACES["google-gla"], PLACES["openai"]):
        text = json.dumps(body_for(place, history), ensure_ascii=False)
        assert "server_tool_use" not in text and "RW5j" not in text and "In Paris it is 14 °C" in text


async def test_openai_gets_back_what_it_has_cited_where_it_did() -> None:
    history = await searched("openai-responses", "responses-search.sse")
    (content,) = body_for(Place("openai-responses", "gpt-z"), history)["input"][1]["content"]
    (cited,) = content["annotations"]
    assert content["text"][cited["start_index"] : cited["end_index"]].startswith("([meteo.example]")
    assert cited["title"] == "Météo Paris"


async def test_another_model_gets_no_sources_and_they_are_counted_once_each() -> None:
    history = await searched("anthropic", "anthropic-search.sse")
    assert fit(history, model_at(PLACES["openai"]).target()).changes == (Change("source", 2),)
    assert fit(history, model_at(PLACES["anthropic"]).target()).changes == ()


async def test_a_search_without_a_word_after_it_goes_back_too() -> None:
    """The provider paused, or the answer ended: what was found must not be lost."""
    body = (OWN / "anthropic-search.sse").read_text()
    cut = body[: body.index('event: content_block_start\ndata: {"type": "content_block_start", "index": 3')]
    end = body[body.index("event: message_delta") :]
    outcome = await replay(VENDORS["anthropic"], (cut + end).encode())
    assert outcome.response is not None and outcome.error is None
    history = from_disk([asks("Weather?"), outcome.response, asks("And?")])
    sent = body_for(PLACES["anthropic"], history, NO_TOOLS, SEARCH)["messages"][1]["content"]
    assert [block["type"] for block in sent] == ["text", "server_tool_use", "web_search_tool_result"]


async def test_a_price_with_the_search_in_it_is_the_price() -> None:
    for name, cost in (("perplexity-search.sse", 0.005), ("openrouter-search.sse", 0.021)):
        outcome = await replay(VENDORS[name.partition("-")[0]], (OWN / name).read_bytes())
        assert outcome.response and outcome.response.vendor_details
        assert outcome.response.vendor_details["cost"] == cost


async def test_citations_are_on_disk_and_read_by_those_who_do_not_know_them() -> None:
    page = Citation("https://x.test/", "X", 0, 2)
    (back,) = from_disk([ModelResponse([TextPart("Hi", citations=[page])])])
    assert isinstance(back, ModelResponse) and isinstance(back.parts[0], TextPart)
    assert back.parts[0].citations == [page] and back.parts == [TextPart("Hi")]


def test_citations_that_make_no_sense_do_not_make_a_message_unreadable() -> None:
    citations = [
        {"sources": [{"url": "https://x.test", "title": 3}, {"url": 4}], "anchor": {"start": "a", "end": 1}},
        {},
    ]
    row = [{"kind": "response", "parts": [{"part_kind": "text", "content": "Hi", "citations": citations}]}]
    (message,) = ModelMessagesTypeAdapter.validate_python(row)
    assert isinstance(message.parts[0], TextPart) and message.parts[0].citations == [Citation("https://x.test")]


# Service tier and verbosity.


@pytest.mark.parametrize(
    ("place", "tier", "sent"),
    [
        (PLACES["openai"], "standard", "default"),
        (PLACES["openai-responses"], "priority", "priority"),
        (PLACES["anthropic"], "standard", "standard_only"),
        (PLACES["anthropic"], "flex", None),
        (PLACES["groq"], "flex", "flex"),
        (PLACES["groq"], "priority", None),
        (PLACES["google-gla"], "auto", None),
        (PLACES["bedrock"], "auto", None),
        (PLACES["ollama"], "standard", None),
    ],
    ids=lambda value: getattr(value, "vendor", str(value)),
)
def test_a_service_tier_goes_by_the_providers_name(place: Place, tier: Any, sent: str | None) -> None:
    assert body_for(place, HI, NO_TOOLS, ModelSettings(service_tier=tier)).get("service_tier") == sent


def test_verbosity_goes_where_it_is_known() -> None:
    settings = ModelSettings(verbosity="low")
    assert body_for(PLACES["openai"], HI, NO_TOOLS, settings)["verbosity"] == "low"
    assert body_for(PLACES["openai-responses"], HI, NO_TOOLS, settings)["text"] == {"verbosity": "low"}
    for place in (Place("openai", "gpt-4o"), PLACES["anthropic"], PLACES["groq"], PLACES["ollama"]):
        assert "verbosity" not in json.dumps(body_for(place, HI, NO_TOOLS, settings))


SETTINGS: dict[str, Any] = {
    "temperature": 0.123, "top_p": 0.456, "thinking": "high", "web_search": True, "service_tier": "standard",
    "verbosity": "low",
}  # fmt: skip


@pytest.mark.parametrize(
    "place", [*PLACES.values(), GROK, Place("openai", "gpt-4o"), Place("anthropic", "claude-opus-5-5")], ids=str
)
@pytest.mark.parametrize("effort", [None, "off", "high"])
def test_what_is_said_to_be_unused_is_what_the_request_lacks(place: Place, effort: Any) -> None:
    """One setting after the other: it is unused exactly when the request is the same without it."""
    vendor = VENDORS[place.vendor]
    base = ModelSettings(thinking=effort) if effort else ModelSettings()
    for name, value in SETTINGS.items():
        if name == "thinking" and (effort is None or (effort == "off" and vendor.api == "bedrock")):
            continue  # that is what it does unasked
        without: Any = {key: one for key, one in base.items() if key != name}
        with_it: Any = {**without, name: effort if name == "thinking" else value}
        same = body_for(place, HI, NO_TOOLS, with_it) == body_for(place, HI, NO_TOOLS, without)
        elsewhere = name == "web_search" and search_of(vendor, place.model) == "responses"
        if not elsewhere or vendor.api == "openai-responses":
            assert (name in unused(vendor, place.model, with_it)) == same, name
