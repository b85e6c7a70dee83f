"""Whoever stops waiting for a thread must not leave what it makes, and must not pull away what it works on."""

import asyncio
import gc
import threading
from collections.abc import Callable

import pytest

from tui.threads import made, to_its_end


class Slow:
    """Work in a thread that a test lets go on."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.ended = threading.Event(), threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        self.go_on.wait()
        self.ended.set()
        return "it"


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(lambda: None)
    while not condition():  # noqa: ASYNC110  a thread tells no event
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("often", [1, 3])
async def test_what_nobody_waits_for_any_more_is_given_up_once(often: int) -> None:
    slow, given_up = Slow(), list[str]()
    making = asyncio.create_task(made(slow, given_up.append))
    await until(slow.begun.is_set)
    for _ in range(often):
        making.cancel()
    await asyncio.wait({making})
    assert making.cancelled() and given_up == []
    slow.go_on.set()
    await until(lambda: given_up == ["it"])


async def test_what_is_there_when_the_caller_is_cancelled_is_given_up() -> None:
    slow, given_up = Slow(), list[str]()
    making = asyncio.create_task(made(slow, given_up.append))
    await until(slow.begun.is_set)
    slow.go_on.set()
    slow.ended.wait()  # the loop does not hear of it before it has cancelled the caller
    making.cancel()
    await until(lambda: given_up == ["it"])
    assert making.cancelled()


async def test_nobody_is_told_of_a_failure_that_nobody_waits_for() -> None:
    told, begun, go_on = list[object](), threading.Event(), threading.Event()

    def fail() -> str:
        begun.set()
        go_on.wait()
        raise ZeroDivisionError

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    making = asyncio.create_task(made(fail, pytest.fail))
    await until(begun.is_set)
    making.cancel()
    await asyncio.wait({making})
    go_on.set()
    await asyncio.to_thread(lambda: None)
    gc.collect()
    await asyncio.sleep(0)
    assert told == []


async def test_what_somebody_waits_for_is_theirs() -> None:
    assert await made(lambda: "it", pytest.fail) == "it"
    with pytest.raises(ZeroDivisionError):
        await made(lambda: 1 / 0, str)


def test_the_loops_end_leaves_nothing_that_was_being_made() -> None:
    slow, given_up = Slow(), list[str]()

    async def quit_in_the_middle() -> None:
        making.append(asyncio.create_task(made(slow, given_up.append)))
        await until(slow.begun.is_set)
        asyncio.get_running_loop().call_later(0.01, slow.go_on.set)

    making: list[asyncio.Task[str]] = []
    asyncio.run(quit_in_the_middle())
    assert making[0].cancelled() and given_up == ["it"]


async def test_a_cancelled_caller_returns_with_the_end_of_the_work() -> None:
    slow = Slow()
    working = asyncio.create_task(to_its_end(slow))
    await until(slow.begun.is_set)
    for _ in range(5):
        working.cancel()
        await asyncio.sleep(0)
    assert not working.done()
    slow.go_on.set()
    await asyncio.wait({working})
    assert working.cancelled() and slow.ended.is_set()


def test_at_the_loops_end_too() -> None:
    slow, seen = Slow(), list[bool]()

    async def work() -> None:
        try:
            await to_its_end(slow)
        finally:
            seen.append(slow.ended.is_set())

    async def quit_in_the_middle() -> None:
        working.append(asyncio.create_task(work()))
        await until(slow.begun.is_set)
        threading.Timer(0.01, slow.go_on.set).start()

    working: list[asyncio.Task[None]] = []
    asyncio.run(quit_in_the_middle())
    assert working[0].cancelled() and seen == [True]


async def test_what_the_work_raises_is_raised_unless_nobody_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        await to_its_end(lambda: 1 / 0)
    assert await to_its_end(int, "7") == 7
