"""`--jsonl`: what happens while an answer comes, as JSON lines for a program; each is flushed as soon as it is there.

Every line is an object with `type`; all but the last one have `reply`, the id of the answer that it is about:

- `start`: `conversation`, `prompt`, `reply` (ids) and `model`
- `thinking`, `text`: `part` (number of the part of the answer) and `text`, to be put behind what that part has
- `replace`: all of a `part` is this `text`, of `kind` "text" or "thinking": it turned out to be something else
- `tool_call`: `part`, `id`, `tool`, `server`, `arguments`; `tool_result`: `part`, `id`, `state`, `result`
- `usage`: `input_tokens`, `output_tokens`, `estimated`, whenever they are others
- `notice`: `kind` ("retry", "loading", "failover", "tools", "schema", "not_saved") and `message`, with `attempt` and
  `attempts`
- `end`: `state` ("done", "interrupted", "failed"), ids, `model`, `text`, `finish_reason`, figures, `failure` where it
  failed, and `value` where JSON by a schema was asked for
- `exit`, the last line: the exit `code`, and `message` and `hint` where the program could not ask at all

Keys and kinds may be added; none changes its meaning.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TextIO

from tui.chat.message_parts import TextContent
from tui.chat.replies.events import (
    AnswerRefused,
    ChatEvent,
    NotSaved,
    PartReplaced,
    PromptSaved,
    ReplyDone,
    ReplyEnded,
    ReplyFailed,
    TextDelta,
    ThinkingDelta,
    ToolChanged,
    ToolStarted,
    UsageChanged,
    Waiting,
)
from tui.chat.replies.meter import MeterReading
from tui.commands.answer import stopped_from_outside
from tui.commands.answer_facts import answer_facts
from tui.commands.exit_code import ExitCode, exit_code_of
from tui.errors import ChinwagError
from tui.streams import discard_output, output_problem, print_note
from tui.text import storable

_Line = dict[str, Any]


class EventLines:
    """Writes the lines.

    Attributes:
        broken: what read them is gone.
        out: where they go.
    """

    def __init__(self, out: TextIO) -> None:
        self.broken = False
        self.out = out
        self._problem = False
        self._done: list[bool] = []  # of each answer that has ended, whether it is whole
        self._used: dict[str, tuple[int | None, int | None]] = {}  # tokens that were told last, by reply

    @property
    def code(self) -> int:
        """The exit code, as far as answers and lines decide it."""
        if self.broken:
            return ExitCode.BROKEN_PIPE
        return ExitCode.OK if self._done and all(self._done) and not self._problem else ExitCode.FAILED

    async def ending(self, work: Coroutine[Any, Any, int]) -> int:
        """Do the work, and write the last line, however it ends."""
        try:
            code = await work
        except ChinwagError as error:
            told = {"message": error.message, "hint": error.hint}
            self._write({"type": "exit", "code": exit_code_of(error), **told})
            raise
        except asyncio.CancelledError:
            self._write({"type": "exit", "code": int(ExitCode.CTRL_C)})
            raise
        self._write({"type": "exit", "code": int(code)})
        return ExitCode.BROKEN_PIPE if self.broken else code

    def show(self, event: ChatEvent) -> None:
        """Write the line of an event, if it has one."""
        if isinstance(event, ReplyEnded):
            self._done.append(isinstance(event, ReplyDone))
            if isinstance(event, ReplyFailed):
                print_note(f"{event.failure.message}\n{event.failure.hint}")
            self._write({"type": "end", "reply": event.reply.id, "conversation": event.conversation.id, **_end(event)})
        elif isinstance(event, UsageChanged):
            self._usage(event.reply_id, event.reading)
        elif line := _part_line(event) or _notice(event):
            self._write(line)

    def fail(self, reply_id: str, model: str, error: ChinwagError) -> None:
        """Write the end of an answer that could not even begin, beside others that could."""
        self._done.append(False)
        print_note(f"{model}: {error.sentence}")
        self._write({"type": "end", "reply": reply_id, "model": model, "state": "failed", "failure": error.sentence})

    def _usage(self, reply_id: str, reading: MeterReading) -> None:
        usage = reading.usage
        if self._used.get(reply_id) != (used := (usage.input, usage.output)):
            self._used[reply_id] = used
            estimated = reading.input_estimated or reading.output_estimated
            tokens = {"input_tokens": usage.input, "output_tokens": usage.output}
            self._write({"type": "usage", "reply": reply_id, **tokens, "estimated": estimated})

    def _write(self, line: _Line) -> None:
        if self.broken or self._problem:
            return
        try:
            self.out.write(f"{json.dumps(line)}\n")
            self.out.flush()
        except BrokenPipeError:
            self.broken = True
            discard_output(self.out)
        except OSError as error:
            self._problem = True
            print_note(output_problem(error))
            discard_output(self.out)


async def print_events(events: AsyncGenerator[ChatEvent, None], stop: Callable[[], None], lines: EventLines) -> int:
    """Write the lines of one turn, from its beginning; returns the exit code, as `print_answer` does.

    Signals, and a reader that goes away, stop the turn; what came so far is kept.
    """
    with stopped_from_outside(stop, lines.out) as codes:
        async with aclosing(events):
            async for event in events:
                lines.show(event)
                if lines.broken:
                    stop()
    return codes[0] if codes else lines.code


def _part_line(event: ChatEvent) -> _Line | None:
    match event:
        case PromptSaved(conversation, prompt, reply):
            ids = {"conversation": conversation.id, "prompt": prompt.id, "reply": reply.id}
            return {"type": "start", **ids, "model": reply.model}
        case ThinkingDelta(reply_id, part, text):
            return {"type": "thinking", "reply": reply_id, "part": part, "text": text}
        case TextDelta(reply_id, part, text):
            return {"type": "text", "reply": reply_id, "part": part, "text": text}
        case PartReplaced(reply_id, part, content):
            kind = "text" if isinstance(content, TextContent) else "thinking"
            return {"type": "replace", "reply": reply_id, "part": part, "kind": kind, "text": content.text}
        case ToolStarted(reply_id, part, call):
            what = {"tool": call.name, "server": call.server, "arguments": _arguments(call.arguments)}
            return {"type": "tool_call", "reply": reply_id, "part": part, "id": call.call_id, **what}
        case ToolChanged(reply_id, part, call) if call.state not in ("asking", "running"):
            what = {"state": call.state, "result": call.result}
            return {"type": "tool_result", "reply": reply_id, "part": part, "id": call.call_id, **what}
    return None


def _notice(event: ChatEvent) -> _Line | None:
    match event:
        case Waiting(reply_id, kind, message, delay_s, attempt, attempts):
            again = {"attempt": attempt, "attempts": attempts, "delay_s": delay_s} if kind == "retry" else {}
            return {"type": "notice", "reply": reply_id, "kind": kind, "message": message, **again}
        case AnswerRefused(reply_id, reason, raw, attempt, attempts):
            tries = {"attempt": attempt, "attempts": attempts, "raw": raw}
            return {"type": "notice", "reply": reply_id, "kind": "schema", "message": reason, **tries}
        case NotSaved(reply_id, message):
            return {"type": "notice", "reply": reply_id, "kind": "not_saved", "message": message}
    return None


def _arguments(text: str) -> Any:
    """The arguments of a call as values; as the text that they are where that is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return storable(text)


def _end(event: ReplyEnded) -> _Line:
    facts = answer_facts(event)
    del facts["id"]  # the line has it as `reply`, as all others do
    if isinstance(event, ReplyFailed):
        failure = event.failure
        told = {"kind": failure.kind, "title": failure.title, "message": failure.message, "hint": failure.hint}
        facts["failure"] = told | {"code": failure.code}
    return facts
