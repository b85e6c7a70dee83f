"""kill -9 in the middle of a copy, a backup or a restore: the library is the old or the new one, and whole.

`pytest tests/fault/test_backups_killed.py --rounds 200` is the long battery.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.support.forked import Forked
from tests.support.library import conversation, prompt, reply
from tui.chat.backup_archive import write_backup
from tui.chat.backup_files import Places
from tui.chat.restoring import opened_backup
from tui.store import conversations
from tui.store.backups import backups
from tui.store.connection import connect
from tui.store.migrations import migrate

ROOT = Path(__file__).parents[2]


@contextmanager
def killed(task: str, places: Places, archive: Path, steps: int) -> Iterator[bool]:
    """Start a task, and kill it after so many steps; whether it was done before."""
    process = Forked(
        [sys.executable, "-m", "tests.support.backup_child", task, places.folder, archive],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(steps)]
        process.kill()
        yield "done\n" in lines
    finally:
        process.kill()
        process.communicate()


def filled(path: Path, title: str) -> None:
    path.touch()
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection)
        connection.execute("BEGIN")
        for _ in range(500):
            chat = conversation(title)
            asked = prompt(chat, "word " * 2_000)
            conversations.start_turn(connection, chat, asked, reply(chat, asked, "Because."), "")
        connection.execute("COMMIT")


def title_of(path: Path) -> str:
    """The title of all chats of a library that is whole."""
    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (1_000,)
        ((title,),) = connection.execute("SELECT DISTINCT title FROM conversations").fetchall()
    return str(title)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a library whose chats are called "new"."""
    home = tmp_path_factory.mktemp("new")
    filled(home / "chats.db", "new")
    with (home / "b.tar.gz").open("wb") as out:
        write_backup(Places(home / "chats.db", home / "config.toml", home), out, lambda what, done, total: None)
    return home / "b.tar.gz"


def test_killed_in_mid_restore_the_library_is_the_old_or_the_new_one(
    archive: Path, tmp_path: Path, rounds: int
) -> None:
    places = Places(tmp_path / "chats.db", tmp_path / "config.toml", tmp_path)
    filled(places.library, "old")
    for number in range(rounds):
        with killed("restore", places, archive, Random(number).randrange(1, 40)) as done:
            pass
        title = title_of(places.library)
        assert title in ("old", "new") and (title == "new" or not done)
        assert {title_of(one.path) for one in backups(places.library)} <= {"old", "new"}


def test_killed_in_mid_copy_there_is_no_half_backup(tmp_path: Path, archive: Path, rounds: int) -> None:
    places = Places(tmp_path / "chats.db", tmp_path / "config.toml", tmp_path)
    filled(places.library, "old")
    for number in range(rounds):
        with killed("copy", places, archive, Random(number).randrange(1, 30)):
            pass
        assert {title_of(one.path) for one in backups(places.library)} <= {"old"}
    assert title_of(places.library) == "old"


def test_killed_in_mid_backup_the_file_before_is_there(tmp_path: Path, archive: Path, rounds: int) -> None:
    places = Places(tmp_path / "chats.db", tmp_path / "config.toml", tmp_path)
    filled(places.library, "old")
    target = tmp_path / "b.tar.gz"
    target.write_bytes(archive.read_bytes())
    for number in range(rounds):
        with killed("backup", places, target, Random(number).randrange(1, 40)):
            pass
        with opened_backup(target, places, lambda what, done, total: None) as plan:
            assert plan.library is not None and plan.library.messages == 1_000
    assert title_of(places.library) == "old"
