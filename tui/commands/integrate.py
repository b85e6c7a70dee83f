"""`chinwag integrate`: makes Chinwag one of the programs of the desktop and of the shells here, or undoes that.

Linux has a launcher and an icon where the XDG Base Directory and Desktop Entry specifications want them, macOS a
`.command` file that opens in its Terminal, Windows a `.cmd` file in its start menu. Each of the shells that are here
gets the script by which Tab completes. A file that Chinwag did not write is left alone.
"""

import os
import shlex
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from tui.commands.completion import SHELLS, script, script_place
from tui.commands.exit_code import ExitCode
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import MOST_BYTES, read_regular, replace_file
from tui.installed import command, source_folder
from tui.paths import shortened
from tui.streams import print_note, print_output
from tui.text import clean_line

_BASES = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "APPDATA")
_MARK = "Written by Chinwag (chinwag integrate), which takes it away again, too."


@dataclass(frozen=True, slots=True)
class IntegrationFile:
    """One file that is put somewhere for others to find.

    Attributes:
        what: what it is, for people.
        text: what stands in it; it holds `_MARK`.
        mode: its permissions.
        next: what is left to do for a person once it is there; "" for nothing.
    """

    what: str
    path: Path
    text: str
    mode: int = 0o644
    next: str = ""


def add_arguments(parser: ArgumentParser) -> None:
    """Whether to do it, or to undo it."""
    parser.add_argument("--remove", action="store_true", help="take all of it away again")


async def run(arguments: Namespace) -> int:
    """Write the files, or take them away, and say where they are; exit code 1 when one of them cannot be."""
    if arguments.remove:
        return _each(_remove, (*launcher(sys.platform), *completions(empty=True)))
    wanted, hint = list(launcher(sys.platform)), ""
    try:
        wanted += completions()
    except ConfigError as error:  # nothing makes them here
        hint = f"{error.message} {error.hint}"
    code = _each(_install, wanted)
    print_note(hint, prefix="")
    return code


def _each(act: Callable[[IntegrationFile], str], wanted: Iterable[IntegrationFile]) -> int:
    """Do it for each file, also when another one has to stay as it is."""
    code = ExitCode.OK
    for one in wanted:
        try:
            print_output(f"{act(one)}\n")
            print_note(one.next, prefix="")
        except ConfigError as error:
            print_note(f"{error.message} {error.hint}")
            code = ExitCode.FAILED
    return code


def launcher(platform: str) -> tuple[IntegrationFile, ...]:
    """The files of the launcher on this system (`sys.platform`); none where none is known."""
    home = Path.home()
    if platform.startswith(("linux", "freebsd", "openbsd", "netbsd")):
        share = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        icon = share / "icons" / "hicolor" / "scalable" / "apps" / "chinwag.svg"
        return (
            IntegrationFile("icon", icon, _icon()),
            IntegrationFile("launcher", share / "applications" / "chinwag.desktop", _desktop_entry(icon)),
        )
    if platform == "darwin":
        text = f"#!/bin/sh\n# {_MARK}\n{_changed_folder()}exec {shlex.join(command())}\n"
        return (IntegrationFile("launcher", home / "Applications" / "Chinwag.command", text, 0o755),)
    if platform == "win32":
        roaming = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
        menu = roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs"
        return (IntegrationFile("launcher", menu / "Chinwag.cmd", _command_file()),)
    return ()


def completions(*, empty: bool = False) -> Iterator[IntegrationFile]:
    """The scripts of the shells that are here; with `empty` of all that we know, and with nothing in them.

    Raises:
        ConfigError: the package that writes them is not installed.
    """
    for shell in SHELLS:
        if empty or shutil.which(shell):
            place = script_place(shell)
            text, next_step = ("", "") if empty else (f"{script(shell)}\n# {_MARK}\n", place.next)
            yield IntegrationFile(f"completion of {shell}", place.path, text, next=next_step)


def state_of(one: IntegrationFile) -> str:
    """How a file stands: "" for as it should be, else "not there", "of another install", or "somebody else's"."""
    try:
        there = _ours(one)
    except ConfigError:
        return "somebody else's"
    if there is None:
        return "not there"
    return "" if not one.text or there == one.text.encode() else "of another install, or older"


def _command_file() -> str:
    """Of Windows; "%" is doubled in such a file, and chcp 65001 has the rest of it read as UTF-8."""
    folder = source_folder()
    lines = [f"@rem {_MARK}", "@chcp 65001 >nul", *([f'@cd /d "{folder}"'] if folder else [])]
    lines += ["@" + " ".join(f'"{word}"' for word in command())]  # else "&" and "^" in a path would be its shell's
    return "".join(f"{line.replace('%', '%%')}\r\n" for line in lines)


def _icon() -> str:
    return f"{(files('tui.commands') / 'icon.svg').read_text(encoding='utf-8')}<!-- {_MARK} -->\n"


def _changed_folder() -> str:
    folder = source_folder()
    return f"cd {shlex.quote(str(folder))} && " if folder else ""


def _desktop_entry(icon: Path) -> str:
    folder = source_folder()
    lines = [
        "[Desktop Entry]",
        f"# {_MARK}",
        "Type=Application",
        "Name=Chinwag",
        "GenericName=Chat with language models",
        "Comment=A chat with any large language model, in a terminal",
        f"Exec={_escaped(' '.join(map(_quoted, command())))}",
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


def _install(one: IntegrationFile) -> str:
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


def _remove(one: IntegrationFile) -> str:
    if _ours(one) is None:
        return f"There is no {one.what} at {_shown(one.path)}"
    try:
        one.path.unlink()
    except OSError as error:
        raise _unusable(one, error) from error
    _remove_empty(one.path.parent)
    return f"The {one.what} is gone: {_shown(one.path)}"


def _remove_empty(folder: Path) -> None:
    """Take away folders in which nothing is left, as they were made for the file; not those that programs share."""
    shared = {Path.home(), *(Path(os.environ[name]) for name in _BASES if os.environ.get(name))}
    for each in (folder, *folder.parents):
        if each in shared:
            return
        try:
            each.rmdir()
        except OSError:  # something else is in it, or it is somebody else's
            return


def _ours(one: IntegrationFile) -> bytes | None:
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


def _unusable(one: IntegrationFile, error: OSError) -> ConfigError:
    return ConfigError(f"{_shown(one.path)} cannot be used: {error.strerror}.", "Check the folder's permissions.")


def _shown(path: Path) -> str:
    return clean_line(shortened(path), 300)
