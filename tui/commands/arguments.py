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
        self._rest = self._signed = False
        help = "another file instead of ~/.config/chinwag/config.toml"
        self.add_argument("--config", metavar="FILE", type=file_path, help=help)

    def add_rest(self, title: str, help: str) -> None:
        """Take what follows "--", as it is, as `rest`."""
        self._rest = True
        self.add_argument_group(f"-- {title}", help)
        self.usage = f"{self.prog} [OPTIONS] NAME -- {title}" if self.usage is None else self.usage

    def add_signed(self, metavar: str, help: str) -> None:
        """Take words that begin with "+" or one "-", which are no option of a single letter, as `signed`."""
        self._signed = True
        self.add_argument_group(f"+{metavar} -{metavar}", help)
        self.usage = f"{self.prog} [OPTIONS] CHAT … +{metavar} -{metavar} …"

    def parse_command(self, arguments: list[str]) -> argparse.Namespace:
        """Parse the arguments of a command.

        What follows "--" is cut off first where it is wanted as it is: argparse takes words among it for its own.
        """
        end = arguments.index("--") if self._rest and "--" in arguments else len(arguments)
        mine = arguments[:end]
        signed = [word for word in mine if self._signed and _is_signed(word)]
        parsed = self.parse_args([word for word in mine if word not in signed])
        parsed.rest, parsed.signed = arguments[end + 1 :], signed
        return parsed

    def error(self, message: str) -> NoReturn:
        """Raise where argparse would print and end the program."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"See: {self.prog} --help")

    def _print_message(self, message: str, file: object = None) -> None:
        # The help or the version: argparse would pass over an output that takes nothing.
        print_output(message)


def _is_signed(word: str) -> bool:
    return word[:1] in ("+", "-") and len(word) > 1 and word[1] != "-" and word != "-h"


def file_path(text: str) -> Path:
    """An argument that names a file; "~" is the home folder, also where the shell leaves it."""
    return Path(text).expanduser()
