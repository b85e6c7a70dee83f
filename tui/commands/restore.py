"""`chinwag restore FILE`: what a backup would change here, and changing it. What was here is kept beside it.

Without a file it lists the copies that there are.
"""

import json
import shlex
from argparse import ArgumentParser, Namespace
from asyncio import CancelledError
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.bootstrap import places_to_back_up
from tui.commands.arguments import file_path
from tui.commands.asking import agreed
from tui.commands.exit_code import ExitCode
from tui.commands.stoppable import Report, stoppable
from tui.commands.table import json_text, table
from tui.errors import BackupError, ForeignFileError, UsageError
from tui.figures import counted, local_time, size
from tui.files import regular_size
from tui.paths import shortened
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.restoring import Restored, RestorePlan


def add_arguments(parser: ArgumentParser) -> None:
    """What to read, and whether to write."""
    add = parser.add_argument
    help = "of chinwag backup, or a copy of the library; without one, those copies are listed"
    add("file", nargs="?", metavar="FILE", type=file_path, help=help)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--dry-run", action="store_true", help="only say what would change")
    way.add_argument("--yes", action="store_true", help="do not ask first")
    add("--json", action="store_true", help="what changes, as JSON")


async def run(arguments: Namespace) -> int:
    """Say what changes, ask where something that is here gives way, and change it."""
    file = arguments.file
    if file is None:
        return _list_copies(arguments)
    try:
        with ExitStack() as opened:
            return await _restore(arguments, opened)
    except CancelledError:
        print_note("stopped; nothing was changed", prefix="")
        raise
    except ForeignFileError as error:
        raise BackupError(f"{file} cannot be restored: {error.message}. Nothing was changed.", error.hint) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BackupError(f"{file} could not be restored: {where}{error.strerror or error}.") from error


def _list_copies(arguments: Namespace) -> int:
    from tui.commands.doctor import MADE_FOR
    from tui.store.backups import backups

    if arguments.yes or arguments.dry_run:
        raise UsageError("Nothing is named to restore.", "chinwag restore lists the copies of the library.")
    library = places_to_back_up(arguments.config).library
    found = backups(library)[::-1]
    if arguments.json:
        copies = [{**asdict(one), "path": str(one.path), "made": one.made.isoformat()} for one in found]
        print_output(json_text(copies))
    elif found:
        facts = table(([local_time(one.made), MADE_FOR[one.kind], size(one.size_bytes)] for one in found), right=[2])
        lines = zip(facts.splitlines(), found, strict=True)
        print_output("".join(f"{line}  {shlex.quote(str(one.path))}\n" for line, one in lines))
        print_note("chinwag restore FILE --dry-run says what one would change.", prefix="")
    else:
        print_note(f"No copies yet in {shortened(library.parent)}. Of chinwag backup name the file.", prefix="")
    return ExitCode.OK


async def _restore(arguments: Namespace, opened: ExitStack) -> int:
    places = places_to_back_up(arguments.config)

    def read(report: Report) -> "RestorePlan":
        from tui.chat.restoring import opened_backup
        from tui.store.replacing import alone_with

        if not arguments.dry_run and regular_size(arguments.file) is not None:
            with alone_with(places.library):
                pass  # said at once, not after minutes of reading
        return opened.enter_context(opened_backup(arguments.file, places, report))

    def write(_: Report) -> "Restored":
        from tui.chat.restoring import restore

        return restore(plan, places.library)

    plan = await stoppable(read)
    if not arguments.json:
        print_output("".join(f"{line}\n" for line in _lines(plan)))
    done = None
    if not arguments.dry_run:
        if not await agreed(_question(plan), yes=arguments.yes or not _gives_way(plan, places.library)):
            return ExitCode.FAILED
        done = await stoppable(write)
    if arguments.json:
        print_output(json.dumps(_as_json(plan, done), indent=2) + "\n")
    else:
        _print_done(plan, done)
    return ExitCode.OK


def _gives_way(plan: "RestorePlan", library: Path) -> bool:
    """Whether something that is here is replaced."""
    return (plan.staged is not None and library.exists()) or any(one.change == "changed" for one in plan.files)


def _question(plan: "RestorePlan") -> str:
    lost = _lost(plan)
    return f"Put it in the place of what is here{f', with {lost}' if lost else ''}?"


def _lost(plan: "RestorePlan") -> str:
    """Of which chats more is here than in the backup, in words; "" for none."""
    if plan.difference is None:
        return ""
    counts = ((plan.difference.only_here, "that it lacks"), (plan.difference.newer_here, "newer than in it"))
    return " and ".join(f"{counted(count, 'chat')} {what}" for count, what in counts if count)


def _lines(plan: "RestorePlan") -> list[str]:
    lines = []
    if plan.manifest is not None:
        made = local_time(datetime.fromisoformat(plan.manifest.made))
        lines.append(f"made {made} by Chinwag {clean_line(plan.manifest.version, 20)}")
    if plan.library is not None:
        lines.append(f"in it: {counted(plan.library.chats, 'chat')}, {counted(plan.library.messages, 'message')}")
        if plan.here is None:
            lines.append("here: no library, or none that can be read")
        else:
            lines.append(f"here: {counted(plan.here.chats, 'chat')}, {counted(plan.here.messages, 'message')}")
    if between := plan.difference:
        lines.append(
            f"chats: {between.only_there:,} only in it, {between.newer_there:,} newer in it, {between.only_here:,} only"
            f" here, {between.newer_here:,} newer here, {between.same:,} the same"
        )
    for one in plan.files:
        missing = "; keys are left out of it" if one.keys_missing else ""
        lines.append(f"{clean_line(one.name, 100)}: {one.change}{missing}")
        if one.change != "same":
            lines += [f"  has Chinwag start: {clean_line(program, 200)}" for program in one.starts]
    return lines


def _print_done(plan: "RestorePlan", done: "Restored | None") -> None:
    if done is None:
        print_note("Nothing was changed.", prefix="")
        return
    print_note("Restored.", prefix="")
    if done.library is not None:
        with_lost = f", with {lost}" if (lost := _lost(plan)) else ""
        print_note(f"The library that was here is kept{with_lost}: {shortened(done.library)}", prefix="")
        print_note(f"Undo: chinwag restore {shlex.quote(str(done.library))}", prefix="")
    for path in done.files:
        print_note(f"kept: {shortened(path)}", prefix="")
    for one in plan.files:
        if one.keys_missing and one.change != "same":
            print_note(f"Put your keys back into {shortened(one.path)}: a backup has none.", prefix="")


def _as_json(plan: "RestorePlan", done: "Restored | None") -> dict[str, Any]:
    return {
        "dry_run": done is None,
        "manifest": asdict(plan.manifest) if plan.manifest else None,
        "library": asdict(plan.library) if plan.library else None,
        "here": asdict(plan.here) if plan.here else None,
        "chats": asdict(plan.difference) if plan.difference else None,
        "files": [
            {
                "name": one.name,
                "path": str(one.path),
                "change": one.change,
                "keys_missing": one.keys_missing,
                "starts": list(one.starts),
            }
            for one in plan.files
        ],
        "kept": [str(path) for path in (*([done.library] if done.library else []), *done.files)] if done else [],
    }
