"""`chinwag export`: conversations to files, to a folder or to standard output."""

import asyncio
import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.arguments import file_path
from tui.commands.choosing import CHAT_HELP, chosen_chat, chosen_chats
from tui.commands.exit_code import ExitCode
from tui.commands.progress import ProgressLine
from tui.errors import ExportError, UsageError
from tui.figures import counted
from tui.files import is_folder
from tui.formats import FORMATS, asked_by, has_suffix
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.chat.export_all import Progress
    from tui.chat.export_writers import ExportReport
    from tui.chat.library import Library
    from tui.formats.left_out import LeftOut

_STDOUT = Path("-")
_PATIENCE_S = 1.0


def add_arguments(parser: ArgumentParser) -> None:
    """Which conversations, in which format, and where to."""
    add = parser.add_argument
    labels = ", ".join(f"{name} ({format.label})" for name, format in FORMATS.items())
    default = next(iter(FORMATS))
    joined = " and ".join(name for name, format in FORMATS.items() if format.joined)
    add("which", nargs="*", metavar="CHAT", help=CHAT_HELP)
    add("--all-found", action="store_true", help="every conversation that the words find, a file each below -o")
    add("--all", action="store_true", help=f"every conversation, a file each below -o; {joined} also into one file")
    add(
        "-f",
        "--format",
        choices=tuple(FORMATS),
        metavar="FORMAT",
        help=f"{labels}; default: by the name of the file, or {default}",
    )
    add("-o", "--output", metavar="PLACE", type=file_path, help='a file, a folder, or "-" for standard output')
    add("--branches", action="store_true", help="all branches, where a format has only the one that is shown")
    add("--message", metavar="ID", default="", help='one message only: its id (JSON has it), or "last"')
    add("--force", action="store_true", help="replace files that exist")
    add("--json", action="store_true", help="the report as JSON: what was written where, and what the files lack")


async def run(arguments: Namespace) -> int:
    """Write one conversation, some, or every one."""
    if arguments.all == bool(arguments.which):
        raise UsageError("Say which conversation to export, or --all.", "As in: chinwag export last -o notes.md")
    several = arguments.all or arguments.all_found or len(arguments.which) > 1
    if arguments.format is None:
        arguments.format = asked_by(arguments.output, several=several).name
    if several and arguments.message:
        raise UsageError("--message is one of a single conversation.", "Name that conversation.")
    if several and not FORMATS[arguments.format].joined and _is_one_file(arguments.output):
        raise UsageError("A file is written for each conversation.", "Name a folder: -o chats/, or take -f jsonl.")
    if arguments.json and arguments.output == _STDOUT:
        raise UsageError(
            "Standard output cannot get both the chats and the report.", "Name a file or a folder: -o PLACE"
        )
    async with open_library() as (library, notice):
        print_note(notice)
        export = _export_many if several else _export_one
        await export(library, arguments)
    return ExitCode.OK


def _is_one_file(place: Path | None) -> bool:
    if place is None or is_folder(place):
        return False
    return place == _STDOUT or has_suffix(place.name)


async def _export_one(library: "Library", arguments: Namespace) -> None:
    from tui.chat.export import Export, export_file, export_pipe
    from tui.chat.export_writers import ExportReport

    conversation = await chosen_chat(library, arguments.which[0])
    if arguments.output == _STDOUT:
        export = Export(arguments.format, arguments.branches, arguments.message)
        text, left_out = await export_pipe(library, conversation.id, export)
        print_output(text)
        _print_left_out(left_out)
        return
    written = await export_file(
        library,
        conversation,
        arguments.format,
        arguments.output or Path(),
        overwrite=arguments.force,
        branches=arguments.branches,
        message=arguments.message,
    )
    if arguments.json:
        _print_json(ExportReport(1, 1, left_out=written.left_out), written.path)
        return
    print_note(f"wrote {written.path}", prefix="")
    _print_left_out(written.left_out)


async def _export_many(library: "Library", arguments: Namespace) -> None:
    from tui.chat.export_all import export_all, export_joined, export_joined_to

    place, format = arguments.output or Path(), arguments.format
    ids = None
    if not arguments.all:
        ids = [chat.id for chat in await chosen_chats(library, arguments.which, every=arguments.all_found)]
    if place == _STDOUT:
        report = await export_joined_to(library, format, print_output, ids=ids)
        _print_left_out(report.left_out)
    else:
        joined = FORMATS[format].joined and not is_folder(place)
        whole = f"every file in {place} is whole, and the same command goes on"
        with _progress(f"nothing of {place} was written" if joined else whole) as progress:
            if joined:
                report = await export_joined(
                    library, format, place, ids=ids, overwrite=arguments.force, progress=progress
                )
            else:
                report = await export_all(
                    library, format, place,
                    ids=ids, overwrite=arguments.force, branches=arguments.branches, progress=progress,
                )  # fmt: skip
        (_print_json if arguments.json else _print_report)(report, place)
    if report.failures:
        first = report.failures[0]
        raise ExportError(f"{len(report.failures)} could not be written; the first: {first.message}", first.hint)


def _print_report(report: "ExportReport", place: Path) -> None:
    same = f", {report.unchanged} unchanged" if report.unchanged else ""
    print_note(f"wrote {report.written} of {counted(report.total, 'conversation')} to {place}{same}", prefix="")
    if report.gone:
        files = counted(len(report.gone), "file")
        print_note(f"{files} of conversations that are gone, left there, such as {report.gone[0]}", prefix="")
    _print_left_out(report.left_out)


def _print_json(report: "ExportReport", place: Path) -> None:
    document = {
        "place": str(place.absolute()),
        "total": report.total,
        "written": report.written,
        "unchanged": report.unchanged,
        "gone": report.gone,
        "failures": [failure.message for failure in report.failures],
        "left_out": dict(report.left_out),
    }
    print_output(json.dumps(document, indent=2) + "\n")


def _print_left_out(found: "LeftOut") -> None:
    """A line for each sort of thing that a file lacks."""
    from tui.formats.left_out import in_words

    for words in in_words(found):
        print_note(f"left out: {words}", prefix="")


@contextmanager
def _progress(when_stopped: str) -> "Iterator[Progress]":
    """Say on a terminal how far it is once it takes longer than a second; `when_stopped` is what holds after ctrl+c."""
    begun, line = time.monotonic(), ProgressLine("exporting")

    def show(done: int, total: int) -> None:
        if time.monotonic() - begun > _PATIENCE_S:
            line.show_percent(100 * done // max(total, 1))

    try:
        yield show
    except asyncio.CancelledError:
        line.note(f"stopped; {when_stopped}")
        raise
    finally:
        line.end()
