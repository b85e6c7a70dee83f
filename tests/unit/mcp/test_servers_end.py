"""Servers must end with the program, however it ends, and whatever they do against it; a new configuration replaces."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.mcp_servers import PROGRAM, played, running, state, told, until
from tests.support.processes import alive, gone
from tui.mcp.clock import ServerTimeouts
from tui.mcp.process import ServerProcess
from tui.mcp.values import McpError

APP = """
import asyncio, sys
from tests.support.mcp_servers import played, running
from pathlib import Path

async def main():
    polite, stubborn = (Path(argument) for argument in sys.argv[1:])
    modes = ["stays", "daemon"] if sys.platform == "linux" else ["stays"]
    async with running([played(polite, name="polite"), played(stubborn, *modes, name="stubborn")]) as servers:
        await servers.ready()
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


_DAEMON = ["daemon"] if sys.platform == "linux" else []
"""What has begun a session of its own: it can be found below the guardian on Linux alone."""


async def pids(folder: Path, *names: str) -> list[int]:
    return [int(await told(folder, name)) for name in names]


@pytest.fixture
def no_leftovers(tmp_path: Path) -> Iterator[None]:
    """Whatever a test finds out, its servers are not left to the machine."""
    yield
    for name in ("pid", "child", "daemon"):
        file = tmp_path / name
        if file.exists() and alive(pid := int(file.read_text())):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.usefixtures("no_leftovers")
async def test_they_end_when_the_program_is_killed(tmp_path: Path) -> None:
    polite = tmp_path / "polite"
    polite.mkdir()
    app = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", APP, str(polite), str(tmp_path)), stdout=asyncio.subprocess.PIPE, cwd=PROGRAM.parents[2]
    )
    assert app.stdout is not None
    assert await app.stdout.readline() == b"ready\n"
    servers = await pids(polite, "pid") + await pids(tmp_path, "pid", "child", *_DAEMON)
    app.kill()
    await app.wait()
    for pid in servers:
        await gone(pid)


@pytest.mark.usefixtures("no_leftovers")
async def test_a_stubborn_one_ends_with_its_child(tmp_path: Path) -> None:
    async with running([played(tmp_path, "stays")]) as servers:
        await servers.ready()
        both = await pids(tmp_path, "pid", "child")
        assert all(alive(pid) for pid in both)
        await servers.stop("played")
        for pid in both:
            await gone(pid)
        assert servers.status("played").state == "off"


@pytest.mark.usefixtures("no_leftovers")
async def test_its_children_end_when_it_dies(tmp_path: Path) -> None:
    async with running([played(tmp_path, "stays")]) as servers:
        await servers.ready()
        server, child = await pids(tmp_path, "pid", "child")
        os.kill(server, signal.SIGKILL)
        await state(servers, "waiting")
        assert servers.status("played").problem == "played ended (signal 9)."
        await gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only a process group holds them together")
@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.usefixtures("no_leftovers")
async def test_a_daemon_of_one_ends_with_it(tmp_path: Path, dies: bool) -> None:
    async with running([played(tmp_path, "daemon")]) as servers:
        await servers.ready()
        server, daemon = await pids(tmp_path, "pid", "daemon")
        assert os.getsid(daemon) != os.getsid(server)
        if dies:
            os.kill(server, signal.SIGKILL)
        else:
            await servers.stop("played")
        await gone(daemon)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only a process group holds them together")
@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.usefixtures("no_leftovers")
async def test_a_daemon_of_one_can_tidy_up(tmp_path: Path, stays: bool) -> None:
    patient = ServerTimeouts(grace_s=5.0 if not stays else 1.0)
    modes = ["daemon", "tidy", *(["stays"] if stays else [])]
    async with running([played(tmp_path, *modes)], timeouts=patient) as servers:
        await servers.ready()
        daemon = int(await told(tmp_path, "daemon"))
        await servers.stop("played")
        await gone(daemon)
    assert (tmp_path / "tidied").read_text() == "it has tidied up"


@pytest.mark.usefixtures("no_leftovers")
async def test_nothing_is_left_when_the_guardian_is_killed(tmp_path: Path) -> None:
    async with running([played(tmp_path, "stays")]) as servers:
        await servers.ready()
        server, child = await pids(tmp_path, "pid", "child")
        os.kill(os.getpgid(server), signal.SIGKILL)
        await state(servers, "waiting")
        for pid in (server, child):
            await gone(pid)


async def test_what_is_ended_in_the_middle_says_so(tmp_path: Path) -> None:
    async with running([played(tmp_path)]) as servers:
        call = asyncio.ensure_future(servers.call("played", "hang", {}))
        await told(tmp_path, "tools.call")
        await servers.stop("played")
        with pytest.raises(McpError, match=r"^played was stopped before it had answered\.$"):
            await call
        assert (await servers.call("played", "echo", {})).text == "{}"  # a call starts it again


async def test_an_end_in_the_middle_of_a_start(tmp_path: Path) -> None:
    async with running([played(tmp_path, "hang initialize")]) as servers:
        servers.start()
        await servers.aclose()  # before there is a process
        servers.start()
        await told(tmp_path, "initialize")
        await servers.aclose()
        await gone(int(await told(tmp_path, "pid")))


@pytest.mark.usefixtures("no_leftovers")
async def test_one_that_nobody_waits_for_any_more_is_waited_for_to_its_end(tmp_path: Path) -> None:
    process = await ServerProcess.start(played(tmp_path, "stays"), grace_s=0.2)
    both = await pids(tmp_path, "pid", "child")
    closing = asyncio.ensure_future(process.close())
    await asyncio.sleep(0)
    while not closing.done():  # as often as a quit, a new configuration and the loop's end would together
        closing.cancel()
        await asyncio.wait((closing,), timeout=0.05)
    assert process.gone.is_set()
    for pid in both:
        await gone(pid)


@pytest.mark.parametrize("steps", range(9))
async def test_a_start_that_is_given_up_leaves_nothing(tmp_path: Path, steps: int) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    with pytest.MonkeyPatch().context() as patch:
        patch.setattr(subprocess, "Popen", Watched)
        starting = asyncio.ensure_future(ServerProcess.start(played(tmp_path), grace_s=0.2))
        await until(lambda: started or steps == 0)
        for _ in range(steps):
            await asyncio.sleep(0)
        if starting.done():
            await starting.result().close()
        starting.cancel()
        await asyncio.wait((starting,))
        await until(lambda: all(one.returncode is not None for one in started))
    assert all(pipe.closed for one in started for pipe in (one.stdin, one.stdout, one.stderr) if pipe is not None)


def test_the_loops_end_leaves_no_server(tmp_path: Path) -> None:
    async def quit_in_the_middle() -> list[int]:
        process = await ServerProcess.start(played(tmp_path, "stays"), grace_s=60.0)
        both = await pids(tmp_path, "pid", "child")
        closing.append(asyncio.ensure_future(process.close()))
        await asyncio.sleep(0)
        return both

    closing: list[asyncio.Future[None]] = []
    both = asyncio.run(quit_in_the_middle())
    assert closing[0].cancelled()
    for pid in both:  # killed they are, and the kernel takes a moment
        asyncio.run(gone(pid))
    gc.collect()  # a pipe or a socket that was left open is an error here
