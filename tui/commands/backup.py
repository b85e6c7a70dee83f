"""`chinwag backup`: the library, the configuration, themes and prompts in one archive, while windows write."""

import json
import sys
from argparse import ArgumentParser, Namespace
from asyncio import CancelledError
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tui.bootstrap import places_to_back_up
from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.commands.stoppable import Report, stoppable
from tui.errors import BackupError, OutputError, UsageError
from tui.figures import counted, size
from tui.files import growing_file
from tui.formats import suffix_of
from tui.streams import discard_output, output_problem, print_note, print_output

if TYPE_CHECKING:
    from tui.chat.backup_manifest import BackupManifest

_STDOUT = Path("-")
_SUFFIXES = (".tar.gz", ".tgz")


def add_arguments(parser: ArgumentParser) -> None:
    """Where to, and what to print."""
    add = parser.add_argument
    help = 'default: one with the date, here; "-" for standard output'
    add("file", nargs="?", metavar="FILE.tar.gz", type=file_path, help=help)
    add("--force", action="store_true", help="replace a file that exists")
    add("--json", action="store_true", help="what is in it, as JSON")


async def run(arguments: Namespace) -> int:
    """Write it."""
    file = arguments.file or _unused()
    suffix_of(file.name, _SUFFIXES)
    try:
        manifest = await (_to_stdout(arguments) if file == _STDOUT else _to_file(arguments, file))
    except CancelledError:
        print_note("stopped; nothing was written" if file != _STDOUT else "stopped", prefix="")
        raise
    if file == _STDOUT:
        _print_left_out(manifest)
        return ExitCode.OK
    size_bytes = file.stat().st_size
    if arguments.json:
        print_output(json.dumps({"path": str(file), "size_bytes": size_bytes, **asdict(manifest)}, indent=2) + "\n")
        return ExitCode.OK
    chats, messages = counted(manifest.chats, "chat"), counted(manifest.messages, "message")
    files = counted(len(manifest.files), "file")
    print_note(f"wrote {file}: {chats}, {messages}, {files}, {size(size_bytes)}", prefix="")
    _print_left_out(manifest)
    return ExitCode.OK


def _unused() -> Path:
    """A name with the date, and a number when there is one of today."""
    stem, number = f"chinwag-backup-{date.today().isoformat()}", 1
    while (path := Path(f"{stem}{f'-{number}' if number > 1 else ''}.tar.gz")).exists():
        number += 1
    return path


async def _to_file(arguments: Namespace, file: Path) -> "BackupManifest":
    def write(report: Report) -> "BackupManifest":
        with growing_file(file, overwrite=arguments.force) as out:
            return _write(arguments, out, report)

    try:
        return await stoppable(write)
    except FileExistsError:
        raise BackupError(f"{file} exists.", "Name another file, or replace it with --force.") from None
    except OSError as error:
        raise BackupError(f"{file} could not be written: {error.strerror or error}.") from error


async def _to_stdout(arguments: Namespace) -> "BackupManifest":
    if arguments.json:
        raise UsageError("Standard output takes the archive or the JSON.", "Name a file.")
    if sys.stdout.isatty():
        raise UsageError("An archive is nothing for a terminal.", "Name a file, or send it on: chinwag backup - | …")
    try:
        return await stoppable(lambda report: _write(arguments, sys.stdout.buffer, report))
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output(sys.stdout)
        raise OutputError(output_problem(error)) from error


def _write(arguments: Namespace, out: "BinaryIO", report: Report) -> "BackupManifest":
    from tui.chat.backup_archive import write_backup

    manifest = write_backup(places_to_back_up(arguments.config), out, report)
    out.flush()
    return manifest


def _print_left_out(manifest: "BackupManifest") -> None:
    for name in manifest.masked:
        print_note(f"left out: keys and passwords in {name}", prefix="")
    for one in manifest.left_out:
        print_note(f"left out: {one}", prefix="")
