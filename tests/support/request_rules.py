"""What each provider demands of a request: one sentence of the notes on the wire formats a rule.

Written from those notes and not from the adapters, so that a misreading of them shows. A rule that is broken is told as
its sentence, and the place in the request. What holds for the chat completions of all vendors is in `chat_rules`.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Broken = Iterator[str]
Json = Mapping[str, Any]

IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire.

    Attributes:
        vendor: the vendor's short name.
        model: the model's id there.
        body: the decoded body.
    """

    vendor: str
    model: str
    body: Json

    @property
    def text(self) -> str:
        return json.dumps(self.body, ensure_ascii=False)


def broken(holds: object, sentence: str, where: object = "") -> Broken:
    """The sentence, if it does not hold."""
    if not holds:
        yield f"{sentence} [{where}]"


def only(value: Json, allowed: Iterable[str], what: str) -> Broken:
    """Keys that the provider does not know."""
    extra = sorted(set(value) - set(allowed))
    yield from broken(not extra, f"{what}: a key that is not in the request map", extra)


def base64_ok(data: object) -> bool:
    """Whether this is plain base64: no `data:` prefix, no line breaks, padded, not empty."""
    if not isinstance(data, str) or not data:
        return False
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error:
        return False
    return True


def data_uri_ok(uri: object, media_types: Iterable[str]) -> bool:
    """Whether this is `data:TYPE;base64,DATA` of one of the types."""
    head, comma, data = uri.partition(",") if isinstance(uri, str) else ("", "", "")
    return bool(comma) and head in {f"data:{kind};base64" for kind in media_types} and base64_ok(data)


def url_ok(url: object) -> bool:
    """Whether this is a web address."""
    return isinstance(url, str) and url.startswith(("https://", "http://"))


def within(value: object, low: float, high: float) -> bool:
    """Whether this is unset, or a number in the range."""
    return value is None or (isinstance(value, int | float) and low <= value <= high)


def unique(ids: Sequence[str]) -> Broken:
    """Ids must be UNIQUE over the history."""
    yield from broken(len(set(ids)) == len(ids), "Ids must be UNIQUE over the history", ids)


def alternating(roles: Sequence[str], answerer: str) -> Broken:
    """The rules of the APIs that insist on turns."""
    yield from broken(roles and roles[0] == "user", "first turn user", roles)
    yield from broken(roles and roles[-1] == "user", "prefill (last message = assistant) rejected", roles)
    yield from broken(all(role in ("user", answerer) for role in roles), f"roles user/{answerer}", roles)
    twice = any(one == other for one, other in pairwise(roles))
    yield from broken(not twice, "merge consecutive same-role turns for Gemini/Anthropic/Mistral/templated", roles)


# Responses


def responses_rules(sent: Sent) -> Broken:
    """OpenAI's Responses API."""
    body = sent.body
    known = ("model", "input", "instructions", "stream", "store", "include", "tools", "tool_choice", "reasoning",
             "text", "parallel_tool_calls", "max_output_tokens", "temperature", "top_p")  # fmt: skip
    yield from only(body, known, "no seed/stop/penalties")
    yield from broken(body.get("store") is False, "We hold history ourselves: store:false")
    yield from broken(isinstance(body.get("instructions", "x"), str), "`instructions` (system)")
    yield from _responses_settings(sent)
    items = body["input"]
    for place, item in enumerate(items):
        yield from _responses_item(item, f"input[{place}]")
    yield from _responses_calls(items)
    yield from _responses_reasoning(body)
    for tool in body.get("tools", ()):
        flat = tool.get("type") == "function" and "name" in tool and "parameters" in tool and "function" not in tool
        yield from broken(flat, "tools are FLAT", tool)
        yield from broken(tool.get("strict") is False, "send strict:false explicitly for free schemas", tool)


def _responses_settings(sent: Sent) -> Broken:
    body = sent.body
    yield from broken(body.get("max_output_tokens", 16) >= 16, "`max_output_tokens` (min 16)")
    sampling = [name for name in ("temperature", "top_p") if name in body]
    reasons = re.match(r"o\d|gpt-5", sent.model)
    yield from broken(not (reasons and sampling), "temperature/top_p rejected by reasoning models", sampling)
    yield from broken(within(body.get("temperature"), 0, 2), "temperature 0-2")
    reasoning = body.get("reasoning", {})
    yield from only(reasoning, ("effort", "summary"), "reasoning:{effort, summary}")
    efforts = (None, "none", "minimal", "low", "medium", "high", "xhigh")
    yield from broken(reasoning.get("effort") in efforts, "reasoning_effort none|minimal|low|medium|high|xhigh")


