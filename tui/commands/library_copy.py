"""`chinwag library copy`: the library from a file to a PostgreSQL server, or from there to a new file."""

from argparse import ArgumentParser, Namespace
from asyncio import CancelledError
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tui.bootstrap import library_file
from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.commands.library_server import Server, server_at, shared_server
from tui.commands.stoppable import Report, stoppable
from tui.commands.table import json_text, table
from tui.errors import StoreError, UsageError
from tui.figures import counted
from tui.formats import suffix_of
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.sync.copying import Copied

_Place: TypeAlias = Path | Server

_SUFFIXES = (".db", ".sqlite", ".sqlite3")
_HERE, _SHARED = "here", "shared"
_AGAIN = "the same again goes on where it is"


def add_arguments(parser: ArgumentParser) -> None:
    """From where to where."""
    help = f'a file, or postgresql://…; "{_HERE}" is the library of this machine, "{_SHARED}" the server in config.toml'
    parser.add_argument("source", metavar="FROM", help=help)
    parser.add_argument("target", metavar="TO", help="the other of the two; a file must not be there yet")
    parser.add_argument("--json", action="store_true", help="what was compared, as JSON")


async def run(arguments: Namespace) -> int:
    """Copy, and print what was compared."""
    source, target = await _place(arguments.source, arguments), await _place(arguments.target, arguments)
    if isinstance(source, Path) == isinstance(target, Path):
        hint = "A file is copied with: chinwag backup" if isinstance(source, Path) else "Copy it to a file first."
        raise UsageError("One of the two must be a file, the other a server.", hint)
    if isinstance(target, Path):
        suffix_of(target.name, _SUFFIXES)
    try:
        copied = await stoppable(lambda report: _copy(source, target, report))
    except CancelledError:
        print_note(f"stopped; {_AGAIN}", prefix="")
        raise
    except OSError as error:
        raise StoreError(f"The library could not be copied: {error.strerror or error}.") from error
    if arguments.json:
        print_output(json_text({"from": _shown(source), "to": _shown(target), **asdict(copied)}))
    else:
        _print(copied, target)
    return ExitCode.OK


async def _place(word: str, arguments: Namespace) -> _Place:
    if word == _HERE:
        return library_file()
    if word == _SHARED:
        return await shared_server(arguments.config)
    if "://" in word:
        return await server_at(word, arguments.config)
    return file_path(word)


def _copy(source: _Place, target: _Place, report: Report) -> "Copied":
    from tui.sync.copying import copy_to_file, copy_to_server

    if isinstance(source, Path):
        assert isinstance(target, Server)
        with target.connected() as hub:
            return copy_to_server(source, hub, report)
    assert isinstance(target, Path)
    with source.connected() as hub:
        return copy_to_file(hub, target, report)


def _print(copied: "Copied", target: _Place) -> None:
    lines = [(name, f"{count:,}", hash[:16]) for name, (count, hash) in copied.tables.items()]
    print_output(table([*lines, ("files", f"{copied.files:,}", "each by its own hash")]))
    print_note(
        f"{_shown(target)} has all of it; both sides were compared. {copied.sent:,} entries were new.", prefix=""
    )
    for number, what in ((copied.newer, "newer"), (copied.deleted, "deleted for good")):
        if number:
            print_note(f"{what} on the server, and left so: {counted(number, 'entry', 'entries')}", prefix="")


def _shown(place: _Place) -> str:
    return str(place) if isinstance(place, Path) else place.address.shown
