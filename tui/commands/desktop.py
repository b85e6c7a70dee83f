"""`chinwag desktop`: puts the app among the programs of the desktop, or takes it away again.

Linux has a file and an icon where the XDG Base Directory and Desktop Entry specifications want them, macOS a `.command`
file that opens in its Terminal. A file that Chinwag did not write is left alone.
"""

import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tui.commands.exit_code import ExitCode
from tui.errors import ConfigError, UsageError
from tui.files import MOST_BYTES, read_regular, replace_file
from tui.streams import print_output
from tui.text import clean_line

_MARK = "Written by Chinwag (chinwag desktop), which takes it away again, too."


@dataclass(frozen=True, slots=True)
class LauncherFile:
    """One file of a launcher.

    Attributes:
        what: what it is, for people.
        text: what stands in it; it holds `_MARK`.
        mode: its permissions.
    """

    what: str
    path: Path
    text: str
    mode: int = 0o644


def add_arguments(parser: ArgumentParser) -> None:
    """One of the two must be given."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--install", action="store_true", help="write the launcher; a second time brings it up to date")
    which.add_argument("--remove", action="store_true", help="take it away again")


async def run(arguments: Namespace) -> int:
    """Write the launcher, or take it away, and say where it is."""
    for one in launcher(sys.platform):
        print_output(f"{_install(one) if arguments.install else _remove(one)}\n")
    return ExitCode.OK


def launcher(platform: str) -> tuple[LauncherFile, ...]:
    """The files of the launcher on this system (`sys.platform`).

    Raises:
        UsageError: we know of no launcher there.
    """
    if platform.startswith(("linux", "freebsd", "openbsd", "netbsd")):
        share = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
        icon = share / "icons" / "hicolor" / "scalable" / "apps" / "chinwag.svg"
        return (
            LauncherFile("icon", icon, _icon()),
            LauncherFile("launcher", share / "applications" / "chinwag.desktop", _desktop_entry(icon)),
        )
    if platform == "darwin":
        script = f"#!/bin/sh\n# {_MARK}\n{_changed_folder()}exec {shlex.join(_command())}\n"
        return (LauncherFile("launcher", Path.home() / "Applications" / "Chinwag.command", script, 0o755),)
    raise UsageError(
        "There is no launcher for this system yet: only for Linux and macOS.",
        f"Make a shortcut to: {clean_line(shlex.join(_command()), 300)}",
    )


def _icon() -> str:
    return f"{(files('tui.commands') / 'icon.svg').read_text(encoding='utf-8')}<!-- {_MARK} -->\n"


def _command() -> list[str]:
    """How this very Chinwag is started: its script beside the interpreter, or else the module."""
    script = Path(sys.executable).with_name("chinwag")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "tui"]


def _source_folder() -> Path | None:
    """Where it must be started from, if it runs from a folder in which it was not installed."""
    return None if len(_command()) == 1 else Path(__file__).parents[2]


def _changed_folder() -> str:
    folder = _source_folder()
    return f"cd {shlex.quote(str(folder))} && " if folder else ""


def _desktop_entry(icon: Path) -> str:
    folder = _source_folder()
    lines = [
        "[Desktop Entry]",
        f"# {_MARK}",
        "Type=Application",
        "Name=Chinwag",
        "GenericName=Chat with language models",
        "Comment=A chat with any large language model, in a terminal",
        f"Exec={_escaped(' '.join(map(_quoted, _command())))}",
        *([f"Path={_escaped(str(folder))}"] if folder else []),
        f"Icon={_escaped(str(icon))}",
        "Terminal=true",
        "Categories=Network;Chat;ConsoleOnly;",
        "Keywords=LLM;AI;chat;assistant;",
    ]
    return "\n".join(lines) + "\n"


def _quoted(argument: str) -> str:
    """One argument of an `Exec` key (Desktop Entry Specification, "The Exec key")."""
    quoted = "".join(f"\\{character}" if character in '"`$\\' else character for character in argument)
    return f'"{quoted}"'.replace("%", "%%")


def _escaped(value: str) -> str:
    """A value of type string of the same specification."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _install(one: LauncherFile) -> str:
    before = _ours(one)
    if before == one.text.encode():
        return f"The {one.what} is there already: {_shown(one.path)}"
    try:
        one.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(one.path, one.text.encode())
        one.path.chmod(one.mode)
    except OSError as error:
        raise _unusable(one, error) from error
    return f"The {one.what} is {'up to date again' if before is not None else 'written'}: {_shown(one.path)}"


def _remove(one: LauncherFile) -> str:
    if _ours(one) is None:
        return f"There is no {one.what} at {_shown(one.path)}"
    try:
        one.path.unlink()
    except OSError as error:
        raise _unusable(one, error) from error
    return f"The {one.what} is gone: {_shown(one.path)}"


def _ours(one: LauncherFile) -> bytes | None:
    """What stands in the file of ours; None when there is none.

    Raises:
        ConfigError: there is something that somebody else has put there, or it cannot be read.
    """
    try:
        data = read_regular(one.path, MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(one, error) from error
    if _MARK.encode() not in data:
        hint = "Move it away, and try again."
        raise ConfigError(f"{_shown(one.path)} was not written by Chinwag, and stays as it is.", hint)
    return data


def _unusable(one: LauncherFile, error: OSError) -> ConfigError:
    return ConfigError(f"{_shown(one.path)} cannot be used: {error.strerror}.", "Check the folder's permissions.")


def _shown(path: Path) -> str:
    return clean_line(str(path), 300)
