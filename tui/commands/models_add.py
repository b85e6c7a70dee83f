"""`chinwag models add FILE`: a GGUF file as a model of this machine. The file stays where it is."""

from argparse import ArgumentParser, Namespace

from tui.bootstrap import open_catalog
from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.installed import how_to_get
from tui.paths import data_dir
from tui.streams import print_note, print_output


def add_arguments(parser: ArgumentParser) -> None:
    """The file, and its name as a model."""
    add = parser.add_argument
    add("file", metavar="FILE", type=file_path, help="the GGUF file, or the first part of a split one")
    add("--name", default="", metavar="NAME", help="what to call it: local:NAME (default: from the file's name)")


async def run(arguments: Namespace) -> int:
    """Make a link to the file among the models, print the model's id, and say how to use and how to undo it."""
    from tui.config import load_config

    async with open_catalog(load_config(arguments.config)) as catalog:
        info = catalog.add_local(arguments.file, arguments.name)
    print_output(f"{info.id}\n")
    folder = data_dir() / "models"
    lines = [
        f"A link in {folder} leads to the file, which stays where it is; delete the link to undo this.",
        f"Ask it: chinwag -m {info.id}",
    ]
    if info.note:
        lines.append(f"Running it needs llama.cpp: {how_to_get('local')}")
    print_note("\n".join(lines), prefix="")
    return ExitCode.OK
