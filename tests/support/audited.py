"""Chinwag, with a note of all that it does to the world: `python -m tests.support.audited NOTES ...`.

`NOTES` gets a line of JSON for each host that is looked up or connected to, and each program that is started. What is
not this machine is refused, as if there were no network.
"""

import errno
import json
import os
import sys
from typing import Any

_HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0")


def watch(notes: str) -> None:
    """Note everything from now on; there is no way back."""
    file = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        host = _host(event, arguments)
        if host is not None:
            _write(file, ["host", host])
            if host not in _HERE and not host.startswith("127."):
                raise PermissionError(errno.EPERM, "no network here")
        elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
            program, command = arguments[0], arguments[1] if len(arguments) > 1 else ()
            words = [os.fsdecode(word) for word in ([command] if isinstance(command, str | bytes) else command or ())]
            _write(file, ["program", os.fsdecode(program or (words or [""])[0]), *words])

    sys.addaudithook(note)


def _host(event: str, arguments: tuple[Any, ...]) -> str | None:
    match event:
        case "socket.getaddrinfo" | "socket.gethostbyname" | "socket.gethostbyaddr":
            host = arguments[0]
        case "socket.connect" | "socket.sendto":
            host = arguments[1][0] if isinstance(arguments[1], tuple) else None
        case "urllib.Request":
            host = arguments[0]
        case _:
            return None
    return os.fsdecode(host) if isinstance(host, str | bytes) else None


def _write(file: int, line: list[str]) -> None:
    os.write(file, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    watch(sys.argv[1])
    sys.argv[1:] = sys.argv[2:]
    from tests.support.quick_chinwag import quick
    from tui.cli import main

    quick()
    sys.exit(main())
