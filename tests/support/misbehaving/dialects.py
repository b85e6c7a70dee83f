"""The three dialects that most servers speak: the pieces of an answer, as bytes that a server sends."""

import json
from typing import Any, ClassVar

from tests.support.protocol_server import Step


class Dialect:
    """What a server says in Chat Completions, as OpenAI has it.

    Attributes:
        name: what the configuration calls it (`api`).
        base: what stands behind the host in the base URL.
        path: where it is asked, behind that.
        content_type: of its streams.
    """

    name: ClassVar[str] = "openai-chat"
    base: ClassVar[str] = "/v1"
    path: ClassVar[str] = "/chat/completions"
    content_type: ClassVar[str] = "text/event-stream"

    def event(self, text: str) -> bytes:
        """Any text in the frame of an event."""
        return f"data: {text}\n\n".encode()

    def begin(self) -> bytes:
        """What comes before the first word."""
        return self._chunk({"role": "assistant", "content": ""})

    def words(self, text: str, **more: Any) -> bytes:
        """Some of the answer; `more` are keys that nobody knows."""
        return self._chunk({"content": text, **more})

    def thoughts(self, text: str) -> bytes:
        """Some of what is thought."""
        return self._chunk({"reasoning_content": text})

    def call(self, name: str, arguments: str) -> bytes:
        """A call of a tool, with its arguments as JSON text."""
        call = {"index": 0, "id": "call-1", "type": "function", "function": {"name": name, "arguments": arguments}}
        return self._chunk({"tool_calls": [call]})

    def end(self, reason: str = "stop") -> list[Step]:
        """The end of an answer; the reason is "stop", "length", "content_filter", "tool_calls" or made up."""
        return [self._chunk({}, reason), b"data: [DONE]\n\n"]

    def problem(self, sentence: str) -> bytes:
        """An error in the middle of a stream."""
        return self.event(json.dumps(self.refusal(sentence, "server_error")))

    def refusal(self, sentence: str, kind: str = "api_error") -> dict[str, Any]:
        """The body of an answer whose status is an error."""
        return {"error": {"message": sentence, "type": kind, "code": kind}}

    def whole(self, text: str) -> dict[str, Any]:
        """An answer that was not streamed."""
        message = {"role": "assistant", "content": text}
        return {"id": "1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        return self.event(json.dumps({"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}))


class Anthropic(Dialect):
    """What a server says in Messages."""

    name = "anthropic"
    base = ""
    path = "/v1/messages"
    _REASONS: ClassVar = {
        "stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "tool_calls": "tool_use",
    }  # fmt: skip

    def begin(self) -> bytes:
        message = {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}
        block = {"type": "text", "text": ""}
        return self._named(type="message_start", message=message) + self._named(
            type="content_block_start", index=0, content_block=block
        )

    def words(self, text: str, **more: Any) -> bytes:
        return self._named(type="content_block_delta", index=0, delta={"type": "text_delta", "text": text, **more})

    def thoughts(self, text: str) -> bytes:
        start = {"type": "thinking", "thinking": "", "signature": ""}
        return self._named(type="content_block_start", index=1, content_block=start) + self._named(
            type="content_block_delta", index=1, delta={"type": "thinking_delta", "thinking": text}
        )

    def call(self, name: str, arguments: str) -> bytes:
        start = {"type": "tool_use", "id": "call-1", "name": name, "input": {}}
        return self._named(type="content_block_start", index=1, content_block=start) + self._named(
            type="content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": arguments}
        )

    def end(self, reason: str = "stop") -> list[Step]:
        delta = {"stop_reason": self._REASONS.get(reason, reason)}
        return [
            self._named(type="content_block_stop", index=0),
            self._named(type="message_delta", delta=delta, usage={"output_tokens": 1}),
            self._named(type="message_stop"),
        ]

    def problem(self, sentence: str) -> bytes:
        return self._named(**self.refusal(sentence))

    def refusal(self, sentence: str, kind: str = "api_error") -> dict[str, Any]:
        return {"type": "error", "error": {"type": kind, "message": sentence}}

    def whole(self, text: str) -> dict[str, Any]:
        content = [{"type": "text", "text": text}]
        return {"id": "m", "type": "message", "role": "assistant", "content": content, "stop_reason": "end_turn"}

    def _named(self, **event: Any) -> bytes:
        return f"event: {event['type']}\n".encode() + self.event(json.dumps(event))


class Ollama(Dialect):
    """What a server says in Ollama's own chat."""

    name = "ollama"
    base = ""
    path = "/api/chat"
    content_type = "application/x-ndjson"

    def event(self, text: str) -> bytes:
        return f"{text}\n".encode()

    def begin(self) -> bytes:
        return self.words("")

    def words(self, text: str, **more: Any) -> bytes:
        return self._line({"role": "assistant", "content": text, **more})

    def thoughts(self, text: str) -> bytes:
        return self._line({"role": "assistant", "content": "", "thinking": text})

    def call(self, name: str, arguments: str) -> bytes:
        try:
            read = json.loads(arguments)
        except ValueError:
            read = arguments  # no object: as wrong as it can be here
        return self._line(
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": name, "arguments": read}}]}
        )

    def end(self, reason: str = "stop") -> list[Step]:
        done = "stop" if reason == "tool_calls" else reason
        last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": done}
        return [self.event(json.dumps(last))]

    def refusal(self, sentence: str, kind: str = "api_error") -> dict[str, Any]:
        return {"error": sentence}

    def whole(self, text: str) -> dict[str, Any]:
        return {"message": {"role": "assistant", "content": text}, "done": True, "done_reason": "stop"}

    def _line(self, message: dict[str, Any]) -> bytes:
        return self.event(json.dumps({"message": message, "done": False}))


DIALECTS = {dialect.name: dialect for dialect in (Dialect(), Anthropic(), Ollama())}
