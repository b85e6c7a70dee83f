"""`chinwag completion SHELL`: what makes Tab complete commands, options, files, models, chats and prompts in a shell.

shtab writes the scripts from the parsers of the commands. What an argument takes is told by its metavar: `CHAT`, `TAG`,
`MODEL`, `PROMPT` and `SERVER` are asked for while one types, by `chinwag completion --list`: see `completion_values`.
"""

import os
from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui.commands import ASK, COMMANDS, ShellCommand
from tui.commands.arguments import CommandParser
from tui.commands.completion_values import VALUES, values
from tui.commands.exit_code import ExitCode
from tui.dataclass import dataclass
from tui.errors import ConfigError, UsageError
from tui.installed import how_to_get
from tui.streams import print_output

if TYPE_CHECKING:
    from shtab import CompleteType

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = ("bash", "zsh", "fish")

_FILES = ("FILE", "PATH", "PLACE", "FROM", "TO")
_FOLDERS = ("DIR", "FOLDER")

_FUNCTIONS: dict[Shell, str] = {
    "bash": """\
_chinwag_{name}() {{
  local value
  while IFS= read -r value; do
    [[ $value == "$1"* ]] && printf '%q\\n' "$value"
  done < <(chinwag completion --list {name} 2>/dev/null | cut -f 1)
}}
""",
    "zsh": """\
_chinwag_{name}() {{
  local -a found
  found=("${{(@f)$(chinwag completion --list {name} 2>/dev/null)}}")
  found=("${{(@)found//:/\\\\:}}")
  found=("${{(@)found/$'\\t'/:}}")
  _describe -t {name} {name} found
}}
""",
    "fish": "",
}
"""What completes the values of a kind. zsh wants the colons of "value:description" escaped, fish a tab between both.

Names come from outside, such as those of files in the folder that one works in, and bash's `compgen -W` would run what
stands in them: they are compared here, and quoted for the line on which they are put.
"""

_WHOLE_WORDS = """
# Ids of models have colons, at which bash cuts words: the words are put together again, and the answers cut.
_chinwag_whole_words() {
  local -a words=()
  local word number=0 cword=0 glue=''
  for word in "${COMP_WORDS[@]}"; do
    if [[ ${#words[@]} -gt 0 && ( $word == :* || $glue ) ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    glue=''
    [[ $word == *: ]] && glue=1
    [[ $number -eq $COMP_CWORD ]] && cword=$((${#words[@]} - 1))
    ((number++))
  done
  local -a COMP_WORDS=("${words[@]}")
  local COMP_CWORD=$cword
  _shtab_chinwag "$@"
  local current=${words[cword]} place
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    for place in "${!COMPREPLY[@]}"; do
      COMPREPLY[place]=${COMPREPLY[place]#"${current%"${current##*:}"}"}
    done
  fi
}
complete -o bashdefault -F _chinwag_whole_words chinwag
"""


@dataclass(frozen=True, slots=True)
class ScriptPlace:
    """Where a shell looks for the script of a command.

    Attributes:
        next: what is left to do for a person once it is there.
    """

    path: Path
    next: str


def add_arguments(parser: ArgumentParser) -> None:
    """Which shell."""
    add = parser.add_argument
    add("shell", nargs="?", choices=SHELLS, help="for which shell the script is")
    add("--list", choices=VALUES, help=SUPPRESS)


async def run(arguments: Namespace) -> int:
    """Print the script."""
    if arguments.list is not None:
        lines = await values(arguments.list, arguments.config)
        print_output("".join(f"{value}\t{about}\n" for value, about in lines))
        return ExitCode.OK
    if arguments.shell is None:
        raise UsageError(
            "Say for which shell.", "One of: bash, zsh, fish. Or, for all that are here: chinwag integrate"
        )
    print_output(script(arguments.shell))
    return ExitCode.OK


def script_place(shell: Shell) -> ScriptPlace:
    """Where the script of a shell belongs."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    match shell:
        case "bash":
            path = data / "bash-completion" / "completions" / "chinwag"
            return ScriptPlace(
                path, f"New shells have it. Without the package bash-completion, add to ~/.bashrc:\n. {path}"
            )
        case "zsh":
            path = Path.home() / ".zfunc" / "_chinwag"
            line = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"
            return ScriptPlace(path, f"If ~/.zshrc does not have it yet, add there:\n{line}")
        case "fish":
            return ScriptPlace(config / "fish" / "completions" / "chinwag.fish", "New shells have it.")


def script(shell: Shell) -> str:
    """The script for a shell.

    Raises:
        ConfigError: what writes it is not installed.
    """
    try:
        import shtab
    except ImportError as error:
        hint = f"Install it: {how_to_get('completion')}"
        raise ConfigError("Completion needs shtab, which is not installed.", hint) from error
    functions = "".join(_FUNCTIONS[shell].format(name=name) for name in VALUES)
    text = shtab.complete(_tree(), shell, preamble=functions)
    return f"{text}\n{_WHOLE_WORDS}" if shell == "bash" else f"{text}\n"


def _tree() -> CommandParser:
    """One parser for the whole command line, with a parser inside it for each command."""
    root = CommandParser("chinwag", ASK.summary)
    below = {"": root.add_subparsers(parser_class=_Below)}
    _add_arguments(root, ASK, head=True)
    root.add_argument("-V", "--version", action="version", help="say which version this is")
    heads = {name.partition(" ")[0] for name in COMMANDS if " " in name}
    for name in sorted(heads | COMMANDS.keys()):  # "models" before "models add"
        head, _, last = name.rpartition(" ")
        command = COMMANDS.get(name)
        parser = below[head].add_parser(last, help=command.summary if command else f"See: chinwag {name} …")
        if name in heads:
            below[name] = parser.add_subparsers(parser_class=_Below)
        if command is not None:
            _add_arguments(parser, command, head=name in heads)
    return root


def _add_arguments(parser: CommandParser, command: ShellCommand, *, head: bool) -> None:
    """Add those of a command; at a `head` of others the names of these are completed, and not what else may follow."""
    command.load().add_arguments(parser)
    parser.description = command.summary
    for action in parser._actions:
        if head and not action.option_strings and not isinstance(action.choices, dict):
            action.help = SUPPRESS
        if (complete := _completes(action)) is not None:
            action.complete = complete  # type: ignore[attr-defined]  # where shtab looks


class _Below(CommandParser):
    """A parser inside another one, made as argparse makes those."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(prog, description)


def _completes(action: Action) -> "CompleteType | None":
    """What completes an argument, by its metavar; None where nothing does."""
    import shtab

    metavar = action.metavar if isinstance(action.metavar, str) else ""
    first = metavar.partition("|")[0].partition(".")[0]
    if first in _FILES:
        return shtab.FILE
    if first in _FOLDERS:
        return shtab.DIRECTORY
    if (name := f"{first.lower()}s") in VALUES:
        listed = f"(chinwag completion --list {name} 2>/dev/null)"
        return {"bash": f"_chinwag_{name}", "zsh": f"_chinwag_{name}", "fish": listed}
    return None
