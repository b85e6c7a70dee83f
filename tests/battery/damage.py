"""Libraries that something has damaged, or that are none: opened by the store, read whole, written to."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.battery.result import Result
from tests.bench.large_library import make as make_library
from tests.support.disk import QUICK
from tests.support.forked import ran
from tests.support.library import conversation, prompt, reply
from tests.support.places import unwritable
from tui.errors import StoreError
from tui.store import conversations
from tui.store.backups import back_up
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.migrations import VERSION

DESCRIPTION = "a damaged, cut, empty, foreign, newer or write-protected library: kept as it is, read as far as it goes"
ROUNDS, SHORT = 200, 1

_MESSAGES = 400
_PAGE = 4_096

Damage = Callable[[Path, Random], None]
"""Does something to the library at a path, or to what lies beside it."""


def run(rounds: int, seed: int) -> Result:
    """Every kind of damage so many times, each in another place."""
    result = Result()
    with TemporaryDirectory(dir=QUICK) as folder:
        begun = Path(folder) / "begun"
        _make(begun)
        for kind, damage in _KINDS.items():
            for number in range(rounds if kind not in _ONCE else 1):
                with result.trial(kind, f"round {number}"):
                    home = Path(folder) / "home"
                    shutil.rmtree(home, ignore_errors=True)
                    shutil.copytree(begun, home)
                    damage(home / "chats.db", Random(f"{seed} {kind} {number}"))
                    (_refused if kind in _REFUSED else _mended)(home)
    for command in (("chats",), ("-p", "-m", "test:test", "hello"), ("export", "last", "-o", "-")):
        with result.trial("write-protected", " ".join(command)):
            _write_protected(*command)
    return result


def _make(home: Path) -> None:
    """A library as a killed program leaves it, with a backup of a part of it, and a log that holds the rest."""
    home.mkdir()
    path = home / "chats.db"
    make_library(path, _MESSAGES)
    connection = connect(path)
    back_up(path, connection, "daily")
    chat = conversation("the last one")
    for number in range(20):
        asked = prompt(chat, f"in the log {number} " + "word " * 500)
        connection.execute("BEGIN")
        conversations.start_turn(connection, chat, asked, reply(chat, asked, "Yes."), "")
        connection.execute("COMMIT")
    for file in (path, path.with_name("chats.db-wal")):
        shutil.copy(file, file.with_name(f"{file.name}-kept"))
    connection.close()
    for file in (path, path.with_name("chats.db-wal")):
        file.with_name(f"{file.name}-kept").rename(file)
    path.with_name("chats.db-shm").unlink(missing_ok=True)
    (home / "running").mkdir(exist_ok=True)


def _mended(home: Path) -> None:
    """It opens, at the latest the second time; everything in it can be read, and a new turn be saved."""
    path = home / "chats.db"
    before = {file.read_bytes() for file in home.glob("chats.db*") if file.stat().st_size}
    notice = asyncio.run(_used(path))
    if _fault(path):  # in what nobody has read, such as an index
        done = ran("doctor", "--repair", more={"CHINWAG_DATA_DIR": str(home)})
        assert done.returncode == 0, done.stdout + done.stderr
    assert not _fault(path), _fault(path)
    if notice:
        aside = [file.read_bytes() for file in home.iterdir() if file.is_file()]
        assert "kept as" in notice and any(content in aside for content in before), notice


async def _used(path: Path) -> str:
    """Open it, read all and save a turn, twice where it did not work at once; what was said when it did."""
    for _ in range(2):
        database = Database(path)
        await database.open()
        try:
            for chat in await database.read(conversations.newest):
                await database.read(conversations.tree, chat.id)
            chat = conversation("since")
            asked = prompt(chat, "since")
            await database.run(conversations.start_turn, chat, asked, reply(chat, asked, "Yes."), "")
            return database.notice
        except StoreError as error:
            assert "could not be" in error.message
        finally:
            await database.close()
    raise AssertionError("the second start had the same damage")


def _fault(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM messages WHERE text = 'since'").fetchone() == (1,)
        found = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    return "" if found == "ok" else found


def _refused(home: Path) -> None:
    """Nothing is written to it, and it is said why."""
    path = home / "chats.db"
    before = path.read_bytes() if path.is_file() else b""
    error = asyncio.run(_refusal(path))
    assert str(path) in error.message and "\n" not in error.message and error.hint, error.message
    assert not path.is_file() or path.read_bytes() == before


async def _refusal(path: Path) -> StoreError:
    database = Database(path)
    try:
        await database.open()
    except StoreError as error:
        return error
    finally:
        await database.close()
    raise AssertionError("it was opened")


def _write_protected(*command: str) -> None:
    home = Path(os.environ["HOME"])
    shutil.rmtree(home / "data", ignore_errors=True)
    assert ran("-p", "-m", "test:test", "the first").returncode == 0
    with unwritable(home / "data"):
        done = ran(*command)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    if command[0] == "-p":
        assert "unsaved-" in done.stderr, done.stderr


def _cut(path: Path, chance: Random) -> None:
    os.truncate(path, chance.randrange(1, path.stat().st_size))


def _page(path: Path, chance: Random) -> None:
    _write(path, chance.randrange(path.stat().st_size // _PAGE) * _PAGE, bytes(_PAGE))


def _noise(path: Path, chance: Random) -> None:
    for _ in range(chance.randrange(1, 20)):
        _write(path, chance.randrange(path.stat().st_size), chance.randbytes(chance.randrange(1, 600)))


def _head(path: Path, chance: Random) -> None:
    _write(path, chance.randrange(100), chance.randbytes(chance.randrange(1, 100)))


def _swapped(path: Path, chance: Random) -> None:
    content = path.read_bytes()
    one, other = (chance.randrange(1, len(content) // _PAGE) * _PAGE for _ in range(2))
    _write(path, one, content[other : other + _PAGE])
    _write(path, other, content[one : one + _PAGE])


def _emptied(path: Path, chance: Random) -> None:
    os.truncate(path, 0)


def _emptied_alone(path: Path, chance: Random) -> None:
    os.truncate(path, 0)
    path.with_name("chats.db-wal").unlink()


def _gone(path: Path, chance: Random) -> None:
    path.unlink()


def _of_the_log(damage: Damage) -> Damage:
    return lambda path, chance: damage(path.with_name("chats.db-wal"), chance)


def _of_shared_memory(path: Path, chance: Random) -> None:
    path.with_name("chats.db-shm").write_bytes(chance.randbytes(32_768))


def _newer(path: Path, chance: Random) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + chance.randrange(1, 100)}")


def _foreign(path: Path, chance: Random) -> None:
    path.unlink()
    path.with_name("chats.db-wal").unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bread (kind TEXT)")


def _folder(path: Path, chance: Random) -> None:
    path.unlink()
    path.mkdir()


def _write(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


_KINDS: dict[str, Damage] = {
    "cut": _cut, "a page of zeros": _page, "noise": _noise, "noise in the head": _head, "pages swapped": _swapped,
    "empty": _emptied, "empty, no log": _emptied_alone, "gone, log left": _gone, "log cut": _of_the_log(_cut),
    "noise in the log": _of_the_log(_noise), "log empty": _of_the_log(_emptied),
    "noise in shared memory": _of_shared_memory, "newer": _newer, "of another program": _foreign, "a folder": _folder,
}  # fmt: skip
_REFUSED = ("newer", "of another program", "a folder")
_ONCE = ("empty", "empty, no log", "gone, log left", "log empty", "of another program", "a folder")
"""Nothing in them is by chance."""
