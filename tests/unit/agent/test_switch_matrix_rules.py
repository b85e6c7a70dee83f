"""The rules that requests are held against find the mistakes they are for. Lost else: the worth of the whole matrix."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.chat_rules import broken_rules
from tests.support.request_rules import Sent
from tests.support.switch_cases import PLACES, TOOLS, body_for, image, tool

Body = dict[str, Any]
Spoil = Callable[[Body], object]


def turns(body: Body) -> list[Any]:
    found: list[Any] = body.get("messages") or body.get("input") or body["contents"]
    return found


MISTAKES: list[tuple[str, str, Spoil]] = [
    ("openai", "result before the next user turn", lambda body: turns(body).pop(2)),
    ("openai", "orphan", lambda body: turns(body).pop(1)),
    ("openai", "no empty assistant", lambda body: turns(body)[3].update(content="")),
    ("openai", "OpenAI ≤64", lambda body: turns(body)[1]["tool_calls"][0].update(id="x" * 65)),
    ("openai", "json string", lambda body: turns(body)[1]["tool_calls"][0]["function"].update(arguments="{")),
    ("openai", "max_completion_tokens", lambda body: body.update(max_tokens=5)),
    ("openai", "Reasoning models reject", lambda body: body.update(temperature=1)),
    ("openai", "request map", lambda body: turns(body)[1].update(signature="s")),
    ("openai", "not openai's", lambda body: turns(body)[1].update(reasoning_content="hm")),
    ("deepseek", "within the tool loop", lambda body: turns(body)[3].update(reasoning_content="hm")),
    ("deepseek", "no part of type", lambda body: turns(body)[0].update(
        content=[{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}])),
    ("mistral", "{9}", lambda body: turns(body)[1]["tool_calls"][0].update(id="call_1")),
    ("mistral", "then user directly", lambda body: turns(body).pop(3)),
    ("llamacpp", "ONE system message", lambda body: turns(body).insert(2, {"role": "system", "content": "x"})),
    ("llamacpp", "first turn user", lambda body: turns(body).pop(0)),
    ("openrouter", "max_tokens|exclude", lambda body: body.update(reasoning_effort="low")),
    ("groq", "system role", lambda body: turns(body).insert(0, {"role": "developer", "content": "x"})),
    ("openai-responses", "before the next user turn", lambda body: turns(body).pop(4)),
    ("openai-responses", "before the item it produced", lambda body: turns(body).insert(2, turns(body)[0])),
    ("openai-responses", "Never send ids", lambda body: turns(body)[2].update(id="msg_1")),
    ("openai-responses", "store:false", lambda body: body.update(store=True)),
    ("openai-responses", "min 16", lambda body: body.update(max_output_tokens=8)),
    ("openai-responses", "FLAT", lambda body: body["tools"][0].update(function={})),
    ("anthropic", "REQUIRED", lambda body: body.pop("max_tokens")),
    ("anthropic", "NEXT user message", lambda body: turns(body)[2]["content"].pop(0)),
    ("anthropic", "empty text", lambda body: turns(body)[0]["content"].append({"type": "text", "text": " "})),
    ("anthropic", "end in whitespace", lambda body: turns(body)[3]["content"][-1].update(text="It is 1. ")),
    ("anthropic", "thinking,signature", lambda body: turns(body)[1]["content"][0].update(signature="")),
    ("anthropic", "needs `tools` present", lambda body: body.pop("tools")),
    ("anthropic", "max 1", lambda body: body.update(temperature=1.5)),
    ("anthropic", "prefill", lambda body: turns(body).pop()),
    ("google-gla", "same count", lambda body: turns(body)[2]["parts"].pop()),
    ("google-gla", "thoughtSignature", lambda body: turns(body)[1]["parts"][-1].pop("thoughtSignature")),
    ("google-gla", "response:OBJECT", lambda body: turns(body)[2]["parts"][0]["functionResponse"].update(response="1")),
    ("google-gla", "not both", lambda body: body["generationConfig"]["thinkingConfig"].update(
        thinkingBudget=1, thinkingLevel="low")),
    ("google-gla", "consecutive same-role", lambda body: turns(body).insert(0, turns(body)[0])),
    ("ollama", "arguments OBJECT", lambda body: turns(body)[1]["tool_calls"][0]["function"].update(arguments="{}")),
    ("ollama", "by tool_name", lambda body: turns(body)[2].pop("tool_name")),
    ("ollama", "no data: prefix", lambda body: turns(body)[0].update(images=["data:image/png;base64,AAAA"])),
    ("bedrock", "needs `tools` present", lambda body: body.pop("toolConfig")),
    ("bedrock", "names of their own", lambda body: turns(body)[0]["content"].extend(
        [{"document": {"format": "pdf", "name": "a", "source": {"bytes": "AAAA"}}}] * 2)),
    ("bedrock", "text, signature", lambda body: turns(body)[1]["content"][0]["reasoningContent"]["reasoningText"].pop(
        "signature")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("vendor", "sentence", "spoil"), MISTAKES, ids=[f"{number}-{row[0]}" for number, row in enumerate(MISTAKES)]
)
async def test_a_mistake_is_found(vendor: str, sentence: str, spoil: Spoil) -> None:
    place = PLACES[vendor]
    body = body_for(place, await tool(place), TOOLS)
    assert broken_rules(place.api, Sent(vendor, place.model, body)) == []
    spoil(body)
    found = broken_rules(place.api, Sent(vendor, place.model, body))
    assert any(sentence in one for one in found), found


@pytest.mark.parametrize("vendor", ["openai", "openai-responses", "anthropic", "google-gla", "bedrock"])
async def test_a_picture_in_another_apis_shape_is_found(vendor: str) -> None:
    place = PLACES[vendor]
    body = body_for(place, await image(place))
    first = turns(body)[0]
    first.get("content", first.get("parts")).append({"type": "picture", "bytes": "AAAA"})
    assert broken_rules(place.api, Sent(vendor, place.model, body))
