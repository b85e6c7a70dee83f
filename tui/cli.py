"""The command line: which command is meant, how its arguments read, and what the exit code is.

What a command does stands in `tui.commands`; what it needs is built by `tui.bootstrap`. Exit codes are those of
`tui.commands.exit_code`, and 128 + n after signal n.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui import __version__
from tui.collector import rest_collector, wake_collector
from tui.commands import ASK, COMMANDS
from tui.commands.exit_code import ExitCode, exit_code_of
from tui.errors import ChinwagError, UsageError
from tui.streams import discard_output, open_closed_streams, print_note, replace_unencodable

if TYPE_CHECKING:
    from argparse import Namespace
    from threading import ExceptHookArgs
    from types import TracebackType

    from tui.commands import ShellCommand
    from tui.commands.arguments import CommandParser

_FEW_WORDS = 3
"""A command mostly has no more, its own name included; a question mostly has."""

_ELSEWHERE = {
    "list": "chats", "ls": "chats", "history": "chats", "find": "search", "grep": "search", "cat": "show",
    "cost": "usage", "stats": "usage", "login": "keys", "pull": "models pull", "sync": "library status",
    "delete": "rm", "remove": "rm", "limits": "usage", "costs": "usage", "config": "config path",
    "settings": "config path", "help": "--help", "version": "--version",
}  # fmt: skip
"""What other programs call such a command, with its name here."""
_IN_APP = ("theme", "tools", "compare", "compact", "attach", "quit", "exit")
"""Commands of the app that somebody may want of the shell."""
_SHORTEST_SINGULAR = 4
"""Of shorter names, such as "cat", the plural is another word."""
_LONG_WORD = 6
"""In a shorter one, another letter makes another word: "logic" is no "login"."""

_USAGE = "chinwag [OPTIONS] [QUESTION]\n       chinwag COMMAND …"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code. `argv` are the arguments after the program's name."""
    if argv is None:
        import threading

        rest_collector()
        sys.excepthook = _report_bug
        threading.excepthook = _log_bug_of_thread
        open_closed_streams()
        replace_unencodable(sys.stdout)
        replace_unencodable(sys.stderr)
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
    except ChinwagError as error:
        print_note(f"{error.message}\n{error.hint}")
        return exit_code_of(error)
    except BrokenPipeError:
        discard_output(sys.stdout)
        return ExitCode.BROKEN_PIPE
    except KeyboardInterrupt:
        return ExitCode.CTRL_C


def _dispatch(arguments: list[str]) -> int:
    if not arguments:  # mostly nothing is: a parser would be a fiftieth of the start
        from tui.commands.ask import unsaid

        return _run(ASK, unsaid())
    from tui.commands.arguments import CommandParser

    before, command, after = split_command(arguments)
    # What follows "--" is a question, whatever it looks like; argparse 3.11 forgets that when words and options mix.
    end = before.index("--") if "--" in before else len(before)
    options = _question_parser().parse_intermixed_args(before[:end])
    if command is None:
        options.question += before[end + 1 :]
        _refuse_misspelt_command(options.question, arguments)
        return _run(ASK, options)
    parser = CommandParser(f"chinwag {command}", COMMANDS[command].summary)
    COMMANDS[command].load().add_arguments(parser)
    chosen = parser.parse_command(after)
    chosen.config = chosen.config or options.config
    return _run(COMMANDS[command], chosen)


def split_command(arguments: list[str]) -> tuple[list[str], str | None, list[str]]:
    """Tell a command from a question: a command stands first, with nothing but `--config FILE` before it.

    Returns:
        The arguments before the command, the command (a key of `COMMANDS`) or None, the arguments after it.
    """
    index = 0
    while index < len(arguments) and arguments[index].startswith("--config"):
        index += 1 if "=" in arguments[index] else 2
    rest = arguments[index:]
    for name in sorted(COMMANDS, key=len, reverse=True):  # "models add" before "models"
        length = len(name.split())
        if rest[:length] == name.split():
            return arguments[:index], name, rest[length:]
    return arguments, None, []


def _refuse_misspelt_command(question: list[str], arguments: list[str]) -> None:
    """A few words that begin like a command are more likely a slip than a question, and a question may cost money.

    Of many words the first has to be a command but for one letter, or for their order: no question looks so.
    """
    from shlex import quote

    if arguments != question or not question or " " in question[0]:
        return
    if instead := _meant(question):
        as_question = " ".join(map(quote, question))
        raise UsageError(
            f'"{question[0]}" is no command.', f"{instead} To ask it as a question: chinwag -- {as_question}"
        )


def _meant(question: list[str]) -> str:
    """Which command words are rather than a question, in a sentence; "" for none."""
    import difflib

    word = question[0].casefold()
    if len(question) == 1 and (near := next((one for one in (*_ELSEWHERE, *_IN_APP) if _is_near(word, one)), "")):
        return f'Did you mean "{_ELSEWHERE[near]}"?' if near in _ELSEWHERE else f"In the app it is /{near}."
    found = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.75)
    if len(question) > _FEW_WORDS:
        found = [name for name in found if _is_slip(word, name)]
    return f'Did you mean "{found[0]}"?' if found else ""


def _is_near(word: str, name: str) -> bool:
    """Whether a word is a name, its singular or plural, or, where it is long, a slip of it."""
    if word == name:
        return True
    shorter = min(len(word), len(name))
    if shorter >= _SHORTEST_SINGULAR and word.removesuffix("s") == name.removesuffix("s"):
        return True
    return shorter >= _LONG_WORD and _is_slip(word, name)


def _is_slip(word: str, command: str) -> bool:
    """Whether a word is a command with a letter too many or too few, or in another order; "chat" is a word."""
    if word[0] != command[0] or word.startswith(command) or command.startswith(word):
        return False
    typed, meant = Counter(word), Counter(command)
    return (typed - meant).total() + (meant - typed).total() <= 1


def _question_parser() -> "CommandParser":
    from tui.commands.arguments import CommandParser

    commands = "".join(f"  {command.name:<16}{command.summary}\n" for command in COMMANDS.values())
    epilog = f"commands (each has its own --help):\n{commands.rstrip()}"
    parser = CommandParser("chinwag", ASK.summary, usage=_USAGE, epilog=epilog)
    ASK.load().add_arguments(parser)
    parser.add_argument("-V", "--version", action="version", version=f"chinwag {__version__}")
    return parser


def _run(command: "ShellCommand", arguments: "Namespace") -> int:
    import asyncio

    from tui.config import print_as_set
    from tui.log import start_log

    start_log()
    print_as_set(arguments.config)
    if command is not ASK:  # which wakes it behind the first frame
        wake_collector()
    return asyncio.run(command.load().run(arguments))


def _log_bug_of_thread(broken: "ExceptHookArgs") -> None:
    """A bug that ends a thread goes to the log: Python would print it, with no key masked, into the screen."""
    import logging

    if broken.exc_value is not None and not isinstance(broken.exc_value, SystemExit):
        exception = (broken.exc_type, broken.exc_value, broken.exc_traceback)
        logging.getLogger("tui").critical("a thread was stopped by a bug", exc_info=exception)


def _report_bug(kind: type[BaseException], error: BaseException, trace: "TracebackType | None") -> None:
    """Leave one line of a bug on the screen; the rest, without values of variables, goes to the log."""
    import logging

    from tui.log import log_file, start_log

    start_log()
    logging.getLogger("tui").critical("stopped by a bug", exc_info=(kind, error, trace))
    print_note(f"Chinwag stopped because of a bug in itself ({kind.__name__}). The report is in {log_file()}")
