"""What the person is told before a switch is what the request leaves out. Lost else: trust in either."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.rounds import part_of
from tests.support.switch_cases import CASES, NO_TOOLS, PLACES, TOOLS, Place, body_for, model_at
from tui.agent.messages import (
    AudioUrl,
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.local import LocalModel
from tui.agent.providers.local import LocalServer
from tui.agent.providers.local_files import LocalFile
from tui.chat.replies.switching import plan_switch

WORDS = {
    "thought": "thinking", "image": "image", "recording": "audio", "document": "document", "tool call": "call",
    "source": "source",
}  # fmt: skip


def kind_of(item: UserContent) -> str | None:
    match item:
        case ImageUrl():
            return "image"
        case AudioUrl():
            return "audio"
        case DocumentUrl():
            return "document"
        case BinaryContent(media_type=kind):
            first = kind.partition("/")[0]
            return first if first in ("image", "audio") else None if first == "text" else "document"
        case _:
            return None


def had(history: list[ModelMessage], target: Place) -> Counter[str]:
    """What a conversation holds beside words, and thoughts that are not the target's own."""
    found: Counter[str] = Counter()
    for message in history:
        for part in message.parts:
            if isinstance(part, UserPromptPart) and not isinstance(part.content, str):
                found.update(kind for item in part.content if (kind := kind_of(item)))
            if isinstance(part, ToolReturnPart):
                found.update(kind for item in part.files if (kind := kind_of(item)))
            found["call"] += isinstance(part, ToolCallPart)
            cited = part.citations or () if isinstance(part, TextPart) else ()
            found["source"] += len({one.url for one in cited})
            foreign = isinstance(message, ModelResponse) and message.provider_name != target.vendor
            found["thinking"] += isinstance(part, ThinkingPart) and bool(part.content) and foreign
    return found


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


KINDS = {
    "image_url": "image", "input_image": "image", "image": "image", "input_audio": "audio", "file": "document",
    "input_file": "document", "document": "document", "tool_use": "call", "function_call": "call",
    "url_citation": "source",
}  # fmt: skip


def sent(body: dict[str, Any]) -> Counter[str]:
    """What a request holds beside words, in whatever dialect."""
    found: Counter[str] = Counter()
    for one in objects({name: value for name, value in body.items() if name not in ("tools", "toolConfig")}):
        if (kind := KINDS.get(str(one.get("type")))) is not None:
            found[kind] += 1
        media = one.get("inlineData") or one.get("fileData")
        if media:
            found[{"image": "image", "audio": "audio"}.get(media["mimeType"].partition("/")[0], "document")] += 1
        found["image"] += len(one.get("images", ())) + ("format" in one.get("image", ()))
        found["document"] += "format" in one.get("document", ())
        found["call"] += len(one.get("tool_calls") or ()) + ("functionCall" in one) + ("toolUse" in one)
    return found


def told(note: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for words in filter(None, note.split(" · ")):
        match = re.fullmatch(
            r"(\d+) (thought|image|recording|document|tool call|source)s? (not sent|sent as text|→ placeholders?)",
            words,
        )
        assert match is not None, words
        found[WORDS[match[2]]] += int(match[1])
    return found


def compared(before: list[ModelMessage], target: Place, parameters: ModelRequestParameters) -> str:
    """What is wrong with the note on another's conversation; it is made before the next prompt is written."""
    body = body_for(target, [*before, ModelRequest([UserPromptPart("Next.")])], parameters)
    missing = had(before, target) - sent(body)
    said = told(plan_switch(before, model_at(target).target(), tools_offered=parameters is TOOLS))
    thoughts = json.dumps(body).count("thought of ")
    if missing == said and not thoughts:
        return ""
    return f"{target.vendor}: left out {dict(missing)}, told {dict(said)}, {thoughts} thoughts sent"


async def test_the_embedded_model_is_told_of_like_any_other(tmp_path: Path) -> None:
    embedded = LocalModel(LocalServer(LocalFile("small", tmp_path / "small.gguf")))
    for case in CASES:
        history = (await case(PLACES["anthropic"]))[:-1]
        assert plan_switch(history, embedded.target()) == plan_switch(history, model_at(PLACES["llamacpp"]).target())


@pytest.mark.parametrize("source", PLACES.values(), ids=lambda place: place.vendor)
async def test_the_note_counts_what_the_request_lacks(source: Place, rounds: int) -> None:
    found: list[str] = []
    for case in part_of(CASES, rounds, list(PLACES.values()).index(source)):
        before = (await case(source))[:-1]
        for target in (place for place in PLACES.values() if place != source):
            wrong = [compared(before, target, offer) for offer in (NO_TOOLS, TOOLS)]
            found += [f"{case.__name__}, {one}" for one in wrong if one]
    assert found == []
