"""`chinwag library end`: has nothing noted any more for a server that the configuration no longer names."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.bootstrap import library_file
from tui.commands.exit_code import ExitCode
from tui.commands.library_server import configured_server
from tui.commands.stoppable import stoppable
from tui.errors import UsageError
from tui.figures import counted
from tui.streams import print_note

if TYPE_CHECKING:
    from tui.store.sharing_records import SharingState


def add_arguments(parser: ArgumentParser) -> None:
    """There are none."""


async def run(arguments: Namespace) -> int:
    """Do it, and say what the server was never told."""
    if await configured_server(arguments.config) is not None:
        raise UsageError("config.toml names a server still.", "Take [library] url out of it first.")
    ended = await stoppable(lambda _: _end())
    if ended is None:
        print_note("The library is not shared; nothing was changed.", prefix="")
        return ExitCode.OK
    untold = f"; {counted(ended.pending, 'change')} were never told there" if ended.pending else ""
    print_note(f"Nothing is noted for the server any more{untold}. The library stays as it is.", prefix="")
    return ExitCode.OK


def _end() -> "SharingState | None":
    from contextlib import closing

    from tui.store.journal import Journal
    from tui.sync.runner import alone_at

    file = library_file()
    if not file.exists():
        return None
    with alone_at(file), closing(Journal(file)) as journal:
        return journal.end()
