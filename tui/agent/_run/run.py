"""One run: a prompt goes to a model, tools are run, until there is a result. One generator of events over one state.

`run`, `run_sync`, `run_stream` and `iter` are views on `Run.events()`. History, usage, limits, retries, and what is
kept of an answer that breaks off, are handled here and nowhere else. Knows no wire and no screen.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tui.agent._run.calls import CallRound, with_own_ids
from tui.agent._run.feed import EventFeed
from tui.agent._run.history import captured_messages, partial_response
from tui.agent._run.live import LiveUsage, estimate_request
from tui.agent._run.requests import (
    first_request,
    next_request,
    outgoing_messages,
    request_parameters,
    request_settings,
)
from tui.agent._run.state import Plan, RunState, cancellations, check_cancelled
from tui.agent._run.validation import FinalResult, RetryError
from tui.agent.exceptions import ModelAPIError, UnexpectedModelBehavior
from tui.agent.messages import (
    AgentStreamEvent,
    FinalResultEvent,
    ModelRequest,
    ModelRequestEvent,
    ModelResponse,
    PartStartEvent,
    RateLimitsEvent,
    RetryEvent,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    UsageEvent,
)
from tui.agent.models.base import StreamedResponse
from tui.agent.usage import Usage
from tui.agent.wire.notices import receive_notices
from tui.agent.wire.rate_limits import receive_rate_limits

__all__ = ["ModelResponseEvent", "Run", "RunEvent"]

BREATH = 64
"""Events of a response after which other tasks have a turn, though its stream never waits. No screen freezes."""


@dataclass(frozen=True, slots=True)
class ModelResponseEvent:
    """A response is complete and in the history; its tools have not run. Seen by `iter` only."""

    response: ModelResponse


RunEvent: TypeAlias = AgentStreamEvent | ModelResponseEvent


class Run:
    """One run, and all that is known about it.

    Attributes:
        state: history, usage and retries.
        streamed: whether the next request is streamed; may be changed until it goes out.
        request: the message that goes out next, or went out last.
        response: the stream that is being read, or was read last; None before the first.
        result: what the run ended with; None until then, and for a result that was handed over unchecked.
        result_call: the call of a result tool that the run ended with, if it ended with one.
        final_response: the response that holds the result, with what came before a pause; None until the run has come
            to it.
    """

    def __init__(self, plan: Plan, usage: Usage | None, *, streamed: bool, hand_over: bool = False) -> None:
        """Prepare a run.

        Args:
            plan: what to do.
            usage: the caller's object, or None.
            streamed: whether responses are streamed.
            hand_over: whether the result goes to the caller while it streams in: then it is not checked here, and the
                model is not asked for a better one.
        """
        self.state = RunState(plan, captured_messages(), Usage() if usage is None else usage)
        self.state.messages[:] = plan.history
        self.streamed = streamed
        self.request: ModelRequest | None = None
        self.response: StreamedResponse | None = None
        self.result: FinalResult[Any] | None = None
        self.result_call: ToolCallPart | None = None
        self.final_response: ModelResponse | None = None
        self._plan = plan
        self._hand_over = hand_over
        self._live: LiveUsage | None = None
        self._response_with_text: ModelResponse | None = None
        self._paused: list[ModelResponse] = []
        self._feed = EventFeed(plan.handler, self.state.context())

    async def events(self) -> AsyncGenerator[RunEvent, None]:
        """Go from the prompt to the result, and yield what happens. Closing the generator stops the run.

        Raises:
            AgentRunError: the run cannot go on; the messages so far are in the state.
            Exception: whatever functions of the program raise.
        """
        async with self._feed as feed, aclosing(self._steps()) as steps:
            async for event in steps:
                if feed.has_handler and not isinstance(event, ModelResponseEvent):
                    await feed.push(event)
                yield event

    @property
    def complete(self) -> bool:
        """Whether the run has come to its result."""
        return self.final_response is not None

    @property
    def streaming(self) -> bool:
        """Whether a response is being read."""
        return self._live is not None

    def reported_usage(self) -> Usage:
        """The run's usage, without guesses while a response streams in; a copy."""
        if self._live is not None and self.response is not None:
            return self._live.so_far(self.response.usage())
        return self.state.usage.copy()

    async def _steps(self) -> AsyncGenerator[RunEvent, None]:
        self.request = await first_request(self.state)
        while self.final_response is None:
            yield ModelRequestEvent(self.state.run_step + 1, self._plan.model.model_name)
            if not self._paused:
                self.state.messages.append(self.request)
            self._plan.limits.check_before_request(self.state.usage)
            self.state.run_step += 1
            async with aclosing(self._ask()) as answer:
                async for event in answer:
                    yield event
            response = self.state.messages[-1]
            assert isinstance(response, ModelResponse)
            response = self.state.messages[-1] = with_own_ids(response)
            yield ModelResponseEvent(response)
            async with aclosing(self._handle(response)) as handling:
                async for event in handling:
                    yield event

    # The request.

    def _ask(self) -> AsyncGenerator[AgentStreamEvent, None]:
        return self._ask_streamed() if self.streamed else self._ask_whole()

    @contextmanager
    def _told_on_the_way(self) -> Iterator[None]:
        """Hand on what is told before the answer: why it does not come yet, and what is left of the rate limits."""
        push = self._feed.push_now
        with receive_notices(push), receive_rate_limits(lambda limits: push(RateLimitsEvent(limits))):
            yield

    async def _ask_whole(self) -> AsyncGenerator[AgentStreamEvent, None]:
        """Ask, wait for the whole response, and put it into the history."""
        plan, state = self._plan, self.state
        cancelled = cancellations()
        parameters, messages = await request_parameters(state), await outgoing_messages(state)
        try:
            with self._told_on_the_way():
                response, usage = await plan.model.request(messages, request_settings(state), parameters)
        except ModelAPIError as error:
            if error.usage is not None:
                state.usage.incr(error.usage, requests=1)
            raise
        check_cancelled(cancelled)
        state.usage.incr(usage, requests=1)
        plan.limits.check_tokens(state.usage)
        state.messages.append(response)
        yield UsageEvent(state.usage)

    async def _ask_streamed(self) -> AsyncGenerator[AgentStreamEvent, None]:
        """Ask, yield the response as it comes, and put it, or what came of it, into the history."""
        plan, state = self._plan, self.state
        cancelled = cancellations()
        parameters, messages = await request_parameters(state), await outgoing_messages(state)
        live = LiveUsage(state.usage, estimate_request(messages, parameters))
        async with AsyncExitStack() as stack:
            try:
                yield UsageEvent(state.usage)
                with self._told_on_the_way():
                    response = await stack.enter_async_context(
                        plan.model.request_stream(messages, request_settings(state), parameters)
                    )
            except BaseException as error:
                if isinstance(error, ModelAPIError) and error.usage is not None:
                    live.open()
                    live.finish(error.usage)
                else:
                    live.withdraw()
                raise
            stack.push_async_callback(response.aclose)  # nothing that it reads from is left to the garbage collector
            self.response, self._live = response, live
            live.open()
            try:
                check_cancelled(cancelled)
                yield UsageEvent(state.usage)
                async with aclosing(self._read(response, live)) as events:
                    async for event in events:
                        yield event
                live.finish(response.usage())
                plan.limits.check_tokens(state.usage)
                state.messages.append(
                    response.get()
                )  # here, for closing the stream may take a while and be interrupted
            except BaseException:
                self._keep_partial(response, live)
                raise
            finally:
                self._live = None
        yield UsageEvent(state.usage)

    async def _read(self, response: StreamedResponse, live: LiveUsage) -> AsyncGenerator[AgentStreamEvent, None]:
        """Yield the events of one response; count and check each."""
        limits = self._plan.limits
        limited = limits.has_token_limits()
        cancelled = cancellations()
        begun = False
        usage = response.usage
        until_breath = BREATH
        async for event in response:
            check_cancelled(cancelled)
            worth_telling = live.receive(event, usage())
            begins = None
            if not begun and isinstance(event, PartStartEvent):
                begins = self._final_result(event)
                begun = begins is not None
            if limited and begins is None:  # the body gets control first: it may want to see what there is
                limits.check_tokens(self.state.usage)
            yield event
            if begins is not None:
                yield begins
            if worth_telling:
                yield UsageEvent(self.state.usage)
            cancelled = cancellations()
            until_breath -= 1
            if not until_breath:
                await asyncio.sleep(0)
                until_breath = BREATH
        check_cancelled(cancelled)

    def _final_result(self, event: PartStartEvent) -> FinalResultEvent | None:
        """The event that says that the result begins with this part, if it may."""
        part, schema = event.part, self._plan.schema
        if isinstance(part, TextPart) and schema.allow_text:
            return FinalResultEvent(None, None)
        if isinstance(part, ToolCallPart) and part.tool_name in schema.tools:
            return FinalResultEvent(part.tool_name, part.tool_call_id)
        return None

    def _keep_partial(self, response: StreamedResponse, live: LiveUsage) -> None:
        live.finish(response.usage())
        partial = partial_response(response.get())
        if partial is not None:
            self.state.messages.append(partial)

    # The response.

    async def _handle(self, response: ModelResponse) -> AsyncGenerator[AgentStreamEvent, None]:
        """Find the result in a response, or the request that has to follow it."""
        tool_calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
        if response.paused and response.parts and not tool_calls:
            self._paused.append(response)  # it goes on behind what it has said
            return
        if self._paused:
            parts = [part for one in (*self._paused, response) for part in one.parts]
            response, self._paused = replace(response, parts=parts), []
        texts = [part.content for part in response.parts if isinstance(part, TextPart) and part.content]
        if tool_calls:
            if texts and self._hand_over and self.state.plan.schema.allow_text:
                self._response_with_text = response
            async with aclosing(self._handle_calls(response, tool_calls)) as events:
                async for event in events:
                    yield event
            return
        if not texts:
            self._handle_empty(response)
            return
        retry = await self._handle_text(response, "\n\n".join(texts))
        if retry is not None:
            yield RetryEvent(retry)
            self.request = await next_request(self.state, [retry])

    def _handle_empty(self, response: ModelResponse) -> None:
        if self._response_with_text is not None:  # the answer came before the tools, and there is nothing to add
            self.final_response = self._response_with_text
            return
        message = "Received empty model response"
        if response.finish_reason == "length":
            message += ": the limit on its length was reached before the answer began"
        raise UnexpectedModelBehavior(message)

    async def _handle_text(self, response: ModelResponse, text: str) -> RetryPromptPart | None:
        """Take a text as the result, or return what the model is to be told instead."""
        if not self._hand_over or not self._plan.schema.allow_text:
            try:
                data = await self.state.validated(self._plan.schema.from_text(text), None)
            except RetryError as error:
                return self.state.count_retry(error.part)
            self.result = FinalResult(data, None, None)
        self.final_response = response
        return None

    async def _handle_calls(
        self, response: ModelResponse, tool_calls: list[ToolCallPart]
    ) -> AsyncGenerator[AgentStreamEvent, None]:
        """Take the first valid call of a result tool as the result, and answer all calls."""
        retries = await self._choose_result(tool_calls)
        for part in retries:
            yield RetryEvent(part)
        cancelled = cancellations()
        calls = CallRound(self.state, tool_calls, self.result_call)
        async with aclosing(calls.events()) as events:
            async for event in events:
                yield event
                cancelled = cancellations()
        check_cancelled(cancelled)
        if self.result_call is None:
            self.request = await next_request(self.state, [*retries, *calls.parts])
        else:
            self.state.messages.append(ModelRequest(calls.parts))
            self.final_response = response

    async def _choose_result(self, tool_calls: list[ToolCallPart]) -> list[RetryPromptPart]:
        """Find the call that is the result; returns what to tell the model about those that were to be, but failed."""
        retries: list[RetryPromptPart] = []
        for call, tool in self._plan.schema.calls(tool_calls):
            if not self._hand_over:
                try:
                    data = await self.state.validated(tool.checked(call), call)
                except RetryError as error:
                    retries.append(self.state.count_retry(error.part))
                    continue
                self.result = FinalResult(data, call.tool_name, call.tool_call_id)
            self.result_call = call
            break
        return retries
