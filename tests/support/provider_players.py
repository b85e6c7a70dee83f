"""Servers on loopback that play a provider: they check path, key and rules of a request, then answer in its dialect.

Gemini, Ollama, Bedrock and Anthropic have no server that runs everywhere; these are written from their documentation.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from tests.support.chat_rules import broken_rules
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer
from tests.support.request_rules import Sent
from tests.support.wire_answers import Said, answer, content_type
from tui.agent.providers import VENDORS, Api, Provider

KEY = "sk-player-key-0123"
_KEY_HEADERS: dict[str, tuple[str, str]] = {
    "anthropic": ("x-api-key", KEY),
    "google-gla": ("x-goog-api-key", KEY),
    "ollama": ("authorization", f"Bearer {KEY}"),
}
_PATHS: dict[Api, Callable[[str], str]] = {
    "openai-chat": lambda model: "/chat/completions",
    "openai-responses": lambda model: "/responses",
    "anthropic": lambda model: "/v1/messages",
    "gemini": lambda model: f"/v1beta/models/{model}:streamGenerateContent?alt=sse",
    "ollama": lambda model: "/api/chat",
    "bedrock": lambda model: f"/model/{model}/converse-stream",
}


class Player(ProtocolServer):
    """A provider that says its answers one after the other, and refuses a request that it would refuse."""

    def __init__(self, vendor: str, model: str, answers: Iterable[Said]) -> None:
        super().__init__(respond=self._play)
        self.vendor = vendor
        self.model = model
        self._said = list(answers)

    @property
    def provider(self) -> Provider:
        """Whom to call."""
        return Provider(VENDORS[self.vendor], base_url=self.url, api_key=KEY)

    def _play(self, seen: Seen) -> Answer:
        api = VENDORS[self.vendor].api
        problem = self._problem(seen, api)
        if problem:
            return _refusal(api, problem)
        body = answer(self.vendor, api, self._said.pop(0))
        pieces = [body[at : at + 11] for at in range(0, len(body), 11)]
        return Answer(pieces, content_type=content_type(api))

    def _problem(self, seen: Seen, api: Api) -> tuple[int, str] | None:
        header, value = _KEY_HEADERS.get(self.vendor, ("authorization", f"Bearer {KEY}"))
        if seen.headers.get(header) != value:
            return 401, f"no key in {header}"
        if (seen.method, seen.path) != ("POST", _PATHS[api](self.model)):
            return 404, f"{seen.method} {seen.path}"
        broken = broken_rules(api, Sent(self.vendor, self.model, seen.body))
        return (400, "; ".join(broken)) if broken else None


def _refusal(api: Api, problem: tuple[int, str]) -> Answer:
    status, said = problem
    shapes: dict[Api, Any] = {
        "openai-chat": {"error": {"message": said, "type": "invalid_request_error", "code": None}},
        "openai-responses": {"error": {"message": said, "type": "invalid_request_error", "code": None}},
        "anthropic": {"type": "error", "error": {"type": "invalid_request_error", "message": said}},
        "gemini": {"error": {"code": status, "message": said, "status": "INVALID_ARGUMENT"}},
        "ollama": {"error": said},
        "bedrock": {"message": said},
    }
    return json_answer(json.loads(json.dumps(shapes[api])), status)
