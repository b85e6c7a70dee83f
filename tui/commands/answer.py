"""One answer on standard output, as it comes: the same replies as the app has, without a screen.

Standard output gets the answer and nothing else. Everything else goes to standard error: status and usage only where a
person reads it, failures always.
"""

import json
import signal
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, TextIO

from typing_extensions import override

from tui.chat.message_parts import TextContent
from tui.chat.replies.events import (
    AnswerRefused,
    ChatEvent,
    NotSaved,
    PartReplaced,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    Waiting,
)
from tui.chat.replies.failures import CUT_OFF
from tui.chat.replies.meter import MeterReading
from tui.citations import sources_below
from tui.commands.exit_code import ExitCode
from tui.figures import money, rate, seconds, tokens
from tui.model_id import ModelId
from tui.signals import LEAVING, by_default, on_reader_gone, on_signal
from tui.streams import discard_output, output_problem, print_note
from tui.text import StreamCleaner, clean, clean_line, portable


async def print_answer(
    events: AsyncGenerator[ChatEvent, None],
    stop: Callable[[], None],
    out: TextIO,
    err: TextIO,
    *,
    saves: bool = True,
    heading: str = "",
    by_schema: bool = False,
) -> int:
    """Print the text of a reply from its events, or the JSON that it is.

    Ctrl-C, SIGTERM and a reader that goes away stop the reply; what came so far is kept. An output that takes nothing
    for another reason, such as a full disk, does not: the answer is wanted, and is kept whole in the library.

    Args:
        events: of one turn, from its beginning.
        stop: ends that turn soon; its last events still come.
        out: gets the answer.
        err: gets everything else.
        saves: the library keeps it; not where there is none, or it may only be read.
        heading: is printed above it, once the turn has begun.
        by_schema: JSON by a schema was asked for: only that is printed, when it is there and fits.

    Returns:
        The exit code: 0, 1 when no (whole) answer came or could be printed, 128 + n after signal n, 141 when the reader
        went away.
    """
    printer = (_ValuePrinter if by_schema else _AnswerPrinter)(out, err, stop, saves)
    with stopped_from_outside(stop, out) as codes:
        async with aclosing(events):
            async for event in events:
                if heading:
                    printer.write_heading(heading)
                    heading = ""
                printer.show(event)
    if codes == [ExitCode.BROKEN_PIPE] and printer.code == ExitCode.OK:
        codes.clear()  # it has read all of it
    return codes[0] if codes else printer.code


@contextmanager
def stopped_from_outside(stop: Callable[[], None], out: TextIO) -> Iterator[list[int]]:
    """Call `stop` on the first signal, or as soon as what reads `out` is gone, not at the next write only.

    A second signal ends the program at once. Yields the exit codes of what came, those of signals first.
    """
    codes: list[int] = []
    numbers = [signal.SIGINT, *LEAVING]

    def receive(number: int) -> None:
        codes.insert(0, 128 + number)  # ctrl+c ends what reads, too
        for each in numbers:
            by_default(each)
            signal.signal(each, signal.SIG_DFL)
        stop()

    def leave() -> None:
        codes.append(ExitCode.BROKEN_PIPE)
        stop()

    before = [(number, signal.getsignal(number)) for number in numbers]
    for number in numbers:
        on_signal(number, receive, number)
    try:
        with on_reader_gone(out, leave):
            yield codes
    finally:
        for number, handler in before:
            by_default(number)
            signal.signal(number, handler)


