"""What the vendors of OpenAI's chat completions demand of a request: the sentences for all, then each vendor's own."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.support.request_rules import (
    IMAGES,
    TOOL_NAME,
    Broken,
    Json,
    Sent,
    anthropic_rules,
    base64_ok,
    bedrock_rules,
    broken,
    data_uri_ok,
    gemini_rules,
    ollama_rules,
    only,
    responses_rules,
    templated,
    unique,
    url_ok,
    within,
)

_SETTINGS = {
    "model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "temperature",
    "top_p", "presence_penalty", "frequency_penalty", "seed", "random_seed", "stop", "logit_bias", "top_k",
    "max_tokens", "max_completion_tokens", "reasoning_effort", "reasoning", "thinking", "response_format",
}  # fmt: skip
_EFFORTS = (None, "none", "minimal", "low", "medium", "high", "xhigh")


def chat_rules(sent: Sent) -> Broken:
    """Chat completions as every vendor takes them, and as this one does."""
    body, turns = sent.body, sent.body["messages"]
    yield from only(body, _SETTINGS, "the body")
    for place, turn in enumerate(turns):
        yield from _turn(turn, f"messages[{place}]")
    yield from _calls(turns)
    yield from broken(turns and turns[-1]["role"] != "assistant", "the last turn is not the model's", turns[-1:])
    yield from _settings(body)
    for tool in body.get("tools", ()):
        whole = tool.get("type") == "function" and TOOL_NAME.fullmatch(tool["function"]["name"])
        yield from broken(whole, 'tools [{"type":"function","function":{...}}]', tool)
    yield from _VENDORS[sent.vendor](sent)


def _turn(turn: Json, where: str) -> Broken:
    content = turn.get("content")
    match turn["role"]:
        case "system" | "developer":
            yield from only(turn, ("role", "content"), where)
            yield from broken(isinstance(content, str) and content, '{"role":"system","content":...}', where)
        case "user":
            yield from only(turn, ("role", "content"), where)
            yield from broken(content, "user text: string or parts", where)
            for part in content if isinstance(content, list) else ():
                yield from _part(part, where)
        case "assistant":
            known = ("role", "content", "tool_calls", "reasoning_content", "reasoning_details", "refusal")
            yield from only(turn, known, where)
            yield from broken(content is None or isinstance(content, str), "`content` (string or null)", where)
            yield from broken(content or turn.get("tool_calls"), "no empty assistant", where)
        case "tool":
            yield from only(turn, ("role", "tool_call_id", "content"), where)
            yield from broken(isinstance(content, str), "Images in tool results: not allowed", where)
        case other:
            yield f"a turn of role {other} [{where}]"


def _part(part: Json, where: str) -> Broken:
    match part.get("type"):
        case "text":
            yield from broken(isinstance(part["text"], str), 'parts `{"type":"text"}`', where)
        case "image_url":
            url = part["image_url"]["url"]
            yield from broken(
                url_ok(url) or data_uri_ok(url, IMAGES), "https|data:...;base64,...", f"{where} {url[:30]}"
            )
        case "input_audio":
            audio = part["input_audio"]
            fits = base64_ok(audio["data"]) and audio["format"] in ("wav", "mp3")
            yield from broken(fits, '"input_audio":{"data":b64,"format":"wav|mp3"}', where)
        case "file":
            fits = part["file"].get("filename") and data_uri_ok(part["file"]["file_data"], ("application/pdf",))
            yield from broken(fits, '"file_data":"data:application/pdf;base64,..."', where)
        case other:
            yield f"a part of type {other} [{where}]"


def _calls(turns: Sequence[Json]) -> Broken:
    calls = [call for turn in turns for call in turn.get("tool_calls") or ()]
    yield from unique([call["id"] for call in calls])
    for call in calls:
        yield from only(call, ("id", "type", "function"), 'tool_calls:[{"id","type","function"}]')
        yield from broken(TOOL_NAME.fullmatch(call["id"]), "OpenAI ≤64 chars", call["id"])
        yield from broken(_is_object(call["function"]["arguments"]), '"arguments":"<json string>"', call)
    waiting: set[str] = set()
    for place, turn in enumerate([*turns, {"role": "end"}]):
        if turn["role"] == "tool":
            yield from broken(turn["tool_call_id"] in waiting, "drop orphan results", f"messages[{place}]")
            waiting -= {turn["tool_call_id"]}
            continue
        sentence = "Every tool_call needs its result before the next user turn, else 400"
        yield from broken(not waiting, sentence, (place, sorted(waiting)))
        waiting = {call["id"] for call in turn.get("tool_calls") or ()}


def _is_object(arguments: Any) -> bool:
    try:
        return isinstance(arguments, str) and isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _settings(body: Json) -> Broken:
    yield from broken(within(body.get("temperature"), 0, 2), "temperature 0-2")
    yield from broken(within(body.get("top_p"), 0, 1), "top_p 0-1")
    stops = body.get("stop", [])
    yield from broken(isinstance(stops, str) or len(stops) <= 4, "stop (≤4)", stops)
    yield from broken(body.get("reasoning_effort") in _EFFORTS, "reasoning_effort none|minimal|low|...|xhigh")
    if body["stream"]:
        options = body.get("stream_options")
        yield from broken(options == {"include_usage": True}, "`stream_options: {include_usage: true}`", options)


def _without(sent: Sent, *kinds: str) -> Broken:
    """Media that this vendor has no part for."""
    found = {
        part["type"]
        for turn in sent.body["messages"]
        if isinstance(turn.get("content"), list)
        for part in turn["content"]
    }
    for kind in kinds:
        yield from broken(kind not in found, f"{sent.vendor} has no part of type {kind}", sent.model)


def _no_thoughts(sent: Sent, *but: str) -> Broken:
    for key in {"reasoning_content", "reasoning_details"} - set(but):
        found = any(key in turn for turn in sent.body["messages"])
        yield from broken(not found, f"{key} is not {sent.vendor}'s", sent.vendor)


def _compatible(sent: Sent) -> Broken:
    """Every compat server: `max_tokens`, no strict, role system."""
    roles = {turn["role"] for turn in sent.body["messages"]}
    yield from broken("developer" not in roles, "unknown → most conservative settings (system role)")
    yield from broken("max_completion_tokens" not in sent.body, "`max_tokens` (every compat server)")
    yield from broken("random_seed" not in sent.body, "`random_seed` is Mistral's")
    yield from _no_thoughts(sent)
    yield from _without(sent, "file", "input_audio")


def _openai(sent: Sent) -> Broken:
    body = sent.body
    reasons = re.match(r"o\d|gpt-5", sent.model) is not None
    yield from broken("max_tokens" not in body, "`max_completion_tokens` (OpenAI new; required for o-series/GPT-5)")
    refused = {"temperature", "top_p", "presence_penalty", "frequency_penalty"} & set(body)
    sentence = 'Reasoning models reject temperature/top_p/penalties unless `reasoning_effort:"none"`'
    yield from broken(not (reasons and refused) or body.get("reasoning_effort") == "none", sentence, sorted(refused))
    unknown = {"top_k", "random_seed", "thinking", "reasoning"} & set(body)
    yield from broken(not unknown, "OpenAI's own settings", sorted(unknown))
    if "audio" not in sent.model:
        yield from _without(sent, "input_audio")
    yield from _no_thoughts(sent)


def _groq(sent: Sent) -> Broken:
    yield from broken("developer" not in {turn["role"] for turn in sent.body["messages"]}, "system role")
    yield from _no_thoughts(sent)
    yield from _without(sent, "file", "input_audio")


def _deepseek(sent: Sent) -> Broken:
    yield from broken("developer" not in {turn["role"] for turn in sent.body["messages"]}, "system role")
    yield from broken("max_completion_tokens" not in sent.body, "DeepSeek accepts only/also max_tokens")
    yield from _no_thoughts(sent, "reasoning_content")
    yield from _without(sent, "image_url", "file", "input_audio")
    for turn in sent.body["messages"]:
        if "reasoning_content" in turn:
            sentence = "400s when reasoning_content is sent back, thinking+tools REQUIRES it within the tool loop"
            yield from broken(turn.get("tool_calls"), sentence, turn)


def _mistral(sent: Sent) -> Broken:
    body, turns = sent.body, sent.body["messages"]
    for call in (call for turn in turns for call in turn.get("tool_calls") or ()):
        yield from broken(re.fullmatch(r"[a-zA-Z0-9]{9}", call["id"]), "Mistral exactly [a-zA-Z0-9]{9}", call["id"])
    roles = [turn["role"] for turn in turns]
    yield from templated(roles)
    yield from broken(("tool", "user") not in pairwise(roles), "tool result then user directly is rejected", roles)
    wrong = {"max_completion_tokens", "seed", "reasoning", "thinking"} & set(body)
    yield from broken(not wrong, "Mistral: `max_tokens`, `random_seed`; others are 422", sorted(wrong))
    yield from broken(body.get("tool_choice", "auto") in ("auto", "none", "any"), '`tool_choice:"any"`')
    yield from _no_thoughts(sent)
    yield from _without(sent, "file", "input_audio")


def _openrouter(sent: Sent) -> Broken:
    yield from broken("reasoning_effort" not in sent.body, "`reasoning:{effort|max_tokens|exclude}`")
    yield from _no_thoughts(sent, "reasoning_details")


def _local(sent: Sent) -> Broken:
    yield from _compatible(sent)
    yield from templated([turn["role"] for turn in sent.body["messages"]])


_VENDORS: Mapping[str, Callable[[Sent], Broken]] = {
    "openai": _openai,
    "azure": _openai,
    "groq": _groq,
    "deepseek": _deepseek,
    "mistral": _mistral,
    "openrouter": _openrouter,
    "llamacpp": _local,
    "lmstudio": _local,
    "vllm": _local,
    "together": _compatible,
    "huggingface": _compatible,
}
_APIS: Mapping[str, Callable[[Sent], Broken]] = {
    "openai-chat": chat_rules,
    "openai-responses": responses_rules,
    "anthropic": anthropic_rules,
    "gemini": gemini_rules,
    "ollama": ollama_rules,
    "bedrock": bedrock_rules,
}


def broken_rules(api: str, sent: Sent) -> list[str]:
    """The sentences that a request breaks; none for one that its provider takes."""
    return list(_APIS[api](sent))
