"""`chinwag config path`: where the configuration is, and with `--json` everything else that is kept."""

import json
from argparse import ArgumentParser, Namespace

from tui import paths
from tui.bootstrap import library_file
from tui.commands.exit_code import ExitCode
from tui.streams import print_output


def add_arguments(parser: ArgumentParser) -> None:
    """One path, or all."""
    parser.add_argument("--json", action="store_true", help="all paths: data, library, backups, themes, prompts, log …")


async def run(arguments: Namespace) -> int:
    """Print it; what is not there yet has its path, too."""
    config = arguments.config or paths.config_dir() / "config.toml"
    if not arguments.json:
        print_output(f"{config}\n")
        return ExitCode.OK
    from tui.config.own_file import added_file
    from tui.log import log_file
    from tui.store.backups import backups

    library = library_file()
    table = {
        "config": str(config),
        "config_of_the_app": str(added_file(config)),
        "credentials": str(paths.config_dir() / "credentials.toml"),
        "themes": str(paths.config_dir() / "themes"),
        "prompts": str(paths.config_dir() / "prompts"),
        "data": str(paths.data_dir()),
        "library": str(library),
        "backups": [str(one.path) for one in backups(library)],
        "models": str(paths.data_dir() / "models"),
        "state": str(paths.state_dir()),
        "log": str(log_file()),
        "cache": str(paths.cache_dir()),
    }
    print_output(json.dumps(table, indent=2) + "\n")
    return ExitCode.OK
