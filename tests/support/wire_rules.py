"""What providers demand of a request, as rules that a test can hold a body against. Written from their documentation.

Each function gives the sentences that a body breaks; an empty list is a body that the provider takes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

Body = Mapping[str, Any]
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def chat_problems(body: Body, *, nine_letter_ids: bool = False, alternating: bool = False) -> list[str]:
    """OpenAI chat completions; with Mistral's ids and strict turns on demand."""
    return list(_chat(body, nine_letter_ids, alternating))


def _chat(body: Body, nine_letter_ids: bool, alternating: bool) -> Iterator[str]:
    pattern = re.compile(r"[a-zA-Z0-9]{9}") if nine_letter_ids else _ID
    used: set[str] = set()
    for turn in body["messages"]:
        if turn["role"] == "assistant":
            yield from _chat_answer(turn, pattern, used)
        elif not turn.get("content") and turn["role"] != "tool":
            yield f"an empty {turn['role']} turn"
    yield from _chat_results(body["messages"])
    roles = [turn["role"] for turn in body["messages"]]
    if roles[-1] == "assistant":
        yield "the model has the last word"
    if alternating:
        yield from _strict_roles(roles)


def _chat_results(turns: list[Body]) -> Iterator[str]:
    waiting: list[str] = []
    for turn in [*turns, {"role": "end"}]:
        if turn["role"] != "tool":
            if waiting:
                yield f"calls {waiting} have no result before a {turn['role']} turn"
            waiting = [call["id"] for call in turn.get("tool_calls", ())]
        elif turn["tool_call_id"] not in waiting:
            yield f"a result for {turn['tool_call_id']} that nobody called"
        else:
            waiting.remove(turn["tool_call_id"])
            if not isinstance(turn["content"], str):
                yield "a tool's result is not text"


def _strict_roles(roles: list[str]) -> Iterator[str]:
    for before, role in pairwise(["system", *roles]):
        if role == before and role in ("user", "assistant"):
            yield f"two {role} turns in a row"
        if (before, role) == ("tool", "user"):
            yield "a user's turn right after a tool's"
        if (before, role) == ("system", "assistant"):
            yield "the model's turn comes first"


def _chat_answer(turn: Body, pattern: re.Pattern[str], used: set[str]) -> Iterator[str]:
    if not turn.get("content") and not turn.get("tool_calls"):
        yield "an empty answer"
    for call in turn.get("tool_calls", ()):
        if not pattern.fullmatch(call["id"]):
            yield f"the id {call['id']} is not allowed"
        if call["id"] in used:
            yield f"the id {call['id']} comes twice"
        used.add(call["id"])
        if not isinstance(call["function"]["arguments"], str) or not call["function"]["arguments"].startswith("{"):
            yield "arguments that are no JSON object as text"


def responses_problems(body: Body) -> list[str]:
    """OpenAI Responses."""
    return list(_responses(body))


def _responses(body: Body) -> Iterator[str]:
    sent = [{"role": "user", "content": body["input"]}] if isinstance(body["input"], str) else body["input"]
    yield from _responses_calls(sent)
    for item, following in pairwise([*sent, {"type": "end"}]):
        if item.get("type") == "reasoning":
            if not item.get("encrypted_content"):
                yield "thoughts without their seal"
            kind = following.get("type", "message")
            if kind not in ("message", "function_call", "reasoning") or following.get("role") == "user":
                yield "thoughts without what they led to"
        elif item.get("type", "message") == "message" and not item.get("content"):
            yield "an empty message"
    if body.get("max_output_tokens", 16) < 16:
        yield "a limit under 16"


def _responses_calls(sent: list[Body]) -> Iterator[str]:
    called: set[str] = set()
    answered: set[str] = set()
    for item in sent:
        if item.get("type") == "function_call":
            if item["call_id"] in called:
                yield f"the id {item['call_id']} comes twice"
            called.add(item["call_id"])
        elif item.get("type") == "function_call_output":
            if item["call_id"] not in called - answered:
                yield f"a result for {item['call_id']} that nobody called"
            answered.add(item["call_id"])
    if called - answered:
        yield f"calls {called - answered} have no result"


def anthropic_problems(body: Body) -> list[str]:
    """Anthropic messages."""
    return list(_anthropic(body))


def _anthropic(body: Body) -> Iterator[str]:
    if not body.get("max_tokens"):
        yield "no max_tokens"
    yield from _alternation([turn["role"] for turn in body["messages"]], "assistant")
    waiting: set[str] = set()
    used: set[str] = set()
    for turn in body["messages"]:
        blocks = _blocks(turn["content"])
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if waiting != set(results):
            yield f"calls {waiting} and results {results} do not match"
        if any(block["type"] == "tool_result" for block in blocks[len(results) :]):
            yield "a result that is not first in its turn"
        for block in blocks:
            yield from _anthropic_block(block, turn["role"], used)
        waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
    if used and not body.get("tools"):
        yield "tool calls though no tools are offered"
    yield from _anthropic_settings(body)


