"""`Agent.iter`: a run taken step by step. A thin view: the steps are cut out of the run's one stream of events."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, TypeAlias, TypeVar, cast

from tui.agent._run.reader import EventReader
from tui.agent._run.run import ModelResponseEvent, Run, RunEvent
from tui.agent._run.state import RunState
from tui.agent._run.validation import FinalResult, ResultDataT
from tui.agent._run.views import MappedView, View
from tui.agent.context import AgentDepsT
from tui.agent.exceptions import UserError
from tui.agent.messages import (
    AgentStreamEvent,
    FinalResultEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    HandleResponseEvent,
    ModelRequest,
    ModelRequestEvent,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    UserContent,
)
from tui.agent.result import AgentRunResult
from tui.agent.usage import Usage

__all__ = [
    "AgentNode",
    "AgentRun",
    "AgentStream",
    "CallToolsNode",
    "End",
    "IterationContext",
    "ModelRequestNode",
    "RunIteration",
    "UserPromptNode",
]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class IterationContext:
    """What is handed to a node's `stream`.

    Attributes:
        state: the run's: history, usage, retries.
        deps: the program's dependencies.
    """

    state: RunState
    deps: Any


@dataclass
class End(Generic[_T]):
    """The run is over."""

    data: _T


@dataclass
class _Node(Generic[AgentDepsT, ResultDataT]):
    _agent_run: "AgentRun[AgentDepsT, ResultDataT]" = field(repr=False, compare=False)

    async def run(self, ctx: object = None) -> "AgentNode[AgentDepsT, ResultDataT] | End[FinalResult[ResultDataT]]":
        """Take this step to its end.

        Args:
            ctx: of the run; not needed.

        Returns:
            The step that follows.
        """
        return await self._agent_run.finish(self)


@dataclass
class UserPromptNode(_Node[AgentDepsT, ResultDataT]):
    """The prompt, before the first request is made of it."""

    user_prompt: str | Iterable[UserContent]


@dataclass
class ModelRequestNode(_Node[AgentDepsT, ResultDataT]):
    """A request that is about to go out."""

    request: ModelRequest

    def stream(self, ctx: object = None) -> "AgentStream[AgentDepsT, ResultDataT]":
        """The response, while it streams in; a context manager. Leaving it normally reads what was not read.

        Args:
            ctx: of the run; not needed.
        """
        return AgentStream(self._agent_run, self)


@dataclass
class CallToolsNode(_Node[AgentDepsT, ResultDataT]):
    """A response whose tool calls, if it has any, are about to be carried out."""

    model_response: ModelResponse

    def stream(self, ctx: object = None) -> "_ToolStream":
        """The calls and results of function tools, as they happen; a context manager that gives an async iterator.

        Args:
            ctx: of the run; not needed.
        """
        return _ToolStream(self._agent_run, self)


AgentNode: TypeAlias = (
    UserPromptNode[AgentDepsT, ResultDataT]
    | ModelRequestNode[AgentDepsT, ResultDataT]
    | CallToolsNode[AgentDepsT, ResultDataT]
)
"""One step of a run."""


class AgentRun(AsyncIterator[Any], Generic[AgentDepsT, ResultDataT]):
    """A run that goes on when the next step is asked for; the items are its steps after the prompt, up to the end."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.reader = EventReader(run, step_by_step=True)
        self._next_node: Any = UserPromptNode(self, run.state.plan.prompt)
        self._given: object = self._next_node

    @property
    def ctx(self) -> IterationContext:
        """To be handed to a node's `stream`."""
        return IterationContext(self._run.state, self._run.state.plan.deps)

    @property
    def next_node(self) -> "AgentNode[AgentDepsT, ResultDataT] | End[FinalResult[ResultDataT]]":
        """The step that comes next, or the end."""
        return cast("AgentNode[AgentDepsT, ResultDataT] | End[FinalResult[ResultDataT]]", self._next_node)

    @property
    def result(self) -> AgentRunResult[ResultDataT] | None:
        """The outcome; None while the run goes on."""
        if not isinstance(self._next_node, End):
            return None
        final: FinalResult[ResultDataT] = self._next_node.data
        return AgentRunResult(final.data, final.tool_name, self._run.state, len(self._run.state.plan.history))

    def usage(self) -> Usage:
        """What the run has used so far; the live object."""
        return self._run.state.usage

    async def next(
        self, node: "AgentNode[AgentDepsT, ResultDataT]"
    ) -> "AgentNode[AgentDepsT, ResultDataT] | End[FinalResult[ResultDataT]]":
        """Take a step.

        Args:
            node: `next_node`.

        Returns:
            The step that follows, or the end.

        Raises:
            UserError: it is not this step's turn.
            AgentRunError: the run cannot go on.
        """
        return await self.finish(node)

    async def finish(self, node: object) -> "AgentNode[AgentDepsT, ResultDataT] | End[FinalResult[ResultDataT]]":
        """Take the step that is next to its end; see `next`."""
        if node is not self._next_node:
            raise UserError("Only the next node of a run can be run")
        while self._next_node is node:
            self.take(await self.pull())
        return self.next_node

    async def pull(self) -> RunEvent | None:
        """The next event; None when the run has come to its result.

        Raises:
            UserError: the run was stopped before, as its context was left.
        """
        event = await self.reader.next()
        if event is None and self._run.result is None:
            raise UserError("The run was stopped before its result was complete")
        return event

    def take(self, event: RunEvent | None) -> None:
        """Notice where a step ends."""
        if event is None:
            self._next_node = End(self._run.result)
        elif isinstance(event, ModelRequestEvent):
            assert self._run.request is not None, "it is about to be sent"
            self._next_node = ModelRequestNode(self, self._run.request)
        elif isinstance(event, ModelResponseEvent):
            self._next_node = CallToolsNode(self, event.response)

    def is_next(self, node: object) -> bool:
        """Whether a step is pending or running."""
        return node is self._next_node

    async def __anext__(self) -> "AgentNode[AgentDepsT, ResultDataT] | End[FinalResult[ResultDataT]]":
        if self._next_node is self._given:
            if isinstance(self._next_node, End):
                raise StopAsyncIteration
            await self.finish(self._next_node)
        self._given = self._next_node
        return self.next_node


