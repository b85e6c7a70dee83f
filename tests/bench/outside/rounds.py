"""One round of a program: its start, keys when idle, a reply that streams with keys beside it, and a fast one."""

import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from time import monotonic, sleep
from typing import Any

from tests.bench.outside.apps import ROOT, Place, Program, environment
from tests.bench.outside.server import MARK, asked_word
from tests.bench.outside.terminal import Line, Terminal, Typed, moments

RATE, TOKENS, FAST_TOKENS = 150, 1_200, 2_000
LONGEST_S = 20.0
"""How long is waited for a reply to be over on the screen."""
_FIRST_S = 60.0
"""And for the first prompt to be sent: some import their SDK only then."""
_PROBE = "qz"
"""What is typed from the very start on; not often, as each letter costs the program some of what is measured."""
_LETTERS = "bcdfghkmnprstvw"
Figures = dict[str, float]


class Journal:
    """What the server says that it did, by the number in the prompt."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.url = str(json.loads(process.stdout.readline())["url"])
        self._events: list[dict[str, Any]] = []
        self._lines = process.stdout
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._lines:
            self._events.append(json.loads(line))

    def at(self, nonce: int, what: str) -> float | None:
        """When something happened first."""
        return next((one["at"] for one in self._events if (one["nonce"], one["what"]) == (nonce, what)), None)

    def sent(self, nonces: list[int]) -> dict[str, float]:
        """When each mark was sent."""
        events = [one for one in self._events if one["nonce"] in nonces and one["what"] == "marks"]
        return {mark: one["at"] for one in events for mark in one["marks"]}

    def wait(self, nonce: int, what: str, seconds: float) -> bool:
        """Until something happened; False where it did not in so many seconds."""
        end = monotonic() + seconds
        while self.at(nonce, what) is None and monotonic() < end:
            sleep(0.02)
        return self.at(nonce, what) is not None


@contextmanager
def model_server() -> Iterator[Journal]:
    """The server, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.outside.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield Journal(process)
        finally:  # the end of the block waits for it
            process.kill()