def _anthropic_block(block: Body, role: str, used: set[str]) -> Iterator[str]:
    kind = block["type"]
    if kind == "text" and not block["text"]:
        yield "an empty text"
    if kind == "thinking" and (not block.get("signature") or role != "assistant"):
        yield "thoughts without their seal"
    if kind == "tool_use":
        if not _ID.fullmatch(block["id"]) or block["id"] in used:
            yield f"the id {block['id']} is not allowed or comes twice"
        if not isinstance(block["input"], dict):
            yield "an input that is no object"
        used.add(block["id"])


def _anthropic_settings(body: Body) -> Iterator[str]:
    thinking = body.get("thinking", {})
    if thinking.get("type") == "enabled" and not 1024 <= thinking["budget_tokens"] < body["max_tokens"]:
        yield "a budget out of its range"
    if thinking.get("type") in ("enabled", "adaptive") and "temperature" in body and body["temperature"] != 1:
        yield "a temperature with thinking"
    if not 0 <= body.get("temperature", 1) <= 1:
        yield "a temperature out of its range"


def gemini_problems(body: Body, *, signatures: bool = False) -> list[str]:
    """Gemini's generateContent; for its third generation calls must carry a signature."""
    return list(_gemini(body, signatures))


def _gemini(body: Body, signatures: bool) -> Iterator[str]:
    yield from _alternation([turn["role"] for turn in body["contents"]], "model")
    waiting: list[str] = []
    for turn in body["contents"]:
        if not turn["parts"]:
            yield "a turn without parts"
        results = [part["functionResponse"] for part in turn["parts"] if "functionResponse" in part]
        if [result["name"] for result in results] != waiting:
            yield f"calls {waiting} and results {results} do not match"
        if any(not isinstance(result["response"], dict) for result in results):
            yield "a result that is no object"
        calls = [part for part in turn["parts"] if "functionCall" in part]
        waiting = [part["functionCall"]["name"] for part in calls]
        if signatures and calls and "thoughtSignature" not in calls[0]:
            yield "a call without a signature"


def bedrock_problems(body: Body) -> list[str]:
    """Bedrock's converse."""
    return list(_bedrock(body))


def _bedrock(body: Body) -> Iterator[str]:
    yield from _alternation([turn["role"] for turn in body["messages"]], "assistant")
    waiting: set[str] = set()
    used: set[str] = set()
    for turn in body["messages"]:
        if not turn["content"]:
            yield "a turn without content"
        results = [block["toolResult"]["toolUseId"] for block in turn["content"] if "toolResult" in block]
        if waiting != set(results):
            yield f"calls {waiting} and results {results} do not match"
        calls = [block["toolUse"] for block in turn["content"] if "toolUse" in block]
        waiting = {call["toolUseId"] for call in calls}
        if waiting & used or any(not _ID.fullmatch(name) for name in waiting):
            yield f"the ids {waiting} are not allowed or come twice"
        used |= waiting
        if any("text" in block and not block["text"].strip() for block in turn["content"]):
            yield "an empty text"
    if used and not body.get("toolConfig"):
        yield "tool calls though no tools are offered"


def ollama_problems(body: Body) -> list[str]:
    """Ollama's chat."""
    return list(_ollama(body))


def _ollama(body: Body) -> Iterator[str]:
    waiting: list[str] = []
    for turn in body["messages"]:
        if turn["role"] not in ("system", "user", "assistant", "tool"):
            yield f"the role {turn['role']} is not known"
        if not isinstance(turn["content"], str):
            yield "content that is no text"
        if turn["role"] == "tool":
            if turn["tool_name"] not in waiting:
                yield f"a result of {turn['tool_name']} that nobody called"
            else:
                waiting.remove(turn["tool_name"])
        elif waiting:
            yield f"calls {waiting} have no result"
            waiting = []
        for call in turn.get("tool_calls", ()):
            waiting.append(call["function"]["name"])
            if not isinstance(call["function"]["arguments"], dict):
                yield "arguments that are no object"
        if any(image.startswith("data:") for image in turn.get("images", ())):
            yield "an image that is more than base64"


def _alternation(roles: list[str], model: str) -> Iterator[str]:
    if not roles or roles[0] != "user":
        yield "the first turn is not the user's"
    if roles and roles[-1] == model:
        yield "the model has the last word"
    if any(first == second for first, second in pairwise(roles)):
        yield "two turns of one side in a row"


def _blocks(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


PROBLEMS: Mapping[str, Callable[[Body], list[str]]] = {
    "openai-chat": chat_problems,
    "openai-responses": responses_problems,
    "anthropic": anthropic_problems,
    "gemini": gemini_problems,
    "bedrock": bedrock_problems,
    "ollama": ollama_problems,
}
