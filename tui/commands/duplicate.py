"""`chinwag duplicate CHAT`: a copy of a chat, with all that is in it, to go on with in another way."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import open_library
from tui.commands.changing import print_changed, require_writable
from tui.commands.choosing import CHAT_HELP, chosen_chat
from tui.commands.exit_code import ExitCode
from tui.errors import StoreError
from tui.streams import print_note


def add_arguments(parser: ArgumentParser) -> None:
    """Which chat."""
    parser.add_argument("chat", metavar="CHAT", help=CHAT_HELP)
    parser.add_argument("--json", action="store_true", help="print the copy as JSON")


async def run(arguments: Namespace) -> int:
    """Copy it."""
    async with open_library() as (library, notice):
        print_note(notice)
        require_writable(library)
        copy = await library.duplicate((await chosen_chat(library, arguments.chat)).id)
        if copy is None:
            raise StoreError("Nothing was copied: the chat has no message.")
        await print_changed(library, [copy], f"Copied, as {copy.id}", as_json=arguments.json)
    return ExitCode.OK
