"""`chinwag chats`: the newest conversations, a folder of them, or those in which something was said, with their ids."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.chat_lines import chats_json, chats_table
from tui.commands.choosing import build_index
from tui.commands.exit_code import ExitCode
from tui.figures import counted
from tui.streams import print_note, print_output
from tui.tags import read_tag

if TYPE_CHECKING:
    from tui.chat.library import Library
    from tui.store.records import ChatFolder, Conversation

_EVERY = 1_000_000
_NONE = {
    "trash": "The trash is empty.",
    "archived": "No conversation is archived.",
    "pinned": "No conversation is pinned.",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Of which folder, with which words, and how many."""
    add = parser.add_argument
    add("words", nargs="*", metavar="WORD", help="only chats in which this was said, as for chinwag search")
    folder = parser.add_mutually_exclusive_group()
    for name, help in (
        ("pinned", "only those that are pinned"),
        ("archived", "those that are archived"),
        ("trash", "those in the trash, the last one first that was put there"),
    ):
        folder.add_argument(f"--{name}", dest="folder", action="store_const", const=name, default="chats", help=help)
    add("--tag", metavar="TAG", default="", help="only those that have it (all tags: chinwag tag --list)")
    add("-n", "--number", type=int, default=50, metavar="N", help="how many; 0 for all (default: 50)")
    add("--page", type=int, default=1, metavar="P", help="the P-th so many (default: 1)")
    add("--json", action="store_true", help="a JSON list, with times, tags and folders")


async def run(arguments: Namespace) -> int:
    """Print them, the pinned ones first, then the newest."""
    number = arguments.number if arguments.number > 0 else _EVERY
    end = number * max(1, arguments.page)
    tag = read_tag(arguments.tag) if arguments.tag else ""
    words = " ".join(arguments.words)
    async with open_library() as (library, notice):
        print_note(notice)
        if words:
            found = await _with_words(library, words, arguments.folder, tag, end)
        else:
            found = await _listed(library, arguments.folder, tag, end)
    shown = found[end - number :]
    if arguments.json:
        print_output(chats_json(shown))
        return ExitCode.OK
    if shown:
        print_output(chats_table(shown))
    elif found:
        print_note(f"{counted(len(found), 'conversation')} in all: page {arguments.page} is empty.", prefix="")
    elif words or tag:
        print_note("There is no such conversation.", prefix="")
    elif arguments.folder != "chats":
        print_note(_NONE[arguments.folder], prefix="")
    else:
        print_note('There is no conversation yet. Start one: chinwag -p "hello".', prefix="")
    return ExitCode.OK


async def _listed(library: "Library", folder: "ChatFolder", tag: str, limit: int) -> "tuple[Conversation, ...]":
    """Those of a folder, the pinned ones above the others."""
    pinned = await library.folders.page("pinned", limit=limit, tag=tag) if folder == "chats" else ()
    chats = await library.folders.page(folder, limit=limit, tag=tag)
    return tuple({chat.id: chat for chat in (*pinned, *chats)}.values())[:limit]


async def _with_words(
    library: "Library", words: str, folder: "ChatFolder", tag: str, limit: int
) -> "tuple[Conversation, ...]":
    """Those of a folder in which a query is met; a search alone looks also into what is archived."""
    from tui.chat.chat_choice import kept_there, read_words

    await build_index(library.search)
    tagged = [f"tag:{tag}"] if tag else []
    pinned_or_archived = [f"is:{folder}"] if folder in ("pinned", "archived") else []
    query = read_words(" ".join([words, *tagged, *pinned_or_archived]), trash=folder == "trash")
    hits = await library.search.chats(query, limit)
    return kept_there(await library.folders.chats([hit.conversation_id for hit in hits]), query)
