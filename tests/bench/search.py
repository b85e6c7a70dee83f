"""How fast is search in a large library? `python tests/bench/search.py [--messages N] [--rounds N]`.

The floor is bare SQLite in the same run, on the same file or one beside it: the index built by one statement, the same
expression with the texts and titles of a page, the same rows written without an index.
"""

import argparse
import asyncio
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.large_library import make, vocabulary  # noqa: E402  the path has to be set first
from tests.support.library import conversation, prompt, reply  # noqa: E402
from tui.chat.library_search import LibrarySearch  # noqa: E402
from tui.chat.search import read_query  # noqa: E402
from tui.store import conversations  # noqa: E402
from tui.store.database import Database  # noqa: E402
from tui.store.migrations import MIGRATIONS  # noqa: E402

BUILD = """
CREATE VIRTUAL TABLE floor USING fts5 (text, content = '', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO floor (rowid, text) SELECT number, text FROM messages;
"""
PAGE = (
    "SELECT messages.text, title FROM search_index JOIN messages ON number = search_index.rowid"
    " JOIN conversations ON conversations.id = conversation_id"
    " WHERE search_index MATCH ? ORDER BY search_index.rowid DESC LIMIT 50"
)


def queries() -> dict[str, tuple[str, str]]:
    """What is typed, and the same as FTS5 has it."""
    words = vocabulary()
    one, two, mid, rare, begin = words[0], words[1], words[300], words[40_000], words[700][:3]
    return {
        "a word in most messages": (one, one),
        "a word in some": (mid, mid),
        "a word in few": (rare, rare),
        "two words": (f"{words[5]} {words[90]}", f"{words[5]} AND {words[90]}"),
        "the beginning of a word": (f"{begin}*", f"{begin}*"),
        "a phrase": (f'"{one} {two}"', f'"{one} {two}"'),
        "one word without another": (f"{one} -{two}", f"{one} NOT {two}"),
    }


def bare(path: Path, work: Callable[[sqlite3.Connection], object]) -> float:
    """Milliseconds of some work on a bare connection."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    start = time.perf_counter()
    work(connection)
    spent = (time.perf_counter() - start) * 1000
    connection.close()
    return spent


def megabytes(path: Path) -> float:
    """The size of a file."""
    return path.stat().st_size / 1e6


def copied(path: Path, target: Path) -> float:
    """Copy a file, and return its size in MB."""
    target.write_bytes(path.read_bytes())
    return megabytes(path)


async def build(path: Path, messages: int) -> None:
    """The index of a library that has none."""
    make(path, messages, MIGRATIONS[:3])
    floor_file = path.with_name("floor.db")
    size = copied(path, floor_file)
    floor = bare(floor_file, lambda connection: connection.executescript(BUILD))
    database = Database(path)
    await database.open()
    start = time.perf_counter()
    await LibrarySearch(database).build()
    show("index built, ms", (time.perf_counter() - start) * 1000, floor)
    await database.close()
    show("its size, MB", megabytes(path) - size, megabytes(floor_file) - size)


async def pages(path: Path, rounds: int) -> None:
    """First pages, the first time and after that."""
    for name, (typed, expression) in queries().items():
        query = read_query(typed, date.today())
        ours, floor = [], []
        for number in range(rounds):
            if number == 0:
                await (database := Database(path)).open()
            start = time.perf_counter()
            await LibrarySearch(database).messages(query)
            ours.append((time.perf_counter() - start) * 1000)
        await database.close()
        connection = sqlite3.connect(path)
        for _ in range(rounds):
            start = time.perf_counter()
            connection.execute(PAGE, (expression,)).fetchall()
            floor.append((time.perf_counter() - start) * 1000)
        connection.close()
        show(f"page: {name}, first", ours[0], floor[0])
        show(f"page: {name}", statistics.median(ours), statistics.median(floor))


async def append(path: Path, rounds: int) -> None:
    """A turn written with and without an index."""
    await (database := Database(path)).open()
    spent: dict[bool, list[float]] = {True: [], False: []}
    words = " ".join(vocabulary()[:200])
    for number in range(rounds * 2):
        indexed = number % 2 == 0
        chat = conversation(f"New {number}")
        asked = prompt(chat, words)
        answer = reply(chat, asked)
        done = replace(answer, state="done", text=words * 5)
        # Without: as a library of another version of the index, which is not kept up.
        await database.run(lambda connection, to: connection.execute("UPDATE search_progress SET version = ?", (to,)),
                           1 if indexed else 0)  # fmt: skip
        start = time.perf_counter()
        await database.run(conversations.start_turn, chat, asked, answer, database.owner)
        await database.run(conversations.finish_reply, done, done.created_at)
        spent[indexed].append((time.perf_counter() - start) * 1000)
    await database.close()
    show(
        "a turn of 1,200 words, with and without index", statistics.median(spent[True]), statistics.median(spent[False])
    )


def show(name: str, ours: float, floor: float) -> None:
    """One row of the table."""
    print(f"{name:<48}{ours:>12,.2f}{floor:>12,.2f}{ours / max(floor, 0.001):>8.1f}x", flush=True)


async def run(messages: int, rounds: int) -> None:
    """All of the table."""
    print(f"{messages:,} messages, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    print(f"{'':<48}{'ours':>12}{'floor':>12}{'ratio':>9}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chats.db"
        await build(path, messages)
        await pages(path, rounds)
        await append(path, rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=21)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.messages, arguments.rounds))
