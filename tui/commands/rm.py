"""`chinwag rm CHAT…`: chats into the trash, back out of it, or gone for good."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.bootstrap import open_library
from tui.commands.asking import agreed
from tui.commands.changing import agreed_to_many, print_changed, require_writable
from tui.commands.chat_lines import chats_json, named_all
from tui.commands.choosing import add_chats, chosen_chats
from tui.commands.exit_code import ExitCode
from tui.errors import UsageError
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.chat.library import Library
    from tui.store.records import Conversation

_FEW = 10
"""Chats whose ids are named in a line."""


def add_arguments(parser: ArgumentParser) -> None:
    """Which chats, and where to."""
    add_chats(parser)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--undo", action="store_true", help="bring them back from the trash; they are looked for in there")
    way.add_argument("--for-good", action="store_true", help="delete what lies in the trash, with no way back")
    parser.add_argument("--json", action="store_true", help="print the chats as JSON")


async def run(arguments: Namespace) -> int:
    """Move them there, after a question where many are meant, or where there is no way back."""
    async with open_library() as (library, notice):
        print_note(notice)
        require_writable(library)
        chats = await _meant(library, arguments)
        if not await _agreed(chats, arguments):
            return ExitCode.FAILED
        ids = [chat.id for chat in chats]
        if arguments.undo:
            await library.folders.restore(ids)
            await print_changed(library, chats, "Back from the trash", as_json=arguments.json)
        elif arguments.for_good:
            await library.folders.delete_for_good(ids)
            _print_gone(chats, as_json=arguments.json)
        else:
            await library.folders.delete(ids)
            await print_changed(library, chats, "Moved to the trash", as_json=arguments.json)
            if not arguments.json:
                print_note(f"Undo: chinwag rm --undo {await _again(library, chats, arguments)}", prefix="")
    return ExitCode.OK


async def _meant(library: "Library", arguments: Namespace) -> "tuple[Conversation, ...]":
    in_trash = arguments.undo or arguments.for_good
    try:
        return await chosen_chats(library, arguments.chats, every=arguments.all_found, trash=in_trash)
    except UsageError as error:
        if arguments.for_good:
            raise UsageError(error.message, "Only what lies in the trash is deleted for good: rm it first.") from error
        raise


async def _agreed(chats: "Sequence[Conversation]", arguments: Namespace) -> bool:
    what = named_all(chats)
    if arguments.for_good:
        return await agreed(f"Delete for good, with no way back: {what}?", yes=arguments.yes)
    question = f"Bring back from the trash: {what}?" if arguments.undo else f"Move to the trash: {what}?"
    return await agreed_to_many(question, chats, arguments)


async def _again(library: "Library", chats: "Sequence[Conversation]", arguments: Namespace) -> str:
    """What names the same chats in the trash: their ids; the words for many, if these find nothing else in there."""
    if len(chats) > _FEW:
        with suppress(UsageError):
            found = await chosen_chats(library, arguments.chats, every=True, trash=True)
            if {chat.id for chat in found} == {chat.id for chat in chats}:
                import shlex

                return shlex.join(["--all-found", "--", *arguments.chats])
    return " ".join(chat.id for chat in chats)


def _print_gone(chats: "Sequence[Conversation]", *, as_json: bool) -> None:
    if as_json:
        print_output(chats_json(chats))
    else:
        print_note(f"Deleted for good: {named_all(chats)}", prefix="")
