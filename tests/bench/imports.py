"""How fast does an export of ChatGPT come over? `python -m tests.bench.imports [--mb N] [--no-floor]`.

The floor is `json.load` of the whole file and bare inserts of its texts, also with a transaction for each chat, in the
same run. Above it are the splitting of the file, the tree, the messages as the engine keeps them, and the index of
words. The memory of the import is measured before the floor, which holds all of the file.
"""

import argparse
import asyncio
import json
import platform
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from tests.support.foreign_chats import simple_chatgpt
from tui.chat.importing import plan, run
from tui.chat.library import Library
from tui.store.database import Database

_WORDS = (
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "that",
    "for",
    "it",
    "as",
    "with",
    "was",
    "on",
    "be",
    "at",
    "by",
    "this",
)


def write_export(path: Path, size_bytes: int) -> int:
    """An export of chats of 4 to 40 messages with 20 to 400 words each, in one line; returns its number of messages."""
    made = random.Random(1)
    written = messages = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        while written < size_bytes:
            turns = [" ".join(made.choices(_WORDS, k=made.randint(20, 400))) for _ in range(made.randint(2, 20) * 2)]
            chat = json.dumps(simple_chatgpt(f"chat-{messages}", *turns))
            messages += len(turns)
            written += file.write(chat if not written else f",{chat}")
        file.write("]")
    return messages


def insert_all(export: Path, target: Path) -> None:
    """The texts of all messages in a table without any index."""
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE messages (chat TEXT, id TEXT, parent TEXT, role TEXT, text TEXT)")
        with export.open(encoding="utf-8") as file:
            for chat in json.load(file):
                rows = [
                    (chat["conversation_id"], node["id"], node["parent"], node["message"]["author"]["role"],
                     "".join(node["message"]["content"]["parts"]))
                    for node in chat["mapping"].values()
                ]  # fmt: skip
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", rows)
                connection.execute("COMMIT")


async def measure(folder: Path, megabytes: int, *, floor: bool) -> None:
    """Print a line for each step."""
    export = folder / "conversations.json"
    messages = write_export(export, megabytes * 1_000_000)
    database = Database(folder / "chats.db")
    await database.open()
    library = Library(database)
    print(f"{messages:,} messages, {export.stat().st_size / 1e6:,.0f} MB, Python {platform.python_version()}")
    steps: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("dry run", lambda: plan(library, [export])),
        ("import", lambda: run(library, [export])),
        ("again, nothing new", lambda: run(library, [export])),
    ]
    if floor:
        steps.append(("floor", lambda: asyncio.to_thread(insert_all, export, folder / "floor.db")))
    for name, work in steps:
        start, spent = time.perf_counter(), time.process_time()
        await work()
        took, spent = time.perf_counter() - start, time.process_time() - spent
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:<20}{messages / took:>10,.0f}/s{messages / spent:>10,.0f}/s of CPU{memory:>8,.0f} MB at most")
    stored = await database.read(lambda connection: connection.execute("SELECT count(*) FROM messages").fetchone()[0])
    assert stored == messages
    await database.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=100)
    parser.add_argument("--no-floor", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), chosen.mb, floor=not chosen.no_floor))


if __name__ == "__main__":
    main()
