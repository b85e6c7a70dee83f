"""What does sharing a library cost? `python -m tests.bench.machines [--turns N] [--messages N]`. Needs a PostgreSQL.

Turns are of five transactions (start, three checkpoints, end), in programs of their own, a few at a time each after the
other, so that all have the same noise: the library never shared, shared, shared and the server out of reach; beside
the same rows on a bare sqlite3 connection with the same durability. Then how long a write takes to be on the screen of
another machine, and the copy of a whole library to the server and back, beside PostgreSQL's own COPY of the same texts.
"""

import argparse
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.support.library import conversation, prompt, reply
from tests.support.machine_child import WORDS
from tests.support.machine_process import MachineProcess
from tests.support.postgres import Server, own_server
from tests.support.relay import Relay
from tui.chat.ids import new_id
from tui.store import conversations
from tui.store.connection import connect
from tui.store.migrations import migrate
from tui.store.records import Message
from tui.store.transaction import atomically
from tui.sync.address import read_address
from tui.sync.copying import copy_to_file, copy_to_server
from tui.sync.hub import Hub

_AT_ONCE = 10
_NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--messages", type=int, default=20_000)
    asked = parser.parse_args()
    with own_server() as server, tempfile.TemporaryDirectory() as folder:
        turns(server, Path(folder), asked.turns)
        for delay_ms in (0, 10):
            latency(server, Path(folder) / f"to-{delay_ms}", asked.turns // 2, delay_ms / 1000)
        for messages in (asked.messages // 10, asked.messages):
            copies(server, Path(folder) / f"copy-{messages}", messages)


def turns(server: Server, folder: Path, count: int) -> None:
    """A turn, by whether the library is shared."""
    url = server.url(server.new_database(), host="127.0.0.1")
    kinds = {"never shared": "-", "shared": url, "shared, server out of reach": _NOWHERE}
    with machines(folder, list(kinds.values())) as children, closing(bare(folder / "bare.db")) as floor:
        took: dict[str, list[float]] = {name: [] for name in ("bare sqlite3", *kinds)}
        cpu: dict[str, list[float]] = {name: [] for name in took}
        order = [("bare sqlite3", None), *zip(kinds, children, strict=True)]
        chance = random.Random(1)
        for _ in range(count // _AT_ONCE):
            chance.shuffle(order)
            for name, child in order:
                time.sleep(0.3)  # what one has left to tell is not to be at the cost of the next
                if child is None:
                    began = time.process_time()
                    took[name] += bare_turns(floor, _AT_ONCE)
                    cpu[name].append((time.process_time() - began) * 1000 / _AT_ONCE)
                else:
                    child.ask(f"time {_AT_ONCE}")
                    _, mean, *each = child.hear()
                    cpu[name].append(float(mean))
                    took[name] += map(float, each)
    print(f"{'a turn (5 transactions), ms':<44}{'median':>9}{'p95':>9}{'fastest':>9}{'CPU':>9}")
    for name, waits in took.items():
        print(f"  {name:<42}{figures(waits)}{min(waits):>9.2f}{statistics.median(cpu[name]):>9.2f}")


def latency(server: Server, folder: Path, count: int, delay_s: float) -> None:
    """From a reply's last commit on one machine until another one has it and has been told."""
    relay = Relay(server.port, delay_s)
    url = f"postgresql://{server.user}@127.0.0.1:{relay.port}/{server.new_database()}"
    waits = []
    with machines(folder, [url, url]) as (one, two):
        chat = new_id()
        two.ask(f"watch {chat}")
        two.hear()
        for _ in range(count):
            one.ask(f"turn {chat}")
            *_, answer, saved = one.hear()
            while (seen := two.hear())[2:4] != [answer, "done"]:
                pass
            waits.append(float(seen[1]) - float(saved))
    relay.close()
    print(f"{f'written here, seen there, {2000 * delay_s:.0f} ms RTT, ms':<44}{figures(waits)}")


def copies(server: Server, folder: Path, messages: int) -> None:
    """A whole library to the server, and back."""
    folder.mkdir()
    texts = filled(folder / "chats.db", messages)
    url = server.url(server.new_database(), host="127.0.0.1")
    hub = Hub.connect(read_address(url))
    began = time.perf_counter()
    hub._connection.execute("CREATE TABLE floor (id text PRIMARY KEY, text text)")
    with hub._connection.cursor().copy("COPY floor FROM STDIN") as copy:
        for number, text in enumerate(texts):
            copy.write_row((str(number), text))
    floor = time.perf_counter() - began
    for name, work in (
        ("to the server", partial(copy_to_server, folder / "chats.db", hub, quiet)),
        ("again, nothing new", partial(copy_to_server, folder / "chats.db", hub, quiet)),
        ("to a file", partial(copy_to_file, hub, folder / "back.db", quiet)),
    ):
        began, cpu = time.perf_counter(), time.process_time()
        work()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        name = f"copy of {messages:,} messages {name}"
        each = f"{messages / seconds:>9,.0f} messages/s{cpu / messages * 1e6:>7.0f} µs of our CPU each"
        print(f"{name:<44}{seconds:>8.1f} s{each}{seconds / floor:>8.0f}x COPY")
    hub.close()
    print(f"  most memory of this program {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


@contextmanager
def machines(folder: Path, urls: Sequence[str]) -> Iterator[list[MachineProcess]]:
    """A machine for each address."""
    homes = [folder / str(number) for number in range(len(urls))]
    for home in homes:
        home.mkdir(parents=True)
    children = [MachineProcess(home, url) for home, url in zip(homes, urls, strict=True)]
    try:
        yield children
    finally:
        for child in children:
            child.kill()


def bare(file: Path) -> sqlite3.Connection:
    """A connection as the app's writer is."""
    file.touch()
    connection = connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE messages (id TEXT PRIMARY KEY, text TEXT, usage TEXT, state TEXT)")
    return connection


def bare_turns(connection: sqlite3.Connection, count: int) -> list[float]:
    """The same commits of the same texts, and nothing else."""
    took = []
    for _ in range(count):
        began, id = time.perf_counter(), new_id()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO messages VALUES (?, 'Why is that?', '', 'done')", (new_id(),))
        connection.execute("INSERT INTO messages VALUES (?, '', '', 'streaming')", (id,))
        connection.execute("COMMIT")
        for part in (300, 600, 900, None):
            connection.execute("UPDATE messages SET text = ? WHERE id = ?", (WORDS[:part], id))
        took.append((time.perf_counter() - began) * 1000)
    return took


def filled(file: Path, count: int) -> list[str]:
    """A library of so many messages; returns their texts."""
    file.touch()
    texts = []
    with closing(connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        migrate(connection)
        for number in range(count // 40):
            chat = conversation(f"Chat {number}")
            rows: list[Message] = []
            for turn in range(20):
                asked = prompt(chat, f"Why is that? {number} {turn}", parent=rows[-1] if rows else None)
                rows += [asked, replace(reply(chat, asked, f"{WORDS} {number}"), total_ms=5)]
            texts += [row.text for row in rows]
            atomically(connection, conversations.save_conversation, chat)
            atomically(connection, conversations.append, rows)
    return texts


def figures(each: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{statistics.median(each):>9.2f}{sorted(each)[int(len(each) * 0.95)]:>9.2f}"


def quiet(what: str, done: int, total: int) -> None:
    """Nobody looks."""


if __name__ == "__main__":
    main()
