"""An answer of which nothing is to be saved leaves its cost behind, and not a word."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tui.agent.models.demo import DemoModel
from tui.bootstrap import library_file
from tui.cli import main

CANARY = "quetzalcoatlus"


def test_nothing_of_a_temporary_answer_is_saved(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, _home: Path
) -> None:
    monkeypatch.setattr("tui.commands.ask.read_piped", str)
    monkeypatch.setattr("tui.agent.models.demo.DemoModel", partial(DemoModel, words_per_s=0))
    assert main(["-p", "--demo", "--temp", f"What is a {CANARY}?"]) == 0
    assert capsys.readouterr().out.strip()
    assert [path for path in _home.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()] == []
    with closing(sqlite3.connect(library_file())) as library:
        assert library.execute("SELECT count(*) FROM messages").fetchone() == (0,)
        assert library.execute("SELECT DISTINCT purpose FROM side_calls").fetchall() == [("temporary",)]


def test_a_temporary_chat_does_not_go_on_with_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-p", "--temp", "-c", "more"]) == 2
    assert "begins anew" in capsys.readouterr().err
