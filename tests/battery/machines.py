"""Two machines write to one chat over a network that breaks, a server that dies, and are killed themselves."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
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
ROUNDS, SHORT = 1000, 4

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
            battle = Battle(children, random.Random(seed), result)
            battle.go(rounds, lambda what: _break(what, server, relay, battle))
        finally:
            for child in children:
                child.kill()
        for home in homes:
            battle.count(home)
    return result


def _break(what: str, server: Server, relay: Relay, battle: "Battle") -> Callable[[], object]:
    match what:
        case "line cut":
            relay.cut()
        case "line cut in mid-push":
            relay.cut(after_bytes=battle.chance.randrange(20_000))
        case "server killed" | "server ended":
            server.kill(fast=what == "server ended")
            return server.start
        case "machine killed":
            battle.chance.choice(battle.children).kill()
    return relay.mend


_BREAKS = ("nothing", "line cut", "line cut in mid-push", "server killed", "server ended", "machine killed")


@contextmanager
def _relay(server: Server) -> Iterator[Relay]:
    relay = Relay(server.port)
    try:
        yield relay
    finally:
        relay.close()


class Battle:
    """What several machines write to one chat, what of it they said to have, and what they have in the end."""

    def __init__(self, children: list[MachineProcess], chance: random.Random, result: Result) -> None:
        self.children = children
        self.chance = chance
        self._result = result
        self._chat = new_id()
        self._saved: list[str] = []
        self._forgotten: list[str] = []

    def go(
        self, rounds: int, break_one: Callable[[str], Callable[[], object]], breaks: Sequence[str] = _BREAKS
    ) -> None:
        """Do so many rounds, then wait until all machines have heard of everything.

        Args:
            rounds: of a turn of each machine.
            break_one: breaks what it is told, and returns what mends it.
            breaks: what can break.
        """
        began = time.monotonic()
        batch = min(_BATCH, max(1, rounds // 4))
        for start in range(0, rounds, batch):
            for child in self.children:
                for number in range(start, min(start + batch, rounds)):
                    child.ask(f"turn {self._chat}", f"edit {self._chat} {self.chance.randrange(1000)}")
                    if number % 10 == 1:
                        child.ask("forget")
                child.ask("look")
            time.sleep(self.chance.random() / 5)  # so that it happens anywhere
            what = self.chance.choice(breaks)
            self._result.count(f"broken: {what}", 1)
            mend = break_one(what)
            for child in self.children:
                self._hear(child)
            mend()
        self._result.figure("turns", f"{rounds / (time.monotonic() - began):.1f} rounds/s")
        with self._result.trial("both end with the same"):
            self._settle()

    def _hear(self, child: MachineProcess) -> None:
        while (said := child.hear()) and said[0] != "looks":
            match said:
                case ["saved", _, *ids, _]:
                    self._saved += ids
                    self._result.count("turns", 1)
                case ["forgot", chat]:
                    self._forgotten.append(chat)
                    self._result.count("deleted for good", 1)
        if not child.is_running:
            child.start()

    def _settle(self) -> None:
        began = time.monotonic()
        looks: list[list[str]] = []
        while time.monotonic() - began < _PATIENCE_S:
            for child in self.children:
                child.ask("look")
            looks = [child.hear() for child in self.children]
            if len({*map(tuple, looks)}) == 1 and looks[0][1:3] == ["current", "0"]:
                self._result.figure("both end with the same", f"{time.monotonic() - began:.1f} s after the last round")
                return
            time.sleep(0.2)
        raise AssertionError(f"they differ: {looks}")

    def count(self, home: Path) -> None:
        """Count what a machine has lost, and what has come back."""
        with closing(connect(home / "chats.db", mode="ro")) as library:
            there = {id for (id,) in library.execute("SELECT id FROM messages WHERE state = 'done' AND text <> ''")}
            chats = {id for (id,) in library.execute("SELECT id FROM conversations")}
            (fault,) = library.execute("PRAGMA integrity_check").fetchone()
        lost = [f"{id} on {home.name}" for id in self._saved if id not in there]
        back = [f"{id} on {home.name}" for id in self._forgotten if id in chats]
        self._result.count(f"messages that machine {home.name} has", len(self._saved), *lost)
        self._result.count(f"chats that stay deleted on machine {home.name}", len(self._forgotten), *back)
        self._result.count("libraries that are sound", 1, *([str(fault)] if fault != "ok" else []))
