"""What `guardian` is elsewhere, on Windows: a job that the system ends when we have ended, and two threads.

They keep to the same words on the same socket: when our end closes, the server has the grace to end by itself (its
standard input has ended, too), then all of its job is killed; when it has ended, they write `exit CODE`.
"""

import socket
import subprocess
import sys
import threading
from asyncio import windows_utils
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tui.programs import keep_together, kill_group

assert sys.platform == "win32"


def start_guarded(
    command: Sequence[str], line: socket.socket, grace_s: float, folder: Path, environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Start a server, whose pipes an event loop can read and write, without a window.

    Raises:
        OSError, ValueError: it cannot be started; ValueError for a NUL in an argument.
    """
    pipe = subprocess.PIPE
    process: subprocess.Popen[bytes] = windows_utils.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=folder,
        env=environment,
        creationflags=subprocess.CREATE_NO_WINDOW,
    )
    keep_together(process, ends_with_us=True)
    held = line.dup()
    threading.Thread(target=_tell_its_end, args=(process, held), daemon=True).start()
    threading.Thread(target=_end_with_line, args=(process, held, grace_s), daemon=True).start()
    return process


def _tell_its_end(process: "subprocess.Popen[bytes]", line: socket.socket) -> None:
    code = process.wait()
    kill_group(process)
    with suppress(OSError):
        line.sendall(f"exit {code}\n".encode())
        line.shutdown(socket.SHUT_RDWR)
    line.close()


def _end_with_line(process: "subprocess.Popen[bytes]", line: socket.socket, grace_s: float) -> None:
    with suppress(OSError):
        while line.recv(512):
            pass
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace_s)
    kill_group(process)
