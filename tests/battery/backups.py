"""kill -9 in the middle of a copy, a backup or a restore: the library is the old or the new one, and whole."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.battery.result import Result
from tests.support.disk import QUICK
from tests.support.forked import Forked
from tests.support.library import conversation, prompt, reply
from tui.chat.backup_archive import write_backup
from tui.chat.backup_files import Places
from tui.chat.restoring import opened_backup
from tui.store import conversations
from tui.store.backups import backups
from tui.store.connection import connect
from tui.store.migrations import migrate

DESCRIPTION = "kill -9 in mid-copy, mid-backup and mid-restore: the old library or the new one, and whole"
ROUNDS, SHORT = 200, 1

_ROOT = Path(__file__).parents[2]
_CHATS = 200


def run(rounds: int, seed: int) -> Result:
    """So many kills of each."""
    result, chance = Result(), Random(seed)
    with TemporaryDirectory(dir=QUICK) as folder:
        archive = _archive(Path(folder))
        for kind, killed in {"restore": _restored, "copy": _copied, "backup": _backed_up}.items():
            home = Path(folder) / kind
            places = Places(home / "chats.db", home / "config.toml", home)
            _fill(places.library, "old")
            for number in range(rounds):
                with result.trial(f"killed in mid-{kind}", f"round {number}"):
                    killed(places, archive, chance.randrange(1, 40))
    return result


def _restored(places: Places, archive: Path, steps: int) -> None:
    with _killed("restore", places, archive, steps) as done:
        pass
    title = _title_of(places.library)
    assert title in ("old", "new") and (title == "new" or not done), title
    assert {_title_of(one.path) for one in backups(places.library)} <= {"old", "new"}


def _copied(places: Places, archive: Path, steps: int) -> None:
    with _killed("copy", places, archive, steps):
        pass
    assert {_title_of(one.path) for one in backups(places.library)} <= {"old"}
    assert _title_of(places.library) == "old"


def _backed_up(places: Places, archive: Path, steps: int) -> None:
    """The file before is there, or the new one."""
    target = places.folder / "b.tar.gz"
    if not target.exists():
        target.write_bytes(archive.read_bytes())
    with _killed("backup", places, target, steps):
        pass
    with opened_backup(target, places, _ignore) as plan:
        assert plan.library is not None and plan.library.messages == 2 * _CHATS
    assert _title_of(places.library) == "old"


@contextmanager
def _killed(task: str, places: Places, archive: Path, steps: int) -> Iterator[bool]:
    """Start a task, and kill it after so many steps; whether it was done before."""
    process = Forked(
        [sys.executable, "-m", "tests.support.backup_child", task, places.folder, archive],
        cwd=_ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(steps)]
        process.kill()
        yield "done\n" in lines
    finally:
        process.kill()
        process.communicate()


def _archive(folder: Path) -> Path:
    """A backup of a library whose chats are called "new"."""
    home = folder / "new"
    _fill(home / "chats.db", "new")
    with (folder / "b.tar.gz").open("wb") as out:
        write_backup(Places(home / "chats.db", home / "config.toml", home), out, _ignore)
    return folder / "b.tar.gz"


def _ignore(*_: object) -> None:
    """How far it is."""


def _fill(path: Path, title: str) -> None:
    path.parent.mkdir()
    path.touch()
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection)
        connection.execute("BEGIN")
        for _ in range(_CHATS):
            chat = conversation(title)
            asked = prompt(chat, "word " * 2_000)
            conversations.start_turn(connection, chat, asked, reply(chat, asked, "Because."), "")
        connection.execute("COMMIT")


def _title_of(path: Path) -> str:
    """The title of all chats of a library that is whole."""
    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (2 * _CHATS,)
        ((title,),) = connection.execute("SELECT DISTINCT title FROM conversations").fetchall()
    return str(title)
