"""`chinwag vacuum`: the library without the room that deleted chats have left in its file."""

import json
from argparse import ArgumentParser, Namespace
from asyncio import CancelledError

from tui.bootstrap import library_file
from tui.commands.exit_code import ExitCode
from tui.commands.stoppable import Report, stoppable
from tui.errors import StoreError
from tui.figures import size
from tui.streams import print_note, print_output


def add_arguments(parser: ArgumentParser) -> None:
    """What to print."""
    parser.add_argument("--json", action="store_true", help="the bytes before and after, as JSON")


async def run(arguments: Namespace) -> int:
    """Do it, and print the sizes."""
    file = library_file()
    if not file.exists():
        raise StoreError(f"There is no library yet: {file}.")

    def work(report: Report) -> tuple[int, int]:
        from tui.store.faults import in_words
        from tui.store.replacing import alone_with, vacuum

        with in_words(file, "written anew"), alone_with(file):
            return vacuum(file, lambda done, total: report("writing the library anew", done, total))

    try:
        before, after = await stoppable(work)
    except CancelledError:
        print_note("stopped; the library is as it was", prefix="")
        raise
    except OSError as error:
        raise StoreError(f"The library {file} could not be written anew: {error.strerror or error}.") from error
    if arguments.json:
        print_output(json.dumps({"path": str(file), "before_bytes": before, "after_bytes": after}) + "\n")
    else:
        print_output(f"{size(before)} before, {size(after)} after\n")
    return ExitCode.OK