class AgentStream(
    AbstractAsyncContextManager["AgentStream[AgentDepsT, ResultDataT]"],
    AsyncIterator[AgentStreamEvent],
    Generic[AgentDepsT, ResultDataT],
):
    """A response while it streams in; iterating over it gives the events of its parts, and where the result begins."""

    def __init__(
        self, agent_run: AgentRun[AgentDepsT, ResultDataT], node: ModelRequestNode[AgentDepsT, ResultDataT]
    ) -> None:
        self.agent_run = agent_run
        self.final: FinalResultEvent | None = None
        self._node = node

    async def __aenter__(self) -> "AgentStream[AgentDepsT, ResultDataT]":
        run = self.agent_run.reader.run
        if not self.agent_run.is_next(self._node):
            raise UserError("Only the next node of a run can be streamed")
        streamed_before, run.streamed = run.streamed, True
        try:
            while not run.streaming:
                await self.agent_run.pull()
        finally:
            run.streamed = streamed_before
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and not self.over and not self.agent_run.reader.failed:
            await self.agent_run.finish(self._node)

    @property
    def over(self) -> bool:
        """Whether the response is complete."""
        return not self.agent_run.is_next(self._node)

    def take(self, event: RunEvent | None) -> bool:
        """Notice what an event means; whether it is one of those that programs see here."""
        self.agent_run.take(event)
        if isinstance(event, FinalResultEvent):
            self.final = event
        return isinstance(event, PartStartEvent | PartDeltaEvent | FinalResultEvent)

    async def __anext__(self) -> AgentStreamEvent:
        while not self.over:
            event = await self.agent_run.pull()
            if self.take(event):
                return cast(AgentStreamEvent, event)
        raise StopAsyncIteration

    def stream_responses(self, *, debounce_by: float | None = 0.1) -> AsyncIterator[ModelResponse]:
        """Iterate over the response as it grows.

        Args:
            debounce_by: seconds in which changes are collected into one; None for each change by itself.
        """

        async def response(item: tuple[ModelResponse, bool]) -> ModelResponse:
            return item[0]

        return MappedView(_StreamView(self, debounce_by, results_only=False), response)

    def stream_output(self, *, debounce_by: float | None = 0.1) -> AsyncIterator[ResultDataT]:
        """Iterate over the result as it grows, once it has begun; the last value comes twice.

        Args:
            debounce_by: seconds in which changes are collected into one; None for each change by itself.

        Raises:
            pydantic.ValidationError: what has arrived so far is no valid beginning, or no valid result.
            UnexpectedModelBehavior: a validator wants another one.
        """

        async def validated(item: tuple[ModelResponse, bool]) -> ResultDataT:
            state = self.agent_run.reader.run.state
            return cast(ResultDataT, await state.result_in(item[0], allow_partial=not item[1]))

        return MappedView(_StreamView(self, debounce_by, results_only=True), validated)

    def usage(self) -> Usage:
        """What the run has used, as far as it was reported; a copy."""
        return self.agent_run.reader.run.reported_usage()


