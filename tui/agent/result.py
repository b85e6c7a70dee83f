"""What a run gives back: `AgentRunResult` when it is over, `StreamedRunResult` while it is still going on.

Both are views on one `Run`; they keep no history and no usage of their own.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Generic, cast

import pydantic
from typing_extensions import override

from tui.agent._run.reader import EventReader
from tui.agent._run.run import ModelResponseEvent, Run
from tui.agent._run.state import NOT_VALID, RunState
from tui.agent._run.validation import FinalResult, ResultDataT, ResultValidatorFunc
from tui.agent._run.views import MappedView, ResponseView, TextView
from tui.agent.context import AgentDepsT
from tui.agent.exceptions import AgentRunError, UnexpectedModelBehavior, UserError
from tui.agent.messages import (
    AgentStreamEvent,
    FinalResultEvent,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    ToolReturnPart,
)
from tui.agent.models.base import StreamedResponse
from tui.agent.usage import Usage

__all__ = [
    "AgentRunResult",
    "FinalResult",
    "ResultDataT",
    "ResultValidatorFunc",
    "RunStream",
    "StreamedRunResult",
]


class _RunMessages(ABC):
    """The history of a run, whole or from this run on, as it is or as JSON."""

    _new_message_index: int

    @abstractmethod
    def all_messages(self, *, result_tool_return_content: str | None = None) -> list[ModelMessage]:
        """The whole history, with the messages before this run."""

    def all_messages_json(self, *, result_tool_return_content: str | None = None) -> bytes:
        """`all_messages` as JSON."""
        messages = self.all_messages(result_tool_return_content=result_tool_return_content)
        return ModelMessagesTypeAdapter.dump_json(messages)

    def new_messages(self, *, result_tool_return_content: str | None = None) -> list[ModelMessage]:
        """The messages of this run only; see `all_messages`."""
        return self.all_messages(result_tool_return_content=result_tool_return_content)[self._new_message_index :]

    def new_messages_json(self, *, result_tool_return_content: str | None = None) -> bytes:
        """`new_messages` as JSON."""
        messages = self.new_messages(result_tool_return_content=result_tool_return_content)
        return ModelMessagesTypeAdapter.dump_json(messages)


@dataclass
class AgentRunResult(_RunMessages, Generic[ResultDataT]):
    """The outcome of a run.

    Attributes:
        data: the result.
    """

    data: ResultDataT
    _result_tool_name: str | None = field(repr=False)
    _state: RunState = field(repr=False)
    _new_message_index: int = field(repr=False)

    @override
    def all_messages(self, *, result_tool_return_content: str | None = None) -> list[ModelMessage]:
        """The whole history, with the messages before this run.

        Args:
            result_tool_return_content: what to answer the result tool's call with instead of "Final result processed.",
                for a conversation that goes on; the list is then a copy.

        Raises:
            ValueError: content is given, but the result was text.
            LookupError: content is given, but the last message answers no call of the result tool.
        """
        if result_tool_return_content is None:
            return self._state.messages
        return self._with_tool_return(result_tool_return_content)

    def usage(self) -> Usage:
        """What the run has used; the caller's own object, if one was given."""
        return self._state.usage

    def _with_tool_return(self, content: str) -> list[ModelMessage]:
        if self._result_tool_name is None:
            raise ValueError("Cannot set result tool return content when the return type is `str`.")
        messages = deepcopy(self._state.messages)
        last = messages[-1]
        for part in last.parts if isinstance(last, ModelRequest) else ():
            if isinstance(part, ToolReturnPart) and part.tool_name == self._result_tool_name:
                part.content = content
                return messages
        raise LookupError(f"No tool call found with tool name {self._result_tool_name!r}.")


