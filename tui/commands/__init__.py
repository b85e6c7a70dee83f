"""What the shell can ask for, one module each: how its arguments read, and what it does with them.

To add a command, copy `chats.py` and give it a row in `COMMANDS`. A command's module has `add_arguments(parser)` and
`async run(arguments) -> int`, which returns the exit code, prints its result to standard output and everything else to
standard error. `ask` runs when no command is named. What its help says besides goes into `help`, by its name.

- `backup`, `restore` and `vacuum` are about the library's file, and what else is kept
- `library` and `library_status` say how it stands with other machines, `library_copy` takes it to a server or back,
  `library_end` ends that it is shared; `library_server` is that server
- `chats`, `show`, `search`, `export`, `import_` and `usage` are about conversations, `rename`, `duplicate`, `pin`,
  `archive`, `tag` and `rm` change them (`choosing`: which are meant, `changing`: one change to many, `chat_lines`: how
  they are printed)
- `keys`, `doctor`, `doctor_keys`, `doctor_server`, `config_path` and `integrate` are about what is set up here
- `models` lists them, `models_add`, `models_pull` and `models_rm` change those of this machine
- `prompts` lists those of the library, `prompts_show`, `prompts_trust` and `prompts_import` see to one or many
- `mcp` and `mcp_list` list the MCP servers, `mcp_add`, `mcp_import` and `mcp_remove` change which there are, `mcp_test`
  starts them, `mcp_login` and `mcp_logout` see to those that want a sign-in; `server_lines` are their words
- `completion` makes the shell complete them, with `completion_values`
- `plain` is the chat line by line, `serve` the app in a browser
- `printed` asks a `question` and has its `answer` printed, or several `answers`, or their `answer_events` and
  `answer_facts` for a program
- `prompt_options`, `tool_options`, `progress`, `table`, `arguments`, `asking`, `pager`, `doctor_repair`,
  `doctor_setup`, `leaving`, `stoppable` and `exit_code` serve them

Modules load when they are asked for; none imports Textual, pydantic or httpx before it runs.
"""

from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Protocol, cast

from tui.dataclass import dataclass

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class CommandModule(Protocol):
    """What the module of a command has."""

    def add_arguments(self, parser: "ArgumentParser") -> None:
        """Add options and arguments; `--config` is there already."""

    async def run(self, arguments: "Namespace") -> int:
        """Do it, and return the exit code."""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One command of the shell.

    Attributes:
        name: as it is typed; one word or two. Its module has the same name, with "_" for the
            space, and behind a word of Python.
        summary: one sentence for its own help, and for the list of commands.
    """

    name: str
    summary: str

    def load(self) -> CommandModule:
        """Its module."""
        name = self.name.replace(" ", "_")
        return cast(CommandModule, import_module(f"{__name__}.{name}_" if iskeyword(name) else f"{__name__}.{name}"))


ASK = ShellCommand("ask", "A chat with any large language model, in your terminal.")

COMMANDS = {
    command.name: command
    for command in (
        ShellCommand("chats", "List the conversations, newest first, with their ids."),
        ShellCommand("show", "Read a conversation, as it stands or as a tree."),
        ShellCommand("search", "Find what was said in all conversations, the newest first."),
        ShellCommand("export", "Write conversations to files."),
        ShellCommand("import", "Take over the chats of other programs."),
        ShellCommand("backup", "Write the library, the configuration, themes and prompts into one archive."),
        ShellCommand("restore", "Bring back what a backup holds; --dry-run says what that would change."),
        ShellCommand("vacuum", "Give the room that deleted chats have left back to the disk."),
        ShellCommand("library", "Say whether other machines share the library, and what waits to be told."),
        ShellCommand("library status", "Say whether other machines share the library, and what waits to be told."),
        ShellCommand("library copy", "Copy the library from a file to a PostgreSQL server, or from there to a file."),
        ShellCommand("library end", "Note nothing any more for a server that config.toml no longer names."),
        ShellCommand("rename", "Give a conversation another title."),
        ShellCommand("duplicate", "Copy a conversation, with all that is in it."),
        ShellCommand("pin", "Have conversations stand above the others."),
        ShellCommand("archive", "Put conversations apart from the others."),
        ShellCommand("tag", "Give conversations tags, and list those that there are."),
        ShellCommand("rm", "Move conversations to the trash, bring them back, or delete them for good."),
        ShellCommand("models", "List the models that can be used."),
        ShellCommand("models add", "Make a GGUF file of your own a model that can be picked."),
        ShellCommand("models pull", "Fetch a model from Hugging Face, or have Ollama fetch one."),
        ShellCommand("models rm", "Delete a model of this machine, or of Ollama."),
        ShellCommand("usage", "Say what was used and spent, by model, provider, day, month, tag or chat."),
        ShellCommand("keys", "Say which keys were found, and where; never prints one."),
        ShellCommand("prompts", "List the prompts that are kept as files."),
        ShellCommand("prompts show", "Print a prompt."),
        ShellCommand("prompts trust", "Agree to a prompt that came with the working folder."),
        ShellCommand("prompts import", "Take over Fabric patterns and templates of llm."),
        ShellCommand("mcp", "List the MCP servers, whose tools a model may be given."),
        ShellCommand("mcp list", "List the MCP servers, whose tools a model may be given."),
        ShellCommand("mcp add", "Add an MCP server: a program, or an address."),
        ShellCommand("mcp remove", "Remove an MCP server, with its stored keys."),
        ShellCommand("mcp import", "Take over the MCP servers of other programs."),
        ShellCommand("mcp test", "Start MCP servers, and say what they offer."),
        ShellCommand("mcp login", "Sign in to an MCP server."),
        ShellCommand("mcp logout", "Forget the sign-in to an MCP server."),
        ShellCommand("config path", "Print where the configuration is; --json prints where everything is."),
        ShellCommand("doctor keys", "Say which key does what, and show what arrives when one is pressed."),
        ShellCommand("doctor server", "Ask a server for all that a chat needs of it, and say what it does."),
        ShellCommand("doctor", "Check configuration, library, terminal and models; the report holds no keys."),
        ShellCommand("serve", "Open the app in a browser, on this machine or, with a token, on others."),
        ShellCommand("completion", "Let Tab complete commands, options, files, models and chats in your shell."),
        ShellCommand("integrate", "Put Chinwag into your desktop's menu, and its commands behind Tab; or undo that."),
    )
}
