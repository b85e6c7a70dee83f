"""A `machine_child` from outside: what it is told, what it says, and its end."""

import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.forked import Forked

PATIENCE_S = 120


class MachineProcess:
    """A program of a machine; another takes its place when it is killed.

    Args:
        home: the folder of its library.
        url: where it is shared; "-" for nowhere.
        inside: a program that runs it elsewhere, with its arguments.
    """

    def __init__(self, home: Path, url: str, inside: Sequence[str] = ()) -> None:
        program = [sys.executable, "-m", "tests.support.machine_child", str(home / "chats.db"), url]
        self._arguments = [*inside, *program]
        self._start: type[subprocess.Popen[str]] = subprocess.Popen if inside else Forked
        self.start()

    def start(self) -> None:
        """Start it, and wait until it has opened its library."""
        self._said: queue.Queue[str] = queue.Queue()
        self._process = self._start(self._arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._listener = threading.Thread(target=self._listen, args=(self._process, self._said), daemon=True)
        self._listener.start()
        assert self.hear() == ["ready"]

    def _listen(self, process: "subprocess.Popen[str]", said: "queue.Queue[str]") -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said.put(line)
        said.put("")

    def ask(self, *lines: str) -> None:
        """Have things done, one after the other."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines))
        self._process.stdin.flush()

    def hear(self) -> list[str]:
        """The next line that it says; [] when it has ended."""
        return self._said.get(timeout=PATIENCE_S).split()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a loss of power does; what it has said until then can be heard."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
