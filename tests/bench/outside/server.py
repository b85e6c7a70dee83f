"""The model that all programs talk to: OpenAI's and Ollama's API on loopback, in a process of its own.

A word of the prompt, such as `q482913r150n1200x`, says what comes: 1,200 tokens of four characters, 150 a second; a
rate of 0 is as fast as it is taken. The first request with such a word is answered so, whatever else is asked with
three words, such as a title. Every line of the reply ends with a mark (`Z07M0012`), the reply with `Z07END`. What
happened when is written to standard output, as lines of JSON, with the clock that all processes of a machine share.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from time import monotonic
from typing import Any

from tests.bench.transcript import CHARS_PER_TOKEN, text_of
from tests.support.protocol_server import Answer, ProtocolServer, Seen, Step, json_answer

MODELS = ("bench-a", "bench-b")
MARK = re.compile(r"Z\d\d(?:M\d{4}|END)")
_ASKED = re.compile(r"q(\d+)r(\d+)n(\d+)x")
_AT_ONCE = 64
"""Tokens that are written together where no rate is given."""

Piece = tuple[str, list[str]]
"""A token, and the marks whose last letter is in it."""


def asked_word(nonce: int, rate: int, tokens: int) -> str:
    """The word of a prompt that asks for such a reply."""
    return f"q{nonce}r{rate}n{tokens}x"


@lru_cache(maxsize=8)
def reply_pieces(number: int, tokens: int) -> list[Piece]:
    """The reply: Markdown of all kinds, with marks that no other number has."""
    lines = text_of("md", tokens).splitlines()
    for index, line in enumerate(lines):
        if line.strip() and not line.startswith("```"):
            lines[index] = f"{line} Z{number:02}M{index:04}"
    end = f"\n\nZ{number:02}END\n"
    text = "\n".join(lines)[: tokens * CHARS_PER_TOKEN - len(end)] + end
    pieces: list[Piece] = [
        (text[start : start + CHARS_PER_TOKEN], []) for start in range(0, len(text), CHARS_PER_TOKEN)
    ]
    for mark in MARK.finditer(text):
        pieces[(mark.end() - 1) // CHARS_PER_TOKEN][1].append(mark[0])
    return pieces


class PlayedModel:
    """Answers requests, and tells what it sent when."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._answered: set[tuple[str, int]] = set()
        self._number = 0

    def respond(self, seen: Seen) -> Answer:
        """The answer to any request of the programs that are measured."""
        path = seen.path.partition("?")[0]
        body = seen.body if isinstance(seen.body, dict) else {}
        if path.endswith("/chat/completions"):
            return self._chat(body, _openai_event, "text/event-stream", _OPENAI_END)
        if path == "/api/chat":
            return self._chat(body, _ollama_event, _NDJSON, _OLLAMA_END)
        found = _FOUND.get(path)
        return json_answer(found) if found is not None else json_answer({"error": f"There is no {path}."}, 404)

    def _chat(self, body: dict[str, Any], event: Callable[[str], bytes], kind: str, end: bytes) -> Answer:
        if body.get("stream", kind == _NDJSON):
            return Answer(chain(self._reply(body, event), [end]), content_type=kind)
        message = {"role": "assistant", "content": _TITLE}
        return json_answer({"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "message": message})

    def _reply(self, body: dict[str, Any], event: Callable[[str], bytes]) -> Iterable[Step]:
        messages = body.get("messages") or [""]
        asked = _ASKED.findall(json.dumps(messages[-1]))
        nonce, rate, tokens = map(int, asked[-1]) if asked else (0, 0, 0)
        key = (str(body.get("model")), nonce)
        if not asked or key in self._answered or "title" in json.dumps(messages[0]).lower():
            return [event(_TITLE)]
        self._answered.add(key)
        self._number = (self._number + 1) % 100
        self._tell({"nonce": nonce, "what": "request", "at": monotonic()})
        return self._steps(nonce, rate, reply_pieces(self._number, tokens), event)

    def _steps(self, nonce: int, rate: int, pieces: list[Piece], event: Callable[[str], bytes]) -> Iterator[Step]:
        began = monotonic()
        self._tell({"nonce": nonce, "what": "first", "at": began})
        together = 1 if rate else _AT_ONCE
        for start in range(0, len(pieces), together):
            if rate and (early := began + start / rate - monotonic()) > 0:
                yield early
            batch = pieces[start : start + together]
            yield b"".join(event(text) for text, _ in batch)
            if marks := [mark for _, found in batch for mark in found]:
                self._tell({"nonce": nonce, "what": "marks", "marks": marks, "at": monotonic()})
        self._tell({"nonce": nonce, "what": "end", "at": monotonic()})


def _openai_event(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return (
        b"data: " + json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"
    )


def _ollama_event(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps({"model": MODELS[0], "created_at": _THEN, "message": message, "done": False}).encode() + b"\n"


_NDJSON = "application/x-ndjson"
_TITLE = "A short title"
_THEN = "2026-11-01T12:00:00Z"
_DETAILS = {
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "8B",
    "quantization_level": "Q4_0",
}
_OPENAI_END = (
    b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "id": "1"}\n\n'
    b'data: {"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": 1000, "total_tokens": 1040}, "id": "1"}'
    b"\n\ndata: [DONE]\n\n"
)
_OLLAMA_END = json.dumps(
    {"model": MODELS[0], "created_at": _THEN, "message": {"role": "assistant", "content": ""}, "done": True,
     "done_reason": "stop", "prompt_eval_count": 40, "eval_count": 1000, "total_duration": 1, "eval_duration": 1}
).encode() + b"\n"  # fmt: skip
_FOUND: dict[str, Any] = {
    "/v1/models": {"object": "list", "data": [{"id": name, "object": "model", "created": 1} for name in MODELS]},
    "/api/version": {"version": "0.12.0"},
    "/api/ps": {"models": []},
    "/api/tags": {"models": [{"name": name, "model": name, "modified_at": _THEN, "size": 1_000_000, "digest": name,
                              "details": _DETAILS} for name in MODELS]},
    "/api/show": {"details": _DETAILS, "capabilities": ["completion", "tools"], "modified_at": _THEN,
                  "model_info": {"general.architecture": "llama", "llama.context_length": 131072}},
}  # fmt: skip


def _print(event: dict[str, Any]) -> None:
    print(json.dumps(event), flush=True)


async def _serve() -> None:
    async with ProtocolServer(respond=PlayedModel(_print).respond) as server:
        _print({"url": server.url})
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
