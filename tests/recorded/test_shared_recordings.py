"""Real traffic of a dozen vendors through our adapters. What they should give was read from the bytes by hand.

The recordings lie outside the repository (CHINWAG_RECORDINGS, or the folder beside it); without them nothing here runs,
and `test_own_streams.py` proves the same with streams of our own.
"""

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.support.recordings import Recording, load, replay, shared_folder
from tui.agent.messages import ModelResponse, TextPart, ThinkingPart
from tui.agent.providers import VENDORS, Vendor

FOLDER = shared_folder()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the shared recordings are absent")
DIALECTS = {
    "openai-chat": "openai",
    "openai-responses": "openai-responses",
    "anthropic": "anthropic",
    "gemini": "google-gla",
    "bedrock": "bedrock",
}


@dataclass(frozen=True)
class Read:
    """What a reading by hand gives. Texts are told by length, beginning and end.

    Attributes:
        usage: input, output, of which read from a cache, of which reasoning.
    """

    text: tuple[int, str, str]
    thinking: tuple[int, str, str]
    calls: list[Any]
    usage: tuple[int | None, int | None, int | None, int | None]
    finish: str | None


READ: dict[str, Read] = {
    "anthropic-cache-compaction": Read(
        (8, "Hello! 👋", "Hello! 👋"), (0, "", ""), [], (55377, 91, 55096, None), "stop"
    ),
    "anthropic-image": Read((25, "Red square, ", " square."), (0, "", ""), [], (83, 9, 0, None), "stop"),
    "anthropic-pdf-json": Read((494, "This documen", "content."), (0, "", ""), [], (2682, 101, 0, None), "stop"),
    "anthropic-text": Read((17, "- Captain\n- ", "\n- Scoop"), (0, "", ""), [], (17, 10, 0, None), "stop"),
    "anthropic-thinking": Read(
        (1021, "Here are the", "streets."), (202, "This is a st", "cidents."), [], (43, 282, 0, None), "stop"
    ),
    "anthropic-tool-result": Read((299, "Here are two", "riend! 🦅"), (0, "", ""), [], (678, 82, 0, None), "stop"),
    "anthropic-tool": Read(
        (0, "", ""),
        (0, "", ""),
        [("pelican_name_generator", {}), ("pelican_name_generator", {})],
        (542, 62, 0, None),
        "tool_call",
    ),
    "bedrock-text": Read((375, "The capital ", 'f Love."'), (0, "", ""), [], (13, 82, None, None), "stop"),
    "bedrock-tool": Read(
        (283, "<thinking> T", "inking>\n"),
        (0, "", ""),
        [("get_temperature", {"city": "Paris"})],
        (471, 91, None, None),
        "tool_call",
    ),
    "crusoe-vllm-text": Read((13, "1, 2, 3, 4, ", " 3, 4, 5"), (0, "", ""), [], (46, 14, 0, None), "stop"),
    "deepseek-thinking": Read(
        (40, "Hello there!", "u today?"), (882, "Hmm, the use", "kay too."), [], (6, 212, 0, 198), "stop"
    ),
    "gemini-image-json": Read((17, "That is a po", " potato."), (0, "", ""), [], (1817, 5, None, None), "stop"),
    "gemini-text": Read((32, "The capital ", " Paris.\n"), (0, "", ""), [], (13, 8, None, None), "stop"),
    "gemini-thinking": Read(
        (1938, "This is a gr", "see you."), (1575, "**Clarifying", "ions.\n\n\n"), [], (34, 1256, None, 787), "stop"
    ),
    "gemini-tool-result": Read((34, "The temperat", "s 30°C.\n"), (0, "", ""), [], (79, 12, None, None), "stop"),
    "gemini-tool": Read(
        (0, "", ""), (0, "", ""), [("get_capital", {"country": "France"})], (52, 5, None, None), "tool_call"
    ),
    "gemini-usage-live": Read((80, "1\n2\n3\n4\n5\n6\n", "28\n29\n30"), (0, "", ""), [], (18, 115, None, 35), "stop"),
    "groq-midstream-error": Read((0, "", ""), (412, "We need to c", "do that."), [], (None, None, None, None), None),
    "groq-thinking-tool": Read(
        (0, "", ""),
        (92, "We need to c", 'xample".'),
        [("get_something_by_name", {"name": "example"})],
        (304, 49, None, 23),
        "tool_call",
    ),
    "llamacpp-anthropic-text": Read((49, "Hello! I'm h", "creative"), (0, "", ""), [], (33, 12, 24, None), "length"),
    "llamacpp-anthropic-tool": Read((281, "Bienvenue, w", "elights?"), (0, "", ""), [], (34, 64, 24, None), "stop"),
    "llamacpp-chat-json-schema": Read((26, '{\n    "city"', ' York"\n}'), (0, "", ""), [], (34, 17, 24, None), "stop"),
    "llamacpp-chat-no-include-usage": Read(
        (10, "Hello! I'm", "llo! I'm"), (0, "", ""), [], (33, 4, 32, None), "length"
    ),
    "llamacpp-chat-text": Read((71, "Hello! I'm h", "ct. What"), (0, "", ""), [], (33, 16, 24, None), "length"),
    "llamacpp-chat-tool": Read((281, "Bienvenue, w", "elights?"), (0, "", ""), [], (34, 64, 24, None), "stop"),
    "llamacpp-responses-text": Read((49, "Hello! I'm h", "creative"), (0, "", ""), [], (33, 12, 24, None), "stop"),
    "mistral-thinking": Read(
        (607, "To cross the", "rossing."), (421, "Okay, the us", "esponse."), [], (10, 232, None, None), "stop"
    ),
    "ollama-v1-json": Read(
        (40, '{ "city": "P', 'rance" }'), (508, "Okay, the us", " Paris.\n"), [], (136, 15, None, None), "stop"
    ),
    "openai-chat-audio-json": Read((43, "The name men", "Marcelo."), (0, "", ""), [], (64, 9, 0, 0), "stop"),
    "openai-chat-image-json": Read((27, "This vegetab", " potato."), (0, "", ""), [], (515, 6, 0, 0), "stop"),
    "openai-chat-parallel-tools": Read(
        (0, "", ""), (0, "", ""), [("get_country", {}), ("get_product_name", {})], (364, 40, 0, 0), "tool_call"
    ),
    "openai-chat-text": Read((32, "The capital ", " London."), (0, "", ""), [], (78, 9, 0, 0), "stop"),
    "openai-chat-tool": Read(
        (0, "", ""), (0, "", ""), [("get_capital", {"country": "UK"})], (53, 15, 0, 0), "tool_call"
    ),
    "openai-responses-image-json": Read((76, "Hello! I see", "u today?"), (0, "", ""), [], (663, 20, 0, 0), "stop"),
    "openai-responses-pdf-json": Read((384, "The document", "details."), (0, "", ""), [], (23, 72, 0, 0), "stop"),
    "openai-responses-text": Read((31, "The capital ", "s Paris."), (0, "", ""), [], (278, 9, 0, 0), "stop"),
    "openai-responses-thinking-tool": Read(
        (0, "", ""), (0, "", ""), [("final_result", {"result": 6666})], (53, 469, 0, 448), "tool_call"
    ),
    "openai-responses-tool": Read(
        (0, "", ""), (0, "", ""), [("get_capital", {"country": "France"})], (255, 16, 0, 0), "tool_call"
    ),
    "openai-responses-websearch-cached": Read(
        (212, "San Francisc", "vening. "), (0, "", ""), [], (9463, 582, 8320, 512), "stop"
    ),
    "openrouter-thinking": Read(
        (9, "2 + 2 = 4", " + 2 = 4"), (51, "This is a si", "quals 4."), [], (43, 36, 0, 13), "stop"
    ),
}
ERRORS: dict[str, tuple[str, str]] = {
    "anthropic-404": ("model_not_found", "claude-sonet-4-5"),
    "gemini-404": ("model_not_found", "gemini-3.6-flahs"),
    "groq-404": ("model_not_found", "llama-3.3-70b-versatlie"),
    "groq-midstream-error": ("bad_request", "Tool call validation failed"),
    "llamacpp-chat-400-bad-tools": ("bad_request", "Expected 'messages' to be an array"),
    "llamacpp-chat-context-overflow": ("context_too_long", "6031 tokens"),
    "llamacpp-image-to-text-model": ("unsupported_input", "image input is not supported"),
    "openai-chat-404": ("model_not_found", "gpt-5.2-proo"),
    "openai-responses-400": ("bad_request", "decimal below minimum"),
    "openrouter-429": ("rate_limit", "temporarily rate-limited upstream"),
}
STREAMS = sorted(name for name in READ if not name.endswith("-json") and name not in ERRORS)


