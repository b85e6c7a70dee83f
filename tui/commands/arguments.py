"""How arguments are read: one parser for every command, whose mistakes are errors like any other."""

import argparse
from pathlib import Path
from typing import NoReturn

from tui.errors import UsageError
from tui.streams import print_output


class CommandParser(argparse.ArgumentParser):
    """A parser with the option that all commands have, which raises instead of ending the program.

    Raises:
        UsageError: from every way of parsing, when the arguments make no sense.
    """

    def __init__(self, prog: str, description: str, *, usage: str | None = None, epilog: str | None = None) -> None:
        super().__init__(
            prog,
            usage,
            description,
            epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        help = "another file instead of ~/.config/chinwag/config.toml"
        self.add_argument("--config", metavar="FILE", type=file_path, help=help)

    def error(self, message: str) -> NoReturn:
        """Raise where argparse would print and end the program."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"See: {self.prog} --help")

    def _print_message(self, message: str, file: object = None) -> None:
        # The help or the version: argparse would pass over an output that takes nothing.
        print_output(message)


def file_path(text: str) -> Path:
    """An argument that names a file; "~" is the home folder, also where the shell leaves it."""
    return Path(text).expanduser()
