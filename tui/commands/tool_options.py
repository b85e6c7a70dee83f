"""`--tools`, `--yes` and `--folder` of a question: what the model may call, and who is asked first.

What was not agreed to on the command line is asked about on the terminal; without one it is not done, and that is said.
"""

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tui.errors import UsageError
from tui.files import expanded, is_folder
from tui.streams import print_note
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.chat.tools.offer import ToolOffer
    from tui.chat.tools.policy import Rule
    from tui.chat.tools.toolbox import ToolAnswer, Toolbox, ToolQuestion

_HARMLESS = frozenset({"now", "calculate"})
"""They tell nothing and send nothing: naming them is enough."""
_NAMES = "now, calculate, fetch, search_chats; with --folder: list_files, read_file, search_files"


def add_tool_arguments(parser: ArgumentParser) -> None:
    """The tools of an answer that is printed."""
    add = parser.add_argument
    add("--tools", action="append", default=[], metavar="NAME,…", help=f"what the model may call: {_NAMES}; or all")
    add("--yes", action="append", default=[], metavar="NAME,…", help="of these: what it may call without asking")
    add("--folder", metavar="DIR", help="whose text files the model may list, search and read (with --tools)")


def toolbox_of(arguments: Namespace, services: "Services") -> "Toolbox | None":
    """What the model may call; None for nothing.

    Raises:
        UsageError: there is no such tool, or no such folder.
    """
    if not arguments.tools:
        if given := next((option for option in ("yes", "folder") if getattr(arguments, option)), ""):
            raise UsageError(f"--{given} says nothing without tools.", "Name them: --tools fetch,now")
        return None
    from tui.chat.tools.builtin import FOLDER_TOOLS, built_in_tools
    from tui.chat.tools.toolbox import Toolbox

    folder = expanded(arguments.folder) if arguments.folder else None
    if folder is not None and not is_folder(folder):
        raise UsageError(f"There is no folder {folder}.", "Name the one whose files may be read.")
    offers = built_in_tools(services.library, folder)
    wanted = _names(arguments.tools)
    chosen = list(offers) if "all" in wanted else wanted
    allowed = _names(arguments.yes)
    for name in (*chosen, *allowed):
        if name in FOLDER_TOOLS and name not in offers:
            raise UsageError(f"{name} needs a folder.", "Grant one: --folder DIR")
        if name not in offers or name not in chosen:
            raise UsageError(f'There is no tool "{clean_line(name, 40)}" among those named.', f"There are: {_NAMES}.")
    rules: dict[str, Rule] = {name: "allow" if name in allowed or name in _HARMLESS else "ask" for name in chosen}
    return Toolbox([offers[name] for name in chosen], rules, _ask)


def _names(given: list[str]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


async def _ask(question: "ToolQuestion") -> "ToolAnswer":
    """Ask on the terminal, where there is one to ask and to read the answer."""
    from tui.chat.tools.toolbox import ToolAnswer

    told = question_text(question)
    with _terminal() as descriptor:
        if descriptor is None:
            print_note(f"Not called, as nobody could be asked:\n{told}\nAllow it with --yes {question.offer.id}")
            return ToolAnswer("no", "Nobody could be asked.")
        print_note(told, prefix="")
        answer = await _answer(descriptor)
    return ToolAnswer("once" if answer == "y" else "chat" if answer == "a" else "no")


def question_text(question: "ToolQuestion") -> str:
    """What is asked: the tool, all of its arguments with what is invisible in them shown, and where they lead."""
    offer: ToolOffer = question.offer
    where = f" → {clean_line(question.target)}" if question.target else ""
    lines = [f"{clean_line(offer.name)} ({clean_line(offer.server)}){where}", f"  {clean(question.arguments)}"]
    if offer.sends and question.foreign:
        lines.append("! This chat holds words from outside, which may have asked for this.")
    if offer.sends and question.private:
        lines.append("! The model has read what is yours, and could send it there.")
    return "\n".join(lines)


@contextmanager
def _terminal() -> Iterator[int | None]:
    """The terminal to ask on; None where there is none, or standard error, on which the question stands, is not one."""
    descriptor = None
    if sys.stderr is not None and sys.stderr.isatty():
        with suppress(OSError):  # what is piped in is no answer
            descriptor = os.dup(sys.stdin.fileno()) if sys.stdin.isatty() else os.open("/dev/tty", os.O_RDWR)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


async def _answer(descriptor: int) -> str:
    """The first letter of a line that is typed now; what was typed before the question was there does not count."""
    with suppress(ImportError, OSError):
        import termios

        termios.tcflush(descriptor, termios.TCIFLUSH)
    os.write(descriptor, b"Allow it? [y]es, [a]lways to there, [N]o: ")
    typed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, 1000).decode("utf-8", "replace").strip()[:1].casefold()
