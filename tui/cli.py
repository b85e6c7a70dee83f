"""The command line, and the one place where everything is put together. Loads Textual, pydantic and httpx only on use.

`main` returns an exit code: 0 ok, 1 no answer or a failure of files, 2 usage or configuration, 130 Ctrl-C, 141 closed
pipe, 128 + n after signal n.
"""

import argparse
import difflib
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tui import __version__
from tui.errors import ChinwagError, ConfigError, StoreError, UsageError

if TYPE_CHECKING:
    from types import TracebackType

    from tui.chat.catalog.catalog import Catalog
    from tui.chat.library import Library
    from tui.chat.replies.replies import Replies
    from tui.config import Config, State
    from tui.store.records import Conversation

COMMANDS = ("chats", "doctor", "export", "keys", "models")
DEMO = "demo:guide"
_ADD = "models add"

_FAILED, _USAGE, _CTRL_C, _BROKEN_PIPE = 1, 2, 130, 141

_EPILOG = """\
commands (each has its own --help):
  chats     list the conversations with their ids
  export    write conversations to files
  models    list the models that can be used; add a GGUF file of your own
  keys      say which keys were found, and where
  doctor    check configuration, library, terminal and models

examples:
  chinwag                                   open the app
  chinwag "What is a chinwag?"              open the app and ask at once
  git diff | chinwag -p "Describe this."    print the answer and end
  chinwag -p -c "Shorter, please."          go on with the last conversation
  chinwag -- models                         ask the word "models"
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code. `argv` are the arguments after the program's name."""
    if argv is None:
        sys.excepthook = _report_bug
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()  # so that a reader who went away is met here, not by the interpreter at its end
        return code
    except ChinwagError as error:
        _complain(f"{error.message}\n{error.hint}")
        return _USAGE if isinstance(error, UsageError | ConfigError) else _FAILED
    except BrokenPipeError:
        from tui.streams import abandon

        abandon(sys.stdout)
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _CTRL_C


def _dispatch(arguments: list[str]) -> int:
    before, command, after = split_command(arguments)
    # What follows "--" is a question, whatever it looks like; argparse 3.11 forgets that when words and options mix.
    end = before.index("--") if "--" in before else len(before)
    options = _parser().parse_intermixed_args(before[:end])
    options.words += before[end + 1 :]
    if command is not None:
        if command == "models" and after[:1] == ["add"]:
            command, after = _ADD, after[1:]
        chosen = _command_parser(command).parse_args(after)
        chosen.config = chosen.config or options.config
        return _run(_command(command, chosen))
    _refuse_misspelt_command(options.words, arguments)
    return _run(_chat(options))


def split_command(arguments: list[str]) -> tuple[list[str], str | None, list[str]]:
    """Tell a command from a question: a command is the first word, with nothing but `--config FILE` before it.

    Returns:
        The arguments before the command, the command or None, the arguments after it.
    """
    index = 0
    while index < len(arguments) and arguments[index].startswith("--config"):
        index += 1 if "=" in arguments[index] else 2
    if index < len(arguments) and arguments[index] in COMMANDS:
        return arguments[:index], arguments[index], arguments[index + 1 :]
    return arguments, None, []


def _refuse_misspelt_command(words: list[str], arguments: list[str]) -> None:
    """A single word that is nearly a command is more likely a slip than a question, and a question may cost money."""
    if len(arguments) != 1 or len(words) != 1 or " " in words[0]:
        return
    if near := difflib.get_close_matches(words[0], COMMANDS, n=1, cutoff=0.75):
        hint = f'Did you mean "{near[0]}"? To ask it as a question: chinwag -- {words[0]}'
        raise UsageError(f'"{words[0]}" is no command.', hint)