def _responses_item(item: Json, where: str) -> Broken:
    kind = item.get("type", "message")
    if kind == "message":
        yield from _responses_message(item, where)
    elif kind == "function_call":
        yield from only(item, ("type", "call_id", "name", "arguments"), "Never send ids with store:false")
        yield from broken(_object_text(item.get("arguments")), "arguments: a JSON object as text", where)
        yield from broken(TOOL_NAME.fullmatch(item["call_id"]), "OpenAI ≤64 chars (Responses call_id)", where)
    elif kind == "function_call_output":
        yield from only(item, ("type", "call_id", "output"), 'result {"type","call_id","output"}')
        output = item.get("output")
        yield from broken(isinstance(output, str | list) and output != [], "output: string or list of parts", where)
        for part in output if isinstance(output, list) else ():
            yield from _responses_part(part, where)
    elif kind == "reasoning":
        yield from only(item, ("type", "id", "summary", "encrypted_content"), "replay reasoning items verbatim")
        whole = isinstance(item.get("summary"), list) and item.get("encrypted_content") and item.get("id")
        yield from broken(whole, "reasoning {id, summary:[], encrypted_content}", where)
    else:
        yield f"an item of type {kind} [{where}]"


def _responses_message(item: Json, where: str) -> Broken:
    yield from only(item, ("type", "role", "content"), "Never send ids with store:false")
    role, content = item["role"], item["content"]
    yield from broken(role in ("user", "assistant", "system", "developer"), "roles", role)
    yield from broken(content, "no empty assistant", where)
    if role == "assistant":
        for part in content:
            whole = part.get("type") == "output_text" and part.get("text")
            yield from broken(whole, 'assistant text {"type":"output_text","text"}', where)
    elif not isinstance(content, str):
        for part in content:
            yield from _responses_part(part, where)


def _responses_part(part: Json, where: str) -> Broken:
    kind = part.get("type")
    if kind == "input_text":
        yield from broken(isinstance(part.get("text"), str), '{"type":"input_text","text"}', where)
    elif kind == "input_image":
        url = part.get("image_url")
        yield from broken(url_ok(url) or data_uri_ok(url, IMAGES), '"image_url":"data:..."|url', where)
    elif kind == "input_file":
        data = "filename" in part and data_uri_ok(part.get("file_data"), ("application/pdf",))
        yield from broken(data or url_ok(part.get("file_url")), "input_file: filename and data URI, or file_url", where)
    else:
        yield f"user content is input_text, input_image or input_file; no audio: {kind} [{where}]"


def _responses_calls(items: Sequence[Json]) -> Broken:
    yield from unique([item["call_id"] for item in items if item.get("type") == "function_call"])
    waiting: list[str] = []
    for place, item in enumerate(items):
        kind = item.get("type", "message")
        if kind == "function_call":
            waiting.append(item["call_id"])
        elif kind == "function_call_output":
            yield from broken(item["call_id"] in waiting, "drop orphan results", f"input[{place}]")
            waiting = [call for call in waiting if call != item["call_id"]]
        elif waiting and item.get("role") == "user":
            yield f"Every tool_call needs its result before the next user turn {waiting} [input[{place}]]"
    yield from broken(not waiting, "Every call must have a result", waiting)


def _responses_reasoning(body: Json) -> Broken:
    items = body["input"]
    for item, following in pairwise([*items, {"role": "user"}]):
        if item.get("type") == "reasoning":
            led_to = following.get("type") in ("reasoning", "function_call") or following.get("role") == "assistant"
            yield from broken(led_to, "each immediately before the item it produced", following)
    sealed = any(item.get("type") == "reasoning" for item in items)
    included = "reasoning.encrypted_content" in body.get("include", ())
    yield from broken(included or not sealed, "store:false + include:[reasoning.encrypted_content]")


def _object_text(arguments: object) -> bool:
    try:
        return isinstance(json.loads(str(arguments)), dict) and isinstance(arguments, str)
    except ValueError:
        return False


