"""One answer on standard output, as it comes: the same replies as the app has, without a screen.

Standard output gets the answer and nothing else. Everything else goes to standard error: status and usage only where a
person reads it, failures always.
"""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import TextIO

from tui.chat.replies.events import ChatEvent, NotSaved, ReplyDone, ReplyFailed, ReplyStopped, TextDelta, Waiting
from tui.chat.replies.meter import MeterReading
from tui.commands.exit_code import ExitCode
from tui.figures import money, rate, seconds, tokens
from tui.model_id import ModelId
from tui.streams import discard_output, print_note
from tui.text import StreamCleaner, clean, clean_line, portable


async def print_answer(
    events: AsyncGenerator[ChatEvent, None], stop: Callable[[], None], out: TextIO, err: TextIO
) -> int:
    """Print the text of a reply from its events.

    Ctrl-C, SIGTERM and a closed pipe stop the reply; what came so far is kept.

    Args:
        events: of one turn, from its beginning.
        stop: ends that turn soon; its last events still come.
        out: gets the answer.
        err: gets everything else.

    Returns:
        The exit code: 0, 1 when no (whole) answer came, 128 + n after signal n, 141 when the reader went away.
    """
    printer = _AnswerPrinter(out, err, stop)
    with _stopped_by_signals(stop) as received:
        async with aclosing(events):
            async for event in events:
                printer.show(event)
    return 128 + received[0] if received else printer.code


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Call `stop` on the first signal; a second one ends the program at once. Yields what was received."""
    received: list[int] = []
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]

    def receive(number: int) -> None:
        received.append(number)
        for each in numbers:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        stop()

    before = [(number, signal.getsignal(number)) for number in numbers]
    with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
        for number in numbers:
            loop.add_signal_handler(number, receive, number)
    try:
        yield received
    finally:
        for number, handler in before:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)


class _AnswerPrinter:
    """Shows the events of one reply."""

    def __init__(self, out: TextIO, err: TextIO, stop: Callable[[], None]) -> None:
        self.code: int = ExitCode.FAILED
        self._out = out
        self._err = err
        self._stop = stop
        self._cleaner = StreamCleaner(clean if out.isatty() else portable)
        self._part: int | None = None
        self._at_line_start = True

    def show(self, event: ChatEvent) -> None:
        """Print an event where it belongs."""
        match event:
            case TextDelta(_, part, text):
                self._write(self._cleaner.feed(text if self._part in (None, part) else f"\n\n{text}"))
                self._part = part
            case Waiting():
                self._status(_waiting_line(event))
            case NotSaved(_, message):
                self._note(f"Not saved: {message}")
            case ReplyDone(_, reply, reading):
                self._end()
                self._status(usage_line(ModelId.parse(reply.model).label, reading))
                self.code = ExitCode.OK if self.code != ExitCode.BROKEN_PIPE else ExitCode.BROKEN_PIPE
            case ReplyStopped():
                self._end()
                self._status("stopped; what came so far is saved")
            case ReplyFailed(failure=failure):
                self._end()
                self._note(f"{failure.message}\n{failure.hint}")
            case _:
                pass

    def _end(self) -> None:
        self._write(self._cleaner.end())
        if not self._at_line_start:
            self._write("\n")

    def _write(self, text: str) -> None:
        if not text or self.code == ExitCode.BROKEN_PIPE:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            self.code = ExitCode.BROKEN_PIPE
            discard_output(self._out)
            self._stop()
            return
        self._at_line_start = text.endswith("\n")

    def _status(self, line: str) -> None:
        """For a person at a terminal only."""
        if self._err.isatty():
            print_note(line, prefix="", stream=self._err)

    def _note(self, text: str) -> None:
        print_note(text, stream=self._err)


def _waiting_line(event: Waiting) -> str:
    line = clean_line(event.message)
    if event.kind == "retry" and event.delay_s is not None:
        return f"{line} ({event.attempt} of {event.attempts}, in {seconds(event.delay_s)})"
    return line


def usage_line(model: str, reading: MeterReading) -> str:
    """What an answer took, as in "gpt-5.6 · ↑ 1.2k  ↓ 214 (96 thinking) · 74 tok/s · $0.004"."""
    usage = reading.usage
    sent = tokens(usage.input, estimated=reading.input_estimated)
    if usage.cached:
        sent += f" ({tokens(usage.cached)} cached)"
    received = tokens(usage.output, estimated=reading.output_estimated)
    if usage.reasoning:
        received += f" ({tokens(usage.reasoning)} thinking)"
    speed = "" if reading.tokens_per_s is None else f"{rate(reading.tokens_per_s)} tok/s"
    return " · ".join(part for part in (clean_line(model), f"↑ {sent}  ↓ {received}", speed, _price(reading)) if part)


def _price(reading: MeterReading) -> str:
    if reading.free:
        return "free"
    price = money(reading.message_price, estimated=reading.price_estimated)
    return price if reading.message_price is not None else f"price {price}"