class StreamedRunResult(_RunMessages, AsyncIterator[AgentStreamEvent], Generic[AgentDepsT, ResultDataT]):
    """A run whose result is arriving, from `Agent.run_stream`.

    The result has begun, but the run may go on after it: when the model calls tools beside its text, they are run and
    the model is asked again, and everything here goes on with what it answers. Iterating over the object itself gives
    the events that follow. All views read the same run, so each begins with what has arrived and is not read twice.
    """

    def __init__(self, reader: EventReader, new_message_index: int) -> None:
        self._reader = reader
        self._run: Run = reader.run
        self._new_message_index = new_message_index

    @property
    def is_complete(self) -> bool:
        """Whether the whole result has arrived, and is in the history."""
        return self._run.complete

    @override
    def all_messages(self, *, result_tool_return_content: str | None = None) -> list[ModelMessage]:
        """The whole history, with the messages before this run; live.

        A response is added when it is complete, or has broken off (then with `state="interrupted"`).

        Raises:
            NotImplementedError: content is given, which streamed results do not take.
        """
        if result_tool_return_content is not None:
            raise NotImplementedError("Setting result tool return content is not supported for this result type.")
        return self._run.state.messages

    def usage(self) -> Usage:
        """What the run has used, as far as it was reported; a copy.

        The object that was given to `run_stream` holds guesses as well, while the provider has not reported.
        """
        return self._run.reported_usage()

    def timestamp(self) -> datetime:
        """When the response that is arriving, or the last one, began."""
        return self._response.timestamp

    def stream(self, *, debounce_by: float | None = 0.1) -> AsyncIterator[ResultDataT]:
        """Iterate over the result as it grows: validated, though something may still be missing at its end.

        The last value, of the complete result, comes twice.

        Args:
            debounce_by: seconds in which changes are collected into one; None for each change by itself.

        Raises:
            pydantic.ValidationError: what has arrived so far is no valid beginning.
            UnexpectedModelBehavior: the complete result is not valid, or a validator wants another one.
        """

        async def validated(item: tuple[ModelResponse, bool]) -> ResultDataT:
            return await self.validate_structured_result(item[0], allow_partial=not item[1])

        return MappedView(self.stream_structured(debounce_by=debounce_by), validated)

    def stream_text(self, *, delta: bool = False, debounce_by: float | None = 0.1) -> AsyncIterator[str]:
        """Iterate over the text as it arrives.

        Args:
            delta: give the pieces; otherwise the whole text so far each time, and that through the validators.
            debounce_by: seconds in which pieces are collected into one; None for each piece by itself.

        Raises:
            UserError: the result type does not allow text.
            UnexpectedModelBehavior: a validator wants another text than the one so far.
        """
        if not self._run.state.plan.schema.allow_text:
            raise UserError("stream_text() can only be used with text responses")
        texts = TextView(self._reader, debounce_by, cumulative=not delta)
        if delta or not self._run.state.plan.validators:
            return texts
        return MappedView(texts, self._validated_text)

    def stream_structured(self, *, debounce_by: float | None = 0.1) -> AsyncIterator[tuple[ModelResponse, bool]]:
        """Iterate over the response as it grows, with whether it is complete.

        Args:
            debounce_by: seconds in which changes are collected into one; None for each change by itself.
        """
        return ResponseView(self._reader, debounce_by, lambda: self._response.get())

    async def get_data(self) -> ResultDataT:
        """Read to the end, and return the result.

        Raises:
            UnexpectedModelBehavior: it is not valid. The model cannot be asked again, its answer may have been shown.
            UsageLimitExceeded: a limit was reached before the end.
        """
        while await self._reader.next() is not None:
            pass
        if self._run.final_response is None:
            raise AgentRunError("The run was stopped before its result was complete")
        return await self.validate_structured_result(self._run.final_response)

    async def validate_structured_result(self, message: ModelResponse, *, allow_partial: bool = False) -> ResultDataT:
        """The result in a response of `stream_structured`.

        Args:
            message: the response.
            allow_partial: it may not be complete.

        Raises:
            pydantic.ValidationError: with `allow_partial`: what has arrived so far is no valid beginning.
            UnexpectedModelBehavior: without: it is not valid. In either case: a validator wants another one.
        """
        if allow_partial:
            return cast(ResultDataT, await self._run.state.result_in(message, allow_partial=True))
        try:
            return cast(ResultDataT, await self._run.state.result_in(message, allow_partial=False))
        except pydantic.ValidationError as error:
            raise UnexpectedModelBehavior(f"{NOT_VALID}: {error}") from error

    async def cancel(self) -> None:
        """Stop the run now: the model's stream is closed, and what has arrived is in the history.

        May be called from any task, and more than once; who iterates gets the end. The run's own handler ends with it.
        """
        await self._reader.stop()

    def __aiter__(self) -> AsyncIterator[AgentStreamEvent]:
        return self

    async def __anext__(self) -> AgentStreamEvent:
        while isinstance(event := await self._reader.next(), ModelResponseEvent):
            pass
        if event is None:
            raise StopAsyncIteration
        return event

    @property
    def _response(self) -> StreamedResponse:
        response = self._run.response
        assert response is not None, "the result begins with a response"
        return response

    async def _validated_text(self, text: str) -> str:
        return cast(str, await self._run.state.validated_stream(text, None))


class RunStream(AbstractAsyncContextManager[StreamedRunResult[AgentDepsT, ResultDataT]]):
    """The context of a streamed run: entering starts it, leaving ends it; nothing of it is left behind.

    Leaving normally reads what was not read, so that limits and usage are right; leaving by an exception, or because
    the task was cancelled, closes the model's stream at once.
    """

    def __init__(self, start: Callable[[], Run]) -> None:
        self._start = start
        self._reader: EventReader | None = None

    async def __aenter__(self) -> StreamedRunResult[AgentDepsT, ResultDataT]:
        run = self._start()
        reader = self._reader = EventReader(run)
        try:
            while not isinstance(event := await reader.next(), FinalResultEvent):
                if event is None:
                    raise AgentRunError("Streamed run failed to produce a final result")
        except BaseException:
            await reader.stop()
            raise
        return StreamedRunResult(reader, len(run.state.plan.history))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reader = self._reader
        assert reader is not None, "left without having been entered"
        try:
            if error is None:
                await reader.drain()
        finally:
            await reader.stop()