# Anthropic


def anthropic_rules(sent: Sent) -> Broken:
    """Anthropic's messages API."""
    body = sent.body
    known = ("model", "messages", "max_tokens", "system", "stream", "tools", "tool_choice", "thinking", "output_config",
             "temperature", "top_p", "top_k", "stop_sequences")  # fmt: skip
    yield from only(body, known, "no seed, no penalties")
    yield from broken(isinstance(body.get("max_tokens"), int) and body["max_tokens"] > 0, "`max_tokens` REQUIRED")
    yield from broken(body.get("system", "x"), "`system` top-level string or text blocks; empty text blocks: 400")
    turns = body["messages"]
    yield from alternating([turn["role"] for turn in turns], "assistant")
    for place, turn in enumerate(turns):
        blocks = _blocks(turn["content"])
        yield from only(turn, ("role", "content"), f"messages[{place}]")
        yield from broken(blocks, "no empty turns", f"messages[{place}]")
        for block in blocks:
            yield from _anthropic_block(block, turn["role"], f"messages[{place}]")
        if turn["role"] == "assistant" and blocks and blocks[-1]["type"] == "text":
            text = blocks[-1]["text"]
            yield from broken(text == text.rstrip(), "final assistant message may not end in whitespace", place)
    used, given = (
        [_of(turn, "tool_use", "id") for turn in turns],
        [_of(turn, "tool_result", "tool_use_id") for turn in turns],
    )
    yield from paired(used, given)
    for turn in turns:
        kinds = [block["type"] for block in _blocks(turn["content"])]
        first = sorted(kinds, key=lambda kind: kind != "tool_result")
        yield from broken(kinds == first, "tool results must be FIRST in its content", kinds)
    offered = body.get("tools") or not any([*used, *given])
    yield from broken(offered, "Tool definitions absent while history has calls: Anthropic needs `tools` present")
    yield from _anthropic_settings(sent)


def paired(used: Sequence[Sequence[str]], given: Sequence[Sequence[str]]) -> Broken:
    """Calls and results of each turn, for the APIs in which results stand in the very next turn."""
    yield from unique([one for turn in used for one in turn])
    for ids in used:
        for one in ids:
            yield from broken(TOOL_NAME.fullmatch(one), "^[a-zA-Z0-9_-]+$ (≤64)", one)
    for place, (calls, results) in enumerate(zip([[], *used], [*given, []], strict=True)):
        same = sorted(calls) == sorted(results)
        yield from broken(same, "all of a turn's results in the NEXT user message, no orphans", (place, calls, results))


def _of(turn: Json, kind: str, key: str) -> list[str]:
    return [block[key] for block in _blocks(turn["content"]) if block["type"] == kind]


def _blocks(content: Any) -> list[Json]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _anthropic_block(block: Json, role: str, where: str) -> Broken:
    kind = block["type"]
    allowed = ("text", "image", "document", "tool_result") if role == "user" else (
        "text", "tool_use", "thinking", "redacted_thinking")  # fmt: skip
    yield from broken(kind in allowed, f"blocks of a {role}'s turn", f"{where} {kind}")
    match kind:
        case "text":
            yield from broken(block["text"].strip(), "empty text blocks → 400", where)
        case "image" | "document":
            yield from _anthropic_source(kind, block["source"], where)
        case "tool_use":
            yield from broken(isinstance(block["input"], dict), "tool_use {id,name,input object}", where)
        case "tool_result":
            content = block.get("content")
            yield from broken(isinstance(content, str | list), "content: string or blocks", where)
            for inner in content if isinstance(content, list) else ():
                fits = inner["type"] in ("text", "image", "document")
                yield from broken(fits, "tool_result content: string or blocks incl. images", where)
                yield from _anthropic_block(inner, role, where)
        case "thinking":
            yield from broken(block.get("signature"), "thinking {thinking,signature}", where)
        case "redacted_thinking":
            yield from broken(block.get("data"), "redacted_thinking {data}", where)


def _anthropic_source(kind: str, source: Json, where: str) -> Broken:
    media_types = IMAGES if kind == "image" else ("application/pdf",)
    match source["type"]:
        case "base64":
            fits = source["media_type"] in media_types and base64_ok(source["data"])
            yield from broken(fits, f"{kind}: base64 of {media_types}", f"{where} {source['media_type']}")
        case "url":
            yield from broken(url_ok(source["url"]), "a url", where)
        case other:
            yield from broken(kind == "document" and other == "text", "source base64|url|text", where)


