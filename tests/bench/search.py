"""How fast is search in a large library? `python -m tests.bench.search [--messages N] [--rounds N] [--library FILE]`.

The floor is bare SQLite in the same run, on the same file or one beside it: the index built by one statement, the same
expression with the texts and titles of a page, the same rows written without an index; of a launch, one without a
library; of a page and a key while a reply streams, the same without, and in the prompt. "Cold" is a page of which
nothing is in the system's cache (Linux only). FILE is a library as `large_library` makes it, to save the time; it is
copied.
"""

import argparse
import asyncio
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from textual.events import Key
from textual.widgets import Input

from tests.bench.large_library import make, vocabulary
from tests.support.app import Running, running
from tests.support.library import conversation, prompt, reply
from tests.support.scripted import Pause, ScriptedModel
from tui.chat.library_search import LibrarySearch
from tui.chat.search import read_query
from tui.store import conversations
from tui.store.database import Database
from tui.store.migrations import MIGRATIONS

ROOT = Path(__file__).parents[2]
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
    """What is typed, and the same as FTS5 has it, as far as it can; else the words alone."""
    words = vocabulary()
    one, two, mid, rare = words[0], words[1], words[300], words[40_000]
    return {
        "a word in most messages": (one, one),
        "a word in some": (mid, mid),
        "a word in few": (rare, rare),
        "two words": (f"{words[5]} {words[90]}", f"{words[5]} AND {words[90]}"),
        "a common word's 2 letters": (f"{one[:2]}*", f"{one[:2]}*"),
        "a common word's 4 letters": (f"{one[:4]}*", f"{one[:4]}*"),
        "some word's 3 letters": (f"{words[700][:3]}*", f"{words[700][:3]}*"),
        "a phrase": (f'"{one} {two}"', f'"{one} {two}"'),
        "a phrase that nobody said": (" ".join(['"', *words[6:10], '"']), " ".join(['"', *words[6:10], '"'])),
        "one word without another": (f"{one} -{two}", f"{one} NOT {two}"),
        "a rare model's, a common word": (f"model:grok {one}", one),
        "of some years, a common word": (f"before:2020-11 {one}", one),
        "interrupted replies": ("is:interrupted", "marks : interrupted"),
        "no hit": ("qqqqqq", "qqqqqq"),
        "a word in some, the best first": (f"{mid} sort:best", f"{mid} NOT {rare}"),
    }


def show(name: str, ours: float, floor: float) -> None:
    """One row of the table."""
    print(f"{name:<52}{ours:>12,.2f}{floor:>12,.2f}{ours / max(floor, 0.001):>8.1f}x", flush=True)


