"""`chinwag archive CHAT…`: chats that stand apart from the others, until something is asked in them again."""

from argparse import ArgumentParser, Namespace

from tui.commands.changing import add_change_arguments, change_chats


def add_arguments(parser: ArgumentParser) -> None:
    """Which chats, and whether it is taken back."""
    add_change_arguments(parser, undo="bring them back among the others")


async def run(arguments: Namespace) -> int:
    """Archive them, or bring them back."""
    verb, done = ("Bring back", "Not archived any more") if arguments.undo else ("Archive", "Archived")
    return await change_chats(
        arguments, verb, done, lambda library, ids: library.folders.archive(ids, archived=not arguments.undo)
    )
