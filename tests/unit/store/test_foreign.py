"""Another program's database is somebody's data: it is never changed by being read, and nothing in it runs here."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.foreign_chats import database, oterm, read
from tui.errors import ForeignFileError
from tui.store.foreign import open_foreign


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_database_that_is_in_use_is_read_as_it_is_and_left_so(tmp_path: Path) -> None:
    path = oterm(tmp_path / "store.db", "Hi", "Ho")
    with closing(sqlite3.connect(path)) as program:
        program.execute("PRAGMA journal_mode = WAL")
        program.execute("INSERT INTO message VALUES (2, 1, 'user', 'Unsaved?', '[]')")
        program.commit()
        before = everything(tmp_path)
        ((chat,), _) = read(path)
        assert [message.text for message in chat.messages] == ["Hi", "Ho", "Unsaved?"]
        assert everything(tmp_path) == before


def test_views_and_odd_names_of_a_hostile_file_do_not_run(tmp_path: Path) -> None:
    path = database(tmp_path / "x.db", {'"a""b"': [{"id": 1}], "message": [{"chat_id": 1, "author": "", "text": ""}]})
    with closing(sqlite3.connect(path)) as made:
        made.execute(
            "CREATE VIEW chat AS WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
            " SELECT id, 'm' AS model FROM n"
        )
        made.commit()
    with open_foreign(path) as opened:
        assert set(opened.columns) == {'a"b', "message"}
        assert list(opened.rows('a"b')) == [{"id": 1}]
        assert list(opened.rows("chat")) == list(opened.rows("message", where={"nothing": 1})) == []
    _, (refused,) = read(path)
    assert refused.reason == "unsupported"


def test_a_damaged_database_is_told_of(tmp_path: Path) -> None:
    path = oterm(tmp_path / "store.db", *("words " * 400 for _ in range(200)))
    data = bytearray(path.read_bytes())
    data[8192:-4096] = b"\xa5" * (len(data) - 12_288)
    path.write_bytes(data)
    _, skipped = read(path)
    assert [one.reason for one in skipped] == ["bad_file"]
    with pytest.raises(ForeignFileError), open_foreign(tmp_path / "nowhere.db"):
        pass
