"""One answer of a model: awaits `agent.run_stream` in a task of its own and hands out what arrives in pieces.

The one place of `tui.chat` that runs the engine. Knows no rows, no prices and no screen.
"""

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tui.agent.messages import AgentStreamEvent, ModelMessage, ModelNoticeEvent, PartDeltaEvent, PartStartEvent
    from tui.agent.models import Model
    from tui.agent.settings import ModelSettings
    from tui.agent.tools import RunContext
    from tui.chat.replies.messages import PromptContent


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of which model, with which settings; `instructions` are sent anew with each request."""

    prompt: "PromptContent"
    history: "list[ModelMessage]"
    model: "Model"
    settings: "ModelSettings"
    instructions: str


@dataclass(frozen=True, slots=True)
class Words:
    """More text or more thoughts."""

    kind: Literal["text", "thinking"]
    text: str


@dataclass(frozen=True, slots=True)
class Requested:
    """A request goes out; `step` is its number in the run, from 1."""

    step: int


@dataclass(frozen=True, slots=True)
class Notice:
    """The model does not answer yet, and says why."""

    event: "ModelNoticeEvent"


Piece = Words | Requested | Notice


@dataclass(slots=True)
class _Box:
    """What arrived and was not taken yet; words of one kind in a row are joined when they are taken, not before."""

    items: list[Requested | Notice | tuple[Literal["text", "thinking"], list[str]]] = field(default_factory=list)

    def add_words(self, kind: Literal["text", "thinking"], text: str) -> None:
        last = self.items[-1] if self.items else None
        if isinstance(last, tuple) and last[0] == kind:
            last[1].append(text)
        else:
            self.items.append((kind, [text]))

    def take(self) -> list[Piece]:
        items, self.items = self.items, []
        return [Words(item[0], "".join(item[1])) if isinstance(item, tuple) else item for item in items]


class Answer:
    """A run, as a context manager: entering starts it, leaving stops it and waits until its connection is shut.

    Attributes:
        usage: the run's own live usage; estimates are replaced as the provider reports.
    """

    def __init__(self, question: Question) -> None:
        from tui.agent.usage import Usage

        self.usage = Usage()
        self._question = question
        self._box = _Box()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._run_messages: list[ModelMessage] = []
        self._step = 0
        self._last_part: dict[str, tuple[int, int]] = {}

    async def __aenter__(self) -> "Answer":
        self._task = asyncio.create_task(self._run(), name="answer")
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
    def ended(self) -> bool:
        """The run is over and everything was taken."""
        return self._task is not None and self._task.done() and not self._box.items

    @property
    def complete(self) -> bool:
        """The model came to the end of its answer. Ask after leaving the context."""
        return self._task is not None and not self._task.cancelled() and self._task.exception() is None

    @property
    def failure(self) -> BaseException | None:
        """What ended the run, if it was neither an answer nor a stop. Ask after leaving the context."""
        assert self._task is not None
        return None if self._task.cancelled() else self._task.exception()

    @property
    def messages(self) -> "list[ModelMessage]":
        """What came after the prompt, also of an answer that broke off."""
        from tui.agent.messages import ModelRequest, UserPromptPart

        for index in range(len(self._run_messages) - 1, -1, -1):
            message = self._run_messages[index]
            if isinstance(message, ModelRequest) and any(
                isinstance(part, UserPromptPart) and part.content is self._question.prompt for part in message.parts
            ):
                return self._run_messages[index + 1 :]
        return []

    def wake(self) -> None:
        """End a `take` that waits."""
        self._changed.set()

    async def take(self, wait_s: float) -> list[Piece]:
        """What has arrived since the last call; waits for something, for the end or for `wait_s`."""
        if not self._box.items and not self.ended:
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                pass
        self._changed.clear()
        return self._box.take()

    async def _run(self) -> None:
        from tui.agent.agent import Agent, capture_run_messages
        from tui.agent.usage import UsageLimits

        question = self._question
        agent = Agent(question.model, name="chinwag", instructions=question.instructions or None)
        with capture_run_messages() as self._run_messages:
            async with agent.run_stream(
                question.prompt,
                message_history=question.history,
                model=question.model,
                model_settings=question.settings,
                usage_limits=UsageLimits(),
                usage=self.usage,
                infer_name=False,
                event_stream_handler=self._listen,
            ) as result:
                await result.get_data()

    async def _listen(self, context: "RunContext[Any]", events: "AsyncIterable[AgentStreamEvent]") -> None:
        async for event in events:
            self._hear(event)
            self._changed.set()

    def _hear(self, event: "AgentStreamEvent") -> None:
        # By name, not by class: the words must match to get here at all, and this runs once for each token.
        match event.event_kind:
            case "part_delta":
                self._hear_delta(event)
            case "part_start":
                self._hear_start(event)
            case "model_request":
                self._step = event.step
                self._box.items.append(Requested(event.step))
            case "model_notice":
                self._box.items.append(Notice(event))
            case _:
                pass  # usage is read live; tools are not on offer yet

    def _hear_start(self, event: "PartStartEvent") -> None:
        from tui.agent.messages import TextPart, ThinkingPart

        if isinstance(event.part, TextPart | ThinkingPart):
            self._add(event.part.part_kind, event.index, event.part.content)

    def _hear_delta(self, event: "PartDeltaEvent") -> None:
        delta = event.delta
        if delta.part_delta_kind != "tool_call":
            self._add(delta.part_delta_kind, event.index, delta.content_delta or "")

    def _add(self, kind: Literal["text", "thinking"], index: int, text: str) -> None:
        if not text:
            return
        place, before = (self._step, index), self._last_part.get(kind)
        if before is not None and before != place:  # as between the parts of the finished text
            text = f"\n\n{text}"
        self._last_part[kind] = place
        self._box.add_words(kind, text)
