"""A time-out must run for as long as it should, and neither while a person is asked nor after a sign of progress."""

import asyncio
from typing import cast

import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage, JSONRPCNotification, JSONRPCResponse

from tests.support.mcp_servers import ScriptedClock
from tui.mcp.allowance import MOST_NOTIFICATIONS, MOST_OTHERS, Allowance
from tui.mcp.clock import Deadline, Deadlines, ServerTimeouts


async def until_later() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_it_ends_what_takes_too_long_and_only_that() -> None:
    clock = ScriptedClock()
    async with Deadline(clock, 5) as deadline:
        clock.advance(4)
        deadline.extend(5)
        clock.advance(4)
        await until_later()
    clock.advance(100)
    await until_later()
    assert not deadline.expired
    with pytest.raises(TimeoutError):
        async with Deadline(clock, 5):
            clock.advance(5)
            await asyncio.Event().wait()


async def test_all_of_a_server_stand_still_while_a_person_is_asked() -> None:
    clock = ScriptedClock()
    deadlines = Deadlines(clock)
    with pytest.raises(TimeoutError), deadlines.open(5) as old:
        async with old:
            clock.advance(3)
            with deadlines.person(), deadlines.person():
                clock.advance(1000)
                with deadlines.open(1) as new:
                    async with new:
                        clock.advance(1000)
                        await until_later()
                assert not new.expired
            clock.advance(1)
            await until_later()
            assert not old.expired
            clock.advance(1)
            await until_later()


async def test_a_cancelled_caller_is_cancelled_and_not_late() -> None:
    clock = ScriptedClock()
    began = asyncio.Event()

    async def work() -> None:
        async with Deadline(clock, 5):
            began.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(work())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_pauses_between_starts() -> None:
    assert [ServerTimeouts().pause_s(failures) for failures in (1, 2, 3, 6, 7, 1_000)] == [1, 2, 4, 32, 60, 60]


def sent(message: JSONRPCMessage) -> SessionMessage:
    return SessionMessage(message)


def test_a_burst_is_thinned_out_and_a_flood_ends() -> None:
    clock = ScriptedClock()
    note = sent(JSONRPCNotification(jsonrpc="2.0", method="notifications/message", params={}))
    allowance = Allowance(clock)
    verdicts = [allowance.judge(note) for _ in range(MOST_NOTIFICATIONS + 1)]
    assert (verdicts.count("pass"), verdicts[:201][-1], verdicts[-1]) == (200, "drop", "stop")
    clock.advance(1)
    assert allowance.judge(note) == "pass"

    answer = sent(JSONRPCResponse(jsonrpc="2.0", id=1, result={"tools": [{}] * 5_000, "other": [1] * 5_000}))
    assert [allowance.judge(answer) for _ in range(MOST_OTHERS + 1)][-2:] == ["pass", "stop"]
    result = cast(JSONRPCResponse, answer.message).result
    assert (len(result["tools"]), len(result["other"])) == (1_001, 5_000)
