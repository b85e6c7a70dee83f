"""A model that is several: when one fails, the next is asked. Talks to no network itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from typing_extensions import override

from tui.agent.exceptions import FallbackExceptionGroup, ModelAPIError
from tui.agent.messages import ModelMessage, ModelResponse
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.infer import KnownModelName, infer_model
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage

__all__ = ["FallbackModel"]

_ALL_FAILED = "All models from FallbackModel failed"


@dataclass(init=False)
class FallbackModel(Model):
    """Asks its models in order, until one answers; responses carry the name of the one that did."""

    models: list[Model]
    _fallback_on: Callable[[Exception], bool] = field(repr=False)

    def __init__(
        self,
        default_model: Model | KnownModelName | str,
        *fallback_models: Model | KnownModelName | str,
        fallback_on: Callable[[Exception], bool] | tuple[type[Exception], ...] = (ModelAPIError,),
    ) -> None:
        """Take the models in the order in which they are to be asked.

        Args:
            default_model: the first, a model or its name.
            fallback_models: the others.
            fallback_on: errors after which the next model is asked, or a function that says so of an error. By default
                those of a provider that cannot be reached or refuses. Of a stream, errors on opening it count.
        """
        self.models = [infer_model(model) for model in (default_model, *fallback_models)]
        if isinstance(fallback_on, tuple):
            kinds = fallback_on
            self._fallback_on = lambda error: isinstance(error, kinds)
        else:
            self._fallback_on = fallback_on

    @property
    @override
    def mixes_thoughts(self) -> bool:
        return any(model.mixes_thoughts for model in self.models)

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        """Ask one after the other for the whole answer.

        Raises:
            FallbackExceptionGroup: all of them failed.
        """
        errors: list[Exception] = []
        for model in self.models:
            try:
                return await model.request(messages, model_settings, model_request_parameters)
            except Exception as error:
                if not self._fallback_on(error):
                    raise
                errors.append(error)
        raise FallbackExceptionGroup(_ALL_FAILED, errors)

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """Ask one after the other to open a stream; once one is open, its errors are not ours.

        Raises:
            FallbackExceptionGroup: all of them failed.
        """
        async with AsyncExitStack() as open_streams:
            errors: list[Exception] = []
            for model in self.models:
                stream = model.request_stream(messages, model_settings, model_request_parameters)
                try:
                    response = await open_streams.enter_async_context(stream)
                except Exception as error:
                    if not self._fallback_on(error):
                        raise
                    errors.append(error)
                else:
                    yield response
                    return
            raise FallbackExceptionGroup(_ALL_FAILED, errors)

    @property
    @override
    def model_name(self) -> str:
        return f"fallback:{','.join(model.model_name for model in self.models)}"

    @property
    @override
    def system(self) -> str:
        return f"fallback:{','.join(model.system for model in self.models)}"

    @property
    @override
    def base_url(self) -> str | None:
        """That of the first model."""
        return self.models[0].base_url
