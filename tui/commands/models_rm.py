"""`chinwag models rm ID`: a model of this machine, or of Ollama, that is not wanted any more."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import open_catalog
from tui.commands.exit_code import ExitCode
from tui.errors import ChinwagError, UsageError
from tui.figures import size
from tui.model_id import ModelId
from tui.streams import print_note
from tui.text import clean_line


def add_arguments(parser: ArgumentParser) -> None:
    """Which one."""
    parser.add_argument("model", metavar="ID", help="such as local:qwen3-4b or ollama:qwen3:30b")
    parser.add_argument("--yes", action="store_true", help="delete the file; without it, only say what would go")


async def run(arguments: Namespace) -> int:
    """Say what would go, or with `--yes` delete it."""
    from tui.config import load_config

    model = ModelId.parse(arguments.model)
    async with open_catalog(load_config(arguments.config)) as catalog:
        if model.provider == "local":
            files = catalog.embedded.files_of(model.name)
            try:
                freed = sum(file.lstat().st_size for file in files)
                if arguments.yes:
                    for file in files:
                        file.unlink()
            except OSError as error:
                raise ChinwagError(f"{error.filename} cannot be deleted: {error.strerror}.") from error
            what = f"{files[0]} ({size(freed)})"
        elif model.provider == "ollama":
            from tui.agent.exceptions import ModelAPIError
            from tui.agent.providers.ollama_models import delete, sizes

            provider = catalog.client("ollama")
            try:
                held = await sizes(provider)
                if model.name not in held:
                    raise UsageError(f"Ollama has no {clean_line(model.name, 60)}.", "See: chinwag models ollama")
                if arguments.yes:
                    await delete(provider, model.name)
            except ModelAPIError as error:
                raise ChinwagError(clean_line(error.message, 300), clean_line(error.hint, 200)) from error
            what = f"{clean_line(model.name, 60)} ({size(held[model.name])})"
        else:
            raise UsageError(f"{model.provider} keeps its own models.", "Only local: and ollama: can be deleted.")
    print_note(f"Deleted: {what}" if arguments.yes else f"Would delete {what}. Do it: --yes", prefix="")
    return ExitCode.OK
