"""A `machine_child` from outside: what it is told, what it says, and its end."""

import queue
import subprocess
import sys
import threading
from pathlib import Path

from tests.support.forked import Forked

PATIENCE_S = 120


class MachineProcess:
    """A program of a machine; another takes its place when it is killed."""

    def __init__(self, home: Path, url: str) -> None:
        self._arguments = [sys.executable, "-m", "tests.support.machine_child", str(home / "chats.db"), url]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it has opened its library."""
        self._said: queue.Queue[str] = queue.Queue()
        self._process = Forked(self._arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, args=(self._process, self._said), daemon=True).start()
        assert self.hear() == ["ready"]

    def _listen(self, process: "Forked[str]", said: "queue.Queue[str]") -> None:
        assert process.stdout is not None
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

    def kill(self) -> None:
        """End it as a loss of power does; what it has said until then can be heard."""
        self._process.kill()
        self._process.wait()
