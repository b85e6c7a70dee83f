"""One change to one or many chats, as `pin`, `archive`, `tag`, `rename` and `rm` make it: meant, asked, made, said."""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.asking import agreed
from tui.commands.chat_lines import chats_json, named_all
from tui.commands.choosing import add_chats, chosen_chats
from tui.commands.exit_code import ExitCode
from tui.errors import StoreError
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.chat.library import Library
    from tui.store.records import Conversation

Change = Callable[["Library", Collection[str]], Awaitable[None]]
"""Changes the chats with these ids."""


def add_change_arguments(parser: ArgumentParser, undo: str) -> None:
    """Which chats, and whether it is taken back; `undo` says what that does."""
    add_chats(parser)
    parser.add_argument("--undo", action="store_true", help=undo)
    parser.add_argument("--json", action="store_true", help="print the chats as JSON, as they are then")


async def change_chats(arguments: Namespace, verb: str, done: str, change: Change) -> int:
    """Change the chats that are meant, after a question where words have found many; returns the exit code.

    Args:
        arguments: those of `add_chats`, and `json`.
        verb: what is done to chats, in the question.
        done: what was done to them.
        change: does it.
    """
    async with open_library() as (library, notice):
        print_note(notice)
        require_writable(library)
        chats = await chosen_chats(library, arguments.chats, every=arguments.all_found)
        if not await agreed_to_many(f"{verb} {named_all(chats)}?", chats, arguments):
            return ExitCode.FAILED
        await change(library, [chat.id for chat in chats])
        await print_changed(library, chats, done, as_json=arguments.json)
    return ExitCode.OK


async def agreed_to_many(question: str, chats: "Sequence[Conversation]", arguments: Namespace) -> bool:
    """Whether a person agrees to a change of chats; those that were named one by one need no question."""
    return await agreed(question, yes=arguments.yes or len(chats) <= len(arguments.chats))


def require_writable(library: "Library") -> None:
    """Make sure that a change would be kept.

    Raises:
        StoreError: the library can only be read.
    """
    if not library.saves:
        raise StoreError("Nothing was changed: the library can only be read.")


async def print_changed(library: "Library", chats: "Sequence[Conversation]", done: str, *, as_json: bool) -> None:
    """Say what was done to chats, as in "Pinned: A title"; or print them as they are now, as JSON."""
    if as_json:
        print_output(chats_json(await library.folders.chats([chat.id for chat in chats])))
        return
    print_note(f"{done}: {named_all(chats)}", prefix="")
