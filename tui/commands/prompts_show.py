"""`chinwag prompts show NAME`: the file of a prompt, as it is."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.commands.exit_code import ExitCode
from tui.streams import print_note, print_output
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from tui.chat.prompt_library.folders import PromptListing
    from tui.chat.prompt_library.template import PromptTemplate


def add_arguments(parser: ArgumentParser) -> None:
    """Which one."""
    parser.add_argument("name", metavar="NAME", help="how it is called; of two the prompt, not the system prompt")


async def run(arguments: Namespace) -> int:
    """Print its text, and beside it where it stands."""
    from tui.chat.prompt_library.folders import PromptLibrary

    show(any_of(await PromptLibrary().read(), arguments.name))
    return ExitCode.OK


def any_of(listing: "PromptListing", name: str) -> "PromptTemplate":
    """The prompt of that name, or else the system prompt.

    Raises:
        UsageError: there is neither.
    """
    system = any(template.name == name for template in listing.of_kind("system"))
    prompt = any(template.name == name for template in listing.of_kind("prompt"))
    return listing.find(name, "system" if system and not prompt else "prompt")


def show(template: "PromptTemplate") -> None:
    """Print a prompt to standard output, and the name of its file to standard error."""
    print_note(clean_line(str(template.path)), prefix="")
    print_output(f"{clean(template.text)}\n")
