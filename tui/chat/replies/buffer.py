"""What has come of one reply: its parts in order. The one place where its text stands while it streams.

The turn reads events from it, checkpoints its text, a screen that comes back its parts. Knows no engine, no row, no
screen.
"""

from collections.abc import Callable
from dataclasses import field, replace
from typing import Any, Literal

from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent, ToolCallContent, ToolState
from tui.chat.replies.continuing import Seam
from tui.chat.replies.events import (
    AnswerRefused,
    PartReplaced,
    TextDelta,
    ThinkingDelta,
    ToolChanged,
    ToolStarted,
    Waiting,
)
from tui.chat.tools.questions import Approval, ToolQuestion
from tui.dataclass import dataclass

TextKind = Literal["text", "thinking"]
Place = tuple[int, int]
"""Of a part in the run: the request's number, and the part's index in its response."""
_BEGUN: Place = (-1, -1)


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """A request of the run goes out; `step` is its number, from 1."""

    step: int


BesideParts = AnswerRefused | RequestStarted | Waiting
"""What is reported among the parts, and is none."""

BufferedEvent = TextDelta | ThinkingDelta | PartReplaced | ToolStarted | ToolChanged | BesideParts


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

    @property
    def open(self) -> bool:
        return self.call.state in ("asking", "running")


@dataclass(slots=True)
class _Delta:
    """Pieces of one part that were not taken yet; they are joined when they are, not before."""

    part: int
    pieces: list[str]


