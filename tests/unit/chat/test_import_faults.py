"""An import that ends before its end: what is done stays, nothing is half-written, and the same again goes on."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.foreign_chats import simple_chatgpt, write
from tui.chat.importing import ImportReport, plan, run
from tui.chat.library import Library
from tui.errors import StoreError
from tui.store.backups import Backup, BackupKind, Step, backups
from tui.store.database import Database


async def test_an_end_does_not_wait_for_a_file_without_chats(library: Library, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"[" + b'"long words", ' * (4 << 20) + b"1]")
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 4

    report = await plan(library, [tmp_path / "x.json"], cancelled=cancelled)
    assert (report.cancelled, report.skipped) == (True, [])


async def test_a_full_disk_ends_it_with_what_is_done_kept_and_nothing_half_written(
    library: Library, tmp_path: Path
) -> None:
    file = write(tmp_path / "x.json", [simple_chatgpt(f"c{at}", "Q" * 9_000, "A" * 9_000) for at in range(40)])

    def allow(connection: sqlite3.Connection, pages: int) -> None:
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {used + pages}")

    await library.database.run(allow, 200)
    report = await run(library, [file])
    assert isinstance(report.problem, StoreError)
    done = len(report.entries)
    assert 0 < done < 40
    assert [len(await library.tree(chat.id)) for chat in await library.conversations()] == [2] * done
    assert await library.database.read(lambda connection: connection.execute("PRAGMA quick_check").fetchall()) == [
        ("ok",)
    ]
    await library.database.run(allow, 1_000_000)
    report = await run(library, [file])
    assert [entry.outcome for entry in report.entries] == ["known"] * done + ["new"] * (40 - done)


async def test_a_library_that_another_program_holds_is_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    await database.run(lambda connection: connection.execute("PRAGMA busy_timeout = 0"))
    library = Library(database)
    with closing(sqlite3.connect(tmp_path / "chats.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        report = await run(library, [write(tmp_path / "x.json", [simple_chatgpt("c")])])
        assert isinstance(report.problem, StoreError)
        assert not report.entries
    report = await run(library, [tmp_path / "x.json"])
    assert [(entry.outcome, entry.added) for entry in report.entries] == [("new", 2)]
    await database.close()


async def test_nothing_is_written_without_a_copy_of_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    library, file = Library(database), write(tmp_path / "x.json", [simple_chatgpt("c")])

    async def refused(*_: object, **__: object) -> None:
        raise StoreError("The library could not be copied: the disk is full.", "Make room on it.")

    stopped = asyncio.Event()
    copy = Database.back_up

    async def stopped_meanwhile(self: Database, kind: BackupKind, *, report: Step) -> Backup | None:
        stopped.set()
        return await copy(self, kind, report=report)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "back_up", refused)
        report = await run(library, [file])
        assert "disk is full" in str(report.problem and report.problem.sentence)
        patch.setattr(Database, "back_up", stopped_meanwhile)
        report = await run(library, [file], cancelled=stopped.is_set)
        assert (report.cancelled, report.entries) == (True, [])
    assert not await library.conversations()
    assert not backups(tmp_path / "chats.db")
    report = await run(library, [file])
    assert [report.backup] == [one.path for one in backups(tmp_path / "chats.db")]
    assert len(await library.conversations()) == 1
    await database.close()


async def test_it_stops_between_two_chats_when_asked(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "x.json", [simple_chatgpt(f"c{at}") for at in range(5)])
    shown: list[int] = []

    def progress(report: ImportReport) -> None:
        if report.copied_percent is None:
            shown.append(len(report.entries))

    report = await run(library, [file], progress=progress, cancelled=lambda: len(shown) == 2)
    assert (report.cancelled, shown) == (True, [1, 2])
    assert len(await library.conversations()) == 2


async def test_a_cancelled_task_lets_go_of_the_files(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "x.json", [simple_chatgpt(f"c{at}") for at in range(50)])
    began = asyncio.Event()
    task = asyncio.create_task(run(library, [file], progress=lambda _: began.set()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await run(library, [file])).entries[-1].outcome == "new"
