"""What has one way on Windows and another one elsewhere: each has to do the same for a person.

Runs on every system as it is; `tests/house/test_platforms.py` runs it once more as if on Windows.
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tui.files import SAFELY, alone, create_file, hold, move_over, read_regular, replace_file
from tui.programs import command_words, run_program
from tui.signals import LEAVING, by_default, on_signal

LONG_S = 60.0
HELD = """\
import os, sys
from pathlib import Path
from tui.files import SAFELY, hold
descriptor = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR | SAFELY, 0o600)
print(hold(descriptor), flush=True)
sys.stdin.read()
os._exit(1)
"""


def python(script: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-c", script, *map(str, arguments))


def test_what_another_process_holds_is_not_ours_until_it_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    pipe = subprocess.PIPE
    with subprocess.Popen(python(HELD, file), stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout and other.stdout.readline() == "True\n"
        with pytest.raises(TimeoutError), alone(file, wait_s=0.05):
            pass
        other.communicate()
    with alone(file, wait_s=0.05), pytest.raises(TimeoutError), alone(file, wait_s=0.05):  # in one process, too
        pass


def test_a_held_file_can_be_read_by_all(tmp_path: Path) -> None:
    create_file(tmp_path / "note", b"one\ntwo\n")
    descriptor = os.open(tmp_path / "note", os.O_RDWR | SAFELY)
    try:
        assert hold(descriptor)
        assert read_regular(tmp_path / "note") == b"one\ntwo\n"
    finally:
        os.close(descriptor)


def test_a_file_is_replaced_although_somebody_reads_it_just_now(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    replace_file(file, b"old\n")
    reader = file.open("rb")
    closing = threading.Timer(0.1, reader.close)
    closing.start()
    replace_file(file, b"new\r\n\x1a\n")  # as it is: no line end is changed, and none of it is an end
    closing.join()
    assert file.read_bytes() == b"new\r\n\x1a\n" and [one.name for one in tmp_path.iterdir()] == ["config.toml"]
    with pytest.raises(OSError):
        move_over(tmp_path / "gone", file)


async def test_a_program_gets_its_input_and_gives_all_of_its_output() -> None:
    script = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data[::-1]); sys.exit(3)"
    sent = bytes(range(256)) * 400
    result = await run_program(python(script), timeout_s=LONG_S, most_bytes=1 << 20, sent=sent)
    assert (result.code, result.output, result.cut) == (3, sent[::-1], False)
    environment = {**os.environ, "SAID": "hello"}
    said = await run_program(
        python("import os; print(os.environ['SAID'], end='')"), timeout_s=LONG_S, environment=environment
    )
    assert said.output == b"hello"


async def test_a_program_that_writes_too_much_or_never_ends_is_killed_with_its_children(tmp_path: Path) -> None:
    flood = await run_program(python("while True: print('x' * 1000)"), timeout_s=LONG_S, most_bytes=5000)
    assert flood.cut and len(flood.output) == 5000
    child = (
        "import sys, time; file = open(sys.argv[1], 'w')\nwhile True: file.write('x'); file.flush(); time.sleep(0.01)"
    )
    parent = "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', *sys.argv[1:]])\ntime.sleep(3600)"
    running = asyncio.create_task(run_program(python(parent, child, tmp_path / "alive"), timeout_s=LONG_S))
    await asyncio.to_thread(begun, tmp_path / "alive")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.to_thread(still, tmp_path / "alive")
    with pytest.raises(TimeoutError):
        await run_program(python("import time; time.sleep(3600)"), timeout_s=0.1)


def begun(file: Path) -> None:
    while not file.exists() or not file.stat().st_size:
        time.sleep(0.01)


def still(file: Path) -> None:
    """Wait until nobody writes to a file any more, who wrote to it every hundredth of a second."""
    before = -1
    while (size := file.stat().st_size) != before:
        before = size
        time.sleep(0.3)


async def test_a_signal_is_acted_on_in_the_loop_until_it_is_not_wanted_any_more() -> None:
    came = asyncio.Event()
    before = signal.getsignal(LEAVING[0])
    on_signal(LEAVING[0], came.set)
    signal.raise_signal(LEAVING[0])
    await asyncio.wait_for(came.wait(), LONG_S)
    by_default(LEAVING[0])
    assert signal.getsignal(LEAVING[0]) == signal.SIG_DFL
    signal.signal(LEAVING[0], before)


def test_a_command_keeps_the_backslashes_of_windows_paths() -> None:
    assert command_words('code --wait "a b"') == ["code", "--wait", "a b"]
    path = r"C:\Programs\edit.exe"
    assert command_words(f'"{path}" -n') == [path, "-n"]
    assert command_words(rf"{path} -n") == [path if sys.platform == "win32" else path.replace("\\", ""), "-n"]
    with pytest.raises(ValueError):
        command_words('"never closed')