class _Parser(argparse.ArgumentParser):
    """Reports mistakes in the words of the house, and with the usual exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"See: {self.prog} --help")


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chinwag",
        usage="chinwag [OPTIONS] [QUESTION]\n       chinwag COMMAND …",
        description="A chat with any large language model, in your terminal.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("words", nargs="*", metavar="QUESTION", help="opens the app and asks; with -p prints the answer instead")
    add("-p", "--print", action="store_true", help="print the answer and end; what is piped in goes along")
    add("-m", "--model", metavar="MODEL", help="who answers, such as openai:gpt-5.6 (see: chinwag models)")
    add("-c", "--continue", dest="resume", action="store_true", help="go on with the last conversation")
    add("--demo", action="store_true", help="talk to the built-in offline guide, whatever is configured")
    add("--config", metavar="FILE", type=_path, help="another file instead of ~/.config/chinwag/config.toml")
    add("-V", "--version", action="version", version=f"chinwag {__version__}")
    return parser


def _command_parser(command: str) -> argparse.ArgumentParser:
    descriptions = {
        "chats": "List the conversations, newest first, with the beginnings of their ids.",
        "doctor": "Check configuration, library, terminal and models. The report holds no keys and can be passed on.",
        "export": "Write conversations to files.",
        "keys": "Say which keys were found, and where. Never prints one.",
        "models": "List the models that can be used. To add a GGUF file of your own: chinwag models add FILE.",
        _ADD: "Make a GGUF file a model that can be picked. The file stays where it is.",
    }
    parser = _Parser(prog=f"chinwag {command}", description=descriptions[command], allow_abbrev=False)
    add = parser.add_argument
    add("--config", metavar="FILE", type=_path, help="another file instead of ~/.config/chinwag/config.toml")
    match command:
        case "chats":
            add("-n", "--number", type=int, default=50, metavar="N", help="how many at most (default: 50)")
        case "models":
            add("filter", nargs="*", metavar="FILTER", help="only models whose id or label holds all of these words")
        case "models add":
            add("file", metavar="FILE", type=_path, help="the GGUF file, or the first part of a split one")
            add(
                "--name", default="", metavar="NAME", help="what to call it: local:NAME (default: from the file's name)"
            )
        case "export":
            add("which", nargs="?", metavar="ID", help='id of a conversation, the beginning of one, or "last"')
            add("--all", action="store_true", help="every conversation, a file each; -o names the folder")
            add("-f", "--format", choices=("md", "json"), default="md", help="Markdown (default) or JSON")
            add("-o", "--output", metavar="PLACE", type=_path, help='a file, a folder, or "-" for standard output')
            add("--force", action="store_true", help="replace files that exist")
    return parser


def _run(work: Coroutine[Any, Any, int]) -> int:
    import asyncio

    from tui.log import start_log
    from tui.streams import tolerant

    start_log()
    tolerant(sys.stdout)
    tolerant(sys.stderr)
    return asyncio.run(work)


# Putting things together.


@dataclass(frozen=True, slots=True)
class Parts:
    """What a chat needs, built from configuration, environment and files.

    Attributes:
        notice: what the person must know from the start, such as that nothing can be saved; "" for nothing.
    """

    config: "Config"
    state: "State"
    catalog: "Catalog"
    library: "Library"
    replies: "Replies"
    notice: str


@asynccontextmanager
async def compose(config_path: Path | None = None) -> AsyncIterator[Parts]:
    """Put the program together, and take it apart in the end: embedded models, connections, library.

    Raises:
        ConfigError: the configuration makes no sense.
        StoreError: the library belongs to a newer version, or to another program. One that cannot be opened or
            written for another reason is replaced by one in memory, and `Parts.notice` says so.
    """
    from tui.chat.replies.replies import Replies
    from tui.config import load_config, load_state

    config = load_config(config_path)
    async with _catalog(config) as catalog, _library(or_memory=True) as (library, notice):
        yield Parts(config, load_state(), catalog, library, Replies(library, catalog), notice)


@asynccontextmanager
async def _catalog(config: "Config") -> AsyncIterator["Catalog"]:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.listing_cache import ListingCache
    from tui.chat.catalog.listings import Listings
    from tui.chat.catalog.providers import configured_providers
    from tui.chat.credentials.lookup import KeyLookup
    from tui.paths import cache_dir, config_dir

    keys = KeyLookup(config_dir() / "credentials.toml")
    catalog = Catalog(config, Listings(configured_providers(config), keys, ListingCache(cache_dir())))
    try:
        yield catalog
    finally:
        await catalog.aclose()


@asynccontextmanager
async def _library(*, or_memory: bool = False) -> AsyncIterator[tuple["Library", str]]:
    """The library, and what is to be said about it; with `or_memory` as `compose` has it."""
    from tui.chat.library import Library
    from tui.paths import data_dir
    from tui.store.database import Database

    database, notice = Database(data_dir() / "chats.db"), ""
    try:
        await database.open()
    except StoreError as error:
        if not or_memory or error.__cause__ is None:  # no cause: the file is fine, and not ours to write to
            raise
        database, notice = Database(None), f"Nothing will be saved. {error.sentence}"
        await database.open()
    try:
        yield Library(database), notice or database.notice
    finally:
        await database.close()


async def _conversation(options: argparse.Namespace, parts: Parts) -> "Conversation":
    """The conversation to go on with, or a new one, with the model that was asked for."""
    asked = DEMO if options.demo else options.model
    if not options.resume:
        return parts.library.new(parts.catalog.default(asked, None, parts.state.last_model))
    found = await parts.library.find("last")
    return await parts.library.set_model(found.id, parts.catalog.find(asked).id) if asked else found


# What the program does.


async def _command(command: str, options: argparse.Namespace) -> int:
    from tui import listings
    from tui.config import load_config
    from tui.paths import config_dir

    if command == "doctor":
        from tui.doctor import report

        return await report(options.config)
    if command in ("chats", "export"):
        async with _library() as (library, notice):
            _complain(notice)
            if command == "chats":
                return await listings.chats(library, options.number)
            return await listings.export(
                library,
                options.which,
                everything=options.all,
                format_name=options.format,
                place=options.output,
                force=options.force,
            )
    config = load_config(options.config)
    if command == "keys":
        return await listings.keys(config, config_dir() / "credentials.toml")
    async with _catalog(config) as catalog:
        if command == _ADD:
            return listings.add_model(catalog, options.file, options.name)
        return await listings.models(catalog, options.filter)


async def _chat(options: argparse.Namespace) -> int:
    """Print one answer, or open the app."""
    from tui.plain import with_piped
    from tui.streams import read_piped, take_terminal

    question = " ".join(options.words)
    prompt = with_piped(question, read_piped())
    if options.print or (prompt and not sys.stdout.isatty()):
        if not prompt:
            raise UsageError("There is nothing to ask.", 'Give a question: chinwag -p "…", or pipe one in.')
        return await _print_answer(options, prompt)
    take_terminal()
    return await _open_app(options, prompt, send=bool(question))


async def _print_answer(options: argparse.Namespace, prompt: str) -> int:
    from tui.chat.prompt import Prompt
    from tui.chat.replies.turn import Turn
    from tui.plain import print_answer

    async with compose(options.config) as parts:
        _complain(parts.notice)
        turn = Turn(await _conversation(options, parts), parts.library, parts.catalog, Prompt(prompt))
        return await print_answer(turn, sys.stdout, sys.stderr)


async def _open_app(options: argparse.Namespace, prompt: str, *, send: bool) -> int:
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)  # set but empty means colours (no-color.org); Textual takes it for none
    from tui.app.warmup import rest_collector, wake_collector

    rest_collector()  # until the app has warmed up
    try:
        return await _run_app(options, prompt, send=send)
    finally:
        wake_collector()


async def _run_app(options: argparse.Namespace, prompt: str, *, send: bool) -> int:
    async with compose(options.config) as parts:
        from tui.app.app import ChatApp

        app = ChatApp(
            parts.library,
            parts.replies,
            parts.catalog,
            parts.config,
            parts.state,
            conversation=await _conversation(options, parts),
            banner=parts.notice,
            prompt=prompt,
            send=send,
            first_run=not prompt and await _nothing_chosen(options, parts),
        )
        await app.run_async()
        return app.return_code or 0


async def _nothing_chosen(options: argparse.Namespace, parts: Parts) -> bool:
    """Whether nobody has said yet who is to answer: no option, no setting, no model used before, no conversation."""
    said = options.model or options.demo or options.resume or parts.config.model or parts.state.last_model
    return not said and not await parts.library.conversations(limit=1)


def _complain(text: str) -> None:
    if text.strip():
        from tui.streams import complain

        complain(text, sys.stderr)


def _report_bug(kind: type[BaseException], error: BaseException, trace: "TracebackType | None") -> None:
    """What is left of a bug on the screen: one line. The rest, without values of variables, goes to the log."""
    import logging

    from tui.log import log_file, start_log

    start_log()
    logging.getLogger("tui").critical("stopped by a bug", exc_info=(kind, error, trace))
    _complain(f"Chinwag stopped because of a bug in itself ({kind.__name__}). The report is in {log_file()}")
