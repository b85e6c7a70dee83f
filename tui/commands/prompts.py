"""`chinwag prompts`: the prompts that are kept as files, and what is wrong with those that cannot be used."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.commands.exit_code import ExitCode
from tui.commands.table import table
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.prompt_library.template import PromptTemplate


def add_arguments(parser: ArgumentParser) -> None:
    """It has none of its own."""


async def run(arguments: Namespace) -> int:
    """Print a line for each prompt: how it is called, its kind, its variables, what it is for."""
    from tui.chat.prompt_library.folders import PromptLibrary

    library = PromptLibrary()
    listing = await library.read()
    if listing.templates:
        print_output(table([_row(template, await library.is_trusted(template)) for template in listing.templates]))
    elif not listing.problems:
        print_note(f"There are no prompts yet. Write one as {library.own}/NAME.md", prefix="")
    print_note("\n".join(listing.problems))
    return ExitCode.OK


def _row(template: "PromptTemplate", trusted: bool) -> tuple[str, str, str, str]:
    variables = " ".join(variable.name for variable in template.variables)
    text = template.description or template.text
    where = "" if template.own else "this folder" if trusted else "this folder, not agreed to"
    return template.name, template.kind, variables, " · ".join(part for part in (where, clean_line(text, 60)) if part)
