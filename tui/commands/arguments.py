"""How arguments are read: one parser for every command, whose mistakes are errors like any other."""

import argparse
import shutil
import textwrap
from pathlib import Path
from typing import NoReturn

from typing_extensions import override

from tui.errors import UsageError
from tui.streams import print_output

_WIDEST = 100
"""Columns of a help: longer lines are hard to read."""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=min(shutil.get_terminal_size().columns, _WIDEST) - 2)


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
            formatter_class=_Formatter,
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

    @override
    def format_help(self) -> str:
        """The help as a short page: what the command is for, its options, what else is to be said, and examples."""
        from tui.commands.help import HELP

        page = HELP.get(self.prog.removeprefix("chinwag").strip())
        if page is None:
            return super().format_help()
        described, below = self.description, self.epilog
        width = min(shutil.get_terminal_size().columns, _WIDEST) - 2
        paragraphs = [*(described or "").split("\n\n"), *page.about.split("\n\n")]
        self.description = "\n\n".join(textwrap.fill(one, width) for one in paragraphs if one)
        lines = [line if line[:1].isspace() else textwrap.fill(line, width) for line in (below or "").splitlines()]
        self.epilog = "\n\n".join(filter(None, ("\n".join(lines), page.examples_text)))
        try:
            return super().format_help()
        finally:
            self.description, self.epilog = described, below

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
