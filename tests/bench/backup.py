"""What a copy of the library costs those who use it: `python -m tests.bench.backup FILE`, one of `large_library.py`.

A write of 8 kB every 20 ms, as a reply that streams does it, and a tick of the loop every 5 ms, as a key wants it: how
long each takes alone, and while the library is copied, at the pace of the day's copy and as fast as it goes.
"""

import argparse
import asyncio
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tui.chat.daily_backups import _REST  # noqa: E402  the path has to be set first
from tui.figures import size  # noqa: E402
from tui.store.backups import Pace, copy_in_use, new_file, unused  # noqa: E402
from tui.store.database import Database  # noqa: E402

_ALONE_S = 5.0


def _write(connection: sqlite3.Connection, text: str) -> None:
    connection.execute("UPDATE messages SET text = ? WHERE number = 1", (text,))


async def _measured(database: Database, label: str, work: Callable[[], Awaitable[object]]) -> None:
    writes, ticks, over = [], [], asyncio.Event()

    async def write() -> None:
        while not over.is_set():
            began = time.perf_counter()
            await database.run(_write, "word " * 1_600)
            writes.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)

    async def tick() -> None:
        while not over.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            ticks.append(time.perf_counter() - began - 0.005)

    began = time.perf_counter()
    others = asyncio.gather(write(), tick())
    await work()
    took = time.perf_counter() - began
    over.set()
    await others
    for name, found in (("write", writes), ("tick late by", ticks)):
        cuts = quantiles(found, n=100)
        print(f"{label:22} {took:6.1f} s  {name:13} median {cuts[49] * 1e3:6.2f} ms  p99 {cuts[98] * 1e3:6.2f} ms"
              f"  worst {max(found) * 1e3:6.1f} ms")  # fmt: skip


async def main(path: Path) -> None:
    database = Database(path)
    await database.open()
    target = unused(path, "copy")

    async def copy(rest: float) -> None:
        await asyncio.to_thread(copy_in_use, path, target, Pace(rest))
        await asyncio.to_thread(target.unlink)

    def bare() -> None:
        with sqlite3.connect(path) as source, sqlite3.connect(new_file(target)) as copied:
            source.backup(copied)
        target.unlink()

    await _measured(database, "nothing else", lambda: asyncio.sleep(_ALONE_S))
    await _measured(database, "the day's copy", lambda: copy(_REST))
    await _measured(database, "a copy at full speed", lambda: copy(0.0))
    await database.close()
    began = time.perf_counter()
    bare()
    print(f"SQLite's own backup, at one go, not looked at, not flushed: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    file = parser.parse_args().file
    print(size(file.stat().st_size))
    asyncio.run(main(file))
