"""What a test shows with a fork must hold for a program that a person starts: both are the same to the program."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked import CLOSED, Forked, ran

TELLS = """
import json, os, signal, sys, threading
def told(stream): return stream and [stream.fileno(), stream.encoding, stream.errors, stream.line_buffering]
handlers = {int(number): repr(signal.getsignal(number)) for number in signal.valid_signals()}
facts = {
    "streams": [told(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "same": [sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
    "argv": sys.argv, "name": __name__,
    "environment": dict(os.environ), "folder": os.getcwd(), "parent": os.getppid(),
    "group": os.getpgid(0) == os.getpid(),
    "session": os.getsid(0) == os.getpid(), "threads": threading.active_count(), "hook": repr(sys.excepthook),
    "handlers": handlers, "blocked": repr(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "files": sorted(os.listdir("/proc/self/fd"), key=int),
}
with open(sys.argv[1], "w") as file:
    json.dump(facts, file)
"""


def facts(kind: type["subprocess.Popen[str]"], folder: Path, program: tuple[str, ...], session: bool) -> object:
    file = folder / kind.__name__
    command = [*program, str(file), "an argument"]
    with kind(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        cwd=folder, env={"LANG": "C.UTF-8", "ONE": "1"}, start_new_session=session,
    ) as process:  # fmt: skip
        process.communicate("", timeout=60)
    assert process.returncode == 0
    return json.loads(file.read_text().replace(str(file), "FILE"))


@pytest.mark.parametrize("session", [True, False])
def test_streams_signals_files_and_family_are_those_of_a_process_that_was_started(
    tmp_path: Path, session: bool
) -> None:
    program = (sys.executable, "-c", TELLS)
    assert facts(Forked, tmp_path, program, session) == facts(subprocess.Popen, tmp_path, program, session)


ENDS = {
    "an exit code": "sys.exit(7)",
    "words": "print('left', end=''); sys.exit('over')",
    "an error": "print('left', end=''); 1 / 0",
    "at exit": "import atexit; atexit.register(print, 'later'); print('left')",
    "a signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "Ctrl-C": "import os, signal; os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(60)",
    "a thread": "import threading; threading.Timer(0.01, print, ['later']).start(); print('left')",
    "no reader": "import signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); import os; r, w = os.pipe(); "
    "os.close(r); os.write(w, b'x')",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_it_ends_alike(end: str) -> None:
    program = (sys.executable, "-c", f"import sys; {end}")
    started = subprocess.run(program, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    forked = ran(program=program)
    assert (forked.returncode, forked.stdout) == (started.returncode, started.stdout)
    assert forked.stderr.splitlines()[-1:] == started.stderr.splitlines()[-1:]


def test_what_is_closed_is_closed_alike() -> None:
    tells = "import os, sys; os.write(2, repr([sys.stdin, sys.stdout, os.listdir('/proc/self/fd')]).encode())"
    program = (sys.executable, "-c", tells)
    command = ["/bin/sh", "-c", 'exec "$@" <&- >&-', "sh", *program]
    started = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60)
    assert ran(program=program, stdin=CLOSED, stdout=CLOSED).stderr == started.stderr


def test_a_test_that_fails_does_not_wait_for_it() -> None:
    with pytest.raises(ZeroDivisionError), Forked[str]([sys.executable, "-c", "import time; time.sleep(3600)"]) as one:
        raise ZeroDivisionError
    assert one.returncode == -signal.SIGKILL
