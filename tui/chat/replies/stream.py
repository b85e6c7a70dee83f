"""One run of the engine: awaits `agent.run_stream` in a task of its own, and writes what arrives into a buffer.

The one place of `tui.chat` that runs the engine. Knows no rows, no prices and no screen.
"""

import asyncio
import json
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tui.chat.answer_schema.form import RETRIES, AnswerForm, raw_answer, reason_of, with_answer
from tui.chat.rate_limits import RateLimits
from tui.chat.replies.buffer import ReplyBuffer, RequestStarted
from tui.chat.replies.events import AnswerRefused, Waiting
from tui.chat.stored_parts import RESULT_STATES, result_facts
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.agent.agent import Agent
    from tui.agent.messages import (
        AgentStreamEvent,
        FunctionToolCallEvent,
        FunctionToolResultEvent,
        ModelMessage,
        ModelNoticeEvent,
        PartDeltaEvent,
        PartStartEvent,
        RetryPromptPart,
    )
    from tui.agent.models import Model
    from tui.agent.settings import ModelSettings
    from tui.agent.tools import RunContext
    from tui.chat.replies.messages import PromptContent
    from tui.chat.replies.run_limits import BudgetLimits
    from tui.chat.tools.toolbox import Toolbox

_MOST_RETRIES = 5
"""How often a model may call what is not there before the reply ends."""
_UNHURRIED = ("part_delta", "usage")
"""Events for which nobody is told before the next beat."""
_WHOLE = ("stop", "length", "content_filter")
"""Reasons for which a model has nothing to add."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is asked of which model, with which settings and tools, and within which limits.

    Attributes:
        form: of the JSON that the answer has to be; None for words.
        instructions: are sent anew with each request.
        toolbox: gives what the model may call, or None; may wait until servers have started.
    """

    prompt: "PromptContent"
    history: "list[ModelMessage]"
    model: "Model"
    settings: "ModelSettings"
    instructions: str
    limits: "BudgetLimits"
    toolbox: "Callable[[], Awaitable[Toolbox | None]] | None" = None
    form: AnswerForm | None = None


@contextmanager
def closing_buffer(buffer: ReplyBuffer) -> Iterator[None]:
    """Whatever ends the block ends what the buffer gets."""
    try:
        yield
    finally:
        buffer.end()


