"""Streams in which any value may be anything. Lost else: the app, to a server that sends null where text belongs."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.recordings import OWN, replayed
from tests.support.wire_bytes import aws_frame
from tui.agent.exceptions import AgentRunError
from tui.agent.messages import ModelMessagesTypeAdapter
from tui.agent.providers import VENDORS

FILES = {
    "openrouter-thinking.sse": "openrouter",
    "groq-tool.sse": "groq",
    "mistral-thinking.sse": "mistral",
    "anthropic-thinking-tool.sse": "anthropic",
    "gemini-thinking-tool.sse": "google-gla",
    "responses-thinking-tool.sse": "openai-responses",
    "ollama-thinking-tool.ndjson": "ollama",
    "bedrock-thinking-tool.frames": "bedrock",
}
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**20), st.floats(), st.text(max_size=3), st.just([]), st.just({}),
    st.just([None]), st.just({"": None}), st.just("\ud83d"), st.just([[]]), st.just([{"text": 3}]),
)  # fmt: skip


def events_of(name: str) -> list[Any]:
    text = (OWN / name).read_text("utf-8")
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith(("data: {", "{", "["))]
    return [json.loads(line) for line in lines]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, as the keys that lead there."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in pairs for place in places(inner, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], odd)
    return copy


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes, str]:
    """A stream of our own with a few values replaced: its vendor, its bytes and their type."""
    name = draw(st.sampled_from(sorted(FILES)))
    events = events_of(name)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(events) - 1))
        known = places(events[at])
        if name.endswith(".frames"):
            known = [place for place in known if place and place[0] == 1]
        if known:
            events[at] = changed(events[at], draw(st.sampled_from(known)), draw(ODD))
    if name.endswith(".frames"):
        body = b"".join(aws_frame(*event) for event in events)
        return FILES[name], body, "application/vnd.amazon.eventstream"
    texts = [json.dumps(event) for event in events]
    if name.endswith(".ndjson"):
        return FILES[name], "".join(f"{text}\n" for text in texts).encode(), "application/x-ndjson"
    return FILES[name], "".join(f"data: {text}\n\n" for text in texts).encode(), "text/event-stream"


@given(damaged())
def test_no_value_in_a_stream_breaks_more_than_its_answer(stream: tuple[str, bytes, str]) -> None:
    vendor, body, kind = stream
    try:
        outcome = replayed(VENDORS[vendor], body, headers={"content-type": kind})
    except AgentRunError:
        return  # told in words, as the run does with every error of a model
    if outcome.response is not None:
        stored = ModelMessagesTypeAdapter.dump_json([outcome.response])
        assert ModelMessagesTypeAdapter.validate_json(stored)
