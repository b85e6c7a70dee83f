"""`chinwag show CHAT`: a conversation to read, on a terminal page by page and with colours."""

import shutil
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.choosing import CHAT_HELP, chosen_chat
from tui.commands.exit_code import ExitCode
from tui.commands.pager import colours_wanted, print_paged
from tui.commands.table import json_text
from tui.formats import FORMATS
from tui.streams import print_note

if TYPE_CHECKING:
    from tui.store.records import WholeConversation

_WIDEST = 100


def add_arguments(parser: ArgumentParser) -> None:
    """Which chat, which part of it, and as what."""
    add = parser.add_argument
    add("chat", metavar="CHAT", help=CHAT_HELP)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--message", metavar="ID", default="", help='one message only: its id (--tree has it), or "last"')
    part.add_argument("--branch", metavar="ID", default="", help="the branch with this message, not the one last shown")
    part.add_argument("--tree", action="store_true", help="all branches: a line for each message, with its id")
    add("--format", choices=tuple(FORMATS), help="as a file of this format has it (default: text)")
    add("--json", action="store_true", help="all that is known of it, as JSON; the same as --format json")


async def run(arguments: Namespace) -> int:
    """Print it, through a pager where somebody looks at it."""
    from tui.chat.export import Export, whole_of
    from tui.chat.message_tree import branch_through

    async with open_library() as (library, notice):
        print_note(notice)
        chat = await chosen_chat(library, arguments.chat)
        whole = await whole_of(library, chat.id)
    if arguments.message:
        whole = Export("json", message=arguments.message).of(whole)
    elif arguments.branch:
        whole = branch_through(whole, arguments.branch)
    print_paged(_tree(whole, arguments.json) if arguments.tree else _text(whole, arguments))
    if not (arguments.tree or arguments.json or arguments.format):
        _print_left_out(whole)
    return ExitCode.OK


def _text(whole: "WholeConversation", arguments: Namespace) -> str:
    format = "json" if arguments.json else arguments.format
    if format is None and colours_wanted():
        from tui.formats import terminal_text

        width = min(shutil.get_terminal_size().columns, _WIDEST)
        return terminal_text.write(whole.conversation, whole.messages, whole.attachments, width=width)
    return FORMATS[format or "text"].write(whole.conversation, whole.messages, whole.attachments)


def _print_left_out(whole: "WholeConversation") -> None:
    """Say to a person what is there besides the words that were shown."""
    from tui.formats.left_out import in_words, left_out

    found = left_out(FORMATS["text"], whole.conversation, whole.messages)
    del found["figures"], found["settings"]
    if found and sys.stderr.isatty():
        places = ["--tree"] * ("branches" in found) + ["--format md"] * bool(found.keys() - {"branches", "messages"})
        have = f"{' and '.join(places)} {'has' if len(places) == 1 else 'have'}"
        print_note(f"left out: {', '.join(in_words(found))}; {have} them", prefix="")


def _tree(whole: "WholeConversation", as_json: bool) -> str:
    from tui.chat.message_tree import tree_data, tree_lines

    if as_json:
        return json_text(tree_data(whole))
    return tree_lines(whole)
