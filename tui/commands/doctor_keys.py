"""`chinwag doctor keys`: which key does what, what is wrong or doubtful about it here, and what arrives when pressed.

Reads the configuration as the app does, and changes nothing. Without a terminal it prints the table and ends.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.commands.exit_code import ExitCode
from tui.commands.table import table
from tui.config import load_config
from tui.streams import print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.keymap.keymap import Keymap
    from tui.app.keymap.surroundings import Surroundings

_MARKS = {"mistake": "✗", "conflict": "!", "doubt": "?"}


def add_arguments(parser: ArgumentParser) -> None:
    """It has none of its own."""


async def run(arguments: Namespace) -> int:
    """Print the table of keys; in a terminal, then show what arrives. Exit code 1 when a line of `[keys]` is wrong."""
    from tui.app.keymap.merging import merge_keys
    from tui.app.keymap.surroundings import surroundings

    config = load_config(arguments.config)
    preset, around = config.settings.text("keys.preset") or "", surroundings(os.environ)
    watches = sys.stdin.isatty() and sys.stdout.isatty()
    if watches and sys.platform != "win32":
        from tui.app.keymap.watch import speaks_protocol

        around = replace(around, protocol=speaks_protocol())
    breaks = config.settings.text("composer.enter") == "newline"
    keymap, problems = merge_keys(preset, config.keys, around, enter_breaks=breaks)
    print_output(table(_rows(keymap, around)))
    print_output(f"\nPreset: {preset}. Between keyboard and Chinwag: {around.names or 'nobody that is known'}.\n")
    print_output(f"{_protocol(around)}\n")
    for problem in problems:
        print_output(f"{_MARKS[problem.kind]} {clean_line(problem.sentence, 300)}\n")
    if sys.platform == "win32":
        print_output("\nWhat arrives when a key is pressed cannot be shown on Windows.\n")
    elif watches:
        from tui.app.keymap.watch import watch_keys

        print_output("\nPress keys to see what arrives. ctrl+q, esc twice, or 10 s without a key: the end.\n")
        watch_keys(lambda key: commands_of(keymap, key))
    return ExitCode.FAILED if any(problem.kind == "mistake" for problem in problems) else ExitCode.OK


def commands_of(keymap: "Keymap", key: str) -> tuple[str, ...]:
    """The full ids of the commands that have a key."""
    return tuple(id for id, keys in keymap.keys.items() if key in keys)


def _rows(keymap: "Keymap", around: "Surroundings") -> Iterator[tuple[str, str, str]]:
    """Each command with its keys, and a doubt about each of them."""
    from tui.app.commands import BY_ID

    for id, keys in keymap.keys.items():
        doubts = [f"{key} {doubt}" for key in keys if (doubt := around.doubt(key))]
        if keys or BY_ID[id].palette:
            yield id, ", ".join(keys) or "none", "; ".join(doubts)


def _protocol(around: "Surroundings") -> str:
    if around.protocol:
        return "This terminal speaks the Kitty protocol: all keys can be told apart."
    return "Without the Kitty protocol ctrl+i is tab, ctrl+m and shift+enter are enter, ctrl+h is backspace."