class ReplyStream:
    """A run, as a context manager: entering starts it, leaving stops it and waits until its connection is shut.

    Args:
        beat_s: seconds for which words gather before they are reported, all streams at the same moments; 0 for not.

    Attributes:
        usage: the run's own live usage; estimates are replaced as the provider reports.
        rate_limits: what the last answer of the provider has told of them; None for nothing.
        value: the answer as JSON text, once it is there and fits the form that was asked for; else "".
    """

    def __init__(self, request: RunRequest, buffer: ReplyBuffer, reply_id: str, beat_s: float = 0.0) -> None:
        from tui.agent.usage import Usage

        self.usage = Usage()
        self.rate_limits: RateLimits | None = None
        self.value = ""
        self._request = request
        self._buffer = buffer
        self._reply_id = reply_id
        self._beat_s = beat_s
        self._changed = asyncio.Event()
        self._urgent = asyncio.Event()
        self._gathering_until = 0.0
        self._task: asyncio.Task[None] | None = None
        self._run_messages: list[ModelMessage] = []
        self._step = 0
        self._refused = 0
        self._toolbox: Toolbox | None = None

    async def __aenter__(self) -> "ReplyStream":
        self._task = asyncio.create_task(self._run(), name="reply stream")
        self._task.add_done_callback(lambda task: self.wake())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        try:
            await asyncio.wait({self._task})
        finally:
            if self._task.done() and not self._task.cancelled():
                self._task.exception()  # asked for here or by `failure`; without either asyncio would complain

    @property
    def model(self) -> "Model":
        """The one that is asked."""
        return self._request.model

    @property
    def ended(self) -> bool:
        """The run is over and everything was taken from the buffer."""
        return self._task is not None and self._task.done() and not self._buffer.unreported

    @property
    def complete(self) -> bool:
        """The model came to the end of its answer. Ask after leaving the context."""
        return self._task is not None and not self._task.cancelled() and self._task.exception() is None

    @property
    def failure(self) -> BaseException | None:
        """What ended the run, if it was neither an answer nor a stop. Ask after leaving the context."""
        from tui.agent.exceptions import UsageLimitExceeded
        from tui.chat.replies.messages import finish_reason_of

        assert self._task is not None
        failure = None if self._task.cancelled() else self._task.exception()
        if not isinstance(failure, UsageLimitExceeded) or (reached := self._request.limits.reached) is None:
            return failure
        # An answer that was whole when its last figures came is no broken one.
        whole = self._request.form is None and finish_reason_of(self.messages) in _WHOLE
        return None if whole else reached

    @property
    def messages(self) -> "list[ModelMessage]":
        """What came after the prompt, also of an answer that broke off."""
        from tui.agent.messages import ModelRequest, UserPromptPart

        for index in range(len(self._run_messages) - 1, -1, -1):
            message = self._run_messages[index]
            if isinstance(message, ModelRequest) and any(
                isinstance(part, UserPromptPart) and part.content is self._request.prompt for part in message.parts
            ):
                return self._readable(self._run_messages[index + 1 :])
        return []

    def _readable(self, messages: "list[ModelMessage]") -> "list[ModelMessage]":
        return with_answer(messages, json.loads(self.value)) if self.value else messages

    def wake(self) -> None:
        """End a `wait`."""
        self._changed.set()
        self._urgent.set()

    async def wait(self, timeout_s: float) -> None:
        """Return when the buffer has something new, the run is over or the time is up; for words when some gathered."""
        if not self._buffer.unreported and not self.ended:
            await _set_within(self._changed, timeout_s)
        await _set_within(self._urgent, self._gathering_until - monotonic())
        if self._beat_s:
            self._gathering_until = (monotonic() // self._beat_s + 1) * self._beat_s
        self._changed.clear()
        self._urgent.clear()

    async def _run(self) -> None:
        from tui.agent.agent import capture_run_messages

        request = self._request
        self._buffer.mixes_thoughts = request.model.mixes_thoughts
        self._toolbox = toolbox = await request.toolbox() if request.toolbox is not None else None
        if toolbox is not None:
            toolbox.limit_requests = request.limits.limit_requests
        agent = self._agent(toolbox)
        options: dict[str, Any] = {
            "message_history": request.history,
            "model": request.model,
            "model_settings": request.settings,
            "usage_limits": request.limits,
            "usage": self.usage,
            "infer_name": False,
            "event_stream_handler": self._listen,
        }
        with capture_run_messages() as self._run_messages, closing_buffer(self._buffer):
            if request.form is not None:
                await self._run_until_it_fits(agent, options)
                return
            async with agent.run_stream(request.prompt, **options) as result:
                await result.get_data()

    def _agent(self, toolbox: "Toolbox | None") -> "Agent[None, Any]":
        from tui.agent.agent import Agent

        request, form = self._request, self._request.form
        wanted: Any = form.type if form is not None and form.called else str
        agent: Agent[None, Any] = Agent(
            request.model,
            name="chinwag",
            result_type=wanted,
            retries=_MOST_RETRIES,
            result_retries=None if form is None else RETRIES,
            instructions=(form.instructions(request.instructions) if form else request.instructions) or None,
            toolsets=[toolbox.engine_tools] if toolbox else (),
            approve_tool_call=toolbox.approve if toolbox else None,
        )
        if form is not None and not form.called:
            agent.result_validator(form.type.find_in)
        return agent

    async def _run_until_it_fits(self, agent: "Agent[None, Any]", options: dict[str, Any]) -> None:
        from tui.agent.exceptions import UnexpectedModelBehavior

        try:
            result = await agent.run(self._request.prompt, **options)
        except UnexpectedModelBehavior as error:
            if error.problem is not None:  # of the last one there is no event
                self._refuse(error.problem)
            raise
        self.value = json.dumps(result.data, ensure_ascii=False)

    def _refuse(self, told: "RetryPromptPart") -> None:
        self._refused += 1
        raw = raw_answer(self._run_messages, told)
        refused = AnswerRefused(self._reply_id, reason_of(told), raw, self._refused, RETRIES + 1)
        self._buffer.add_event(refused)

    async def _listen(self, context: "RunContext[Any]", events: "AsyncIterable[AgentStreamEvent]") -> None:
        async for event in events:
            self._receive(event)
            self._changed.set()
            if event.event_kind not in _UNHURRIED:
                self._urgent.set()

    def _receive(self, event: "AgentStreamEvent") -> None:
        # By kind, not by class: this runs once for each token, and the classes are not imported at start.
        match event.event_kind:
            case "part_delta":
                self._receive_delta(event)
            case "part_start":
                self._receive_start(event)
            case "function_tool_call":
                self._receive_call(event)
            case "function_tool_result":
                self._receive_result(event)
            case "model_request":
                self._step = event.step
                self._buffer.add_event(RequestStarted(event.step))
            case "model_notice":
                self._receive_notice(event)
            case "retry" if self._request.form is not None:
                self._refuse(event.part)
            case "rate_limits":
                self.rate_limits = RateLimits.told(event.limits, datetime.now(UTC))
            case _:
                pass  # usage is read live

    def _receive_start(self, event: "PartStartEvent") -> None:
        from tui.agent.messages import TextPart, ThinkingPart

        if isinstance(event.part, TextPart | ThinkingPart):
            self._buffer.begin_text(event.part.part_kind, (self._step, event.index), event.part.content)

    def _receive_delta(self, event: "PartDeltaEvent") -> None:
        delta = event.delta
        if delta.part_delta_kind != "tool_call":
            self._buffer.add_text(delta.part_delta_kind, (self._step, event.index), delta.content_delta or "")

    def _receive_call(self, event: "FunctionToolCallEvent") -> None:
        name = event.part.tool_name
        server = self._toolbox.server_of(name) if self._toolbox is not None else ""
        self._buffer.start_tool(event.call_id, name, event.part.args_as_json_str(), server)

    def _receive_result(self, event: "FunctionToolResultEvent") -> None:
        from tui.agent.messages import ToolReturnPart

        result = event.result
        if not isinstance(result, ToolReturnPart):
            self._buffer.finish_tool(event.tool_call_id, "failed", result.model_response())
            return
        items = result.content if isinstance(result.content, list) else []
        texts = [item for item in items if isinstance(item, str)] if result.files else [result.model_response_str()]
        state = RESULT_STATES.get(result.outcome, "done")
        self._buffer.finish_tool(event.tool_call_id, state, "\n".join(texts), **result_facts(result.metadata))

    def _receive_notice(self, event: "ModelNoticeEvent") -> None:
        waiting = Waiting(self._reply_id, event.kind, event.message, event.delay_s, event.attempt, event.attempts)
        self._buffer.add_event(waiting)


async def _set_within(event: asyncio.Event, timeout_s: float) -> None:
    """Wait until an event is set, or the time is up."""
    if timeout_s > 0:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await event.wait()