def _anthropic_settings(sent: Sent) -> Broken:
    body, thinking = sent.body, sent.body.get("thinking", {})
    yield from broken(within(body.get("temperature"), 0, 1), "clamp temperature (Anthropic max 1)")
    yield from broken(not {"temperature", "top_p"} <= set(body), "older 4.x reject temperature AND top_p together")
    sampling = {"temperature", "top_p", "top_k"} & set(body)
    if re.search(r"(opus|sonnet|haiku)-(4-[78]|5)", sent.model):
        yield from broken(not sampling, "Opus 4.7/4.8/5-class reject sampling settings entirely", sampling)
        yield from broken(thinking.get("type") != "enabled", "newest 400 on budget_tokens")
    if thinking.get("type") in ("enabled", "adaptive"):
        yield from broken("temperature" not in body, "with thinking on temperature must be unset")
        choice = body.get("tool_choice", {}).get("type", "auto")
        yield from broken(choice in ("auto", "none"), "with thinking on forced tool_choice is refused")
    if thinking.get("type") == "enabled":
        fits = 1024 <= thinking["budget_tokens"] < body["max_tokens"]
        yield from broken(fits, '"budget_tokens":≥1024,<max_tokens', thinking)
    effort = body.get("output_config", {}).get("effort", "low")
    yield from broken(effort in ("low", "medium", "high", "xhigh", "max"), "effort:low|medium|high|xhigh|max", effort)


# Gemini


def gemini_rules(sent: Sent) -> Broken:
    """Gemini's generateContent."""
    body, turns = sent.body, sent.body["contents"]
    yield from only(body, ("contents", "systemInstruction", "generationConfig", "tools", "toolConfig"), "the body")
    if "systemInstruction" in body:
        parts = body["systemInstruction"].get("parts")
        yield from broken(parts and all(part.get("text") for part in parts), "`systemInstruction:{parts:[{text}]}`")
    yield from alternating([turn["role"] for turn in turns], "model")
    waiting: list[str] = []
    for place, turn in enumerate(turns):
        parts = turn["parts"]
        yield from only(turn, ("role", "parts"), f"contents[{place}]")
        yield from broken(parts, "parts:[] is no turn", f"contents[{place}]")
        for part in parts:
            yield from _gemini_part(part, turn["role"], f"contents[{place}]", sent.model)
        results = [part["functionResponse"]["name"] for part in parts if "functionResponse" in part]
        sentence = "functionResponse matches by NAME and order; all of a turn in one user content, same count"
        yield from broken(results == waiting, sentence, (waiting, results))
        calls = [part for part in parts if "functionCall" in part]
        waiting = [part["functionCall"]["name"] for part in calls]
        if "gemini-3" in sent.model and calls:
            sentence = "Gemini 3: functionCall parts must be returned with their thoughtSignature; the first has one"
            yield from broken(calls[0].get("thoughtSignature"), sentence, place)
    yield from broken(not waiting, "Every call must have a result", waiting)
    yield from _gemini_config(sent)
    for tool in body.get("tools", ()):
        for declared in tool["functionDeclarations"]:
            yield from only(declared, ("name", "description", "parametersJsonSchema"), "prefer parametersJsonSchema")


