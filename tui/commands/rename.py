"""`chinwag rename CHAT TITLE`: the title of a chat."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import open_library
from tui.commands.changing import print_changed, require_writable
from tui.commands.choosing import CHAT_HELP, chosen_chat
from tui.commands.exit_code import ExitCode
from tui.errors import UsageError
from tui.streams import print_note


def add_arguments(parser: ArgumentParser) -> None:
    """Which chat, and its new title."""
    parser.add_argument("chat", metavar="CHAT", help=CHAT_HELP)
    parser.add_argument("title", metavar="TITLE", nargs="+", help="what it is called from now on")
    parser.add_argument("--json", action="store_true", help="print the chat as JSON")


async def run(arguments: Namespace) -> int:
    """Rename it."""
    title = " ".join(" ".join(arguments.title).split())
    if not title:
        raise UsageError("A title has at least one letter.")
    async with open_library() as (library, notice):
        print_note(notice)
        require_writable(library)
        chat = await chosen_chat(library, arguments.chat)
        renamed = await library.rename(chat.id, title)
        await print_changed(library, [renamed], "Renamed", as_json=arguments.json)
    return ExitCode.OK