class ReplyBuffer:
    """The parts of one reply, and what of them was not reported yet.

    Args:
        clock: seconds that only grow.

    Attributes:
        mixes_thoughts: whether a text of this reply may turn out to be thoughts.
    """

    def __init__(self, reply_id: str, clock: Callable[[], float]) -> None:
        self.mixes_thoughts = False
        self._reply_id = reply_id
        self._clock = clock
        self._parts: list[_StreamedText | _RunningTool] = []
        self._seam: Seam | None = None  # when the first part was there before
        self._going_on: Place | None = None  # of the text that goes on with it
        self._unreported: list[_Delta | PartReplaced | ToolStarted | ToolChanged | BesideParts] = []

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

    def begin_with(self, seam: Seam) -> None:
        """What was there of a reply that was cut off; the first text that comes goes on with it."""
        now = self._clock()
        self._parts = [_StreamedText("text", _BEGUN, now, now, [seam.base])]
        self._seam, self._going_on = seam, None

    @property
    def added(self) -> str:
        """What follows the text of `begin_with`."""
        first = self._parts[0] if self._seam is not None else None
        return first.text[len(self._seam.base) :] if self._seam and isinstance(first, _StreamedText) else ""

    def end(self) -> None:
        """Nothing more comes: what a seam has held back is shown."""
        if self._seam is not None:
            self._append(0, self._seam.end())

    def add_text(self, kind: TextKind, place: Place, text: str) -> None:
        """More of a text or thought; another kind or place than the last one's begins a part of its own."""
        if not text:
            return
        if self._seam is not None and kind == "text" and self._going_on in (None, place):
            self._going_on = place
            self._append(0, self._seam.take(text))
            return
        last = self._parts[-1] if self._parts else None
        if not (isinstance(last, _StreamedText) and last.kind == kind and last.place == place):
            self._end_thought()
            last = _StreamedText(kind, place, self._clock())
            self._parts.append(last)
        self._append(len(self._parts) - 1, text)

    def _append(self, index: int, text: str) -> None:
        part = self._parts[index]
        if not text or not isinstance(part, _StreamedText):
            return
        part.pieces.append(text)
        delta = self._unreported[-1] if self._unreported else None
        if isinstance(delta, _Delta) and delta.part == index:
            delta.pieces.append(text)
        else:
            self._unreported.append(_Delta(index, [text]))

    def begin_text(self, kind: TextKind, place: Place, text: str) -> None:
        """A text or thought begins, or takes the place of the one that was there: it is another kind than it seemed."""
        if kind == "thinking" and place == self._going_on:
            self._take_back()
        places = [part.place if isinstance(part, _StreamedText) else None for part in self._parts]
        if place not in places:
            self.add_text(kind, place, text)
            return
        index = places.index(place)
        before = self._parts[index]
        assert isinstance(before, _StreamedText)
        self._parts[index] = replaced = _StreamedText(kind, place, before.began, before.ended, [text])
        if kind == "thinking" and replaced.ended is None:
            replaced.ended = self._clock()  # the tag that says what it is, is its end
        self._unreported = [one for one in self._unreported if not (isinstance(one, _Delta) and one.part == index)]
        self._unreported.append(PartReplaced(self._reply_id, index, replaced.content(self._clock())))

    def _take_back(self) -> None:
        """What went on with the text that was there is a thought."""
        assert self._seam is not None
        self._seam.reset()
        self._going_on = None
        first = self._parts[0]
        assert isinstance(first, _StreamedText)
        first.pieces = [self._seam.base]
        self._unreported = [one for one in self._unreported if not (isinstance(one, _Delta) and one.part == 0)]
        self._unreported.append(PartReplaced(self._reply_id, 0, first.content(self._clock())))

    def start_tool(self, call_id: str, name: str, arguments: str, server: str = "") -> None:
        """The model calls a tool; `arguments` are JSON text."""
        self._end_thought()
        call = ToolCallContent(call_id, name, arguments, server=server)
        self._parts.append(_RunningTool(call, self._clock()))
        self._unreported.append(ToolStarted(self._reply_id, len(self._parts) - 1, call))

    def ask_about_tool(self, question: ToolQuestion) -> None:
        """The person is asked whether a call may run."""
        self._change_tool(question.call_id, state="asking", question=question)

    def allow_tool(self, call_id: str, approval: Approval) -> None:
        """A call runs from now on; what it took the person to answer is not its time."""
        if (part := self._change_tool(call_id, state="running", question=None, approval=approval)) is not None:
            part.began = self._clock()

    def progress_tool(self, call_id: str, text: str) -> None:
        """How far a call is, in its own words."""
        self._change_tool(call_id, result=text)

    def finish_tool(self, call_id: str, state: ToolState, result: str, **facts: Any) -> None:
        """A call has ended.

        Args:
            call_id: of the call.
            state: in which it has.
            result: what the model is told.
            facts: other fields of `ToolCallContent`, as far as they are known.
        """
        for index, part in enumerate(self._parts):
            if isinstance(part, _RunningTool) and part.call.call_id == call_id and part.open:
                took_s = self._clock() - part.began if part.call.approval else None
                known = {"duration_s": took_s, **facts}
                part.call = replace(part.call, result=result, state=state, question=None, **known)
                self._unreported.append(ToolChanged(self._reply_id, index, part.call))
                return

    def _change_tool(self, call_id: str, **changes: Any) -> _RunningTool | None:
        for index, part in enumerate(self._parts):
            if isinstance(part, _RunningTool) and part.call.call_id == call_id and part.open:
                part.call = replace(part.call, **changes)
                self._unreported.append(ToolChanged(self._reply_id, index, part.call))
                return part
        return None

    def add_event(self, event: BesideParts) -> None:
        """Something that is no part of the reply, in its place among the parts."""
        self._unreported.append(event)

    def take(self) -> list[BufferedEvent]:
        """What was not reported yet, in order; pieces of one part that came in a row are one event."""
        taken, self._unreported = self._unreported, []
        return [self._delta_event(event) if isinstance(event, _Delta) else event for event in taken]

    def _delta_event(self, delta: _Delta) -> TextDelta | ThinkingDelta:
        part, text = self._parts[delta.part], "".join(delta.pieces)
        if isinstance(part, _StreamedText) and part.kind == "thinking":
            return ThinkingDelta(self._reply_id, delta.part, text)
        return TextDelta(self._reply_id, delta.part, text, settled=not self.mixes_thoughts or self._has_thought)

    @property
    def _has_thought(self) -> bool:
        return any(isinstance(part, _StreamedText) and part.kind == "thinking" for part in self._parts)

    def _end_thought(self) -> None:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _StreamedText) and last.ended is None:
            last.ended = self._clock()

    def _joined(self, kind: TextKind) -> str:
        return "\n\n".join(part.text for part in self._parts if isinstance(part, _StreamedText) and part.kind == kind)
