"""A copy that is not whole, a status that hides what waits, a password that is shown, a driver that is missed."""

import json
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.postgres import Server
from tests.support.shell import Chinwag
from tui.bootstrap import library_file
from tui.commands.library_status import SharingReport
from tui.paths import config_dir
from tui.store.sharing_records import SharingState
from tui.sync.hub import HubFacts
from tui.sync.problems import SharingError
from tui.sync.runner import alone_at


def shared(url: str) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text(f'[library]\nurl = "{url}"\n')


def shared_line(chinwag: Chinwag) -> str:
    """What the doctor says of it."""
    return next(line for line in chinwag("doctor").out.splitlines() if " shared library " in line)


def test_there_and_back(chinwag: Chinwag, hub_url: str, tmp_path: Path) -> None:
    chinwag("-p", "-m", "test:test", "hello")
    before = library_file().read_bytes()
    there = chinwag("library", "copy", "here", hub_url, "--json")
    report = json.loads(there.out)
    assert there.code == 0 and report["tables"]["messages"][0] == 2 and report["from"] == str(library_file())
    assert library_file().read_bytes() == before, "nothing is written to what is copied"

    shared(hub_url)
    back = chinwag("library", "copy", "shared", str(tmp_path / "back.db"))
    assert back.code == 0 and f"{tmp_path / 'back.db'} has all of it" in back.err
    assert [line.split()[:2] for line in back.out.splitlines() if line.startswith("messages")] == [["messages", "2"]]
    assert report["tables"]["messages"][1][:16] in back.out
    with sqlite3.connect(tmp_path / "back.db") as copy:
        assert copy.execute("SELECT text FROM messages ORDER BY number LIMIT 1").fetchone() == ("hello",)
    copy.close()
    again = chinwag("library", "copy", "shared", str(tmp_path / "back.db"))
    assert again.code == 1 and "exists. Nothing was changed" in again.err


def test_how_it_stands(chinwag: Chinwag, postgres: Server, hub_url: str) -> None:
    alone = chinwag("library")
    assert alone.code == 0 and "on this machine alone" in alone.err and "[library] url" in alone.err
    assert "none; it is on this machine alone" in shared_line(chinwag)

    shared(hub_url)
    new = chinwag("library", "status")
    assert new.code == 0 and "no library there yet" in new.out and "never" in new.out
    chinwag("-p", "-m", "test:test", "hello")
    now = chinwag("library", "status")
    assert now.code == 0, now.err
    lines = {line.split()[0]: line for line in now.out.splitlines()}
    assert "format 1" in lines["server"] and "(this one)" in lines["machine"] and "just now" in lines["machine"]
    assert "nothing" in now.out and "never" not in now.out
    checked = shared_line(chinwag)
    assert checked.startswith("✓") and "PostgreSQL" in checked and "format 1, to tell: nothing, 1 machine" in checked

    shared(hub_url.replace(f"port={postgres.port}", "port=1"))
    chinwag("-p", "-m", "test:test", "hello again")
    checked = shared_line(chinwag)
    assert checked.startswith("✗") and "cannot be reached" in checked and "to tell: " in checked
    away = chinwag("library", "status", "--json")
    report = json.loads(away.out)
    assert away.code == 1 and report["shared"] and not report["reachable"] and "cannot be reached" in report["problem"]
    assert report["library"]["pending"] > 2, "what waits is said"


def test_what_is_not_shared_any_more_can_be_ended_and_begun_again(chinwag: Chinwag, hub_url: str) -> None:
    assert "not shared" in chinwag("library", "end").err
    shared(hub_url)
    chinwag("-p", "-m", "test:test", "hello")
    refused = chinwag("library", "end")
    assert refused.code == 2 and "names a server still" in refused.err
    (config_dir() / "config.toml").unlink()
    chinwag("-p", "-m", "test:test", "nobody hears of this")
    assert "chinwag library end" in chinwag("library").err
    with alone_at(library_file()):
        assert "Another Chinwag shares" in chinwag("library", "end").err
    ended = chinwag("library", "end")
    assert ended.code == 0 and "changes were never told there" in ended.err
    assert "on this machine alone" in chinwag("library").err
    chinwag("-p", "-m", "test:test", "nor of this")
    with sqlite3.connect(library_file()) as library:
        assert not library.execute("SELECT name FROM sqlite_master WHERE name LIKE 'sync!_%' ESCAPE '!'").fetchall()
    library.close()
    shared(hub_url)
    chinwag("-p", "-m", "test:test", "all of it")
    assert "nothing" in chinwag("library").out, "it is told whole"


def test_before_the_first_meeting_all_that_the_server_has_is_still_to_hear() -> None:
    facts = HubFacts("hub", "15.0", True, 1, last=7)
    met = SharingState("me", "hub", 5, 0, True, 1)
    other = SharingState("me", "another", 90, 0, True, 1)
    standings = [SharingReport(None, state, facts) for state in (None, replace(met, hub="", cursor=0), met, other)]
    assert [one.to_hear for one in standings] == [7, 7, 2, 7]
    assert SharingReport(None, met).to_hear == 0, "nobody knows"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("here", "other.db"), "One of the two must be a file, the other a server"),
        (("postgresql://me@127.0.0.1:1/a", "new.zip"), "There is no format for .zip files"),
        (("here", "shared"), "The library is not shared"),
        (("postgresql://me@127.0.0.1:1/a", "new.db"), "cannot be reached"),
        (("here", "postgresql://me:canary@127.0.0.1/a"), "holds a password"),
        (("here", "postgresql://me@db.example.org/a?sslmode=disable"), "in clear"),
        (("here", "mysql://me@db.example.org/a"), "is no PostgreSQL address"),
        (("here", "postgresql://me@127.0.0.1:1/a"), "cannot be reached"),
        (("none.db", "postgresql://me@127.0.0.1:1/a"), "cannot be reached"),
    ],
)
def test_what_makes_no_sense_is_one_line(chinwag: Chinwag, given: tuple[str, str], said: str) -> None:
    pytest.importorskip("psycopg")
    ran = chinwag("library", "copy", *given)
    assert ran.code in (1, 2) and said in ran.err and "canary" not in ran.err + ran.out
    assert "Traceback" not in ran.err and len(ran.err.splitlines()) <= 2


def test_a_password_goes_to_its_own_server_and_nowhere_else(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def connect(address: object, password: str) -> None:
        given.append(password)
        raise SharingError("The server is away.")

    monkeypatch.setattr("tui.sync.hub.Hub.connect", connect)
    shared("postgresql://me@127.0.0.1:5/a")
    with (config_dir() / "config.toml").open("a") as file:
        file.write('password_command = ["echo", "canary"]\n')
    for url in ("shared", "postgresql://me@127.0.0.1:5/other", "postgresql://me@127.0.0.1:6/a"):
        ran = chinwag("library", "copy", "here", url)
        assert "canary" not in ran.err + ran.out
    assert given == ["canary", "canary", ""]


def test_without_the_driver_one_line_says_how_to_get_it(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    ran = chinwag("library", "copy", "here", "postgresql://me@127.0.0.1:1/a")
    assert ran.code == 1 and "pip install 'chinwag[postgres]'" in ran.err
    shared("postgresql://me@127.0.0.1:1/a")
    assert "needs a package" in shared_line(chinwag) and "pip install 'chinwag[postgres]'" in shared_line(chinwag)
