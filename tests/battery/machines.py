"""Two machines write to one chat over a network that breaks, a server that dies, and are killed themselves."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.battery.result import Result
from tests.support.machine_process import MachineProcess
from tests.support.postgres import Server, binaries, own_server
from tests.support.relay import Relay
from tui.chat.ids import new_id
from tui.store.connection import connect

DESCRIPTION = "two machines, one chat, network and server breaking: nothing is lost, and both end with the same"
ROUNDS, SHORT = 1000, 12

_BATCH = 5
"""Turns of each machine between two looks at what it has said."""
_PATIENCE_S = 120


def run(rounds: int, seed: int) -> Result:
    """Every round is a turn of each machine and changes of the chat; something breaks in the middle of most of them."""
    if binaries() is None:
        pytest.skip("needs a PostgreSQL server: apt-get install postgresql")
    pytest.importorskip("psycopg")
    result = Result()
    with own_server() as server, _relay(server) as relay, tempfile.TemporaryDirectory() as folder:
        url = f"postgresql://{server.user}@127.0.0.1:{relay.port}/{server.new_database()}"
        homes = [Path(folder) / name for name in ("one", "two")]
        for home in homes:
            home.mkdir()
        children = [MachineProcess(home, url) for home in homes]
        try:
            battle = _Battle(server, relay, children, random.Random(seed), result)
            battle.go(rounds)
            with result.trial("both end with the same"):
                battle.settle()
        finally:
            for child in children:
                child.kill()
        for home in homes:
            _count(result, home, battle)
    return result


@contextmanager
def _relay(server: Server) -> Iterator[Relay]:
    relay = Relay(server.port)
    try:
        yield relay
    finally:
        relay.close()


class _Battle:
    """What goes on.

    Attributes:
        saved: ids of messages that a machine has said to have.
        forgotten: ids of chats that one has said to have deleted for good.
    """

    def __init__(
        self, server: Server, relay: Relay, children: list[MachineProcess], chance: random.Random, result: Result
    ) -> None:
        self._server, self._relay, self._children = server, relay, children
        self._chance, self._result = chance, result
        self._chat = new_id()
        self.saved: list[str] = []
        self.forgotten: list[str] = []

    def go(self, rounds: int) -> None:
        """Do so many rounds."""
        began = time.monotonic()
        for start in range(0, rounds, _BATCH):
            for child in self._children:
                for number in range(start, min(start + _BATCH, rounds)):
                    child.ask(f"turn {self._chat}", f"edit {self._chat} {self._chance.randrange(1000)}")
                    if number % 10 == 9:
                        child.ask("forget")
                child.ask("look")
            mend = self._break_something()
            for child in self._children:
                self._hear(child)
            mend()
        self._result.figure("turns", f"{rounds / (time.monotonic() - began):.1f} rounds/s")

    def _break_something(self) -> Callable[[], object]:
        """Break one thing; returns what mends it."""
        time.sleep(self._chance.random() / 5)  # so that it happens anywhere
        what = self._chance.choice(("nothing", "cut", "cut in mid-push", "server killed", "server ended", "killed"))
        self._result.count(f"broken: {what}" if what != "nothing" else what, 1)
        match what:
            case "cut":
                self._relay.cut()
            case "cut in mid-push":
                self._relay.cut(after_bytes=self._chance.randrange(20_000))
            case "server killed" | "server ended":
                self._server.kill(fast=what == "server ended")
                return self._server.start
            case "killed":
                self._chance.choice(self._children).kill()
        return self._relay.mend

    def _hear(self, child: MachineProcess) -> None:
        while (said := child.hear()) and said[0] != "looks":
            match said:
                case ["saved", _, *ids, _]:
                    self.saved += ids
                    self._result.count("turns", 1)
                case ["forgot", chat]:
                    self.forgotten.append(chat)
                    self._result.count("deleted for good", 1)
        if not said:
            child.start()

    def settle(self) -> None:
        """Wait until both know everything."""
        began = time.monotonic()
        looks: list[list[str]] = []
        while time.monotonic() - began < _PATIENCE_S:
            for child in self._children:
                child.ask("look")
            looks = [child.hear() for child in self._children]
            if len({*map(tuple, looks)}) == 1 and looks[0][1:3] == ["current", "0"]:
                self._result.figure("both end with the same", f"{time.monotonic() - began:.1f} s after the last round")
                return
            time.sleep(0.2)
        raise AssertionError(f"they differ: {looks}")


def _count(result: Result, home: Path, battle: _Battle) -> None:
    """Count what a machine has lost, and what has come back."""
    with closing(connect(home / "chats.db", mode="ro")) as library:
        there = {id for (id,) in library.execute("SELECT id FROM messages WHERE state = 'done' AND text <> ''")}
        chats = {id for (id,) in library.execute("SELECT id FROM conversations")}
        (fault,) = library.execute("PRAGMA integrity_check").fetchone()
    lost = [f"{id} on {home.name}" for id in battle.saved if id not in there]
    back = [f"{id} on {home.name}" for id in battle.forgotten if id in chats]
    result.count(f"messages that machine {home.name} has", len(battle.saved), *lost)
    result.count(f"chats that stay deleted on machine {home.name}", len(battle.forgotten), *back)
    result.count("libraries that are sound", 1, *([str(fault)] if fault != "ok" else []))
