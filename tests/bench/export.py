"""How fast are all conversations written? `python -m tests.bench.export [--conversations N] [--turns N]`.

With `--library FILE` it is a library that is there, such as one of `large_library.py`, which is copied.

The floors are measured in the same run: a raw dump, which is every row of the messages, read on a bare sqlite3
connection, as a line of JSON in one file; and bare files, as many as there are chats, with the same names and sizes,
each opened, written and closed. A file each has both for its floor, whatever is one file has the first.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.support.library import conversation, prompt, reply
from tui.chat.export_all import export_all, export_joined
from tui.chat.library import Library
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Message

_USAGE = '{"input": 1200, "cached": 900, "output": 120, "reasoning": 40, "requests": 1}'
_STAMP = "2026-11-22T12:00:00Z"


def fill(connection: sqlite3.Connection, count: int, turns: int) -> None:
    """`count` conversations, of 100 words for each prompt and each reply, with payloads as the engine writes them."""
    for number in range(count):
        chat = conversation(f"Conversation {number}", minutes=-number)
        last: Message | None = None
        conversations.save_conversation(connection, chat)
        for turn in range(turns):
            asked = prompt(chat, f"why {turn}? " * 25, parent=last)
            answer = reply(chat, asked, f"because {number}, " * 50)
            request = {"parts": [{"content": asked.text, "timestamp": _STAMP, "part_kind": "user-prompt"}]}
            response = {"parts": [{"content": answer.text, "part_kind": "text"}], "model_name": "gpt-5.6"}
            asked = replace(asked, payload=_payload(request | {"kind": "request"}))
            last = replace(answer, payload=_payload(response | {"timestamp": _STAMP, "kind": "response"}), usage=_USAGE)
            conversations.append(connection, [asked, last])
        conversations.set_active_leaf(connection, chat.id, last.id if last else None)


def _payload(message: Mapping[str, object]) -> bytes:
    return json.dumps([message], separators=(",", ":")).encode()


def raw_dump(library: Path, target: Path) -> None:
    """Every row of the messages as a line of JSON."""
    connection = sqlite3.connect(library)
    dumps = json.JSONEncoder().encode
    with target.open("w", encoding="ascii") as file:
        for row in connection.execute("SELECT * FROM messages ORDER BY conversation_id, number"):
            values = [value.decode() if isinstance(value, bytes) else value for value in row]
            file.write(dumps(values) + "\n")
    connection.close()


def bare_files(like: Path, folder: Path) -> None:
    """As many files as there are in the folder `like`, of the same names and sizes."""
    names = [(f"{folder}/{entry.name}", entry.stat().st_size) for entry in os.scandir(like)]
    data = b"x" * max(size for _, size in names)
    folder.mkdir()
    for name, size in names:
        descriptor = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(descriptor, memoryview(data)[:size])
        os.close(descriptor)


async def measure(folder: Path, count: int, turns: int, library_file: Path | None) -> None:
    """Print a line for each way to write them."""
    path = folder / "chats.db"
    if library_file is not None:
        shutil.copy(library_file, path)
    database = Database(path)
    await database.open()
    for _ in range(0 if library_file else max(1, count // 1_000)):
        await database.run(fill, min(count, 1_000), turns)
    messages = await database.read(lambda connection: connection.execute("SELECT count(*) FROM messages").fetchone()[0])
    library = Library(database)
    print(f"{messages:,} messages, {path.stat().st_size / 1e6:.0f} MB, Python {platform.python_version()}")

    async def again() -> object:
        return await export_all(library, "json", folder / "json")

    dump, files = "raw dump (floor)", "bare files (floor)"
    ways: list[tuple[str, Sequence[str], Callable[[], Awaitable[object]]]] = [
        (dump, [dump], lambda: asyncio.to_thread(raw_dump, path, folder / "raw.jsonl")),
        ("JSONL, one file", [dump], lambda: export_joined(library, "jsonl", folder / "all.jsonl")),
        ("CSV, one file", [dump], lambda: export_joined(library, "csv", folder / "all.csv")),
        ("JSON, a file each", [dump], again),
        (files, [files], lambda: asyncio.to_thread(bare_files, folder / "json", folder / "bare")),
        ("JSON again, nothing changed", [dump, files], again),
        ("Markdown, a file each", [dump, files], lambda: export_all(library, "md", folder / "md")),
    ]
    taken: dict[str, float] = {}
    for name, floors, work in ways:
        start, spent = time.perf_counter(), time.process_time()
        await work()
        took, taken[name] = time.perf_counter() - start, time.process_time() - spent
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rate = f"{messages / took:>10,.0f}/s {messages / taken[name]:>10,.0f}/s of CPU"
        ratio = taken[name] / sum(taken[floor] for floor in floors)
        print(f"{name:<30}{rate}{ratio:>7.1f}x of {' and '.join(floors):<40}{memory:>7.0f} MB at most", flush=True)
    written = taken["JSON, a file each"] / (taken[dump] + taken[files])
    print(f"JSON, a file each, is {written:.1f}x of both floors")
    await database.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--library", type=Path, help="a library that is there; it is copied")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), chosen.conversations, chosen.turns, chosen.library))


if __name__ == "__main__":
    main()
