"""`chinwag prompts show NAME`: the file of a prompt, as it is."""

import asyncio
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.commands.exit_code import ExitCode
from tui.files import read_regular
from tui.streams import print_note, print_output
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from tui.chat.prompt_library.folders import PromptListing
    from tui.chat.prompt_library.template import PromptTemplate, TemplateKind


def add_arguments(parser: ArgumentParser) -> None:
    """Which one."""
    parser.add_argument("name", metavar="PROMPT", help="how it is called; of two the prompt, not the system prompt")


async def run(arguments: Namespace) -> int:
    """Print its file, and beside it where it stands."""
    from tui.chat.prompt_library.folders import PromptLibrary

    await show(any_of(await PromptLibrary().read(), arguments.name))
    return ExitCode.OK


def any_of(listing: "PromptListing", name: str, kind: "TemplateKind | None" = None) -> "PromptTemplate":
    """The prompt of that name, or else the system prompt, unless its `kind` is said.

    Raises:
        UsageError: there is none.
    """
    prompt = any(template.name == name for template in listing.of_kind("prompt"))
    system = any(template.name == name for template in listing.of_kind("system"))
    return listing.find(name, kind or ("system" if system and not prompt else "prompt"))


async def show(template: "PromptTemplate") -> None:
    """Print the whole file of a prompt to standard output, and its name to standard error."""
    print_note(clean_line(str(template.path)), prefix="")
    data = await asyncio.to_thread(read_regular, template.path)
    print_output(f"{clean(data.decode('utf-8-sig', 'replace')).rstrip()}\n")
