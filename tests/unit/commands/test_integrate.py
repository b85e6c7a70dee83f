"""A launcher that starts nothing, is written twice, or takes the place of somebody else's file; a shell left without."""

import shlex
import sys
from configparser import RawConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.shell import Chinwag
from tui.commands import doctor_setup, integrate
from tui.errors import UsageError


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share"


def entry_of(share: Path) -> dict[str, str]:
    parser = RawConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys of an entry have capitals
    parser.read_string((share / "applications" / "chinwag.desktop").read_text())
    return dict(parser["Desktop Entry"])


def test_it_is_written_once_and_taken_away_whole(chinwag: Chinwag, share: Path) -> None:
    first = chinwag("integrate")
    assert first.code == 0 and f"written: {share / 'applications' / 'chinwag.desktop'}" in first.out
    entry = entry_of(share)
    assert entry["Type"] == "Application" and entry["Terminal"] == "true"
    assert ElementTree.parse(entry["Icon"]).getroot().tag.endswith("svg")
    program, *arguments = shlex.split(entry["Exec"])
    assert Path(program).is_absolute() and arguments in ([], ["-m", "tui"])
    assert "there already" in chinwag("integrate").out
    assert chinwag("integrate", "--remove").code == 0
    assert not [path for path in share.rglob("*") if path.is_file()]
    assert "There is no launcher" in chinwag("integrate", "--remove").out


def test_an_old_one_is_brought_up_to_date(chinwag: Chinwag, share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrate, "command", lambda: ["/old/chinwag"])
    chinwag("integrate")
    monkeypatch.setattr(integrate, "command", lambda: ["/new/chinwag"])
    assert "up to date again" in chinwag("integrate").out
    assert entry_of(share)["Exec"] == '"/new/chinwag"'


def test_strange_paths_are_quoted_as_the_specification_says(
    chinwag: Chinwag, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrate, "command", lambda: ['/home/a "b" $c 100%/chinwag', "-m", "tui"])
    chinwag("integrate")
    entry = entry_of(share)
    assert entry["Exec"] == r'"/home/a \\"b\\" \\$c 100%%/chinwag" "-m" "tui"'
    assert Path(entry["Path"], "tui").is_dir()  # it was not installed: it must start where it is


@pytest.mark.parametrize("option", ["--install", "--remove"])
def test_somebody_elses_file_stays(chinwag: Chinwag, share: Path, option: str) -> None:
    file = share / "applications" / "chinwag.desktop"
    file.parent.mkdir(parents=True)
    file.write_text("[Desktop Entry]\nName=Mine\n")
    ran = chinwag("desktop", option)
    assert ran.code == 2 and f"{file} was not written by Chinwag" in ran.err
    assert file.read_text() == "[Desktop Entry]\nName=Mine\n"


def test_a_folder_that_cannot_be_written_is_named(chinwag: Chinwag, share: Path) -> None:
    share.write_text("a file where the folder should be")
    ran = chinwag("integrate")
    assert ran.code == 2 and str(share) in ran.err and "Traceback" not in ran.err


def test_one_of_the_two_must_be_said(chinwag: Chinwag, share: Path) -> None:
    ran = chinwag("desktop")
    assert ran.code == 2 and "--install" in ran.err and not share.exists()


def test_macos_gets_a_file_that_its_terminal_opens(
    chinwag: Chinwag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert chinwag("integrate").code == 0
    file = tmp_path / "Applications" / "Chinwag.command"
    assert file.read_text().startswith("#!/bin/sh\n") and sys.executable.rpartition("/")[0] in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o755
    assert chinwag("integrate", "--remove").code == 0 and not file.exists()


def test_elsewhere_it_says_so() -> None:
    with pytest.raises(UsageError, match="no launcher for this system") as raised:
        desktop.launcher("win32")
    assert "shortcut to" in raised.value.hint
