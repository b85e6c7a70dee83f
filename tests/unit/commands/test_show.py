"""A chat is read in the shell: in a pipe as plain text, on a terminal coloured and through the person's pager."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.shell import SUCCESS, Chinwag
from tui.commands import pager


@pytest.fixture
def asked(chinwag: Chinwag) -> None:
    """One chat of two turns."""
    chinwag("-p", "-m", "test:test", "Why **so**?")
    chinwag("-p", "-c", "-m", "test:test", "And then?")


@pytest.mark.usefixtures("asked")
def test_a_chat_or_a_part_of_it_is_plain_text_in_a_pipe(chinwag: Chinwag) -> None:
    ran = chinwag("show", "why")
    assert (ran.code, ran.err) == (0, "") and ran.out.count(SUCCESS) == 2 and "\x1b" not in ran.out
    tree = chinwag("show", "last", "--tree").out.splitlines()
    assert [line.split("  ")[-1] for line in tree][::2] == ["* You: Why so?", "* You: And then?"]
    one = chinwag("show", "last", "--message", tree[2].split()[0]).out
    assert "And then?" in one and SUCCESS not in one
    assert chinwag("show", "last", "--branch", tree[0].split()[0]).out == ran.out
    assert "# Why so?" in chinwag("show", "last", "--format", "md").out
    data = json.loads(chinwag("show", "last", "--json").out)
    assert len(data["messages"]) == len(json.loads(chinwag("show", "last", "--tree", "--json").out)) == 4
    assert chinwag("show", "last", "--message", "nope").code == 2


@pytest.mark.usefixtures("asked")
def test_on_a_terminal_it_is_coloured_and_goes_through_the_pager(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen, script = tmp_path / "seen", tmp_path / "pager.py"
    script.write_text(f"import os, sys; open({str(seen)!r}, 'w').write(os.environ['LESS'] + ' ' + sys.stdin.read())")
    monkeypatch.setattr("tui.commands.pager.terminals", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PAGER", f"'{sys.executable}' {script}")
    monkeypatch.delenv("LESS", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert chinwag("show", "last").out == ""
    assert seen.read_text().startswith("FRX \x1b[1mWhy") and SUCCESS in seen.read_text()
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LESS", "S")
    chinwag("show", "last")
    assert seen.read_text().startswith("S Why") and "\x1b" not in seen.read_text()
    for none in ("", "cat"):
        monkeypatch.setenv("PAGER", none)
        assert SUCCESS in chinwag("show", "last").out
    monkeypatch.setenv("PAGER", "no-such-pager -x")
    ran = chinwag("show", "last")
    assert SUCCESS in ran.out and "no-such-pager could not be started" in ran.err
    monkeypatch.setenv("PAGER", '"less')
    assert "never closed" in chinwag("show", "last").err


def test_a_pager_that_is_left_early_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.commands.pager.terminals", lambda: True)
    monkeypatch.setenv("PAGER", f"'{sys.executable}' -c 'pass'")
    pager.print_paged("x" * 1_000_000)


@pytest.mark.usefixtures("asked")
def test_what_is_left_out_is_said_with_where_it_is(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.commands.show.sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: True)))
    assert chinwag("show", "last").err == ""
    chinwag("tag", "last", "+trip")
    assert chinwag("show", "last").err == "left out: 1 tag; --format md has them\n"
    assert "tags:" in chinwag("show", "last", "--format", "md").out
