"""What has come of one reply: its parts in order. The one place where its text stands while it streams.

The turn reads events from it, checkpoints its text, a screen that comes back its parts. Knows no engine, no row, no
screen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent, ToolCallContent
from tui.chat.replies.events import TextDelta, ThinkingDelta, ToolFinished, ToolStarted, Waiting

TextKind = Literal["text", "thinking"]
Place = tuple[int, int]
"""Of a part in the run: the request's number, and the part's index in its response."""


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """A request of the run goes out; `step` is its number, from 1."""

    step: int


BufferedEvent = TextDelta | ThinkingDelta | ToolStarted | ToolFinished | Waiting | RequestStarted


@dataclass(slots=True)
class _StreamedText:
    """A text or thought that may still grow; joining it again and again costs only a copy of what is new."""

    kind: TextKind
    place: Place
    began: float
    ended: float | None = None
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""

    def content(self, now: float) -> TextContent | ThinkingContent:
        if self.kind == "text":
            return TextContent(self.text)
        return ThinkingContent(self.text, (now if self.ended is None else self.ended) - self.began)


@dataclass(slots=True)
class _RunningTool:
    call: ToolCallContent
    began: float


@dataclass(slots=True)
class _Delta:
    """Pieces of one part that were not taken yet; they are joined when they are, not before."""

    part: int
    pieces: list[str]


class ReplyBuffer:
    """The parts of one reply, and what of them was not reported yet.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, reply_id: str, clock: Callable[[], float]) -> None:
        self._reply_id = reply_id
        self._clock = clock
        self._parts: list[_StreamedText | _RunningTool] = []
        self._unreported: list[_Delta | ToolStarted | ToolFinished | Waiting | RequestStarted] = []

    def __bool__(self) -> bool:
        """Whether anything came."""
        return bool(self._parts)

    @property
    def parts(self) -> tuple[MessageContent, ...]:
        """All that has come, in the order in which it came."""
        now = self._clock()
        return tuple(part.content(now) if isinstance(part, _StreamedText) else part.call for part in self._parts)

    @property
    def text(self) -> str:
        """The texts, a blank line between them."""
        return self._joined("text")

    @property
    def thinking(self) -> str:
        """The thoughts, a blank line between them."""
        return self._joined("thinking")

    @property
    def thinking_s(self) -> float | None:
        """Seconds from the first thought to what followed the last one; None without a thought."""
        thoughts = [part for part in self._parts if isinstance(part, _StreamedText) and part.kind == "thinking"]
        if not thoughts:
            return None
        return (self._clock() if thoughts[-1].ended is None else thoughts[-1].ended) - thoughts[0].began

    @property
    def unreported(self) -> bool:
        """Whether `take` has something to give."""
        return bool(self._unreported)

    def add_text(self, kind: TextKind, place: Place, text: str) -> None:
        """More of a text or thought; another kind or place than the last one's begins a part of its own."""
        if not text:
            return
        last = self._parts[-1] if self._parts else None
        if not (isinstance(last, _StreamedText) and last.kind == kind and last.place == place):
            self._end_thought()
            last = _StreamedText(kind, place, self._clock())
            self._parts.append(last)
        last.pieces.append(text)
        index = len(self._parts) - 1
        delta = self._unreported[-1] if self._unreported else None
        if isinstance(delta, _Delta) and delta.part == index:
            delta.pieces.append(text)
        else:
            self._unreported.append(_Delta(index, [text]))

    def start_tool(self, call_id: str, name: str, arguments: str) -> None:
        """A tool is about to run; `arguments` are JSON text."""
        self._end_thought()
        call = ToolCallContent(call_id, name, arguments)
        self._parts.append(_RunningTool(call, self._clock()))
        self._unreported.append(ToolStarted(self._reply_id, len(self._parts) - 1, call))

    def finish_tool(self, call_id: str, result: str, *, failed: bool) -> None:
        """A tool that was started has returned, or asks the model for another try."""
        for index, part in enumerate(self._parts):
            if isinstance(part, _RunningTool) and part.call.call_id == call_id and part.call.state == "running":
                took_s = self._clock() - part.began
                state: Literal["failed", "done"] = "failed" if failed else "done"
                part.call = replace(part.call, result=result, state=state, duration_s=took_s)
                self._unreported.append(ToolFinished(self._reply_id, index, part.call))
                return

    def add_event(self, event: RequestStarted | Waiting) -> None:
        """Something that is no part of the reply, in its place among the parts."""
        self._unreported.append(event)

    def take(self) -> list[BufferedEvent]:
        """What was not reported yet, in order; pieces of one part that came in a row are one event."""
        taken, self._unreported = self._unreported, []
        return [self._delta_event(event) if isinstance(event, _Delta) else event for event in taken]

    def _delta_event(self, delta: _Delta) -> TextDelta | ThinkingDelta:
        part, text = self._parts[delta.part], "".join(delta.pieces)
        thinking = isinstance(part, _StreamedText) and part.kind == "thinking"
        return (ThinkingDelta if thinking else TextDelta)(self._reply_id, delta.part, text)

    def _end_thought(self) -> None:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _StreamedText) and last.ended is None:
            last.ended = self._clock()

    def _joined(self, kind: TextKind) -> str:
        return "\n\n".join(part.text for part in self._parts if isinstance(part, _StreamedText) and part.kind == kind)
