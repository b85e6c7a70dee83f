"""What every model offers, and how a name becomes a model. Knows no wire: each API has a module of its own.

A model turns a history into a response, whole or streamed; the run (`tui.agent.run`) keeps history, counts and decides.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tui.agent.exceptions import UserError
from tui.agent.messages import (
    FinishReason,
    ModelMessage,
    ModelNoticeEvent,
    ModelResponse,
    ModelResponseStreamEvent,
)
from tui.agent.parts import ModelResponsePartsManager
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage

if TYPE_CHECKING:
    from tui.agent.models._http import cached_async_http_client
    from tui.agent.tools import ToolDefinition

__all__ = [
    "ALLOW_MODEL_REQUESTS",
    "KnownModelName",
    "Model",
    "ModelRequestParameters",
    "StreamedResponse",
    "cached_async_http_client",
    "check_allow_model_requests",
    "infer_model",
    "notify",
    "override_allow_model_requests",
    "receive_notices",
]

KnownModelName = Literal[
    "anthropic:claude-3-5-haiku-latest",
    "anthropic:claude-3-7-sonnet-latest",
    "anthropic:claude-haiku-4-5",
    "anthropic:claude-opus-4-5",
    "anthropic:claude-sonnet-4-5",
    "bedrock:us.amazon.nova-lite-v1:0",
    "bedrock:us.amazon.nova-pro-v1:0",
    "claude-3-5-haiku-latest",
    "claude-3-7-sonnet-latest",
    "deepseek:deepseek-chat",
    "deepseek:deepseek-reasoner",
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "google-gla:gemini-2.0-flash",
    "google-gla:gemini-2.5-flash",
    "google-gla:gemini-2.5-pro",
    "gpt-4o",
    "gpt-4o-mini",
    "groq:llama-3.1-8b-instant",
    "groq:llama-3.3-70b-versatile",
    "mistral:codestral-latest",
    "mistral:mistral-large-latest",
    "mistral:mistral-small-latest",
    "o1",
    "o3-mini",
    "openai:gpt-4o",
    "openai:gpt-4o-mini",
    "openai:gpt-5",
    "openai:gpt-5-mini",
    "openai:o1",
    "openai:o3-mini",
    "test",
]
"""Some names that `infer_model` takes, for the completion of editors; every "provider:name" is taken as well."""

ALLOW_MODEL_REQUESTS = True
"""Set this to False, in the conftest of a test suite say, and no model goes to the network any more."""


def check_allow_model_requests() -> None:
    """Every model that goes to the network calls this first.

    Raises:
        RuntimeError: `ALLOW_MODEL_REQUESTS` is False at this moment.
    """
    if not ALLOW_MODEL_REQUESTS:
        raise RuntimeError("Model requests are not allowed, since ALLOW_MODEL_REQUESTS is False")


@contextmanager
def override_allow_model_requests(allow_model_requests: bool) -> Iterator[None]:
    """Set `ALLOW_MODEL_REQUESTS` for the length of a `with` block."""
    global ALLOW_MODEL_REQUESTS
    before = ALLOW_MODEL_REQUESTS
    ALLOW_MODEL_REQUESTS = allow_model_requests
    try:
        yield
    finally:
        ALLOW_MODEL_REQUESTS = before


@dataclass
class ModelRequestParameters:
    """What a request carries beside messages and settings.

    Attributes:
        function_tools: tools that the model may call.
        allow_text_result: whether text is a result; if not, the model has to call a tool.
        result_tools: tools whose call is the result.
    """

    function_tools: "list[ToolDefinition]"
    allow_text_result: bool
    result_tools: "list[ToolDefinition]"


class Model(ABC):
    """A model of some provider."""

    @abstractmethod
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        """Ask, and wait for the whole answer.

        Returns:
            The response, and its tokens with `requests` left at 0: the run counts requests.

        Raises:
            ModelAPIError: the provider could not be reached, or refused.
            UnexpectedModelBehavior: its answer is malformed.
        """

    def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> "AbstractAsyncContextManager[StreamedResponse]":
        """Ask, and read the answer while it comes.

        Entering the context opens the stream (and raises what `request` raises); leaving it closes the connection at
        once, read to the end or not.
        """
        raise NotImplementedError(f"Streamed requests not supported by this {type(self).__name__}")

    @property
    @abstractmethod
    def model_name(self) -> str:
        """The model's name, without its provider."""

    @property
    @abstractmethod
    def system(self) -> str:
        """The provider's short name, such as "openai"."""

    @property
    def base_url(self) -> str | None:
        """Where requests go, if they go anywhere."""
        return None


