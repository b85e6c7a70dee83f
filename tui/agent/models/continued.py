"""A model that goes on with an answer that was cut off: behind its beginning where the API lets it, else when asked to.

The run and its history know nothing of it: only the requests have the beginning behind the prompt.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from typing_extensions import override

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.wrapper import WrapperModel
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage


class ContinuedModel(WrapperModel):
    """Another model, whose answers go on with what there is of one.

    Args:
        model: the one that is asked.
        begun: what there is of the answer; ends with a response.
        ask: what asks to go on, for a model that does not take the beginning of its own answer.

    Attributes:
        asked: the model was asked to go on; else it was given the beginning, and what comes follows its last letter.
    """

    def __init__(self, model: Model, begun: Sequence[ModelMessage], ask: str) -> None:
        super().__init__(model)
        self.asked = not model.takes_beginnings
        self._begun = begun
        self._ask = ask
        self._place: int | None = None  # in the history of the run, of what there is of the answer

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        try:
            return await self.wrapped.request(self._extended(messages), model_settings, model_request_parameters)
        except ModelHTTPError as error:
            self._ask_instead(error)
            return await self.wrapped.request(self._extended(messages), model_settings, model_request_parameters)

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """Ask, and read the answer while it comes; a beginning that is refused is asked for instead."""

        async def opened() -> StreamedResponse:
            extended = self._extended(messages)
            stream = self.wrapped.request_stream(extended, model_settings, model_request_parameters)
            return await streams.enter_async_context(stream)

        async with AsyncExitStack() as streams:
            try:
                response = await opened()
            except ModelHTTPError as error:
                self._ask_instead(error)
                response = await opened()
            yield response

    def _ask_instead(self, error: ModelHTTPError) -> None:
        """Ask from now on; raises the error where that was done already, or could change nothing."""
        if self.asked or error.status_code not in (400, 422):
            raise error
        self.asked = True

    def _extended(self, messages: list[ModelMessage]) -> list[ModelMessage]:
        if self._place is None:
            self._place = len(messages)
        above, since = messages[: self._place], messages[self._place :]  # tools may have been called since
        if not self.asked:  # a blank at its end is refused, or doubled
            return [*above, *self._begun[:-1], _trimmed(self._begun[-1]), *since]
        instructions = next((one.instructions for one in reversed(messages) if isinstance(one, ModelRequest)), None)
        ask = ModelRequest([UserPromptPart(self._ask)], instructions=instructions)
        return [*above, *self._begun, ask, *since]


def _trimmed(message: ModelMessage) -> ModelMessage:
    """A response whose words end with no blank; what stands behind them, such as a mark of thoughts, is left out."""
    if not isinstance(message, ModelResponse):
        return message
    last = max((index for index, part in enumerate(message.parts) if isinstance(part, TextPart)), default=None)
    if last is None:
        return message
    part = message.parts[last]
    assert isinstance(part, TextPart)
    return replace(message, parts=[*message.parts[:last], replace(part, content=part.content.rstrip())])
