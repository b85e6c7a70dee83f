"""A program of somebody else's must not hold up ours, fill its memory, or stay behind unwanted."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import alive, gone
from tui.programs import MOST_BYTES, run_program, start_program

LONG_S = 60.0


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def leaves(pid_file: Path, *, then: str = "", trap: str = "") -> tuple[str, ...]:
    """A program with a child that sleeps for an hour and holds its output; its id stands in `pid_file`."""
    return ("/bin/sh", "-c", f"{trap} sleep 3600 & echo $! > {pid_file}.part; mv {pid_file}.part {pid_file}; {then}")


def read_when_there(file: Path) -> int:
    while not file.exists():
        time.sleep(0.01)
    return int(file.read_text())


async def appears(file: Path) -> int:
    return await asyncio.to_thread(read_when_there, file)


async def test_output_and_exit_code_of_a_program_that_ends_by_itself() -> None:
    result = await run_program(python("print('a key'); raise SystemExit(3)"), timeout_s=LONG_S)
    assert (result.code, result.output, result.cut) == (3, b"a key\n", False)
    assert "a key" not in repr(result)


async def test_a_program_leaves_no_zombie_where_the_loop_ends_before_a_thread_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, go_on = list[subprocess.Popen[bytes]](), threading.Event()

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as only_one:
        loop.set_default_executor(only_one)
        loop.run_in_executor(None, go_on.wait)
        running = asyncio.create_task(run_program(python("import time; time.sleep(3600)"), timeout_s=LONG_S))
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:  # as at the end of the loop
            task.cancel()
        await asyncio.wait({running})
        go_on.set()
        await loop.run_in_executor(None, bool)
    assert started[0].returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "command",
    [("yes",), python("while True: print('x' * 100_000)"), python(f"print('x' * {MOST_BYTES}, flush=True)")],
    ids=["for ever", "in large pieces", "one letter too much"],
)
async def test_what_prints_more_than_it_may_is_killed(command: tuple[str, ...]) -> None:
    result = await run_program(command, timeout_s=LONG_S)
    assert result.cut and len(result.output) == MOST_BYTES


async def test_as_much_as_it_may_is_whole() -> None:
    result = await run_program(python("print('x' * 99)"), timeout_s=LONG_S, most_bytes=100)
    assert (result.output, result.cut) == (b"x" * 99 + b"\n", False)


async def test_a_child_that_it_leaves_with_its_output_is_neither_waited_for_nor_left(tmp_path: Path) -> None:
    result = await run_program(leaves(tmp_path / "pid", then="echo key"), timeout_s=LONG_S)
    assert (result.code, result.output) == (0, b"key\n")
    await gone(int((tmp_path / "pid").read_text()))


async def test_a_child_that_left_its_group_is_not_waited_for(tmp_path: Path) -> None:
    script = (
        "import os, time; ready, tell = os.pipe()\n"
        "if os.fork():\n"
        "    os.read(ready, 1); print('key')\n"
        "else:\n"
        f"    os.setsid(); open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        "    os.write(tell, b'x'); time.sleep(3600)\n"
    )
    result = await run_program(python(script), timeout_s=LONG_S)
    pid = int((tmp_path / "pid").read_text())
    try:
        assert result.output == b"key\n" and alive(pid)
    finally:
        os.kill(pid, 9)


async def test_children_may_stay_where_that_is_wanted(tmp_path: Path) -> None:
    result = await run_program(leaves(tmp_path / "pid"), timeout_s=LONG_S, keep_children=True)
    pid = int((tmp_path / "pid").read_text())
    try:
        assert result.code == 0 and alive(pid)
    finally:
        os.kill(pid, 9)


@pytest.mark.parametrize("trap", ["", "trap '' TERM HUP INT;"], ids=["plain", "ignores signals"])
async def test_when_its_time_is_up_all_of_it_is_gone(tmp_path: Path, trap: str) -> None:
    command = leaves(tmp_path / "pid", then="wait", trap=trap)
    task = asyncio.ensure_future(run_program(command, timeout_s=1.0))
    with pytest.raises(TimeoutError):
        await task
    await gone(await appears(tmp_path / "pid"))


@pytest.mark.parametrize("then", ["wait", "exec >&- 2>&-; wait", "while :; do :; done"])
async def test_who_stops_waiting_waits_for_nothing(tmp_path: Path, then: str) -> None:
    command = leaves(tmp_path / "pid", then=then, trap="trap '' TERM;")
    task = asyncio.ensure_future(run_program(command, timeout_s=LONG_S))
    child = await appears(tmp_path / "pid")
    task.cancel()
    await asyncio.wait({task}, timeout=LONG_S)
    assert task.cancelled()
    await gone(child)


async def test_it_has_no_terminal_and_a_session_of_its_own() -> None:
    script = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '', sys.stdin.isatty())"
    assert (await run_program(python(script), timeout_s=LONG_S)).output == b"True True False\n"


@pytest.mark.parametrize("script", ["import sys; print(len(sys.stdin.buffer.read()))", "print(1000000)"])
async def test_what_is_sent_is_its_input_whether_it_reads_it_or_not(script: str) -> None:
    result = await run_program(python(script), timeout_s=LONG_S, sent=b"x" * 1_000_000)
    assert (result.code, result.output) == (0, b"1000000\n")


@pytest.mark.parametrize("command", [("/nowhere/at/all",), ("/etc/passwd",), ("/",)])
async def test_what_cannot_be_started_says_why(command: tuple[str, ...]) -> None:
    with pytest.raises(OSError, match=r"Permission denied|No such file"):
        await run_program(command, timeout_s=LONG_S)


async def test_a_viewer_that_nobody_waits_for_any_more_is_no_zombie(tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path / 'pid'}.part; mv {tmp_path / 'pid'}.part {tmp_path / 'pid'}"
    starting = asyncio.create_task(start_program(["/bin/sh", "-c", script]))
    await asyncio.sleep(0)
    starting.cancel()
    await asyncio.wait({starting})
    pid = await appears(tmp_path / "pid")
    while os.path.exists(f"/proc/{pid}"):  # noqa: ASYNC110, ASYNC240, PTH110  nobody tells of it
        await asyncio.sleep(0.005)
