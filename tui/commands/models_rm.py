"""`chinwag models rm ID`: a model of this machine, or of Ollama, that is not wanted any more."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import open_catalog
from tui.commands.exit_code import ExitCode
from tui.figures import size
from tui.streams import print_note


def add_arguments(parser: ArgumentParser) -> None:
    """Which one."""
    parser.add_argument("model", metavar="MODEL", help="such as local:qwen3-4b or ollama:qwen3:30b")
    parser.add_argument("--yes", action="store_true", help="delete the file; without it, only say what would go")


async def run(arguments: Namespace) -> int:
    """Say what would go, or with `--yes` delete it."""
    from tui.chat.catalog.kept import delete_model, kept_model
    from tui.config import load_config

    async with open_catalog(load_config(arguments.config)) as catalog:
        kept = await kept_model(catalog, arguments.model)
        if arguments.yes:
            await delete_model(catalog, kept.id)
    what = f"{kept.place} ({size(kept.size_bytes)})"
    print_note(f"Deleted: {what}" if arguments.yes else f"Would delete {what}. Do it: --yes", prefix="")
    return ExitCode.OK
