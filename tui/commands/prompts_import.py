"""`chinwag prompts import PATH…`: Fabric's patterns and the templates of `llm` as prompts of one's own."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.errors import ConfigError, UsageError
from tui.figures import counted
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.prompt_library.folders import PromptLibrary
    from tui.chat.prompt_library.importing import ImportedPrompt


def add_arguments(parser: ArgumentParser) -> None:
    """What to read, and whether to write."""
    add = parser.add_argument
    add(
        "paths", nargs="+", metavar="PATH", type=file_path, help="a pattern or a folder of them, a template or a folder"
    )
    add("--dry-run", action="store_true", help="only say what would be written")
    add("--replace", action="store_true", help="write over prompts of the same name")


async def run(arguments: Namespace) -> int:
    """Write each prompt as a file, a line each; what cannot be read is named and costs no more than itself."""
    from tui.chat.prompt_library.folders import PromptLibrary
    from tui.chat.prompt_library.importing import find_prompts

    library, written, failed = PromptLibrary(), 0, 0
    for path in arguments.paths:
        for found in find_prompts(path):
            try:
                if isinstance(found, ConfigError):
                    raise found
                await _take(library, found, arguments)
                written += 1
            except (ConfigError, UsageError) as error:
                print_note(clean_line(error.sentence, 300))
                failed += 1
    verb = "would be written" if arguments.dry_run else "written"
    print_note(f"{counted(written, 'prompt')} {verb}, {failed} left out. Folder: {library.own}", prefix="")
    return ExitCode.FAILED if failed and not written else ExitCode.OK


async def _take(library: "PromptLibrary", found: "ImportedPrompt", arguments: Namespace) -> None:
    if not arguments.dry_run:
        await library.save(found.name, found.text, found.kind, replace=arguments.replace)
    left_out = f" · left out: {clean_line(found.left_out, 80)}" if found.left_out else ""
    print_output(f"{clean_line(found.name)} · {found.kind}{left_out}\n")