@cache
def recording(name: str) -> Recording:
    assert FOLDER is not None
    return load(FOLDER / f"{name}.json")


def vendor_of(record: Recording) -> Vendor:
    """The vendor's own row where it speaks the recorded dialect, else the dialect's first."""
    own = VENDORS.get(record.name.partition("-")[0])
    return own if own is not None and own.api == record.dialect else VENDORS[DIALECTS[record.dialect]]


def told(content: str) -> tuple[int, str, str]:
    return len(content), content[:12], content[-8:]


def test_every_recording_has_its_row() -> None:
    assert FOLDER is not None
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted({*READ, *ERRORS})


@pytest.mark.parametrize("size", [1, 7, 0])
@pytest.mark.parametrize("name", sorted(set(READ) - set(ERRORS)))
async def test_an_answer_reads_as_by_hand_however_it_is_cut(name: str, size: int) -> None:
    record, expected = recording(name), READ[name]
    if size == 1 and len(record.body) > 100_000:
        size = 3  # a long recording a byte at a time takes a while and shows nothing more
    outcome = await replay(vendor_of(record), record.body, size=size, headers=record.headers, streamed=record.streaming)
    assert outcome.error is None and outcome.response is not None
    usage = outcome.usage
    assert (
        Read(
            told(outcome.text),
            told(outcome.thinking),
            outcome.calls,
            (usage.request_tokens, usage.response_tokens, usage.cache_read_tokens, usage.reasoning_tokens),
            outcome.response.finish_reason,
        )
        == expected
    )
    assert outcome.response.provider_response_id or record.dialect == "bedrock" or "gemini" in name
    assert (outcome.response.vendor_details or {}).keys() & {"usage", "timings"}


