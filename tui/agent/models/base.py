"""What every model offers. Knows no wire: each API has a module of its own.

A model turns a history into a response, whole or streamed; the run keeps history, counts and decides.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from tui.agent.messages import FinishReason, ModelMessage, ModelResponse, ModelResponseStreamEvent
from tui.agent.parts import ModelResponsePartsManager
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage

if TYPE_CHECKING:
    from tui.agent.definitions import ToolDefinition
    from tui.agent.models.target import Target

__all__ = ["Model", "ModelRequestParameters", "StreamedResponse"]


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

    @property
    def mixes_thoughts(self) -> bool:
        """Whether a text may turn out to be thoughts, in a `PartStartEvent` of its index, while it streams in."""
        return False

    @property
    def constrains_text(self) -> bool:
        """Whether the server lets a model write only what fits the setting `text_schema`."""
        return False

    @property
    def takes_beginnings(self) -> bool:
        """Whether a history may end with the beginning of the answer."""
        return False

    def asked_with(self, settings: ModelSettings | None) -> "Model":
        """The model to which a request with these settings goes: this one, or itself by another API of its vendor."""
        return self

    def target(self) -> "Target | None":
        """What this model can take of a history; None when it takes every history as it is.

        A model with a target fits each history to it by itself, before it sends it.
        """
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
