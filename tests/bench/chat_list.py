"""What the list of chats costs in a large library: `python -m tests.bench.chat_list FILE`, which is opened for writing.

Each figure is the median of some rounds, in milliseconds. Beside it stand the same rows by bare SQLite, in the same
run.
"""

import argparse
import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from tui.app.widgets.chat_entries import chat_entries
from tui.chat.chat_pages import PAGE, ChatPages
from tui.chat.library import Library
from tui.store.database import Database

_ROUNDS = 15
_BARE = (
    "SELECT id, title, model, settings, updated_at FROM conversations WHERE deleted_at IS NULL AND archived = 0"
    f" ORDER BY updated_at {{order}} LIMIT {PAGE}"
)


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """The median time of a piece of work, in milliseconds."""
    times = []
    for _ in range(_ROUNDS):
        begin = perf_counter()
        await work()
        times.append((perf_counter() - begin) * 1_000)
    return median(times)


async def run(path: Path) -> None:
    """Open the library, and print the table."""
    database = Database(path)
    await database.open()
    library = Library(database)
    pages = ChatPages(library)

    async def bare(order: str) -> None:
        await database.read(lambda connection: connection.execute(_BARE.format(order=order)).fetchall())

    async def draw() -> None:
        chat_entries(pages.listed, datetime.now(UTC))

    chats = await database.read(lambda connection: connection.execute("SELECT count(*) FROM conversations").fetchone())
    print(f"{chats[0]:,} chats")
    floor = await timed(lambda: bare("DESC"))
    print(f"the first {PAGE}            {await timed(pages.first):8.2f}   bare {floor:.2f}")
    print(f"the last {PAGE}             {await timed(pages.last):8.2f}   bare {await timed(lambda: bare('ASC')):.2f}")
    tracemalloc.start()
    while pages.listed.above:
        await pages.further(down=False)
        if len(pages.listed.chats) >= 5_000:
            raise SystemExit("the list grows with what was gone through")
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"a page more, both ways   {await timed(lambda: pages.further(down=True)):8.2f}")
    print(f"all that is kept, again  {await timed(pages.again):8.2f}   {len(pages.listed.chats)} chats")
    ids = [chat.id for chat in pages.listed.chats[:PAGE]]
    print(f"what {PAGE} chats cost      {await timed(lambda: library.folders.costs(ids)):8.2f}")
    print(f"the rows of the list     {await timed(draw):8.2f}")
    print(f"gone through from end to end, the most memory: {most_bytes / 1e6:.1f} MB")
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    asyncio.run(run(parser.parse_args().file))
