"""One answer on standard output: the same chat and library as the app, without a screen. Must not know Textual.

Standard output gets the answer and nothing else, as it comes. Everything else goes to standard error: notices and the
line about usage only where a person reads it, failures always.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from tui.chat.replies.events import (
    ChatEvent,
    NotSaved,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    Waiting,
)
from tui.chat.replies.meter import MeterReading
from tui.streams import abandon, complain
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from tui.chat.replies.turn import Turn

OK, FAILED, BROKEN_PIPE = 0, 1, 141


def with_piped(prompt: str, piped: str) -> str:
    """One prompt of the words on the command line and the text piped in.

    The words come first, because they say what to do with the text, and a chat is named after its first line; the text
    follows as a block of its own, fenced by more backticks than it holds.
    """
    body = piped.strip("\n")
    if not body.strip():
        return prompt
    if not prompt.strip():
        return body
    longest, run = 2, 0
    for character in body:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    return f"{prompt}\n\n{fence}\n{body}\n{fence}"


async def print_answer(turn: "Turn", out: TextIO, err: TextIO) -> int:
    """Run a turn and print the answer as it comes.

    Ctrl-C, SIGTERM and a closed pipe stop the answer; what came so far is kept.

    Returns:
        The exit code: 0, 1 when no (whole) answer came, 128 + n after signal n, 141 when nobody reads any more.
    """
    printer = _Printer(out, err, turn)
    with _stopped_by_signals(turn) as received:
        async with aclosing(turn.events()) as events:
            async for event in events:
                printer.show(event)
    if received:
        return 128 + received[0]
    return printer.code


@contextmanager
def _stopped_by_signals(turn: "Turn") -> Iterator[list[int]]:
    """Stop the turn on the first signal; a second one ends the program at once. Yields what was received."""
    received: list[int] = []
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]

    def stop(number: int) -> None:
        received.append(number)
        restore()
        turn.stop()

    def restore() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    before = [(number, signal.getsignal(number)) for number in numbers]
    with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
        for number in numbers:
            loop.add_signal_handler(number, stop, number)
    try:
        yield received
    finally:
        for number, handler in before:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)


class _Printer:
    """Shows the events of one reply."""

    def __init__(self, out: TextIO, err: TextIO, turn: "Turn") -> None:
        self.code = FAILED
        self._out = out
        self._err = err
        self._turn = turn
        self._held = ""
        self._part: int | None = None
        self._at_line_start = True

    def show(self, event: ChatEvent) -> None:
        """Print what an event says, where it belongs."""
        match event:
            case TextDelta(_, part, text):
                self._print(text if self._part in (None, part) else f"\n\n{text}")
                self._part = part
            case Waiting():
                self._tell(_waiting_line(event))
            case NotSaved(_, message):
                self._warn(f"Not saved: {message}")
            case ReplyDone(_, reply, reading):
                self._end()
                self._tell(usage_line(reply.model.partition(":")[2] or reply.model, reading))
                self.code = OK if self.code != BROKEN_PIPE else BROKEN_PIPE
            case ReplyStopped():
                self._end()
                self._tell("stopped; what came so far is saved")
            case ReplyFailed(failure=failure):
                self._end()
                self._warn(f"{failure.message}\n{failure.hint}")
            case _:
                pass

    def _print(self, text: str) -> None:
        # A line end may be torn apart between two pieces; alone, its first half would be shown as a sign.
        text, self._held = self._held + text, ""
        if text.endswith("\r"):
            text, self._held = text[:-1], "\r"
        self._write(clean(text))

    def _end(self) -> None:
        self._write(clean(self._held))
        if not self._at_line_start:
            self._write("\n")

    def _write(self, text: str) -> None:
        if not text or self.code == BROKEN_PIPE:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            self.code = BROKEN_PIPE
            abandon(self._out)
            self._turn.stop()
            return
        self._at_line_start = text.endswith("\n")

    def _tell(self, line: str) -> None:
        """For a person at a terminal only."""
        if self._err.isatty():
            self._warn(line, name="")

    def _warn(self, text: str, name: str = "chinwag: ") -> None:
        complain(text, self._err, name)


def _waiting_line(event: Waiting) -> str:
    line = clean_line(event.message)
    if event.kind == "retry" and event.delay_s is not None:
        return f"{line} ({event.attempt} of {event.attempts}, in {event.delay_s:.0f} s)"
    return line


def usage_line(model: str, reading: MeterReading) -> str:
    """What an answer took, as in "gpt-5.6 · ↑ 1,204  ↓ 214 (96 thinking) · 74 tok/s · $0.0041"."""
    usage = reading.usage
    sent = _count(usage.input, reading.input_estimated)
    if usage.cached:
        sent += f" ({usage.cached:,} cached)"
    got = _count(usage.output, reading.output_estimated)
    if usage.reasoning:
        got += f" ({usage.reasoning:,} thinking)"
    parts = [clean_line(model), f"↑ {sent}  ↓ {got}"]
    if reading.tokens_per_s is not None:
        parts.append(f"{reading.tokens_per_s:.0f} tok/s")
    parts.append(_price(reading))
    return " · ".join(parts)


def _count(tokens: int | None, estimated: bool) -> str:
    return "—" if tokens is None else f"{'≈' if estimated else ''}{tokens:,}"


def _price(reading: MeterReading) -> str:
    if reading.free:
        return "free"
    if reading.message_price is None:
        return "price —"
    return f"{'≈' if reading.price_estimated else ''}${reading.message_price:.4f}"