def _gemini_part(part: Json, role: str, where: str, model: str) -> Broken:
    kinds = [name for name in part if name not in ("thought", "thoughtSignature")]
    allowed = ("text", "inlineData", "fileData", "functionResponse") if role == "user" else ("text", "functionCall")
    yield from broken(len(kinds) == 1 and kinds[0] in allowed, f"parts of a {role}'s turn", f"{where} {kinds}")
    if "text" in part and role == "user":
        yield from broken(part["text"].strip(), "an empty text part", where)
    if "functionCall" in part:
        yield from broken(isinstance(part["functionCall"].get("args"), dict), "functionCall:{id?,name,args}", where)
        yield from broken("id" not in part["functionCall"], "ids optional, Vertex rejects them in some models", where)
    if "functionResponse" in part:
        response = part["functionResponse"].get("response")
        yield from broken(isinstance(response, dict), "response:OBJECT", where)
        for inner in part["functionResponse"].get("parts", ()):
            yield from broken(set(inner) == {"inlineData"}, "functionResponse parts are bytes", where)
            yield from broken("gemini-3" in model, "files in a functionResponse from Gemini 3 on", where)
            yield from _gemini_part(inner, role, where, model)
    if "inlineData" in part:
        kind, data = part["inlineData"]["mimeType"], part["inlineData"]["data"]
        fits = kind.startswith(("image/", "audio/", "video/")) or kind == "application/pdf"
        yield from broken(fits and base64_ok(data), "inlineData for image/audio/video/PDF", f"{where} {kind}")
    if "fileData" in part:
        fits = part["fileData"].get("mimeType") and url_ok(part["fileData"].get("fileUri"))
        yield from broken(fits, "{fileData:{mimeType,fileUri}}", where)


def _gemini_config(sent: Sent) -> Broken:
    config = sent.body.get("generationConfig", {})
    known = ("temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "seed", "presencePenalty",
             "frequencyPenalty", "thinkingConfig", "responseMimeType", "responseJsonSchema")  # fmt: skip
    yield from only(config, known, "generationConfig")
    yield from broken(within(config.get("temperature"), 0, 2), "temperature 0-2")
    yield from broken(len(config.get("stopSequences", ())) <= 5, "stopSequences ≤5")
    thinking = config.get("thinkingConfig", {})
    yield from broken(not {"thinkingBudget", "thinkingLevel"} <= set(thinking), "not both")
    newer = "gemini-3" in sent.model
    yield from broken(not (newer and "thinkingBudget" in thinking), "thinkingLevel minimal|low|medium|high (3+)")
    yield from broken(newer or "thinkingLevel" not in thinking, "thinkingBudget (2.5: 0 off, -1 dynamic)")


# Ollama


def ollama_rules(sent: Sent) -> Broken:
    """Ollama's own chat."""
    body, turns = sent.body, sent.body["messages"]
    yield from only(body, ("model", "messages", "stream", "options", "think", "tools", "format", "keep_alive"), "body")
    known = ("temperature", "top_p", "top_k", "min_p", "num_ctx", "num_predict", "repeat_penalty", "seed", "stop",
             "presence_penalty", "frequency_penalty")  # fmt: skip
    yield from only(body.get("options", {}), known, "options")
    yield from broken(body.get("think", True) in (True, False, "low", "medium", "high"), "think:true|false|low|...")
    yield from templated([turn["role"] for turn in turns])
    waiting: list[str] = []
    for place, turn in enumerate(turns):
        where = f"messages[{place}]"
        yield from _ollama_turn(turn, where)
        if turn["role"] == "tool":
            right = waiting[:1] == [turn.get("tool_name")]
            yield from broken(right, "tool result by tool_name, in the order of the calls", (waiting, turn))
            waiting = waiting[1:]
        else:
            yield from broken(not waiting, "Every call must have a result", where)
            waiting = [call["function"]["name"] for call in turn.get("tool_calls", ())]
    yield from broken(not waiting, "Every call must have a result", waiting)


def templated(roles: Sequence[str]) -> Broken:
    """What the chat templates of local models, and Mistral's, take."""
    yield from broken("system" not in roles[1:], "accept only ONE system message, at the start: merge", roles)
    turns = [role for role in roles if role != "system"]
    yield from broken(turns[:1] == ["user"], "first turn user", roles)
    yield from broken(turns[-1:] != ["assistant"], "prefill (last message = assistant)", roles)
    for one, other in pairwise(turns):
        twice = one == other and one != "tool"
        yield from broken(not twice, "merge consecutive same-role turns for Mistral/templated local models", roles)


def _ollama_turn(turn: Json, where: str) -> Broken:
    role = turn["role"]
    yield from broken(role in ("system", "user", "assistant", "tool"), "roles system|user|assistant|tool", where)
    yield from only(turn, ("role", "content", "images", "thinking", "tool_calls", "tool_name"), where)
    yield from broken(isinstance(turn["content"], str), "content: text", where)
    if role == "assistant":
        yield from broken(turn["content"] or turn.get("tool_calls"), "no empty assistant", where)
    if role == "user":
        yield from broken(turn["content"].strip() or turn.get("images"), "no empty turn", where)
    for image in turn.get("images", ()):
        yield from broken(base64_ok(image) and role == "user", "`images:[raw b64, no data: prefix]`", where)
    for call in turn.get("tool_calls", ()):
        yield from only(call, ("function",), "tool_calls:[{function:{name,arguments}}]")
        yield from broken(isinstance(call["function"]["arguments"], dict), "arguments OBJECT", where)


