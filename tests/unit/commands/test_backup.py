"""A backup that is not whole, a restore that surprises, a repair that says nothing of what it did."""

import json
import os
import shlex
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.places import small_disk
from tests.support.shell import SUCCESS, Chinwag
from tui.bootstrap import library_file
from tui.paths import config_dir, data_dir
from tui.store.connection import connect
from tui.store.database import Database


@pytest.fixture
def archive(chinwag: Chinwag, tmp_path: Path) -> Path:
    """A backup of one chat and a prompt."""
    chinwag("-p", "-m", "test:test", "hello")
    (config_dir() / "prompts").mkdir(parents=True)
    (config_dir() / "prompts" / "review.md").write_text("Review this.")
    (config_dir() / "credentials.toml").write_text('openai = "sk-canary"')
    (config_dir() / "credentials.toml").chmod(0o600)
    ran = chinwag("backup", str(tmp_path / "b.tar.gz"))
    assert ran.code == 0 and ran.out == ""
    assert "1 chat, 2 messages, 2 files, " in ran.err and "left out: stored keys" in ran.err
    return tmp_path / "b.tar.gz"


def chats(chinwag: Chinwag) -> int:
    return len(chinwag("chats").out.splitlines())


def test_a_backup_brings_back_what_was_and_keeps_what_is(chinwag: Chinwag, archive: Path) -> None:
    chinwag("-p", "-m", "test:test", "hello again")
    (config_dir() / "prompts" / "review.md").write_text("Changed.")
    dry = chinwag("restore", str(archive), "--dry-run")
    assert dry.code == 0 and "Nothing was changed." in dry.err
    assert "in it: 1 chat, 2 messages\nhere: 2 chats, 4 messages\n" in dry.out
    assert "chats: 0 only in it, 0 newer in it, 1 only here, 0 newer here, 1 the same\n" in dry.out
    assert "config/prompts/review.md: changed\n" in dry.out and chats(chinwag) == 2

    unasked = chinwag("restore", str(archive))
    assert unasked.code == 2 and "with 1 chat that it lacks?" in unasked.err and "--yes" in unasked.err
    assert chats(chinwag) == 2

    done = chinwag("restore", str(archive), "--json", "--yes")
    report = json.loads(done.out)
    assert (report["dry_run"], report["chats"]["only_here"], report["library"]["chats"]) == (False, 1, 1)
    assert chats(chinwag) == 1 and (config_dir() / "prompts" / "review.md").read_text() == "Review this."
    library, prompt = map(Path, report["kept"])
    assert prompt.read_text() == "Changed."
    assert chinwag("prompts").out.count("review") == 1  # what is kept is no prompt

    listed = chinwag("restore")
    assert listed.code == 0 and listed.out.splitlines()[0].split()[-1] == shlex.quote(str(library))
    assert "before restoring" in listed.out and json.loads(chinwag("restore", "--json").out)[0]["path"] == str(library)
    assert chinwag("restore", "--yes").code == 2

    back = chinwag("restore", str(library), "--yes")
    assert back.code == 0 and "The library that was here is kept: " in back.err and chats(chinwag) == 2
    undo = back.err.partition("Undo: chinwag ")[2].split()
    undone = chinwag(*undo, "--yes")
    assert chats(chinwag) == 1 and "is kept, with 1 chat that it lacks: " in undone.err


@pytest.mark.parametrize("name", ["b.zip", "b.tar", "b.db", "tar", "b.ZIP"])
def test_a_name_of_another_kind_writes_nothing(chinwag: Chinwag, tmp_path: Path, name: str) -> None:
    ran = chinwag("backup", str(tmp_path / name), "--force")
    assert ran.code == 2 and "There is no format for ." in ran.err and ".tar.gz, .tgz" in ran.err
    assert not (tmp_path / name).exists()
    assert (
        chinwag("backup", str(tmp_path / "b.TGZ")).code == chinwag("backup", str(tmp_path / "b.2026-11-30")).code == 0
    )


