"""Servers must end with the program, however it ends, and whatever they do against it; a new configuration replaces."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mcp_servers import PROGRAM, played, running, state, told
from tests.support.processes import alive, gone
from tui.mcp.clock import ServerTimeouts
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
