"""The library on a disk that fails: at a write the program dies, before it or in the middle, or the disk is full."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.battery.result import Result
from tests.bench.large_library import make as make_library
from tests.support.disk import QUICK, can_fail
from tests.support.foreign_chats import simple_chatgpt, write
from tests.support.forked import Forked
from tui.store import conversations
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.migrations import MIGRATIONS, VERSION, migrate

DESCRIPTION = "a disk that fails at any write: what the library has acknowledged is there, and it is whole"
ROUNDS, SHORT = 500, 1

_ROOT = Path(__file__).parents[2]
_FAILURES = ("kill", "torn", "full")
_MESSAGES = 200
_CHATS = 12
"""That an import brings."""
_BEGUN = ("turns", "queue", "keep", "bring")
"""Tasks that begin with a new library, and with one that has something in it."""


def run(rounds: int, seed: int) -> Result:
    """So many writes of each task, in one of the ways to fail; once it is as many, all of them in every way."""
    result, chance = Result(), Random(seed)
    with TemporaryDirectory(dir=QUICK) as folder:
        libraries = _libraries(Path(folder))
        for task, start in _tasks(libraries):
            what = f"{task} from version {start}" if task in ("migrate", "index") else task
            with result.trial(what, "without a failure"):
                if not can_fail():
                    pytest.skip("SQLite cannot be made to fail here")
                writes = int(_tried(libraries[start], task, 0, "kill", Path(folder))["writes"][0])
                result.figure(what, f"{writes} writes")
                every = list(product(_FAILURES, range(1, writes + 1)))
                for failure, at in sorted(chance.sample(every, min(rounds, len(every)))):
                    with result.trial(f"{what}, {failure}", f"write {at}"):
                        _tried(libraries[start], task, at, failure, Path(folder))
    return result


def _tasks(libraries: dict[int, Path]) -> list[tuple[str, int]]:
    older = [("migrate", version) for version in range(1, VERSION)]
    return [*older, *((task, VERSION) for task in (*_BEGUN, "vacuum")), ("index", VERSION - 1)]


def _libraries(folder: Path) -> dict[int, Path]:
    """A library of every version, and the newest, each with the same messages."""
    found = {}
    for version in range(1, VERSION + 1):
        found[version] = folder / f"version-{version}" / "chats.db"
        found[version].parent.mkdir()
        make_library(found[version], _MESSAGES, MIGRATIONS[:version])
        with closing(sqlite3.connect(found[version])) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return found


def _tried(begun: Path, task: str, at: int, failure: str, folder: Path) -> dict[str, list[str]]:
    """Do a task on a copy of a library, and look at what is left; what the task has said, by its kind."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    path = home / "chats.db"
    shutil.copy(begun, path)
    more = (
        [write(home / "conversations.json", [simple_chatgpt(f"c{n}") for n in range(_CHATS)])]
        if task == "bring"
        else []
    )
    said = _child(task, path, str(at), failure, *map(str, more))
    died = bool(at) and failure != "full"
    assert ("writes" in said) is not died, said
    _check(task, path, said)
    if task == "bring" and died:
        again = _child(task, path, "0", "kill", *map(str, more))
        assert len(again["there"]) == _CHATS
        _check(task, path, again)
    return said


def _child(*arguments: str | Path) -> dict[str, list[str]]:
    with Forked(
        [sys.executable, "-m", "tests.support.disk_child", *map(str, arguments)],
        cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert "Traceback" not in err, err
    said: dict[str, list[str]] = {}
    for line in out.splitlines():
        kind, _, text = line.partition(" ")
        said.setdefault(kind, []).append(text)
    return said


def _check(task: str, path: Path, said: dict[str, list[str]]) -> None:
    """What was there is there, what was acknowledged is there, and nothing is half there."""
    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
        migrate(connection)
        texts = [text for (text,) in connection.execute("SELECT text FROM messages")]
        texts += [text for (text,) in connection.execute("SELECT text FROM unsent")]
        titles = [f"[{title}]" for (title,) in connection.execute("SELECT title FROM conversations")]
        sizes = dict(connection.execute(
            "SELECT title, count(*) FROM conversations c JOIN messages m ON m.conversation_id = c.id GROUP BY c.id"
        ).fetchall())  # fmt: skip
    beginnings = {" ".join(text.split()[:3]) for text in texts} | set(titles)
    for text in said.get("there", []):
        assert any(found.startswith(text) for found in beginnings), (text, sorted(beginnings)[-20:])
    assert len(texts) >= _MESSAGES
    assert len(titles) == len(set(titles)) or task != "bring"
    if task == "bring":
        assert {count for title, count in sizes.items() if title.startswith("Chat ")} <= {2}
    if task == "keep":
        assert sum(text.startswith("kept") for text in texts) in (0, 3)
    if task == "queue":
        waits = [text.split()[1] for text in texts if text.startswith("waits")]
        assert len(waits) == len(set(waits)), "none is there twice"
    assert asyncio.run(_opened(path)) == ""


async def _opened(path: Path) -> str:
    """Open it as the program does; what it has to say about it."""
    database = Database(path)
    await database.open()
    assert not await database.read(conversations.streaming_owners)
    await database.close()
    return database.notice