def forget(path: Path) -> None:
    """Have the system forget what it has read of a file."""
    if hasattr(os, "posix_fadvise"):
        file = os.open(path, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    """A library."""
    await (database := Database(path)).open()
    yield database
    await database.close()


def megabytes(path: Path) -> float:
    """The size of a file."""
    return path.stat().st_size / 1e6


async def build(path: Path) -> None:
    """The index of a library that has none."""
    floor_file, size = path.with_name("floor.db"), megabytes(path)
    shutil.copyfile(path, floor_file)
    connection = sqlite3.connect(floor_file)
    wall, cpu = time.perf_counter(), time.process_time()
    connection.executescript(BUILD)
    floor = time.perf_counter() - wall, time.process_time() - cpu
    connection.close()
    async with opened(path) as database:
        wall, cpu = time.perf_counter(), time.process_time()
        await LibrarySearch(database).build()
        ours = time.perf_counter() - wall, time.process_time() - cpu
        await LibrarySearch(database).merge()
    show("index built, s", ours[0], floor[0])
    show("index built, s of CPU", ours[1], floor[1])
    show("its size, MB", megabytes(path) - size, megabytes(floor_file) - size)
    floor_file.unlink()


def launch(path: Path, rounds: int) -> None:
    """From nothing to the first frame."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as empty:
        for number in range(rounds * 2):
            large = number % 2 == 0
            home = str(path.parent.parent if large else empty)
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "tests.support.first_frame"],
                cwd=ROOT, env={**os.environ, "HOME": home, "XDG_DATA_HOME": home}, check=True, capture_output=True,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
            spent[large].append((time.perf_counter() - start) * 1000)
    show("launch to the first frame, ms", statistics.median(spent[True]), statistics.median(spent[False]))


class Spent:
    """Milliseconds of something that is done again and again, and how many of them the process was at work."""

    def __init__(self) -> None:
        self._wall: list[float] = []
        self._cpu: list[float] = []

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Once more."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._wall.append((time.perf_counter() - wall) * 1000)
        self._cpu.append((time.process_time() - cpu) * 1000)

    @property
    def first(self) -> float:
        """The first time."""
        return self._wall[0]

    @property
    def median(self) -> float:
        """After the first time."""
        return statistics.median(self._wall[1:])

    @property
    def cpu(self) -> float:
        """After the first time."""
        return statistics.median(self._cpu[1:])


async def timed(rounds: int, work: Callable[[], Awaitable[object]]) -> Spent:
    """Some work, again and again."""
    spent = Spent()
    for _ in range(rounds):
        with spent.measured():
            await work()
    return spent


def bare(path: Path, rounds: int, statement: str, *values: object) -> Spent:
    """A statement on a bare connection, again and again."""
    connection, spent = sqlite3.connect(path), Spent()
    for _ in range(rounds):
        with spent.measured():
            connection.execute(statement, values).fetchall()
    connection.close()
    return spent


async def lists(path: Path, rounds: int) -> None:
    """The list of chats, and a chat opened."""
    async with opened(path) as database:
        spent = await timed(rounds, lambda: database.read(conversations.newest))
        chat = (await database.read(conversations.newest))[-1].id
        branch = await timed(rounds, lambda: database.read(conversations.branch, chat))
    newest = "SELECT * FROM conversations WHERE deleted_at IS NULL AND archived = 0 ORDER BY updated_at DESC LIMIT 200"
    show("the list's first 200, ms", spent.median, bare(path, rounds, newest).median)
    of_chat = "SELECT * FROM messages WHERE conversation_id = ?"
    show("a chat opened, ms", branch.median, bare(path, rounds, of_chat, chat).median)


async def pages(path: Path, rounds: int) -> None:
    """First pages, of which nothing is in memory and after that."""
    warm = []
    for name, (typed, expression) in queries().items():
        query = read_query(typed, date.today())
        async with opened(path) as database:
            forget(path)
            spent = await timed(rounds, lambda: LibrarySearch(database).messages(query))  # noqa: B023  awaited here
        forget(path)
        floor = bare(path, rounds, PAGE, expression)
        show(f"page, cold, ms: {name}", spent.first, floor.first)
        show(f"page, ms: {name}", spent.median, floor.median)
        show(f"page, ms of CPU: {name}", spent.cpu, floor.cpu)
        warm.append(spent.median)
    show("page, ms: the median of all these, beside the aim", statistics.median(warm), 15)


async def append(path: Path, rounds: int) -> None:
    """A turn written with and without an index."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    words = vocabulary()
    async with opened(path) as database:
        for number in range(rounds * 2):
            indexed = number % 2 == 0
            chat = conversation(f"New {number}")
            asked = prompt(chat, " ".join(words[number::2000]))
            answer = reply(chat, asked)
            done = replace(answer, state="done", text=" ".join(words[number::50]))
            # Without: as a library of another version of the index, which is not kept up.
            version = "UPDATE search_progress SET version = ?"
            await database.run(lambda connection, to: connection.execute(version, (to,)), int(indexed))  # noqa: B023
            cpu = time.process_time()
            await database.run(conversations.start_turn, chat, asked, answer, database.owner)
            await database.run(conversations.finish_reply, done, done.created_at)
            spent[indexed].append((time.process_time() - cpu) * 1000)
    show("a turn of 1,000 words, ms of CPU, beside no index", *(statistics.mean(spent[key]) for key in (True, False)))


async def echo(here: Running, letter: str, written: Callable[[], str]) -> float:
    """Milliseconds from a key to the end of the redraw that shows it."""
    drawn, before = asyncio.Event(), written()
    start = time.perf_counter()
    here.app.post_message(Key(letter, letter))
    while written() == before:  # noqa: ASYNC110  the very moment of the change
        await asyncio.sleep(0)
    here.app.call_after_refresh(drawn.set)
    await drawn.wait()
    return (time.perf_counter() - start) * 1000


async def streaming(path: Path, rounds: int) -> None:
    """Pages and keys while a reply streams."""
    words = vocabulary()
    pieces = [piece for number in range(20_000) for piece in (Pause(0.01), f"{words[number % 999]} ")]
    query = read_query(words[300], date.today())
    async with running(path.parent, ScriptedModel(pieces), size=(200, 50)) as here:
        quiet = await timed(rounds, lambda: here.library.search.messages(query))
        await here.send("Why?")
        await here.until(lambda: here.app.chat.presenter.running)
        spent = await timed(rounds, lambda: here.library.search.messages(query))
        show("page, ms, while a reply streams", spent.median, quiet.median)
        in_prompt = [await echo(here, "e", lambda: here.composer.text) for _ in range(rounds)]
        filter: Input = here.app.chat.layout_view.chat_list.filter
        filter.focus()
        keys = []
        for word in words[20 : 20 + max(rounds // 4, 2)]:
            filter.value = ""
            keys += [await echo(here, letter, lambda: filter.value) for letter in word]
        show("a key of a search, ms, while a reply streams", statistics.median(keys), statistics.median(in_prompt))
        slow, floor = (statistics.quantiles(some, n=20)[-1] for some in (keys, in_prompt))
        show("the slowest in twenty of them", slow, floor)
        here.replies.stop_all()
        await here.until(lambda: not here.replies.running)


async def run(messages: int, rounds: int, library: Path | None) -> None:
    """All of the table."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{messages:,} messages, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}{load}")
    print(f"{'':<52}{'ours':>12}{'floor':>12}{'ratio':>9}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chinwag" / "chats.db"
        path.parent.mkdir()
        if library is None:
            make(path, messages, MIGRATIONS[:3])
        else:
            shutil.copyfile(library, path)
        await build(path)
        launch(path, max(rounds // 3, 2))
        await lists(path, rounds)
        await pages(path, rounds)
        await streaming(path, rounds)
        await append(path, rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--library", type=Path)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.messages, arguments.rounds, arguments.library))
