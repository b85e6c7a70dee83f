"""`chinwag tag CHAT… +work -draft`: words by which chats are found again."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.arguments import CommandParser
from tui.commands.changing import change_chats
from tui.commands.choosing import add_chats
from tui.commands.exit_code import ExitCode
from tui.commands.table import json_text, table
from tui.errors import UsageError
from tui.streams import print_note, print_output
from tui.tags import read_tag

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.chat.library import Library


def add_arguments(parser: ArgumentParser) -> None:
    """Which chats, and which tags they get and lose; or all tags that there are."""
    add_chats(parser, needed=False)
    assert isinstance(parser, CommandParser)
    parser.add_signed("TAG", "+TAG gives the chats a tag, -TAG takes it away; any number, anywhere")
    parser.add_argument("--list", action="store_true", help="list all tags, with how many chats have each")
    parser.add_argument("--json", action="store_true", help="print the chats, or with --list the tags, as JSON")


async def run(arguments: Namespace) -> int:
    """Tag them, or list the tags."""
    if arguments.list:
        if arguments.chats or arguments.signed:
            raise UsageError("--list lists the tags of all chats.", "Chats with a tag: chinwag chats --tag TAG")
        return await _list(as_json=arguments.json)
    added = [read_tag(one[1:]) for one in arguments.signed if one.startswith("+")]
    removed = [read_tag(one[1:]) for one in arguments.signed if one.startswith("-")]
    if not arguments.chats or not (added or removed):
        raise UsageError("Say which chats get or lose which tags.", "As in: chinwag tag last +work -draft")

    async def change(library: "Library", ids: "Collection[str]") -> None:
        await library.folders.tag(ids, added, removed)

    marks = " ".join([*(f"+{tag}" for tag in added), *(f"-{tag}" for tag in removed)])
    return await change_chats(arguments, f"Tag ({marks})", f"Tagged {marks}", change)


async def _list(*, as_json: bool) -> int:
    async with open_library() as (library, notice):
        print_note(notice)
        tags = await library.folders.tags()
    if as_json:
        print_output(json_text(tags))
    elif tags:
        print_output(table(((tag, str(count)) for tag, count in tags.items()), right=(1,)))
    else:
        print_note("There is no tag yet. Give one: chinwag tag last +work", prefix="")
    return ExitCode.OK
