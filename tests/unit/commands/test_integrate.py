"""A launcher that starts nothing, is written twice or takes the place of somebody else's file; a Tab that is mute."""

import re
import shlex
import sys
from configparser import RawConfigParser
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from tests.support.shell import Chinwag
from tui import installed
from tui.commands import integrate
from tui.commands.completion import Shell, script_place
from tui.paths import shortened


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs are looked for: no shell is there at first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


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
    assert re.search(r"✓ desktop +\S*chinwag\.desktop", chinwag("doctor").out)
    assert chinwag("integrate", "--remove").code == 0
    assert [*share.iterdir()] == [], "no empty folder is left, and what others share stays"
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
    monkeypatch.setattr(integrate, "source_folder", lambda: Path(integrate.__file__).parents[2])
    monkeypatch.setattr(integrate, "command", lambda: ['/home/a "b" $c 100%/chinwag', "-m", "tui"])
    chinwag("integrate")
    entry = entry_of(share)
    assert entry["Exec"] == r'"/home/a \\"b\\" \\$c 100%%/chinwag" "-m" "tui"'
    assert Path(entry["Path"], "tui").is_dir()  # it was not installed: it must start where it is


@pytest.mark.parametrize("option", [(), ("--remove",)])
def test_somebody_elses_file_stays(chinwag: Chinwag, share: Path, option: tuple[str, ...]) -> None:
    file = share / "applications" / "chinwag.desktop"
    file.parent.mkdir(parents=True)
    file.write_text("[Desktop Entry]\nName=Mine\n")
    ran = chinwag("integrate", *option)
    assert ran.code == 1 and f"{file} was not written by Chinwag" in ran.err
    assert file.read_text() == "[Desktop Entry]\nName=Mine\n"


def test_a_folder_that_cannot_be_written_is_named(chinwag: Chinwag, share: Path) -> None:
    share.write_text("a file where the folder should be")
    ran = chinwag("integrate")
    assert ran.code == 1 and str(share) in ran.err and "Traceback" not in ran.err


def test_each_shell_that_is_here_completes_and_no_other(chinwag: Chinwag, share: Path, path: Path) -> None:
    pytest.importorskip("shtab")
    shells: tuple[Shell, ...] = ("bash", "fish")
    for shell in shells:
        (path / shell).write_text("#!/bin/sh\n")
        (path / shell).chmod(0o755)
    assert "bash (not there), fish (not there); chinwag integrate" in chinwag("doctor").out
    ran = chinwag("integrate")
    assert ran.code == 0 and "New shells have it" in ran.err
    for shell in shells:
        written = script_place(shell).path.read_text()
        assert (
            written.startswith(chinwag("completion", shell).out.rstrip("\n"))
            and shortened(script_place(shell).path) in ran.out
        )
    assert not script_place("zsh").path.exists()
    assert "in bash, fish" in chinwag("doctor").out
    script_place("zsh").path.parent.mkdir()
    script_place("zsh").path.write_text("#compdef chinwag\n")
    refused = chinwag("integrate", "--remove")
    assert refused.code == 1 and "was not written by Chinwag" in refused.err and script_place("zsh").path.exists()
    assert not script_place("bash").path.exists() and not script_place("fish").path.exists()


def test_without_shtab_the_launcher_is_written_all_the_same(
    chinwag: Chinwag, share: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path / "bash").write_text("#!/bin/sh\n")
    (path / "bash").chmod(0o755)
    monkeypatch.setitem(sys.modules, "shtab", None)
    ran = chinwag("integrate")
    assert ran.code == 0 and (share / "applications" / "chinwag.desktop").exists()
    assert (
        "pip install 'chinwag[completion]'" in ran.err and "pip install 'chinwag[completion]'" in chinwag("doctor").out
    )


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


def test_windows_gets_an_entry_in_its_start_menu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setattr(integrate, "command", lambda: [r"C:\Users\Ann&Lee\100%\chinwag.exe"])
    (file,) = integrate.launcher("win32")
    assert file.path == tmp_path / "Microsoft" / "Windows" / "Start Menu" / "Programs" / "Chinwag.cmd"
    assert file.text.endswith('@"C:\\Users\\Ann&Lee\\100%%\\chinwag.exe"\r\n') and "\n" not in file.text.replace(
        "\r\n", ""
    )


def test_a_system_without_a_desktop_gets_no_launcher(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "plan9")
    assert chinwag("integrate").code == 0
    assert "no launcher is known" in chinwag("doctor").out


def test_a_single_file_is_what_the_launcher_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ZipFile(tmp_path / "chinwag.pyz", "w") as archive:
        archive.writestr("__main__.py", "")
    monkeypatch.setattr("sys.argv", [str(tmp_path / "chinwag.pyz")])
    assert installed.way() == "a single file"
    assert installed.command() == [sys.executable, str(tmp_path / "chinwag.pyz")] and installed.source_folder() is None


@pytest.mark.parametrize(("receipt", "way"), [("uv-receipt.toml", "uv"), ("pipx_metadata.json", "pipx")])
def test_who_installed_it_is_known_by_what_they_leave(
    receipt: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / receipt).touch()
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    assert installed.way() == way and way in installed.how_to_get("images")
    monkeypatch.setattr(installed, "extras", lambda: iter([("mcp", []), ("images", ["Pillow"]), ("web", ["aiohttp"])]))
    told = installed.how_to_get("images")
    assert "[mcp,images]" in told or "inject chinwag Pillow" in told, "uv would take away what is not named"


def test_one_place_alone_says_how_an_extra_is_had() -> None:
    package = Path(installed.__file__).parent
    texts = {path.relative_to(package): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert [str(path) for path, text in texts.items() if "pip install" in text] == ["installed.py"]


def test_an_extra_that_is_not_there_is_named_with_what_brings_it(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "_is_there", lambda package: package.lower() not in ("pillow", "socksio"))
    ran = chinwag("doctor")
    assert re.search(r"· more extras +(images, socks|socks, images); pip install 'chinwag\[", ran.out), ran.out
    assert "completion, files, import" in ran.out
