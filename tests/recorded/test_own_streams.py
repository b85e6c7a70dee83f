"""Streams of our own through every adapter, whole and cut off: the proof that needs nothing outside the repository."""

import json
import random
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from tests.support.recordings import OWN, Outcome, load, replay
from tests.support.wire_bytes import aws_frame
from tui.agent.messages import Citation, TextPart, ThinkingPart, ToolCallPart
from tui.agent.providers import VENDORS

WEATHER = [("weather", {"city": "Paris"})]


@dataclass(frozen=True)
class Read:
    """What a stream holds, read by hand.

    Attributes:
        usage: input, output, of which read from a cache, of which reasoning.
        end: words at which the answer becomes complete; before them it is not.
        seal: the signature of the thoughts.
    """

    vendor: str
    text: str
    thinking: str = ""
    calls: list[Any] = field(default_factory=list)
    usage: tuple[int | None, int | None, int | None, int | None] = (21, 9, None, None)
    finish: str | None = "stop"
    end: str = '"finish_reason": "'
    seal: str | None = None


STREAMS: dict[str, Read] = {
    "openrouter-thinking.sse": Read(
        "openrouter", "日本語 👩\u200d👩\u200d👧", "Grüße, let me see.", usage=(21, 9, 5, 11)
    ),
    "groq-tool.sse": Read("groq", "", "I call.", WEATHER, finish="tool_call"),
    "mistral-thinking.sse": Read("mistral", "Look left.", "Okay, cross."),
    "deepseek-thinking.sse": Read("deepseek", "Hello", "Hmm.", usage=(21, 9, 16, 4)),
    "azure-text.sse": Read("azure", "Fine.", usage=(21, 9, 0, None)),
    "snowflake-text.sse": Read("litellm", "Snow.", finish=None, end="[DONE]"),
    "huggingface-think.sse": Read("huggingface", "Yes.", "Well."),
    "transformers-text.sse": Read("vllm", "A \u2028 line."),
    "anthropic-thinking-tool.sse": Read(
        "anthropic",
        "Let me look.",
        "The street, então.",
        WEATHER,
        (21, 40, 5, None),
        "tool_call",
        '"stop_reason": "tool_use"',
        "c2VhbA==",
    ),
    "gemini-thinking-tool.sse": Read(
        "google-gla", "Let me look.", "**Plan**\n", WEATHER, (30, 15, 10, 6), "tool_call", "finishReason"
    ),
    "responses-thinking-tool.sse": Read(
        "openai-responses",
        "",
        "**One**\n\n**Two**",
        WEATHER,
        (53, 60, 8, 44),
        "tool_call",
        "event: response.completed",
        "c2VhbA==",
    ),
    "ollama-thinking-tool.ndjson": Read(
        "ollama", "Let me look.", "Hm, Paris.", WEATHER, (26, 19, None, None), "tool_call", '"done": true'
    ),
    "bedrock-thinking-tool.frames": Read(
        "bedrock",
        "Let me look.",
        "The city.",
        WEATHER,
        (40, 22, 7, None),
        "tool_call",
        "messageStop",
        "c2VhbA==",
    ),
    "anthropic-search.sse": Read(
        "anthropic",
        "I will look.In Paris it is 14 °C, with rain; take an umbrella, as everybody does.",
        usage=(2020, 50, 0, None),
        end='"stop_reason": "end_turn"',
    ),
    "gemini-search.sse": Read(
        "google-gla", "In Paris è piovoso, 14 degrees.", usage=(42, 9, None, None), end="finishReason"
    ),
    "responses-search.sse": Read(
        "openai-responses",
        "It rains ([meteo.example](https://meteo.example/?utm_source=openai)).",
        usage=(300, 40, 0, 0),
        end="event: response.completed",
    ),
    "perplexity-search.sse": Read("perplexity", "It rains[1][2].", usage=(8, 6, None, None), end='"finish_reason": "'),
    "openrouter-search.sse": Read(
        "openrouter",
        "It rains [meteo.example](https://meteo.example/).",
        usage=(500, 9, None, None),
        end='"finish_reason": "',
    ),
    "llamacpp-chat-text.json": Read("llamacpp", "", usage=(33, 16, 24, None), finish="length", end='"finish_reason":"'),
    "llamacpp-chat-tool.json": Read("llamacpp", "", usage=(34, 64, 24, None), end='"finish_reason":"'),
    "llamacpp-chat-no-include-usage.json": Read(
        "llamacpp", "Hello! I'm", usage=(33, 4, 32, None), finish="length", end='"finish_reason":"'
    ),
    "llamacpp-anthropic-text.json": Read(
        "anthropic", "", usage=(33, 12, 24, None), finish="length", end='"stop_reason":"'
    ),
    "llamacpp-anthropic-tool.json": Read("anthropic", "", usage=(34, 64, 24, None), end='"stop_reason":"'),
    "llamacpp-responses-text.json": Read(
        "openai-responses", "", usage=(33, 12, 24, None), end="event: response.completed"
    ),
}
KINDS = {
    ".sse": "text/event-stream",
    ".ndjson": "application/x-ndjson",
    ".frames": "application/vnd.amazon.eventstream",
}


