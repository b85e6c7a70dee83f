"""`chinwag import PATH…`: the chats of other programs, into one's own library."""

import asyncio
import json
import signal
from argparse import ArgumentParser, Namespace
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tui.bootstrap import open_library
from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.commands.progress import ProgressLine
from tui.commands.table import table
from tui.errors import UsageError
from tui.figures import counted
from tui.paths import shortened
from tui.signals import by_default, on_signal
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.importing import ImportReport

_MOST_LINES = 40
"""Chats, and things that were skipped, of which a line tells; the rest is counted."""

_REASONS = {
    "bad_conversation": "unreadable",
    "bad_file": "unreadable",
    "empty": "empty",
    "beside": "without chats",
    "unsupported": "of an unknown kind",
    "unsafe": "unsafe",
}


def add_arguments(parser: ArgumentParser) -> None:
    """What to read, and whether to write."""
    from tui.formats.readers import SOURCES

    add = parser.add_argument
    parser.description = (
        f"{parser.description}\n\nReads {', '.join(SOURCES.values())}: exports as they were downloaded \
(.zip, .json), folders, and the databases of the programs (llm logs.db, oterm store.db, elia.sqlite). Which of them a \
file is, is found out by its content. The same again later adds only what is new."
    )
    add("paths", nargs="+", metavar="PATH", type=file_path, help="an export, a database, or a folder of them")
    add("--dry-run", action="store_true", help="only say what would be taken over")
    add("--deleted", action="store_true", help="also what was imported before, and deleted here for good")
    add("--json", action="store_true", help="the report as JSON, with every chat and all that was skipped")


async def run(arguments: Namespace) -> int:
    """Take over what is new, or say what that would be."""
    from tui.chat import importing

    stopped, line = asyncio.Event(), _Progress(arguments.dry_run)
    async with open_library() as (library, notice):
        print_note(notice)
        if not arguments.dry_run and not library.saves:
            raise UsageError("The library can only be read: nothing can be imported into it.")
        with _first_interrupt(stopped):
            if arguments.dry_run:
                report = await importing.plan(
                    library, arguments.paths, also_deleted=arguments.deleted, progress=line.show,
                    cancelled=stopped.is_set,
                )  # fmt: skip
            else:
                report = await importing.run(
                    library, arguments.paths, also_deleted=arguments.deleted, progress=line.show,
                    cancelled=stopped.is_set,
                )  # fmt: skip
    line.end()
    if arguments.json:
        print_output(json.dumps(_as_json(report, dry_run=arguments.dry_run), indent=2) + "\n")
    else:
        _print(report, dry_run=arguments.dry_run)
    return _exit_code(report)


def _exit_code(report: "ImportReport") -> int:
    if report.problem is not None:
        until = "What was taken over until then is there." if report.added else "Nothing was taken over."
        print_note(f"Stopped: {report.problem.sentence} {until}")
        return ExitCode.FAILED
    if report.cancelled:
        print_note("Stopped. What was taken over until then is there; the same again goes on with the rest.")
        return ExitCode.CTRL_C
    return ExitCode.FAILED if report.missed and not report.entries else ExitCode.OK


class _first_interrupt:  # noqa: N801  used as a function is
    """Let the first Ctrl+C end the import between two chats; a second one ends the program."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self._stopped = stopped

    def __enter__(self) -> None:
        with suppress(RuntimeError, ValueError):  # not in the main thread
            on_signal(signal.SIGINT, self._stop)

    def __exit__(self, *exception: object) -> None:
        self._restore()

    def _stop(self) -> None:
        self._stopped.set()
        self._restore()

    def _restore(self) -> None:
        with suppress(RuntimeError, ValueError):
            by_default(signal.SIGINT)


class _Progress:
    """How far it is, on a terminal."""

    def __init__(self, dry_run: bool) -> None:
        self._line = ProgressLine("looking at" if dry_run else "importing")

    def show(self, report: "ImportReport") -> None:
        """Draw it."""
        if report.copied_percent is not None:
            self._line.show_words(f"first a copy of the library: {report.copied_percent} %")
            return
        last = clean_line(report.entries[-1].title, 40) if report.entries else ""
        self._line.show_words(f"{counted(len(report.entries), 'chat')}  {last}")

    def end(self) -> None:
        """Take it away."""
        self._line.end()


def _print(report: "ImportReport", *, dry_run: bool) -> None:
    from tui.formats.readers import SOURCES

    shown = [entry for entry in report.entries if entry.outcome != "known"]
    rows = [
        (SOURCES[entry.source], entry.outcome, f"{entry.added:,}", entry.created.date().isoformat(),
         clean_line("; ".join([entry.title, *entry.notes]), 60))
        for entry in shown[:_MOST_LINES]
    ]  # fmt: skip
    if rows:
        print_output(table([("from", "", "messages", "begun", "chat"), *rows], right=(2,)))
    if len(shown) > _MOST_LINES:
        print_output(f"… and {counted(len(shown) - _MOST_LINES, 'more chat')}\n")
    told = report.missed
    for one in told[:_MOST_LINES]:
        print_note(f"{clean_line(shortened(one.where), 120)}: {clean_line(one.detail, 160)}", prefix="")
    if len(told) > _MOST_LINES:
        print_note(f"… and {len(told) - _MOST_LINES:,} more; --json has them all", prefix="")
    print_note(_sum(report, dry_run=dry_run), prefix="")
    if report.backup is not None:
        print_note(f"As it was before, the library is {shortened(report.backup)}.", prefix="")


def _sum(report: "ImportReport", *, dry_run: bool) -> str:
    counts = Counter(entry.outcome for entry in report.entries)
    would = "would be " if dry_run else ""
    skipped = Counter(_REASONS[one.reason] for one in report.skipped)
    parts = [
        f"{counted(counts['new'], 'chat')} and {counted(report.added, 'message')} {would}imported",
        *([f"{counted(counts['updated'], 'chat')} {would}added to"] if counts["updated"] else []),
        *([f"{counts['known']:,} already here"] if counts["known"] else []),
        *([f"{counts['trashed']:,} in your trash, left there"] if counts["trashed"] else []),
        *([f"{counts['deleted']:,} deleted here before (--deleted brings them back)"] if counts["deleted"] else []),
        *(f"{number:,} skipped ({why})" for why, number in skipped.items()),
    ]
    return f"{'; '.join(parts)}."


def _as_json(report: "ImportReport", *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "complete": not report.cancelled and report.problem is None,
        "backup": None if report.backup is None else str(report.backup),
        "chats": [
            {
                "source": entry.source,
                "source_id": entry.source_id,
                "id": entry.conversation_id,
                "title": entry.title,
                "outcome": entry.outcome,
                "messages": entry.messages,
                "added": entry.added,
                "created": entry.created.isoformat(),
                "notes": list(entry.notes),
            }
            for entry in report.entries
        ],
        "skipped": [
            {"source": one.source, "where": one.where, "reason": one.reason, "detail": one.detail}
            for one in report.skipped
        ],
    }
