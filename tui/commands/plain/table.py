"""The commands behind "/": a part of those of the app, by the same names. What they do, `commands` knows. Pure."""

from tui.chat.slash_line import RULE
from tui.commands.plain import typed
from tui.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PlainCommand:
    """One command.

    Attributes:
        names: what is typed behind "/"; the first is the one that is shown.
        help: one sentence.
        argument: what may stand behind it, in a word or two; "" for nothing.
    """

    names: tuple[str, ...]
    help: str
    argument: str = ""


COMMANDS = (
    PlainCommand(("help",), "What can be typed here."),
    PlainCommand(("model", "models"), "List the models, or choose the one of the next turn.", "name"),
    PlainCommand(("attach",), "Let a file, a folder or a page go along; without it, say what does.", "path or address"),
    PlainCommand(("retry",), "Send what is kept; if nothing is, have the last prompt answered again."),
    PlainCommand(("drop-queued",), "Drop what was not sent and is kept."),
    PlainCommand(("retry-with",), "Have another model answer the last prompt, too.", "name"),
    PlainCommand(("continue",), "Let a reply that was cut off go on where it stopped."),
    PlainCommand(("stop",), "Stop a reply: while one comes in, ctrl+c does it."),
    PlainCommand(("new", "clear"), "Start an empty chat; “/new temp” a temporary one.", "temp"),
    PlainCommand(("temp",), "To the chats that end with the program, of which nothing is saved; and back."),
    PlainCommand(("keep",), "Save this temporary chat, with all that is in it."),
    PlainCommand(("chats",), "List the chats; with words or an id behind it, open one.", "name"),
    PlainCommand(("open",), "Open a chat.", "name"),
    PlainCommand(("rename",), "Give this chat another name.", "text"),
    PlainCommand(("usage",), "What was used and spent: this chat, today, this month, all."),
    PlainCommand(("export",), "Write the chat to a file.", "format path"),
    PlainCommand(("tools",), "What the model may call; with rules behind it, set them.", "fetch, now=allow"),
    PlainCommand(("system",), "Standing instructions for this chat.", "text"),
    PlainCommand(("think", "effort"), "Let a reasoning model think more, or less.", "level"),
    PlainCommand(("compact",), "Sum up older turns, to send less from now on.", "text"),
    PlainCommand(("quit", "exit"), "Leave; every message is saved."),
)
BY_NAME = {name: command for command in COMMANDS for name in command.names}


def help_text() -> str:
    """What can be typed, line by line."""
    lines = ["Type a prompt, and Enter sends it. Ctrl+c stops a reply, ctrl+d leaves.", typed.RULE]
    for command in COMMANDS:
        lines.append(f"/{' '.join(filter(None, (command.names[0], command.argument)))}: {command.help}")
    return "\n".join(
        [*lines, RULE, "In the shell, chinwag show last reads a whole chat, and chinwag --help lists the rest."]
    )
