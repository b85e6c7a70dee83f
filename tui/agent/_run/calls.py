"""Carries out the tool calls of one response: which are run, what the others are answered, and in which order.

Knows the run's state, and nothing of requests and streams.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from inspect import isawaitable
from typing import Any

from tui.agent._run.state import RunState
from tui.agent._run.toolbox import cancel_all
from tui.agent.messages import (
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    HandleResponseEvent,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    RetryEvent,
    RetryPromptPart,
    ToolCallPart,
    ToolReturn,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.pairing import interrupted
from tui.agent.tools import Tool

__all__ = ["CallRound", "with_own_ids"]

REFUSED = "The user did not allow this tool call."

_Queued = tuple[Tool[Any], ToolCallPart]


def with_own_ids(response: ModelResponse) -> ModelResponse:
    """A response in which no two calls have the same id: an answer to one, or a yes, must not be for the other."""
    seen: set[str] = set()
    parts: list[ModelResponsePart] = []
    for part in response.parts:
        if isinstance(part, ToolCallPart) and part.tool_call_id is not None:
            again = part.tool_call_id in seen
            seen.add(part.tool_call_id)
            parts.append(replace(part, tool_call_id=f"call_{uuid.uuid4().hex}") if again else part)
        else:
            parts.append(part)
    return replace(response, parts=parts)


class CallRound:
    """The calls of one response and the parts that answer them.

    Attributes:
        parts: the answers, in the order in which they go to the model; complete when `events` has ended.
    """

    def __init__(self, state: RunState, calls: Sequence[ToolCallPart], winner: ToolCallPart | None) -> None:
        """Prepare the round.

        Args:
            state: the run's.
            calls: of the response, in order.
            winner: the call of a result tool that is the run's result, if there is one.
        """
        self.parts: list[ModelRequestPart] = []
        self._state = state
        self._calls = calls
        self._winner = winner
        self._finished: dict[int, ToolReturnPart | RetryPromptPart] = {}
        self._besides: dict[int, UserPromptPart] = {}

    async def events(self) -> AsyncGenerator[HandleResponseEvent | RetryEvent, None]:
        """Answer all calls; yield what happens, as it happens.

        When it is stopped or a tool fails, the other tools are cancelled, and what had finished is kept in the history.

        Raises:
            UnexpectedModelBehavior: a tool, or the result, was tried again too often.
            UsageLimitExceeded: more tools would have run than are allowed.
            Exception: whatever a tool raises, but for `ModelRetry`.
        """
        queued: list[_Queued] = []
        for part in self._answer_or_queue(queued):
            yield RetryEvent(part)
        self._check_limit(len(queued))
        try:
            for batch in _batches(queued):
                events = self._run_batch(queued, batch)
                try:
                    async for event in events:
                        yield event
                finally:
                    await events.aclose()
        except BaseException as error:
            self._keep_finished(queued, stopped=not isinstance(error, Exception))
            raise
        self.parts += [self._finished[number] for number in range(len(queued))]
        self.parts += [part for _, part in sorted(self._besides.items())]

    def _answer_or_queue(self, queued: list[_Queued]) -> Iterator[RetryPromptPart]:
        """Answer what needs no tool to run, and queue the rest; yields the prompts about unknown tools."""
        plan, tools = self._state.plan, self._state.tools
        winner_seen = False
        for call in self._calls:
            if self._is_winner(call) and not winner_seen:
                winner_seen = True
                self._answer(call, "Final result processed.")
            elif call.tool_name in tools:
                if self._winner is not None and plan.end_strategy == "early":
                    self._answer(call, "Tool not executed - a final result was already processed.")
                else:
                    queued.append((tools[call.tool_name], call))
            elif call.tool_name in plan.schema.tools:
                if self._winner is not None and winner_seen:
                    self._answer(call, "Result tool not used - a final result was already processed.")
                elif self._winner is not None:
                    self._answer(call, "Result tool not used - result failed validation.")
            else:
                part = self._unknown(call)
                self.parts.append(part)
                yield part

    def _unknown(self, call: ToolCallPart) -> RetryPromptPart:
        """What the model is told; that a tool has gone in the meantime is not its mistake, and not counted as one."""
        told = self._state.unknown_tool(call.tool_name)
        if self._state.had_tool(call.tool_name):
            return RetryPromptPart(told, call.tool_name, call.tool_call_id)
        return self._state.count_retry(RetryPromptPart(told), unknown_tool=call)

    def _is_winner(self, call: ToolCallPart) -> bool:
        winner = self._winner
        return winner is not None and (call.tool_name, call.tool_call_id) == (winner.tool_name, winner.tool_call_id)

    def _answer(self, call: ToolCallPart, content: str) -> None:
        self.parts.append(ToolReturnPart(call.tool_name, content, call.tool_call_id))

    def _check_limit(self, count: int) -> None:
        if count:
            projected = self._state.usage.copy()
            projected.tool_calls += count
            self._state.plan.limits.check_before_tool_call(projected)

    async def _run_batch(
        self, queued: Sequence[_Queued], batch: Sequence[int]
    ) -> AsyncGenerator[HandleResponseEvent, None]:
        """Run some of the queued tools at the same time."""
        call_ids: dict[int, str] = {}
        for number in batch:
            called = FunctionToolCallEvent(queued[number][1])
            call_ids[number] = called.call_id
            yield called
        tasks = {
            asyncio.create_task(self._run_tool(number, *queued[number]), name=queued[number][1].tool_name): number
            for number in batch
        }
        try:
            pending = set(tasks)
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(done, key=tasks.__getitem__):
                    number = tasks[task]
                    part = task.result()
                    self._finished[number] = part
                    yield FunctionToolResultEvent(part, call_ids[number])
        finally:
            await cancel_all(tasks)
            self._collect(tasks)

    def _collect(self, tasks: dict["asyncio.Task[ToolReturnPart | RetryPromptPart]", int]) -> None:
        """Keep what has finished without being seen, because another tool failed at the same moment."""
        for task, number in tasks.items():
            if not task.cancelled() and task.exception() is None:
                self._finished.setdefault(number, task.result())

    async def _run_tool(self, number: int, tool: Tool[Any], call: ToolCallPart) -> ToolReturnPart | RetryPromptPart:
        state = self._state
        context = replace(state.tool_context(tool.name), tool_call_id=call.tool_call_id)
        if tool.requires_approval:
            assert state.plan.approve is not None, "the agent has checked that"
            answer = state.plan.approve(context, call)
            allowed = await answer if isawaitable(answer) else answer
            if allowed is not True:
                said = allowed if isinstance(allowed, ToolReturn) else ToolReturn(allowed or REFUSED)
                return ToolReturnPart(
                    call.tool_name, said.return_value, call.tool_call_id, metadata=said.metadata, outcome="denied"
                )
        state.usage.tool_calls += 1
        part = await tool.run(call, context)
        if isinstance(part, ToolReturnPart) and isinstance(part.content, ToolReturn):
            part = self._unpacked(number, part, part.content)
        retried = isinstance(part, RetryPromptPart)
        state.tool_retries[tool.name] = state.tool_retries.get(tool.name, 0) + 1 if retried else 0
        return part

    def _unpacked(self, number: int, part: ToolReturnPart, returned: ToolReturn) -> ToolReturnPart:
        if returned.content is not None:
            self._besides[number] = UserPromptPart(returned.content)
        return replace(part, content=returned.return_value, metadata=returned.metadata, outcome=returned.outcome)

    def _keep_finished(self, queued: Sequence[_Queued], *, stopped: bool) -> None:
        """Put the answers that there are into the history, with one for each call that has none.

        When a tool has failed before any other has finished there is nothing to keep, and the history ends with the
        response.
        """
        if not self._finished and not stopped:
            return
        for number, (_, call) in enumerate(queued):
            part = self._finished.get(number)
            self.parts.append(part or interrupted(call))
        self.parts += [part for number, part in sorted(self._besides.items()) if number in self._finished]
        whole = len(self._finished) == len(queued)
        if self.parts:
            self._state.messages.append(ModelRequest(self.parts, state=None if whole else "interrupted"))


def _batches(queued: Sequence[_Queued]) -> Iterator[list[int]]:
    """The numbers of the calls that run at the same time: a sequential tool runs alone."""
    batch: list[int] = []
    for number, (tool, _) in enumerate(queued):
        if tool.sequential:
            if batch:
                yield batch
            yield [number]
            batch = []
        else:
            batch.append(number)
    if batch:
        yield batch