class _AnswerPrinter:
    """Shows the events of one reply."""

    def __init__(self, out: TextIO, err: TextIO, stop: Callable[[], None], saves: bool) -> None:
        self.code: int = ExitCode.FAILED
        self._out = out
        self._err = err
        self._stop = stop
        self._cleaner = StreamCleaner(clean if out.isatty() else portable)
        self._problem = ""
        self._saved = saves  # for all that is known: what the disk refused may have been saved at the end
        self._unsettled: dict[int, list[str]] = {}
        self._part: int | None = None
        self._at_line_start = True

    def write_heading(self, heading: str) -> None:
        """Print what stands above the answer."""
        self._write(heading)

    def show(self, event: ChatEvent) -> None:
        """Print an event where it belongs."""
        match event:
            case TextDelta(_, part, text, settled):
                self._add(part, text, settled)
            case PartReplaced(_, part, content):
                self._replace(part, content.text if isinstance(content, TextContent) else "")
            case Waiting(kind="failover", message=message):
                self._note(message)
            case Waiting():
                self._status(_waiting_line(event))
            case NotSaved(_, message):
                if self._saved:  # once is enough, and where nothing is saved it was said at the start
                    self._note(f"Not saved: {message}")
                self._saved = False
            case ReplyDone():
                self._done(event)
            case ReplyStopped():
                self._end()
                self._status("stopped; what came so far is saved" if self._saved else "stopped")
            case ReplyFailed(failure=failure):
                self._end()
                self._note(f"{failure.message}\n{failure.hint}")
            case _:
                pass

    def _done(self, event: ReplyDone) -> None:
        self._end()
        if b'"citations"' in event.reply.payload and (sources := sources_below(event.reply.text)):
            self._write(f"\n{self._cleaner.feed(sources)}{self._cleaner.end()}\n")
        if cut_off := CUT_OFF.get(event.reply.finish_reason):
            self._note(f"The answer was cut off {cut_off}.")
        self._status(usage_line(ModelId.parse(event.reply.model).label, event.reading))
        if self._writable:
            self.code = ExitCode.OK

    def _add(self, part: int, text: str, settled: bool) -> None:
        """Print a text of the answer, at the latest when it can only be one.

        A person at a terminal reads it as it comes; in a pipe or a file a thought would be taken for the answer.
        """
        if settled or self._out.isatty():
            self._settle()
            self._write(self._cleaner.feed(text if self._part in (None, part) else f"\n\n{text}"))
            self._part = part
        else:
            self._unsettled.setdefault(part, []).append(text)

    def _replace(self, part: int, text: str) -> None:
        if part in self._unsettled:
            self._unsettled[part] = [text]
        elif part == self._part and not text:
            self._end_line()
            self._status("(so far that was thinking; the answer follows)")
            self._part = None

    def _settle(self) -> None:
        unsettled, self._unsettled = self._unsettled, {}
        for part, texts in unsettled.items():
            if any(texts):
                self._add(part, "".join(texts), settled=True)

    def _end_line(self) -> None:
        self._write(self._cleaner.end())
        if not self._at_line_start:
            self._write("\n")

    def _end(self) -> None:
        self._settle()
        self._end_line()
        if self._problem:
            hint = "Print the answer again: chinwag export last -o -" if self._saved else ""
            self._note(f"{self._problem}\n{hint}")

    @property
    def _writable(self) -> bool:
        return self.code != ExitCode.BROKEN_PIPE and not self._problem

    def _write(self, text: str) -> None:
        if not text or not self._writable:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            self.code = ExitCode.BROKEN_PIPE
            discard_output(self._out)
            self._stop()
            return
        except OSError as error:
            self._problem = output_problem(error)
            discard_output(self._out)
            return
        self._at_line_start = text.endswith("\n")

    def _status(self, line: str) -> None:
        """For a person at a terminal only."""
        if self._err.isatty():
            print_note(line, prefix="", stream=self._err)

    def _note(self, text: str) -> None:
        print_note(text, stream=self._err)


class _ValuePrinter(_AnswerPrinter):
    """Shows the events of a reply that is JSON by a schema: what is said on the way to it is not printed."""

    _raw = ""

    @override
    def show(self, event: ChatEvent) -> None:
        if isinstance(event, AnswerRefused):
            self._raw = event.raw
            self._note(f"Answer {event.attempt} of {event.attempts} does not fit the schema: {event.reason}")
        super().show(event)
        if isinstance(event, ReplyFailed) and self._raw:
            print_note(self._raw, prefix="", stream=self._err)

    @override
    def _done(self, event: ReplyDone) -> None:
        self._write(json_line(json.loads(event.value), self._out))
        super()._done(event)

    @override
    def _add(self, part: int, text: str, settled: bool) -> None:
        pass

    @override
    def _replace(self, part: int, text: str) -> None:
        pass


def json_line(value: Any, out: TextIO) -> str:
    """A value as JSON that `out` can take; on a terminal it is spread over lines, and what steers that is escaped."""
    terminal = out.isatty()
    text = json.dumps(value, ensure_ascii=False, indent=2 if terminal else None).replace("\x7f", "\\u007f")
    try:
        text.encode(out.encoding or "utf-8")
        plain = not terminal or clean(text) == text
    except UnicodeEncodeError:
        plain = False
    if not plain:
        text = json.dumps(value, indent=2 if terminal else None).replace("\x7f", "\\u007f")
    return f"{text}\n"


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
