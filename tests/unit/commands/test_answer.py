"""An answer in a pipe is data: a torn line end, a stray control character or a missing newline breaks what reads it."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tui.chat.message_parts import ThinkingContent
from tui.chat.replies.events import (
    ChatEvent,
    Failure,
    NotSaved,
    PartReplaced,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    TextDelta,
    ThinkingDelta,
    Waiting,
)
from tui.chat.replies.meter import MeterReading
from tui.chat.usage import StoredUsage
from tui.commands.answer import print_answer, usage_line
from tui.store.records import Conversation, Message

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CHAT = Conversation("c", "", "prompt", "mine:large", "{}", None, NOW, NOW)
REPLY = Message(
    "r", "c", None, "reply", "done", b"[]", "", "", "mine:large", "", "", None, "", None, None, None, NOW
)  # fmt: skip
READING = MeterReading(
    StoredUsage(input=1204, cached=61, output=214, reasoning=96), tokens_per_s=73.6, message_price=Decimal("0.0041")
)
DONE = ReplyDone(CHAT, REPLY, READING)
FAILED = ReplyFailed(
    CHAT, REPLY, Failure("auth", "Key refused", "Mine refused the key.", "Set MINE.", "mine", "l"), READING
)


STOPPED = ReplyStopped(CHAT, REPLY, READING)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def reported(*events: ChatEvent) -> AsyncGenerator[ChatEvent, None]:
    for event in events:
        yield event


THOUGHTS: list[ChatEvent] = [TextDelta("r", 0, "It gre", settled=False), TextDelta("r", 0, "ets me.\n", settled=False)]
TURNED = PartReplaced("r", 0, ThinkingContent("It greets me.\n", 1.0))


async def test_the_pages_that_an_answer_cites_stand_below_it() -> None:
    text = "It rains[[1]](https://x.test).\n\n**Sources**\n\n1. [X\x1b[2J](https://x.test)"
    cited = replace(REPLY, payload=b'[{"parts": [{"citations": []}]}]', text=text)
    code, out, _ = await printed(TextDelta("r", 0, "It rains."), replace(DONE, reply=cited))
    assert code == 0 and out.startswith("It rains.\n\n**Sources**\n\n1. [X") and out.endswith("](https://x.test)\n")
    assert "\x1b" not in out
    said = replace(cited, payload=b"[]")
    assert (await printed(TextDelta("r", 0, "It rains."), replace(DONE, reply=said)))[1] == "It rains.\n"


async def test_a_text_that_turns_out_to_be_thoughts_never_reaches_a_pipe() -> None:
    code, out, err = await printed(*THOUGHTS, TURNED, TextDelta("r", 1, "Hel"), TextDelta("r", 1, "lo."), DONE)
    assert (code, out, err) == (0, "Hello.\n", "")


async def test_a_text_that_might_have_been_thoughts_is_printed_when_it_was_not() -> None:
    for end in (DONE, STOPPED, FAILED):
        assert (await printed(*THOUGHTS, end))[1] == "It greets me.\n"
    assert (await printed(*THOUGHTS, TextDelta("r", 2, "Done."), DONE))[1] == "It greets me.\n\n\nDone.\n"


async def test_a_person_at_a_terminal_reads_on_and_is_told_what_was_thinking() -> None:
    out, err = Terminal(), Terminal()
    await print_answer(reported(*THOUGHTS, TURNED, TextDelta("r", 1, "Hello."), DONE), never, out, err)
    assert out.getvalue() == "It greets me.\nHello.\n"
    assert "that was thinking" in err.getvalue()


def never() -> None:
    raise AssertionError("the reply was stopped")


async def printed(
    *events: ChatEvent, out: io.StringIO | None = None, err: io.StringIO | None = None
) -> tuple[int, str, str]:
    out, err = out or io.StringIO(), err or io.StringIO()
    code = await print_answer(reported(*events), never, out, err)
    return code, out.getvalue(), err.getvalue()


def texts(*pieces: str) -> list[ChatEvent]:
    return [TextDelta("r", 0, piece) for piece in pieces]


async def test_the_answer_ends_with_one_newline_whether_it_has_one_or_not() -> None:
    assert await printed(*texts("Hel", "lo"), DONE) == (0, "Hello\n", "")
    assert await printed(*texts("Hello\n"), DONE) == (0, "Hello\n", "")
    assert await printed(DONE) == (0, "", "")


async def test_a_torn_line_end_is_one_line_end() -> None:
    assert (await printed(*texts("one\r", "\ntwo\r"), DONE))[1] == "one\ntwo␍\n"


async def test_nothing_that_steers_a_terminal_is_printed() -> None:
    pieces = texts("\x1b]0;pwned\x07", "\x9b2J", "x\u202ey", "plain")
    assert (await printed(*pieces, DONE, out=Terminal()))[1] == "␛]0;pwned␇<U+009B>2Jx<U+202E>yplain\n"


async def test_no_sign_for_a_control_goes_into_a_pipe_and_what_scripts_need_does() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    text = f"\u200fשלום\u200f C++\u200e می‌خواهم {flag}"
    assert (await printed(*texts(*text), DONE))[1] == f"{text}\n"
    assert (await printed(*texts(*"\x9b2J x\u202ey a\xadb"), DONE))[1] == "\ufffd2J xy ab\n"


async def test_thoughts_and_figures_stay_out_of_the_answer() -> None:
    code, out, err = await printed(ThinkingDelta("r", 0, "Hmm."), *texts("Yes."), DONE, err=Terminal())
    assert (code, out) == (0, "Yes.\n")
    assert err == "large · ↑ 1.2k (61 cached)  ↓ 214 (96 thinking) · 74 tok/s · $0.004\n"


async def test_waiting_is_told_to_a_person_only() -> None:
    waits = (Waiting("r", "loading", "loading tiny…"), Waiting("r", "retry", "Mine is busy.", 1.6, 2, 3))
    assert (await printed(*waits, DONE))[2] == ""
    told = (await printed(*waits, DONE, err=Terminal()))[2].splitlines()
    assert told[:2] == ["loading tiny…", "Mine is busy. (2 of 3, in 1.6s)"]


async def test_a_failure_is_exit_code_1_and_words_after_what_came() -> None:
    assert await printed(*texts("Half"), FAILED) == (1, "Half\n", "chinwag: Mine refused the key.\nSet MINE.\n")


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_an_answer_that_was_cut_off_is_said_to_be_no_whole_one(reason: str) -> None:
    end = replace(DONE, reply=replace(REPLY, finish_reason=reason))
    code, out, err = await printed(*texts("Half a li"), end)
    assert (code, out) == (0, "Half a li\n")
    assert err.startswith("chinwag: The answer was cut off ")


async def test_what_could_not_be_saved_is_always_said() -> None:
    refused = NotSaved("r", "The disk is full.")
    assert await printed(refused, *texts("Yes"), refused, DONE) == (
        0, "Yes\n", "chinwag: Not saved: The disk is full.\n",
    )  # fmt: skip


async def test_a_stopped_reply_is_said_to_be_saved_only_where_it_is() -> None:
    refused = NotSaved("r", "The disk is full.")
    assert "stopped; what came so far is saved\n" in (await printed(*texts("Ye"), STOPPED, err=Terminal()))[2]
    for events in ([*texts("Ye"), refused, STOPPED], [refused, *texts("Ye"), STOPPED]):
        told = (await printed(*events, err=Terminal()))[2].splitlines()
        assert told == ["chinwag: Not saved: The disk is full.", "stopped"]
    err = Terminal()
    await print_answer(reported(*texts("Ye"), STOPPED), never, io.StringIO(), err, saves=False)
    assert err.getvalue() == "stopped\n"


async def test_a_closed_pipe_stops_the_reply_and_nothing_more_is_written() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    stopped: list[bool] = []
    events = reported(*texts("one", "two"), DONE)
    assert await print_answer(events, lambda: stopped.append(True), Closed(), io.StringIO()) == 141
    assert stopped == [True]


@pytest.mark.skipif(sys.platform == "win32", reason="there it shows at the next write")
async def test_a_reader_that_goes_while_the_model_thinks_stops_the_reply_at_once() -> None:
    reads, writes = os.pipe()
    stopped = asyncio.Event()

    async def events() -> AsyncGenerator[ChatEvent, None]:
        for event in texts("one\n"):
            yield event
        os.close(reads)
        await stopped.wait()
        yield STOPPED

    with os.fdopen(writes, "w") as out:
        assert await print_answer(events(), stopped.set, out, io.StringIO()) == 141


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such files")
async def test_what_lies_in_a_pipe_that_is_open_both_ways_is_no_reader_that_goes(tmp_path: Path) -> None:
    """`1<>fifo` in a shell: nobody waits for a reader."""
    os.mkfifo(tmp_path / "fifo")

    async def events() -> AsyncGenerator[ChatEvent, None]:
        for event in texts("one\n"):
            yield event
        for _ in range(5):
            await asyncio.sleep(0)
        yield DONE

    with os.fdopen(os.open(tmp_path / "fifo", os.O_RDWR), "w") as out:
        assert await print_answer(events(), never, out, io.StringIO()) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there it shows at the next write")
async def test_a_reader_that_has_read_the_whole_answer_may_go() -> None:
    reads, writes = os.pipe()
    gone = asyncio.Event()

    async def events() -> AsyncGenerator[ChatEvent, None]:
        for event in (*texts("one"), DONE):
            yield event
        os.close(reads)
        await gone.wait()

    with os.fdopen(writes, "w") as out:
        assert await print_answer(events(), gone.set, out, io.StringIO()) == 0


@pytest.mark.parametrize(("number", "reason"), [(28, "No space left on device"), (9, "it is closed"), (5, "Input/out")])
@pytest.mark.parametrize("end", [DONE, FAILED], ids=["done", "failed"])
async def test_an_output_that_takes_nothing_does_not_stop_the_reply(number: int, reason: str, end: ChatEvent) -> None:
    class Full(io.StringIO):
        tries = 0

        def write(self, text: str) -> int:
            self.tries += 1
            raise OSError(number, os.strerror(number))

    out, err = Full(), io.StringIO()
    assert await print_answer(reported(*texts("one", "two"), end), never, out, err) == 1
    assert out.tries == 1
    assert err.getvalue().startswith(f"chinwag: Standard output could not be written: {reason}")
    assert "chinwag export last" in err.getvalue()


async def test_what_was_neither_printed_nor_saved_is_not_offered_by_the_library() -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    err = io.StringIO()
    assert await print_answer(reported(NotSaved("r", "The disk is full."), *texts("x"), DONE), never, Full(), err) == 1
    assert "export" not in err.getvalue()


def test_what_is_not_known_is_not_shown_as_nothing() -> None:
    assert usage_line("m", MeterReading()) == "m · ↑ —  ↓ — · price —"
    guessed = MeterReading(StoredUsage(input=10, output=5), True, True, message_price=Decimal(1), price_estimated=True)
    assert usage_line("m", guessed) == "m · ↑ ≈10  ↓ ≈5 · ≈$1.00"
    assert usage_line("m", MeterReading(StoredUsage(input=1, output=1), free=True)).endswith(" · free")
