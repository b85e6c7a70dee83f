"""How a command is told which chats it is about: by id, "last" or a search, each where an id may stand."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui.streams import print_note

if TYPE_CHECKING:
    from tui.chat.library import Library
    from tui.chat.library_search import LibrarySearch
    from tui.store.records import Conversation

CHAT_HELP = """an id or the beginning of one, "last", or words and filters in one argument, as for chinwag search: the \
only chat whose title has them, or in which they were said"""


def add_chats(parser: ArgumentParser, *, needed: bool = True) -> None:
    """Which chats, at least one where any is `needed`; or all that are found by words."""
    add = parser.add_argument
    add("chats", nargs="+" if needed else "*", metavar="CHAT", help=CHAT_HELP)
    add("--all-found", action="store_true", help="take all chats that the words find, not only one")
    add("--yes", action="store_true", help="do not ask first")


def named_chat(text: str) -> str:
    """An argument that names a chat. Raises ArgumentTypeError for a blank one, which would name none."""
    if not text.strip():
        raise ArgumentTypeError("no chat is named")
    return text


async def chosen_chats(
    library: "Library", wanted: Sequence[str], *, every: bool = False, trash: bool = False
) -> "tuple[Conversation, ...]":
    """The chats that are meant, each once, in the order of the words.

    Raises:
        UsageError: one of the words fits none, or without `every` more than one.
    """
    from tui.chat.chat_choice import chats_meant

    found: dict[str, Conversation] = {}
    for one in wanted:
        ready = partial(build_index, library.search)
        for chat in await chats_meant(library, one, every=every, trash=trash, get_ready=ready):
            found.setdefault(chat.id, chat)
    return tuple(found.values())


async def chosen_chat(library: "Library", wanted: str) -> "Conversation":
    """The one chat that is meant. Raises UsageError."""
    (chat,) = await chosen_chats(library, [wanted])
    return chat


async def build_index(search: "LibrarySearch") -> None:
    """Take in what was there before there was an index; ended by Ctrl-C, it goes on the next time."""
    from tui.commands.progress import ProgressLine

    line = ProgressLine("Reading older chats for the first search")
    try:
        await search.build(lambda progress: line.show_percent(progress.percent))
    finally:
        line.end()
    progress = await search.progress()
    if not progress.complete:  # the library can only be read
        print_note(f"Only {progress.percent} % of the chats can be searched.")