def test_what_is_in_it_as_json_and_by_any_tar(chinwag: Chinwag, archive: Path) -> None:
    ran = chinwag("backup", str(archive), "--force", "--json")
    report = json.loads(ran.out)
    assert report["path"] == str(archive) and report["size_bytes"] == archive.stat().st_size
    with tarfile.open(archive) as opened:
        names = [name.removeprefix("chinwag-backup/") for name in opened.getnames()]
    assert names == ["manifest.json", *(file["name"] for file in report["files"])]
    assert names[1:] == ["config/prompts/review.md", "library/chats.db"]
    assert archive.stat().st_mode & 0o777 == 0o600


def test_a_file_that_exists_is_not_replaced(chinwag: Chinwag, archive: Path, tmp_path: Path) -> None:
    before = archive.read_bytes()
    ran = chinwag("backup", str(archive))
    assert ran.code == 1 and "exists. Name another file" in ran.err.replace("\n", " ")
    assert archive.read_bytes() == before
    assert chinwag("backup", str(tmp_path / "no" / "b.tar.gz")).code == 1
    assert chinwag("backup", "-", "--json").code == 2


def test_a_full_disk_leaves_nothing_of_a_backup(chinwag: Chinwag, archive: Path, tmp_path: Path) -> None:
    (config_dir() / "prompts" / "long.md").write_bytes(os.urandom(200_000))
    full = tmp_path / "full"
    full.mkdir()
    with small_disk(full, 100_000):
        ran = chinwag("backup", str(full / "b.tar.gz"))
        assert ran.code == 1 and "could not be written: No space left" in ran.err
        assert list(full.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"text", None], ids=["empty", "text", "cut"])
def test_what_is_no_backup_is_one_line_and_nothing_changes(
    chinwag: Chinwag, archive: Path, content: bytes | None
) -> None:
    archive.write_bytes(archive.read_bytes()[:-300] if content is None else content)
    before = library_file().read_bytes()
    ran = chinwag("restore", str(archive))
    assert ran.code == 1 and "cannot be restored: it is " in ran.err and "Nothing was changed." in ran.err
    assert library_file().read_bytes() == before
    assert chinwag("restore", str(archive.with_name("none"))).code == 1


def test_where_nothing_gives_way_nobody_is_asked(chinwag: Chinwag, archive: Path) -> None:
    library_file().unlink()
    (config_dir() / "prompts" / "review.md").unlink()
    assert chinwag("restore", str(archive)).code == 0 and chats(chinwag) == 1


async def test_a_window_that_is_open_is_said_by_all_that_need_it_closed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    from tui import cli
    from tui.errors import StoreError
    from tui.store.replacing import alone_with

    window = Database(library_file())
    await window.open()
    with pytest.raises(StoreError, match="open in another Chinwag"):
        await asyncio.to_thread(lambda: alone_with(library_file()).__enter__())
    assert await asyncio.to_thread(cli.main, ["vacuum"]) == 1
    assert await asyncio.to_thread(cli.main, ["doctor", "--repair"]) == 1
    capsys.readouterr()
    assert await asyncio.to_thread(cli.main, ["restore", str(tmp_path / "none.tar.gz")]) == 1
    assert "there is no such file" in capsys.readouterr().err, "nobody has to close the app to be told that"
    await window.close()
    assert await asyncio.to_thread(cli.main, ["vacuum"]) == 0


def test_a_repair_says_what_it_found_and_did(chinwag: Chinwag, archive: Path) -> None:
    with closing(connect(library_file())) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM conversations")
        connection.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
    assert chats(chinwag) != 1 and chinwag("search", "hello").code != 0
    ran = chinwag("doctor", "--repair")
    assert ran.code == 0, ran.out
    lines = {line.split()[1]: line for line in ran.out.splitlines()}
    assert list(lines) == ["file", "backup", "rows", "search", "room"]
    assert "1 chat was lost, but not its messages" in lines["rows"] and lines["rows"].startswith("·")
    assert "~/data/chats.db.backup-" in lines["backup"]
    assert chats(chinwag) == 1 and SUCCESS in chinwag("export", "last", "-o", "-", "-f", "text").out
    assert "hello" in chinwag("search", "hello").out