class _StreamView(View[tuple[ModelResponse, bool]]):
    """The response of a node so far, with whether it is complete."""

    _starts_alone = True

    def __init__(self, stream: AgentStream[Any, Any], debounce_by: float | None, *, results_only: bool) -> None:
        super().__init__(stream.agent_run.reader, debounce_by)
        self._stream = stream
        self._results_only = results_only
        self._seen = 0

    def _response(self) -> ModelResponse:
        response = self._reader.run.response
        assert response is not None, "entering the context has opened it"
        return response.get()

    def _begin(self) -> bool:
        self._seen = self._changes
        return self._wanted and any(part.has_content() for part in self._response().parts)

    def _notice(self, events: Iterable[RunEvent]) -> None:
        for event in events:
            self._stream.take(event)

    def _has_news(self) -> bool:
        return self._wanted and self._changes > self._seen

    @property
    def _changes(self) -> int:
        return self._reader.texts.changes + (self._stream.final is not None)

    @property
    def _wanted(self) -> bool:
        return not self._results_only or self._stream.final is not None

    def _at_end(self) -> bool:
        return self._stream.over or self._reader.exhausted

    def _emit(self) -> None:
        self._seen = self._changes
        self._items.append((self._response(), False))

    def _end(self) -> None:
        if self._results_only and self._stream.final is not None and self._stream.over:
            self._items.append((self._response(), True))


class _ToolStream(AbstractAsyncContextManager["_ToolStream"], AsyncIterator[HandleResponseEvent]):
    def __init__(self, agent_run: AgentRun[Any, Any], node: CallToolsNode[Any, Any]) -> None:
        self._agent_run = agent_run
        self._node = node

    async def __aenter__(self) -> "_ToolStream":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._agent_run.is_next(self._node) and not self._agent_run.reader.failed:
            await self._agent_run.finish(self._node)

    async def __anext__(self) -> HandleResponseEvent:
        while self._agent_run.is_next(self._node):
            event = await self._agent_run.pull()
            self._agent_run.take(event)
            if isinstance(event, FunctionToolCallEvent | FunctionToolResultEvent):
                return event
        raise StopAsyncIteration


class RunIteration(AbstractAsyncContextManager[AgentRun[AgentDepsT, ResultDataT]]):
    """The context of a run that is taken step by step; leaving it ends the run where it is."""

    def __init__(self, start: Callable[[], Run]) -> None:
        self._start = start
        self._agent_run: AgentRun[AgentDepsT, ResultDataT] | None = None

    async def __aenter__(self) -> AgentRun[AgentDepsT, ResultDataT]:
        self._agent_run = AgentRun(self._start())
        return self._agent_run

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._agent_run is not None, "left without having been entered"
        await self._agent_run.reader.stop()