@pytest.mark.parametrize("name", sorted(ERRORS))
async def test_an_error_is_named_and_quoted(name: str) -> None:
    record, (kind, quote) = recording(name), ERRORS[name]
    outcome = await replay(vendor_of(record), record.body, status=record.status, headers=record.headers)
    assert outcome.error is not None
    assert outcome.error.kind == kind and quote in outcome.error.message


async def test_thoughts_before_an_error_in_mid_stream_are_kept() -> None:
    record = recording("groq-midstream-error")
    outcome = await replay(vendor_of(record), record.body, headers=record.headers)
    assert told(outcome.thinking) == READ[record.name].thinking


def sealed(response: ModelResponse) -> list[str]:
    return [part.signature for part in response.parts if isinstance(part, ThinkingPart) and part.signature]


@pytest.mark.parametrize("name", ["anthropic-thinking", "openai-responses-thinking-tool"])
async def test_thoughts_keep_their_seal(name: str) -> None:
    record = recording(name)
    outcome = await replay(vendor_of(record), record.body, headers=record.headers)
    assert outcome.response is not None and len(sealed(outcome.response)[0]) > 100


def terminal(record: Recording) -> int:
    """Where the words that make an answer complete begin."""
    marks = [
        b'"finish_reason":"',
        b'"finish_reason": "',
        b'"stop_reason":"',
        b'"finishReason"',
        b"messageStop",
        b"[DONE]",
    ]
    marks += [b"event: response.completed", b"event: response.incomplete"]
    return min(place for mark in marks if (place := record.body.find(mark)) >= 0)


def cuts(record: Recording) -> list[int]:
    """Every border of an event before the end, and a hundred places in between."""
    end = terminal(record)
    borders, at = [], 0
    separator = b"\r\n\r\n" if b"\r\n\r\n" in record.body else b"\n\n"
    while record.dialect != "bedrock" and 0 <= (at := record.body.find(separator, at)) < end:
        at += len(separator)
        borders.append(at)
    return sorted({*borders[:-1], *random.Random(record.name).sample(range(1, end), min(100, end - 1))})


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_that_is_cut_off_gives_an_error_and_a_beginning(name: str) -> None:
    record = recording(name)
    whole = await replay(vendor_of(record), record.body, headers=record.headers)
    for place in cuts(record):
        part = await replay(vendor_of(record), record.body[:place], headers=record.headers)
        assert part.error is not None, place
        assert part.error.kind in ("stream_cut", "malformed"), place
        assert whole.text.startswith(part.text) and whole.thinking.startswith(part.thinking), place
        assert all(isinstance(text.content, str) for text in part.parts(TextPart))
