"""A copy that lacks something, changes what it was made of, begins anew each time, or says that all is there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tests.support.machines import SharingMachine, machines
from tui.errors import StoreError
from tui.store import branches, conversations, folders, sharing
from tui.store.connection import StoppedError, connect
from tui.store.integrity import beside
from tui.store.migrations import MIGRATIONS, migrate
from tui.store.records import Attachment
from tui.store.sharing_rows import all_cells, digests
from tui.sync import copying
from tui.sync.address import read_address
from tui.sync.copying import Copied, copy_to_file, copy_to_server
from tui.sync.hub import Hub
from tui.sync.problems import SharingError

DATA = b"\0notes" * 1000
FILE = Attachment(sha256(DATA).hexdigest(), "", "notes.txt", "text/plain", DATA)


def quiet(what: str, done: int, total: int) -> None:
    pass


def filled(home: Path, chats: int = 3, turns: int = 3) -> SharingMachine:
    """A library in a file, never shared."""
    made = SharingMachine("", home)
    for number in range(chats):
        chat = conversation(f"Chat {number} \u2400 京")
        above = None
        for _ in range(turns):
            asked = prompt(chat, "What is in it?", parent=above)
            above = replace(reply(chat, asked, "Notes."), price=Decimal("0.01"), usage='{"input": 3}', total_ms=5)
            made.run(conversations.start_turn, chat, asked, above, "", [replace(FILE, message_id=asked.id)])
        made.run(folders.change_tags, [(chat.id, "trip")], [])
        made.run(conversations.add_side_call, chat.id, "title", model="a:b", usage="{}", price=Decimal(2), at=NOON)
        made.run(conversations.rename, chat.id, f"By hand {number}")
    return made


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SharingMachine]:
    made = filled(tmp_path / "here")
    yield made
    made.connection.close()


@contextmanager
def server(url: str) -> Iterator[Hub]:
    hub = Hub.connect(read_address(url))
    try:
        yield hub
    finally:
        hub.close()


def to_server(library: Path, url: str, report: copying.Report = quiet) -> Copied:
    with server(url) as hub:
        return copy_to_server(library, hub, report)


def to_file(url: str, file: Path, report: copying.Report = quiet) -> Copied:
    with server(url) as hub:
        return copy_to_file(hub, file, report)


def stopped_at(step: int) -> copying.Report:
    """Ends a copy at one of its steps."""
    steps = iter(range(step))

    def report(what: str, done: int, total: int) -> None:
        if next(steps, None) is None:
            raise StoppedError

    return report


def test_there_and_back_it_is_the_same_library(
    library: SharingMachine, hub_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGE_BYTES", 3_000)
    source = tmp_path / "here" / "chats.db"
    schema = library.connection.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone()
    there = to_server(source, hub_url)
    assert (
        there.tables["messages"][0] == 18
        and there.tables["chats"][0] == 3
        and there.files == 1
        and there.newer == there.deleted == 0
    )
    assert library.connection.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone() == schema
    assert to_server(source, hub_url).sent == 0, "it went on where it was, at the end"

    back = to_file(hub_url, tmp_path / "back" / "chats.db")
    assert back.tables == there.tables and back.files == 1
    assert sorted(file.name for file in (tmp_path / "back").iterdir()) == ["chats.db"]
    with closing(connect(tmp_path / "back" / "chats.db")) as copy:
        assert not sharing.is_shared(copy), "a copy is no member of anything"
        assert digests(all_cells(copy)) == digests(all_cells(library.connection))
        chat = library.connection.execute("SELECT id FROM conversations").fetchone()[0]
        assert conversations.attachments_of(copy, chat)[0].data == DATA
        assert conversations.branch(copy, chat) == conversations.branch(library.connection, chat)


def test_what_has_changed_since_the_last_copy_goes_with_the_next(
    library: SharingMachine, hub_url: str, tmp_path: Path
) -> None:
    source = tmp_path / "here" / "chats.db"
    one, two, _ = (row[0] for row in library.connection.execute("SELECT id FROM conversations ORDER BY title"))
    last = conversations.branch(library.connection, one)[-1].id
    library.run(folders.set_pinned, [one], True)
    library.run(folders.delete, [two], NOON)
    library.run(branches.trash_branch, one, last, NOON)
    to_server(source, hub_url)

    library.run(conversations.rename, one, "Another title")
    library.run(folders.set_pinned, [one], False)
    library.run(folders.change_tags, [(one, "oslo")], [(one, "trip")])
    library.run(folders.restore, [two])
    library.run(branches.restore_branch, one, last)
    again = to_server(source, hub_url)
    assert again.sent >= 6 and again.newer == 0

    back = to_file(hub_url, tmp_path / "back.db")
    with closing(connect(tmp_path / "back.db")) as copy:
        assert digests(all_cells(copy)) == digests(all_cells(library.connection))
        there = conversations.get(copy, one)
        assert (there.title, there.pinned, there.tags) == ("Another title", False, ("oslo",))
    assert back.tables == again.tables and to_server(source, hub_url).sent == 0


def test_what_was_copied_can_be_shared_later(library: SharingMachine, hub_url: str, tmp_path: Path) -> None:
    to_server(tmp_path / "here" / "chats.db", hub_url)
    with machines(hub_url, 1) as (other,):
        other.meet()
        chat = other.connection.execute("SELECT id FROM conversations").fetchone()[0]
        other.run(conversations.rename, chat, "Later")
        other.meet()
        library._url = hub_url
        library.meet()
        other.meet()
        assert conversations.get(library.connection, chat).title == "Later", "what was copied first is no news"
        assert library.journal.digests() == other.journal.digests() and len(library.texts) == 18
        library.part()


def test_a_copy_goes_on_where_it_was_broken_off(
    library: SharingMachine, hub_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGE_BYTES", 3_000)
    source, target = tmp_path / "here" / "chats.db", tmp_path / "chats.db"
    with pytest.raises(StoppedError):
        to_server(source, hub_url, stopped_at(4))
    with server(hub_url) as hub:
        before = hub.facts().last
    went_on = to_server(source, hub_url)
    assert before > 0 and 0 < went_on.sent < sum(count for count, _ in went_on.tables.values())

    monkeypatch.setattr("tui.sync.exchange.PAGE_BYTES", 3_000)
    with pytest.raises(StoppedError):
        to_file(hub_url, target, stopped_at(3))
    assert not target.exists() and beside(target, ".copying").exists()
    back = to_file(hub_url, target)
    assert 0 < back.sent < went_on.sent + before and back.tables == went_on.tables


def test_what_is_newer_or_deleted_on_the_server_stays_so(library: SharingMachine, hub_url: str, tmp_path: Path) -> None:
    source = tmp_path / "here" / "chats.db"
    to_server(source, hub_url)
    with machines(hub_url, 1) as (other,):
        other.meet()
        first, second, _ = (row[0] for row in other.connection.execute("SELECT id FROM conversations ORDER BY title"))
        other.run(conversations.rename, first, "Later")
        other.run(folders.delete, [second], NOON)
        other.run(folders.delete_for_good, [second])
        other.meet()
        again = to_server(source, hub_url)
        assert again.sent == 0 and again.newer == 1 and again.deleted > 6
        other.meet()
        assert conversations.get(other.connection, first).title == "Later"
        assert not folders.some(other.connection, [second])


def test_a_difference_is_found_and_no_file_takes_the_name(
    library: SharingMachine, hub_url: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "here" / "chats.db", tmp_path / "chats.db"
    to_server(source, hub_url)
    with server(hub_url) as hub:
        hub._connection.execute("UPDATE chinwag.contents SET data = 'other'")
        with pytest.raises(SharingError, match="1 attached file"):
            copy_to_file(hub, target, quiet)
        hub._connection.execute(
            "UPDATE chinwag.cells SET clock = 0, value = replace(value, 'Notes.', 'Nothing.') WHERE kind = 'message'"
        )
    assert not target.exists()
    target.touch()
    with pytest.raises(StoreError, match="exists"):
        to_file(hub_url, target)
    with server(hub_url) as hub:
        hub._connection.execute(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )
        hub._connection.execute(
            "CREATE TRIGGER swallow BEFORE INSERT ON chinwag.contents FOR EACH ROW EXECUTE FUNCTION swallow()"
        )
        with pytest.raises(SharingError, match="1 attached file"):
            copy_to_server(source, hub, quiet)
        hub._connection.execute("DROP TRIGGER swallow ON chinwag.contents")
        copy_to_server(source, hub, quiet)  # which mends it
    to_file(hub_url, tmp_path / "again.db")


def test_what_cannot_be_read_whole_is_no_copy(library: SharingMachine, hub_url: str, tmp_path: Path) -> None:
    old, other = tmp_path / "old.db", tmp_path / "notes.txt"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:3])
    other.write_text("These are no chats. " * 100)
    library.connection.execute("PRAGMA foreign_keys = OFF")
    library.connection.execute("UPDATE conversations SET id = CAST(id AS BLOB) WHERE title LIKE '%1'")
    for file, said in (
        (old, "older Chinwag"),
        (other, "no library"),
        (tmp_path, "not a file"),
        (tmp_path / "here" / "chats.db", "could not be read"),
    ):
        with pytest.raises(StoreError, match=said):
            to_server(file, hub_url)


def test_where_there_is_none_yet_nothing_comes(hub_url: str, tmp_path: Path) -> None:
    with pytest.raises(SharingError, match="no library on this server yet"):
        to_file(hub_url, tmp_path / "chats.db")
    with pytest.raises(StoreError):
        to_server(tmp_path / "none.db", hub_url)
    assert not list(tmp_path.iterdir())
