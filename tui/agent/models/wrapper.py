"""A model that asks another one: what it says of itself is what that one says, and so is what it is asked.

A subclass changes what it is there to change, and nothing else.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from typing_extensions import override

from tui.agent.messages import ModelMessage, ModelResponse
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.target import Target
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage


class WrapperModel(Model):
    """Another model, and what a subclass makes of it.

    Attributes:
        wrapped: the one that is asked.
    """

    def __init__(self, wrapped: Model) -> None:
        self.wrapped = wrapped

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        return await self.wrapped.request(messages, model_settings, model_request_parameters)

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """Ask it, and read the answer while it comes."""
        async with self.wrapped.request_stream(messages, model_settings, model_request_parameters) as stream:
            yield stream

    @property
    @override
    def model_name(self) -> str:
        return self.wrapped.model_name

    @property
    @override
    def system(self) -> str:
        return self.wrapped.system

    @property
    @override
    def base_url(self) -> str | None:
        return self.wrapped.base_url

    @property
    @override
    def mixes_thoughts(self) -> bool:
        return self.wrapped.mixes_thoughts

    @property
    @override
    def constrains_text(self) -> bool:
        return self.wrapped.constrains_text

    @property
    @override
    def takes_beginnings(self) -> bool:
        return self.wrapped.takes_beginnings

    @override
    def asked_with(self, settings: ModelSettings | None) -> Model:
        return self.wrapped.asked_with(settings)

    @override
    def target(self) -> Target | None:
        return self.wrapped.target()
