"""`chinwag export`: conversations to files, to a folder or to standard output."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.errors import ExportError, UsageError
from tui.figures import counted
from tui.formats import FORMATS
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.chat.library import Library

_STDOUT = Path("-")


def add_arguments(parser: ArgumentParser) -> None:
    """Which conversations, in which format, and where to."""
    add = parser.add_argument
    labels = ", ".join(f"{name} ({format.label})" for name, format in FORMATS.items())
    default = next(iter(FORMATS))
    add("which", nargs="?", metavar="ID", help='id of a conversation, the beginning of one, or "last"')
    add("--all", action="store_true", help="every conversation, a file each; -o names the folder")
    add("-f", "--format", choices=tuple(FORMATS), default=default, help=f"{labels}; default: {default}")
    add("-o", "--output", metavar="PLACE", type=file_path, help='a file, a folder, or "-" for standard output')
    add("--branches", action="store_true", help="all branches, where a format has only the one that is shown")
    add("--force", action="store_true", help="replace files that exist")


async def run(arguments: Namespace) -> int:
    """Write one conversation, or every one."""
    if arguments.all == (arguments.which is not None):
        raise UsageError("Say which conversation to export, or --all.", "As in: chinwag export last -o notes.md")
    if arguments.all and arguments.output == _STDOUT:
        raise UsageError("--all writes a file for each conversation.", "Name a folder: -o chats/")
    async with open_library() as (library, notice):
        print_note(notice)
        export = _export_all if arguments.all else _export_one
        await export(library, arguments)
    return ExitCode.OK


async def _export_one(library: "Library", arguments: Namespace) -> None:
    from tui.chat.export import export_file, export_text

    conversation = await library.find(arguments.which)
    if arguments.output == _STDOUT:
        print_output(await export_text(library, conversation.id, arguments.format, branches=arguments.branches))
        return
    place = arguments.output or Path()
    written = await export_file(
        library, conversation, arguments.format, place, overwrite=arguments.force, branches=arguments.branches
    )
    print_note(f"wrote {written}", prefix="")


async def _export_all(library: "Library", arguments: Namespace) -> None:
    from tui.chat.export import export_all

    folder = arguments.output or Path()
    report = await export_all(library, arguments.format, folder, overwrite=arguments.force, branches=arguments.branches)
    print_note(f"wrote {report.written} of {counted(report.total, 'conversation')} to {folder}", prefix="")
    if report.failures:
        first = report.failures[0]
        raise ExportError(f"{len(report.failures)} could not be written; the first: {first.message}", first.hint)