@dataclass
class StreamedResponse(ABC):
    """A response while it streams in: an async iterable of its events.

    All iterations share one iterator, so a second `async for` goes on where the first stopped. A subclass yields the
    events that its `_parts_manager` makes from what the provider sends, keeps `_usage` current, and may set the rest.

    Attributes:
        finish_reason: why the response ended, once that is known.
        provider_name: who answers.
        provider_response_id: the provider's id of the response.
        vendor_details: further things the provider said, such as its raw usage (under "usage").
    """

    reports_usage: ClassVar[bool] = True
    """Whether `usage()` is what a provider reported, and belongs into the response."""

    finish_reason: FinishReason | None = field(default=None, init=False)
    provider_name: str | None = field(default=None, init=False)
    provider_response_id: str | None = field(default=None, init=False)
    vendor_details: dict[str, Any] | None = field(default=None, init=False)
    _parts_manager: ModelResponsePartsManager = field(default_factory=ModelResponsePartsManager, init=False)
    _event_iterator: AsyncIterator[ModelResponseStreamEvent] | None = field(default=None, init=False)
    _usage: Usage = field(default_factory=Usage, init=False)

    def __aiter__(self) -> AsyncIterator[ModelResponseStreamEvent]:
        if self._event_iterator is None:
            self._event_iterator = self._get_event_iterator()
        return self._event_iterator

    @abstractmethod
    def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        """Yield the events; called once."""

    def get(self) -> ModelResponse:
        """The response so far; a new object at each call."""
        known = self.reports_usage and (self._usage.request_tokens, self._usage.response_tokens) != (None, None)
        return ModelResponse(
            self._parts_manager.get_parts(),
            self.model_name,
            self.timestamp,
            usage=self._usage.copy() if known else None,
            finish_reason=self.finish_reason,
            provider_name=self.provider_name,
            provider_response_id=self.provider_response_id,
            vendor_details=self.vendor_details,
        )

    def usage(self) -> Usage:
        """The tokens of this response so far; None for what the provider has not reported yet. The live object."""
        return self._usage

    async def aclose(self) -> None:
        """Stop reading. `Model.request_stream` calls this when its context is left: nothing waits for a collector."""
        if isinstance(self._event_iterator, AsyncGenerator):
            await self._event_iterator.aclose()

    @property
    @abstractmethod
    def model_name(self) -> str:
        """The model that answers, as the provider names it."""

    @property
    @abstractmethod
    def timestamp(self) -> datetime:
        """When the response began; aware."""


_notice: ContextVar[Callable[[ModelNoticeEvent], None] | None] = ContextVar("_notice", default=None)


def notify(notice: ModelNoticeEvent) -> None:
    """Tell the run under way, if there is one, why the model does not answer yet."""
    receive = _notice.get()
    if receive is not None:
        receive(notice)


@contextmanager
def receive_notices(receive: Callable[[ModelNoticeEvent], None]) -> Iterator[None]:
    """Call `receive` with every notice given inside the `with` block, by this task or one that it starts."""
    token: Token[Callable[[ModelNoticeEvent], None] | None] = _notice.set(receive)
    try:
        yield
    finally:
        _notice.reset(token)


def infer_model(model: "Model | KnownModelName | str") -> Model:
    """The model of a name; a model passes through.

    Args:
        model: "provider:name", or "test" for a `TestModel`. Names that begin with gpt, o1, o3, claude or gemini do
            without the provider.

    Raises:
        UserError: no such provider, or its key is missing.
    """
    if isinstance(model, Model):
        return model
    if model in ("test", "test:test"):
        from tui.agent.models.test import TestModel

        return TestModel()
    provider, colon, name = model.partition(":")
    if not colon:
        provider, name = _provider_of(model), model
    return _ask_provider(provider, name, model)


_BARE_NAMES = (("gpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("claude", "anthropic"), ("gemini", "google-gla"))


def _provider_of(bare_name: str) -> str:
    for beginning, provider in _BARE_NAMES:
        if bare_name.startswith(beginning):
            return provider
    raise UserError(f"Unknown model: {bare_name}")


def _ask_provider(provider: str, name: str, asked_for: str) -> Model:
    from tui.agent.providers import provider_for

    try:
        found = provider_for(provider)
    except LookupError as error:
        raise UserError(f"Unknown model: {asked_for}") from error
    return found.model(name)


def __getattr__(name: str) -> Any:
    """`cached_async_http_client` needs httpx, which is only loaded when somebody asks for it."""
    if name == "cached_async_http_client":
        from tui.agent.models import _http

        return _http.cached_async_http_client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
