"""Where recorded streams are, how they are fed to a model without a network, and what came out of it."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters, infer
from tui.agent.models.wire_model import WireModel
from tui.agent.providers import Provider, Vendor
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage
from tui.agent.wire.policy import RequestPolicy

NO_TOOLS = ModelRequestParameters([], True, [])
HASTY = RequestPolicy(connect_s=2, silence_s=5, content_s=5, retries=0, first_delay_s=0)
PROMPT: list[ModelMessage] = [ModelRequest([UserPromptPart("Hello")])]
OWN = Path(__file__).parents[1] / "recorded" / "data"


def shared_folder() -> Path | None:
    """The folder of recordings that lie outside the repository, or None where they are absent."""
    told = os.environ.get("CHINWAG_RECORDINGS")
    folder = Path(told) if told else Path(__file__).parents[3] / "shared" / "recordings"
    return folder if folder.is_dir() else None


@dataclass(frozen=True)
class Recording:
    """One exchange with a provider: the request as it was sent, the answer's status, headers and bytes."""

    name: str
    dialect: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    request: Mapping[str, Any] = field(default_factory=dict)

    @property
    def streaming(self) -> bool:
        return "json" not in self.headers.get("content-type", "") or "ndjson" in self.headers["content-type"]


def load(path: Path) -> Recording:
    value = json.loads(path.read_text("utf-8"))
    response = value["response"]
    body = response["body"]
    data = base64.b64decode(body) if response.get("body_encoding") == "base64" else body.encode("utf-8")
    headers = {name: text for name, text in response["headers"].items() if name not in _LEFT_OUT}
    return Recording(path.stem, value["dialect"], response["status"], headers, data, value["request"])


_LEFT_OUT = ("content-length", "transfer-encoding", "content-encoding")


class Bytes(httpx.AsyncByteStream):
    """A body cut into chunks of a size; 0 is all at once."""

    def __init__(self, body: bytes, size: int) -> None:
        self._body, self._size = body, size or max(1, len(body))
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._body), self._size):
            yield self._body[at : at + self._size]

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Outcome:
    """What an adapter made of an answer.

    Attributes:
        error: what it raised, or None.
    """

    response: ModelResponse | None
    usage: Usage
    error: ModelAPIError | None
    requests: list[httpx.Request]

    @property
    def text(self) -> str:
        return "".join(part.content for part in self.parts(TextPart))

    @property
    def thinking(self) -> str:
        return "".join(part.content for part in self.parts(ThinkingPart))

    @property
    def calls(self) -> list[tuple[str, Any]]:
        return [(part.tool_name, part.args_as_dict()) for part in self.parts(ToolCallPart)]

    def parts(self, kind: type[Any]) -> list[Any]:
        return [part for part in (self.response.parts if self.response else []) if isinstance(part, kind)]


@asynccontextmanager
async def model_of(
    vendor: Vendor,
    name: str,
    body: bytes,
    *,
    size: int = 0,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    requests: list[httpx.Request] | None = None,
) -> AsyncIterator[WireModel]:
    """A model of a vendor whose every request is answered with these bytes, in chunks of this size."""

    def answer(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        return httpx.Response(
            status, headers=dict(headers or {"content-type": "text/event-stream"}), stream=Bytes(body, size)
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        provider = Provider(
            vendor, base_url=vendor.base_url or "http://test", api_key="a-test-key", client=client, policy=HASTY
        )
        model = infer.model_of(provider, name)
        assert isinstance(model, WireModel)
        yield model


async def replay(
    vendor: Vendor,
    body: bytes,
    *,
    size: int = 0,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    name: str = "a-model",
    messages: list[ModelMessage] | None = None,
    settings: ModelSettings | None = None,
    parameters: ModelRequestParameters = NO_TOOLS,
    streamed: bool = True,
) -> Outcome:
    """Ask a model whose provider answers with these bytes, and say what came of it."""
    requests: list[httpx.Request] = []
    async with model_of(vendor, name, body, size=size, status=status, headers=headers, requests=requests) as model:
        if not streamed:
            try:
                response, usage = await model.request(messages or PROMPT, settings, parameters)
            except ModelAPIError as error:
                return Outcome(None, Usage(), error, requests)
            return Outcome(response, usage, None, requests)
        stream = None
        try:
            async with model.request_stream(messages or PROMPT, settings, parameters) as stream:
                async for _ in stream:
                    pass
        except ModelAPIError as error:
            if stream is None:
                return Outcome(None, Usage(), error, requests)
            return Outcome(stream.get(), stream.usage(), error, requests)
        return Outcome(stream.get(), stream.usage(), None, requests)


def replayed(vendor: Vendor, body: bytes, **options: Any) -> Outcome:
    """The same, for tests that are no coroutines."""
    return asyncio.run(replay(vendor, body, **options))
