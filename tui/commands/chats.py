"""`chinwag chats`: the newest conversations, with the beginnings of their ids."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import open_library
from tui.commands.exit_code import ExitCode
from tui.commands.table import table
from tui.figures import local_time
from tui.model_id import ModelId
from tui.streams import print_note, print_output

_SHORT_ID = 13
"""Letters of an id that tell conversations apart: the time of their beginning in milliseconds, by uuid7."""


def add_arguments(parser: ArgumentParser) -> None:
    """How many."""
    parser.add_argument("-n", "--number", type=int, default=50, metavar="N", help="how many at most (default: 50)")


async def run(arguments: Namespace) -> int:
    """Print them, newest first."""
    async with open_library() as (library, notice):
        print_note(notice)
        found = await library.conversations(limit=max(1, arguments.number))
    if not found:
        print_note('There is no conversation yet. Start one: chinwag -p "hello".', prefix="")
        return ExitCode.OK
    short = {conversation.id[:_SHORT_ID] for conversation in found}
    length = _SHORT_ID if len(short) == len(found) else None
    rows = [
        (chat.id[:length], local_time(chat.updated_at), ModelId.parse(chat.model).label, chat.title or "(no title)")
        for chat in found
    ]
    print_output(table(rows))
    return ExitCode.OK