@cache
def wire(name: str) -> tuple[bytes, str]:
    """A stream's bytes and content type."""
    path = OWN / name
    if path.suffix == ".json":
        record = load(path)
        return record.body, record.headers["content-type"]
    body = path.read_bytes()
    if path.suffix == ".frames":
        body = b"".join(aws_frame(*json.loads(line)) for line in body.decode().splitlines())
    return body, KINDS[path.suffix]


async def through(name: str, body: bytes, size: int = 0) -> Outcome:
    vendor = VENDORS[STREAMS[name].vendor]
    return await replay(vendor, body, size=size, headers={"content-type": wire(name)[1]})


def words_of(name: str) -> str:
    """The text of a recorded stream, by the simplest reading there is: every delta's words, in order."""
    found = []
    for line in wire(name)[0].decode().splitlines():
        if line.startswith("data: {"):
            event = json.loads(line[6:])
            choices = event.get("choices") or [{}]
            delta = event.get("delta") or choices[0].get("delta") or {}
            if event.get("type", "response.output_text.delta") in ("response.output_text.delta", "content_block_delta"):
                found.append(delta if isinstance(delta, str) else delta.get("text") or delta.get("content") or "")
    return "".join(found)


def test_every_stream_has_its_row() -> None:
    names = {path.name for path in OWN.iterdir() if path.suffix in (*KINDS, ".json")}
    assert names == {*STREAMS, *ERRORS}


@pytest.mark.parametrize("size", [1, 7, 0])
@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_reads_as_by_hand_however_it_is_cut(name: str, size: int) -> None:
    expected = STREAMS[name]
    outcome = await through(name, wire(name)[0], size)
    assert outcome.error is None and outcome.response is not None
    usage = outcome.usage
    counts = (usage.request_tokens, usage.response_tokens, usage.cache_read_tokens, usage.reasoning_tokens)
    assert (counts, outcome.response.finish_reason) == (expected.usage, expected.finish)
    assert (outcome.thinking, outcome.calls) == (expected.thinking, expected.calls)
    assert outcome.text == (expected.text or (words_of(name) if name.startswith("llamacpp") else ""))
    assert all(part.tool_call_id for part in outcome.parts(ToolCallPart))
    seals = [part.signature for part in outcome.parts(ThinkingPart) if part.signature]
    assert seals == ([expected.seal] if expected.seal else [])
    assert [cited(part, one) for part in outcome.parts(TextPart) for one in part.citations or ()] == CITED.get(name, [])


@pytest.mark.parametrize("name", ["anthropic-search.sse", "gemini-search.sse", "responses-search.sse"])
async def test_what_was_searched_for_is_known(name: str) -> None:
    outcome = await through(name, wire(name)[0])
    assert outcome.response and outcome.response.vendor_details
    assert outcome.response.vendor_details["searches"] in (["weather Paris"], ["weather paris"])


def cited(part: TextPart, citation: Citation) -> tuple[str, str, str | None]:
    """Address and title of a page, and the words that it stands for."""
    words = None if citation.start is None else part.content[citation.start : citation.end]
    return citation.url, citation.title, words


METEO = ("https://meteo.example/paris", "Météo Paris")
CITED: dict[str, list[tuple[str, str, str | None]]] = {
    "anthropic-search.sse": [
        (*METEO, "14 °C, with rain"),
        ("https://umbrella.example/", "Umbrellas", ", as everybody does"),
        (*METEO, ", as everybody does"),
    ],
    "gemini-search.sse": [
        ("https://redirect.example/b", "rain.example", "In Paris è piovoso"),
        ("https://redirect.example/a", "meteo.example", "14 degrees."),
        ("https://redirect.example/b", "rain.example", "14 degrees."),
    ],
    "responses-search.sse": [
        (
            "https://meteo.example/?utm_source=openai",
            "Météo Paris",
            "([meteo.example](https://meteo.example/?utm_source=openai))",
        )
    ],
    "perplexity-search.sse": [(*METEO, None), ("https://rain.example/", "Rain", None)],
    "openrouter-search.sse": [("https://meteo.example/", "Météo", "[meteo.example](https://meteo.example/)")],
}
"""The pages that a stream cites, with the words that they stand for; None where only the text is known."""


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_that_is_cut_off_gives_an_error_and_a_beginning(name: str) -> None:
    body, expected = wire(name)[0], STREAMS[name]
    end = body.index(expected.end.encode())
    whole = await through(name, body)
    borders = [at + 2 for at in range(end) if body[at : at + 2] == b"\n\n" and not name.endswith(".frames")]
    for place in sorted({*borders[:-1], *random.Random(name).sample(range(1, end), min(100, end - 1))}):
        part = await through(name, body[:place])
        assert part.error is not None and part.error.kind in ("stream_cut", "malformed"), place
        assert whole.text.startswith(part.text) and whole.thinking.startswith(part.thinking), place


ERRORS = {
    "llamacpp-chat-400-bad-tools.json": "bad_request",
    "llamacpp-chat-context-overflow.json": "context_too_long",
    "llamacpp-image-to-text-model.json": "unsupported_input",
}


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_of_the_server_is_named_and_quoted(name: str) -> None:
    record = load(OWN / name)
    outcome = await replay(VENDORS["llamacpp"], record.body, status=record.status, headers=record.headers)
    assert outcome.error is not None and outcome.error.kind == ERRORS[name]
    assert json.loads(record.body)["error"]["message"][:60] in outcome.error.message