class Round:
    """One program, once."""

    def __init__(self, app: Program, journal: Journal, place: Place, more: dict[str, str], seed: int) -> None:
        self._app, self._journal, self._place = app, journal, place
        self._environment = {**environment(place), **more}
        self._chance = random.Random(seed)
        self._nonce = 100_000 + seed * 100
        self._asked: list[tuple[int, float]] = []
        self._asked_fast = (0, 0.0)
        self.figures: Figures = {}

    def _start(self, line: Line) -> Terminal:
        app, folder = self._app, self._place.home / "work"
        folder.mkdir(exist_ok=True)
        command = app.command(self._place)
        return Terminal(command, self._environment, folder, size=app.size, line=line, echo=app.echo)

    def first_start(self) -> None:
        """Start it once, so that what it does only then is done."""
        terminal = self._start(Line())
        try:
            terminal.wait(self._app.ready or r"\S")
            terminal.settle(30)
            self._app.first_start(terminal)
            terminal.settle()
        finally:
            terminal.close()

    def measure(self) -> Figures:
        """All figures, by the names that `report` has."""
        terminal = self._start(self._app.line)
        try:
            usable_from = self._launch(terminal)
            idle = self._idle(terminal)
            stream = self._stream(terminal)
            if self._app.unlimited:
                self._fast(terminal)
            self.figures["memory after, MB"] = terminal.memory_mb()
        finally:
            terminal.close()
        seen = moments(terminal.recording, self._app.size, MARK, [usable_from, idle, stream])
        self._of_screen(terminal, seen, usable_from, idle, stream)
        return self.figures

    def _launch(self, terminal: Terminal) -> Typed:
        """Type from the very start on, until it is seen."""
        bursts: list[float] = []

        def press() -> None:
            if monotonic() - (bursts[-1] if bursts else 0) > (0.1 if len(bursts) < 10 else 0.5):
                bursts.append(terminal.type(_PROBE))

        if self._app.ready:
            terminal.wait(self._app.ready)
        terminal.until(lambda: terminal.shows(_PROBE), "what was typed", 60, press)
        self.figures["launch CPU, s"] = terminal.cpu_s()
        terminal.settle()
        self.figures["launch CPU until quiet, s"] = terminal.cpu_s()
        self._clear(terminal, len(bursts) * len(_PROBE))
        return Typed(_PROBE, [terminal.began] * len(_PROBE))

    def _clear(self, terminal: Terminal, letters: int) -> None:
        terminal.type("\x7f" * letters, 0.002)
        terminal.settle()

    def _type(self, terminal: Terminal, count: int, least_s: float, most_s: float) -> Typed:
        """Letters at uneven times, whether they are seen or not."""
        typed = Typed("".join(self._chance.choices(_LETTERS, k=count)), [])
        due = monotonic()
        for letter in typed.text:
            due += self._chance.uniform(least_s, most_s)
            sleep(max(0.0, due - monotonic()))
            typed.at.append(terminal.type(letter))
        return typed

    def _idle(self, terminal: Terminal) -> Typed:
        self.figures["memory idle, MB"] = terminal.memory_mb()
        began, cpu = monotonic(), terminal.cpu_s()
        sleep(2)
        self.figures["idle CPU, %"] = 100 * (terminal.cpu_s() - cpu) / (monotonic() - began)
        typed = self._type(terminal, 24, 0.06, 0.11)
        sleep(0.3 + self._app.line.delay_s)
        self._clear(terminal, len(typed.text))
        return typed

    def _send(self, terminal: Terminal, rate: int, tokens: int) -> tuple[int, float]:
        """Ask for a reply; returns its number and when it was asked for."""
        self._nonce += 1
        terminal.type(self._app.ask.format(f"Write {asked_word(self._nonce, rate, tokens)} please"), 0.01)
        terminal.settle(2)
        return self._nonce, terminal.type(self._app.enter)

    def _stream(self, terminal: Terminal) -> Typed:
        cpu, size = terminal.cpu_s(), len(terminal.recording)
        for number in range(self._app.prompts):
            if number:
                terminal.type(self._app.between)
                sleep(0.3)
            self._asked.append(self._send(terminal, RATE, TOKENS))
            if not self._journal.wait(self._asked[-1][0], "first", _FIRST_S):
                raise TimeoutError("The prompt was never sent.")
        if self._app.before_keys:
            sleep(0.5)
            for key in self._app.before_keys:
                terminal.type(key)
                sleep(0.3)
        sleep(1)
        typed = self._type(terminal, 30, 0.11, 0.21) if self._app.reads_beside else Typed("", [])
        self._finish(terminal, self._asked[-1][0])
        self.figures["stream CPU, s"] = terminal.cpu_s() - cpu
        self.figures["stream output, kB"] = sum(len(data) for _, data in terminal.recording[size:]) / 1_000
        self._clear(terminal, len(typed.text))
        return typed

    def _finish(self, terminal: Terminal, nonce: int) -> None:
        """Until the reply was sent, and is on the screen as far as can be told without drawing it."""
        end = monotonic() + LONGEST_S
        self._journal.wait(nonce, "end", LONGEST_S)
        terminal.settle(max(1.0, end - monotonic()))

    def _fast(self, terminal: Terminal) -> None:
        cpu = terminal.cpu_s()
        self._asked_fast = self._send(terminal, 0, FAST_TOKENS)
        self._finish(terminal, self._asked_fast[0])
        self.figures["fast CPU, s"] = terminal.cpu_s() - cpu

    def _of_screen(self, terminal: Terminal, seen: dict[str, float], probe: Typed, idle: Typed, stream: Typed) -> None:
        """What the recording tells."""
        figures, journal = self.figures, self._journal
        figures["first paint, s"] = seen[""] - terminal.began
        figures["usable, s"] = probe.seen[-1] - terminal.began
        _spread(figures, "key idle", idle.delays_ms())
        _spread(figures, "key in stream", stream.delays_ms())
        nonce, at = self._asked[0]
        figures["request, ms"] = ((journal.at(nonce, "request") or at) - at) * 1_000
        sent = journal.sent([nonce for nonce, _ in self._asked])
        lags = [(seen[mark] - then) * 1_000 for mark, then in sent.items() if mark in seen]
        figures["marks seen, %"] = 100 * len(lags) / max(1, len(sent))
        if lags:
            figures["first token, ms"] = (min(seen[mark] for mark in sent if mark in seen) - at) * 1_000
        _spread(figures, "token lag", lags)
        if self._app.unlimited:
            nonce, at = self._asked_fast
            last = next(reversed(journal.sent([nonce])), None)
            figures["fast complete, s"] = min(LONGEST_S, seen[last] - at if last in seen else LONGEST_S)


def _spread(figures: Figures, name: str, values: list[float]) -> None:
    if len(values) > 1:
        figures[f"{name} p50, ms"] = median(values)
        figures[f"{name} p95, ms"] = quantiles(values, n=20, method="inclusive")[-1]