def test_a_vacuum_says_before_and_after(chinwag: Chinwag, archive: Path) -> None:
    report = json.loads(chinwag("vacuum", "--json").out)
    assert report["before_bytes"] >= report["after_bytes"] == library_file().stat().st_size
    assert " before, " in chinwag("vacuum").out and chats(chinwag) == 1
    library_file().unlink()
    assert chinwag("vacuum").code == 1


def test_where_everything_is(chinwag: Chinwag, archive: Path) -> None:
    assert chinwag("config", "path").out == f"{config_dir() / 'config.toml'}\n"
    chinwag("restore", str(archive), "--yes")
    table = json.loads(chinwag("config", "path", "--json").out)
    assert table["library"] == str(data_dir() / "chats.db") and table["prompts"] == str(config_dir() / "prompts")
    (backup,) = table["backups"]
    library_file().with_name("chats.db.corrupt-20260101T000000000000Z").write_bytes(b"x" * 5_000)
    assert "damaged ones" in chinwag("doctor").out and "damaged ones" in chinwag("doctor", "--repair").out
    assert Path(backup).is_file() and "1 before restoring" in chinwag("doctor").out


def test_a_library_that_is_a_link_stays_one(chinwag: Chinwag, tmp_path: Path) -> None:
    """Its log lies beside the file itself: looked for beside the link, a sound library would be taken for a cut one."""
    chinwag("-p", "-m", "test:test", "hello")
    elsewhere = tmp_path / "elsewhere" / "chats.db"
    elsewhere.parent.mkdir()
    link = library_file().rename(elsewhere) and data_dir() / "chats.db"
    link.symlink_to(elsewhere)
    with closing(connect(elsewhere)) as killed:  # what a killed one leaves: pages in the log only
        killed.execute("PRAGMA journal_mode = WAL")
        killed.execute("CREATE TABLE more AS SELECT zeroblob(1000000)")
        assert chinwag("doctor").code == 0 and chats(chinwag) == 1
        killed.execute("DROP TABLE more")
    assert chinwag("vacuum").code == 0 and chinwag("backup", str(tmp_path / "b.tar.gz")).code == 0
    assert chinwag("restore", str(tmp_path / "b.tar.gz"), "--yes").code == 0 and chats(chinwag) == 1
    assert link.is_symlink() and link.resolve() == elsewhere


def test_a_damaged_library_that_was_kept_can_be_read_again_and_put_back(chinwag: Chinwag) -> None:
    for question in ("one", "two"):
        chinwag("-p", "-m", "test:test", question)
    whole = library_file().read_bytes()
    kept = library_file().with_name("my chats.corrupt")
    kept.write_bytes(whole[: len(whole) * 3 // 4])
    library_file().unlink()
    ran = chinwag("doctor", "--repair", str(kept))
    assert ran.code == 0 and "messages could be read" in ran.out
    undo = shlex.split(ran.out.partition("chinwag restore ")[2])
    assert chinwag("restore", *undo, "--yes").code == 0 and chats(chinwag) > 0
    assert kept.read_bytes() == whole[: len(whole) * 3 // 4]
    again = chinwag("doctor", "--repair", str(kept))
    assert again.code == 1 and "is there already" in again.out
    assert "every page of it is whole" in chinwag("doctor", "--repair", str(library_file())).out


def test_a_damaged_library_of_which_nothing_can_be_read_says_what_is_left_to_do(chinwag: Chinwag) -> None:
    chinwag("-p", "-m", "test:test", "one")
    whole = library_file().read_bytes()
    library_file().write_bytes(whole[:100] + b"\xff" * 3_996 + whole[4_096:])
    chinwag("chats")
    (kept,) = data_dir().glob("chats.db.corrupt-*")
    ran = chinwag("doctor", "--repair", str(kept))
    assert ran.code == 1 and f"sqlite3 {kept} .recover" in ran.out
    assert list(data_dir().glob("*.repaired")) == list(data_dir().glob("*.part")) == []