# Bedrock


def bedrock_rules(sent: Sent) -> Broken:
    """Bedrock's converse."""
    body, turns = sent.body, sent.body["messages"]
    known = ("messages", "system", "inferenceConfig", "toolConfig", "additionalModelRequestFields")
    yield from only(body, known, "the body")
    yield from only(body.get("inferenceConfig", {}), ("maxTokens", "temperature", "topP", "stopSequences"), "config")
    yield from broken(within(body.get("inferenceConfig", {}).get("temperature"), 0, 1), "temperature 0-1")
    for block in _unmarked(body.get("system", ())):
        yield from broken(block["text"].strip(), "an empty system prompt")
    yield from alternating([turn["role"] for turn in turns], "assistant")
    yield from broken(sent.text.count('"cachePoint"') <= 4, "at most four marks for the cache")
    for place, turn in enumerate(turns):
        yield from only(turn, ("role", "content"), f"messages[{place}]")
        yield from broken(_unmarked(turn["content"]), "no empty turns", f"messages[{place}]")
        for block in _unmarked(turn["content"]):
            yield from _bedrock_block(block, turn["role"], f"messages[{place}]")
        kinds = {kind for block in turn["content"] for kind in block}
        yield from broken("document" not in kinds or "text" in kinds, "a document needs a text block beside it", place)
    used = [[block["toolUse"]["toolUseId"] for block in turn["content"] if "toolUse" in block] for turn in turns]
    given = [[block["toolResult"]["toolUseId"] for block in turn["content"] if "toolResult" in block] for turn in turns]
    yield from paired(used, given)
    names = [block["document"]["name"] for turn in turns for block in turn["content"] if "document" in block]
    yield from broken(len(names) == len(set(names)), "documents of one request have names of their own", names)
    offered = body.get("toolConfig") or not any([*used, *given])
    yield from broken(offered, "Tool definitions absent while history has calls: Bedrock needs `tools` present")


def _unmarked(blocks: Sequence[Json]) -> Sequence[Json]:
    """Blocks without the mark for the cache, which stands behind the last of them or nowhere."""
    return blocks[:-1] if blocks and blocks[-1] == {"cachePoint": {"type": "default"}} else blocks


def _bedrock_block(block: Json, role: str, where: str) -> Broken:
    kinds = list(block)
    allowed = ("text", "image", "document", "toolResult") if role == "user" else ("text", "toolUse", "reasoningContent")
    yield from broken(len(kinds) == 1 and kinds[0] in allowed, f"blocks of a {role}'s turn", f"{where} {kinds}")
    if "text" in block:
        yield from broken(block["text"].strip(), "empty text blocks → 400", where)
    if "image" in block:
        fits = block["image"]["format"] in ("png", "jpeg", "gif", "webp")
        yield from broken(
            fits and base64_ok(block["image"]["source"]["bytes"]), "image {format, source:{bytes}}", where
        )
    if "document" in block:
        name, source = block["document"]["name"], block["document"]["source"]
        named = re.fullmatch(r"[a-zA-Z0-9\-()\[\]]+( [a-zA-Z0-9\-()\[\]]+)*", name)
        yield from broken(named and base64_ok(source["bytes"]), "document {format, name, source:{bytes}}", where)
    if "toolUse" in block:
        yield from broken(isinstance(block["toolUse"]["input"], dict), "toolUse {toolUseId, name, input}", where)
    if "toolResult" in block:
        yield from broken(block["toolResult"]["content"], "toolResult {toolUseId, content, status}", where)
        for inner in block["toolResult"]["content"]:
            yield from broken(set(inner) <= {"text", "image", "document"}, "toolResult holds text and files", where)
            yield from _bedrock_block(inner, role, where)
    thoughts = block.get("reasoningContent", {}).get("reasoningText", {"signature": "x"})
    yield from broken(thoughts.get("signature"), "reasoningContent{text, signature}", where)
