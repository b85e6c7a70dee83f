"""Every command once: its id, keys, label and rank. Bindings, palette, footer and help are made from this table.

Knows nothing of screens: a command's id is the name of the action that the owner of its scope must have; the chat
screen takes all of its own by one action, `command`.
"""

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

from tui.formats import FORMATS

_FORMATS = " or ".join(format.label for format in FORMATS.values())

Scope = Literal["app", "layout", "chat", "composer", "transcript", "chat_list", "settings", "first"]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a person can make the app do.

    Attributes:
        id: name of the Textual action, such as "new_chat".
        scope: who runs it: the app, the chat screen, or the widget that has the focus.
        keys: Textual key names; the first is the one that is shown.
        label: a verb or noun for footer and palette.
        help: one sentence for help and palette.
        rank: place in the footer, 1 first and last to be dropped; 0 keeps it out of the footer.
        palette: whether the palette lists it.
        right: stands at the right end of the footer.
    """

    id: str
    scope: Scope
    keys: tuple[str, ...]
    label: str
    help: str
    rank: int = 0
    palette: bool = True
    right: bool = False


COMMANDS: tuple[Command, ...] = (
    # The menu opens on the first one that it lists: one that only asks, and changes nothing by itself.
    Command("switch_model", "chat", ("ctrl+l", "f2", "alt+m"), "model", "Choose the model of the next turn.", 5),
    Command("stop", "chat", ("escape",), "stop", "Stop the reply; what came so far is kept.", 1),
    Command("send", "composer", ("enter",), "send", "Send what you wrote.", 2, palette=False),
    Command("newline", "composer", ("ctrl+j", "shift+enter"), "newline", "Start a new line.", 4, palette=False),
    Command("choose", "chat_list", ("enter",), "open", "Open the chat under the cursor.", 2, palette=False),
    Command("rename", "chat_list", ("r",), "rename", "Give the chat under the cursor another name.", 3, palette=False),
    Command("delete", "chat_list", ("d", "delete"), "delete", "Delete the chat, after asking.", 4, palette=False),
    Command("undo_delete", "chat_list", ("u",), "undo", "Bring back the chat that was deleted last.", 6, palette=False),
    Command("filter", "chat_list", ("slash",), "filter", "Show only chats whose name matches.", 5, palette=False),
    Command("less", "settings", ("left", "h"), "less", "One step down, or the choice before.", 2, palette=False),
    Command("more", "settings", ("right", "l"), "more", "One step up, or the next choice.", 3, palette=False),
    Command("choose", "settings", ("enter",), "edit", "Type the value.", 4, palette=False),
    Command("reset", "settings", ("delete", "backspace"), "default", "Leave it to the provider.", 5, palette=False),
    Command("retry", "transcript", ("r",), "again", "Answer the last prompt again.", 3),
    Command("copy", "transcript", ("y",), "copy", "Copy the message as Markdown.", 4, palette=False),
    Command("copy_code", "transcript", ("c",), "copy code", "Copy its code, block by block.", 5, palette=False),
    Command("fold", "transcript", ("space", "enter"), "thoughts", "Open or fold the thoughts.", 6, palette=False),
    Command("export", "transcript", ("x",), "export", f"Write the chat to a file, as {_FORMATS}.", 7),
    Command("chats", "layout", ("ctrl+s", "f3", "alt+s"), "chats", "Go to the list of chats.", 6),
    Command("new_chat", "chat", ("ctrl+n", "alt+n"), "new", "Start an empty chat.", 8),
    Command("effort", "chat", ("ctrl+t", "alt+t"), "effort", "Let a reasoning model think more, or less.", 9),
    Command("inspector", "layout", ("f4", "alt+i"), "settings", "Model and settings of this chat.", 10),
    Command("toggle_list", "layout", ("ctrl+b", "f9"), "list", "Show or hide the list of chats.", 11),
    Command("leave", "layout", ("escape",), "messages", "Go to the messages; never quits.", 12, palette=False),
    Command("back", "layout", ("escape",), "composer", "Go back to where you write.", 3, palette=False),
    Command("previous_message", "layout", ("alt+up",), "previous", "Go to the message before.", palette=False),
    Command("next_message", "layout", ("alt+down",), "next", "Go to the message after.", palette=False),
    Command("rename_chat", "chat", (), "rename chat", "Give this chat another name."),
    Command("delete_chat", "chat", (), "delete chat", "Delete this chat, after asking."),
    Command("system_prompt", "chat", (), "system prompt", "Standing instructions for this chat."),
    Command("prompts", "chat", ("alt+p",), "prompts", "Fill in a prompt that you keep as a file."),
    Command("add_key", "chat", (), "add key", "Paste an API key: it is checked, and kept privately."),
    Command("add_server", "chat", (), "add server", "Add an OpenAI-compatible server by its address."),
    Command("find_models", "app", (), "find models", "Look again for keys and servers on this machine."),
    Command("start", "first", ("enter",), "start", "Chat with the model under the cursor.", 1, palette=False),
    Command("skip", "first", ("escape",), "skip", "To the chat.", 2, palette=False),
    Command("add_key", "first", ("a",), "API key", "Paste an API key.", 3, palette=False),
    Command("add_server", "first", ("u",), "URL", "Add an OpenAI-compatible server.", 4, palette=False),
    Command("demo", "first", ("d",), "demo", "Chat with the offline guide.", 5, palette=False),
    Command("fix", "first", ("f",), "fix", "Paste another key for a provider that refused one.", 6, palette=False),
    Command("again", "first", ("r",), "look again", "Look again for keys and servers.", 7, palette=False),
    Command("another", "first", ("ctrl+l", "f2"), "another model", "All models.", 8, palette=False, right=True),
    Command("themes", "app", (), "theme", "Try themes on, and keep one."),
    Command("palette", "app", ("ctrl+p", "alt+x"), "menu", "All you can do, by name.", 1, palette=False, right=True),
    Command("help", "app", ("f1", "question_mark"), "help", "What the keys do.", 2, right=True),
    Command("suspend", "app", ("ctrl+z",), "suspend", "Go to the shell; fg brings the chat back."),
    Command("quit", "app", ("ctrl+q",), "quit", "Leave; every message is saved."),
)  # fmt: skip

BY_ID: dict[str, Command] = {f"{command.scope}.{command.id}": command for command in COMMANDS}

_SHOWN = {
    "escape": "esc",
    "enter": "↵",
    "slash": "/",
    "question_mark": "?",
    "delete": "del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def bindings(scope: Scope) -> list[Binding]:
    """The key bindings of one scope, each with its command's full id, so that a keymap can move it."""
    return [
        Binding(
            ",".join(command.keys),
            f"command('{command.id}')" if scope == "chat" else command.id,
            command.label,
            id=f"{scope}.{command.id}",
            priority=command.id == "quit",
        )
        for command in COMMANDS
        if command.scope == scope and command.keys
    ]


def key_text(key: str) -> str:
    """A key as footer and help print it: "^L", "F1", "alt+m", "esc"."""
    if key.startswith("ctrl+"):
        return f"^{key[5:].upper()}"
    *modifiers, last = key.split("+")
    shown = _SHOWN.get(last, last.upper() if last[0] == "f" and last[1:].isdigit() else last)
    return "+".join([*modifiers, shown])
