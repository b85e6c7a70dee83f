"""`chinwag pin CHAT…`: chats that stand above the others."""

from argparse import ArgumentParser, Namespace

from tui.commands.changing import add_change_arguments, change_chats


def add_arguments(parser: ArgumentParser) -> None:
    """Which chats, and whether it is taken back."""
    add_change_arguments(parser, undo="let them stand among the others again")


async def run(arguments: Namespace) -> int:
    """Pin them, or not any more."""
    verb, done = ("Unpin", "Not pinned any more") if arguments.undo else ("Pin", "Pinned")
    return await change_chats(
        arguments, verb, done, lambda library, ids: library.folders.pin(ids, pinned=not arguments.undo)
    )
