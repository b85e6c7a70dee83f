"""`chinwag prompts trust NAME`: agree to a prompt that came with the working folder, having seen it."""

from argparse import ArgumentParser, Namespace

from tui.commands.exit_code import ExitCode
from tui.commands.prompts_show import any_of, show
from tui.streams import print_note


def add_arguments(parser: ArgumentParser) -> None:
    """Which one."""
    parser.add_argument("name", metavar="PROMPT", help="a prompt of ./.chinwag/prompts")
    parser.add_argument("--system", action="store_true", help="the system prompt of that name")


async def run(arguments: Namespace) -> int:
    """Print what is agreed to, and remember it by its content: changed, it has to be agreed to again."""
    from tui.chat.prompt_library.folders import PromptLibrary

    library = PromptLibrary()
    template = any_of(await library.read(), arguments.name, "system" if arguments.system else None)
    await show(template)
    if template.own:
        print_note("It is your own, and needs no agreement.", prefix="")
    else:
        await library.trust(template)
        print_note("Agreed to, until it changes.", prefix="")
    return ExitCode.OK
