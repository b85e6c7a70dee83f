"""Every command once: bindings, palette, footer, help and the list behind "/" are made from this table.

Knows nothing of screens: a command's id is the name of the action that the owner of its scope must have; the chat
screen and the queue take all of their own by one action, `command`, the list of chats by `act`, what was found takes
its own by `found`, and the screen of a comparison by `compare`.
"""

from collections.abc import Mapping
from typing import Literal

from textual.binding import Binding

from tui.dataclass import dataclass
from tui.formats import FORMATS

_FORMATS = " or ".join(format.label for format in FORMATS.values())

Scope = Literal[
    "app",
    "layout",
    "chat",
    "composer",
    "completion",
    "transcript",
    "list",
    "chat_list",
    "settings",
    "found",
    "queue",
    "question",
    "approval",
    "compare",
]
Argument = Literal[
    "", "model", "models", "effort", "chat", "theme", "export", "path", "import", "address", "text", "new"
]
"""What may stand behind a slash command: a name out of a list, several models and a prompt, a format and a path, a path
or an address to attach, a path to import, the address of a server, any words, "temp"."""


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
        action: the Textual action, where it is not the id alone.
        slash: its names behind "/" in the composer; the first is the one that is shown.
        argument: what may be typed behind that name; the command's action takes it as its one parameter.
    """

    id: str
    scope: Scope
    keys: tuple[str, ...]
    label: str
    help: str
    rank: int = 0
    palette: bool = True
    right: bool = False
    action: str = ""
    slash: tuple[str, ...] = ()
    argument: Argument = ""


COMMANDS: tuple[Command, ...] = (
    # The menu opens on the first one that it lists: one that only asks, and changes nothing by itself.
    Command("switch_model", "chat", ("ctrl+l", "f2", "alt+m"), "model", "Choose the model of the next turn.", 5,
            slash=("model", "models"), argument="model"),
    Command("compare", "chat", (), "compare", "Ask two to four models the same, side by side.",
            slash=("compare",), argument="models"),
    Command("recent_model", "chat", ("shift+f2",), "recent model", "Back to the model that was asked before.",
            slash=("recent",)),
    Command("stop", "chat", ("escape",), "stop", "Stop the reply; what came so far is kept.", 1, slash=("stop",)),
    Command("send", "composer", ("enter",), "send", "Send what you wrote.", 2, palette=False),
    Command("newline", "composer", ("ctrl+j", "shift+enter"), "newline", "Start a new line.", 4, palette=False),
    Command("accept", "completion", ("enter",), "choose", "Take what is marked in the list.", 1, palette=False),
    Command("complete", "completion", ("tab",), "complete", "Write it out, and go on.", 2, palette=False),
    Command("mark_next", "completion", ("down",), "next", "Mark the next one.", palette=False),
    Command("mark_previous", "completion", ("up",), "previous", "Mark the one before.", palette=False),
    Command("dismiss", "completion", ("escape",), "close list", "Close the list; the text stays.", 3, palette=False),
    Command("attach", "chat", ("ctrl+g",), "attach", "Attach files or a folder: choose them.", 9,
            slash=("attach",), argument="path"),
    Command("upload", "chat", (), "upload", "Attach files of the machine that your browser runs on.",
            slash=("upload",)),
    Command("history", "chat", ("ctrl+r",), "history", "Find an earlier prompt, of any chat.", 13, slash=("history",)),
    Command("editor", "chat", ("ctrl+o", "alt+e"), "editor", "Write on in your own editor ($VISUAL, $EDITOR).", 14,
            slash=("edit",)),
    Command("paste_image", "chat", ("alt+v",), "paste image", "Attach the picture on the clipboard.",
            slash=("paste-image",)),
    Command("queue", "layout", ("alt+q",), "queue", "Go to the prompts that wait.", 3, slash=("queue",)),
    Command("edit_queued", "queue", ("enter", "e"), "edit", "Take a prompt that waits back into the composer.", 1,
            slash=("edit-queued",)),
    Command("send_queued", "queue", ("s",), "send now", "Stop the reply, and send a prompt that waits next.", 2,
            slash=("send-now",)),
    Command("drop_queued", "queue", ("d", "delete"), "drop", "Drop a prompt that waits.", 3, slash=("drop-queued",)),
    Command("clear_queue", "queue", ("D",), "drop all", "Drop all prompts that wait.", 6, slash=("clear-queue",)),
    Command("raise_queued", "queue", ("alt+up", "K"), "up", "Let a prompt that waits go before the one above.", 4,
            slash=("raise-queued",)),
    Command("lower_queued", "queue", ("alt+down", "J"), "down", "Let a prompt that waits go after the one below.", 4,
            slash=("lower-queued",)),
    Command("restore_queued", "queue", ("u",), "bring back", "Bring back the queued prompts dropped last.", 5,
            slash=("restore-queued",)),
    Command("release_queue", "chat", (), "send queue", "Send the prompts that wait, one after the other.",
            slash=("send-queue",)),
    Command("cancel_edit", "chat", ("escape",), "not edit", "Leave a sent prompt as it is.", 1, palette=False),
    Command("send", "question", ("enter",), "send", "Send it all the same.", 1, palette=False),
    Command("dismiss", "question", ("escape",), "back", "Do not send it; what you wrote stays.", 5, palette=False),
    Command("compact", "question", ("c",), "compact", "Sum up older turns first.", 2, palette=False),
    Command("leave_out", "question", ("o",), "leave out", "Do not send the oldest messages.", 3, palette=False),
    Command("larger", "question", ("m",), "larger model", "Choose a model with a larger window.", 4, palette=False),
    Command("allow", "approval", ("a",), "allow once", "Let the tool run this once.", 1, palette=False),
    Command("allow_chat", "approval", ("s",), "this chat", "Let it run, and do not ask again in this chat.", 1,
            palette=False),
    Command("deny", "approval", ("d",), "deny", "Do not let it run; with a word to the model.", 1, palette=False),
    Command("stop", "approval", ("escape",), "deny and stop", "Do not let it run, and stop the reply.", 1,
            palette=False),
    Command("next", "approval", ("tab", "down"), "next", "The next tool that waits for you.", 2, palette=False),
    Command("previous", "approval", ("shift+tab", "up"), "previous", "The one before.", palette=False),
    Command("answer_tool", "layout", ("alt+w",), "answer tool", "Go to a tool that waits for your yes or no.", 1,
            slash=("answer",)),
    Command("choose", "chat_list", ("enter",), "open", "Open the chat under the cursor.", 2, palette=False),
    Command("restore", "chat_list", ("u", "enter"), "restore", "Bring a chat back from the trash.", 2, palette=False),
    Command("undo", "chat_list", ("u",), "undo", "Undo what was done last to chats of the list.", 3, palette=False,
            slash=("undo",)),
    Command("unmark", "chat_list", ("escape",), "unmark", "Mark no chat any more.", 1, palette=False),
    Command("unfilter", "chat_list", ("escape",), "back", "List all chats again.", 1, palette=False),
    Command("look", "chat_list", ("o",), "look", "Look into a chat that lies in the trash.", 3, palette=False),
    Command("filter", "chat_list", ("slash",), "filter", "Find chats by name, or by what was said.", 4, palette=False),
    Command("pin", "chat_list", ("p",), "(un)pin", "Let a chat stand above all others, or not any more.", 4,
            palette=False),
    Command("archive", "chat_list", ("a",), "archive", "Put a chat away, or back among the others.", 4, palette=False),
    Command("delete", "chat_list", ("d", "delete"), "delete", "Move a chat to the trash.", 5, palette=False),
    Command("delete_for_good", "chat_list", ("d", "delete"), "delete",
            "Remove what lies in the trash, after asking.", 4, palette=False),
    Command("empty_trash", "chat_list", ("E",), "empty trash", "Remove all that lies there, after asking.", 5,
            palette=False),
    Command("mark", "chat_list", ("m", "space"), "mark", "Mark several chats: the next key is for all of them.", 6,
            palette=False),
    Command("tag", "chat_list", ("number_sign",), "tag", "Give a chat tags, or take them away: trip, -old.", 6,
            palette=False),
    Command("rename", "chat_list", ("r",), "rename", "Give the chat under the cursor another name.", 7, palette=False),
    Command("view", "chat_list", ("v",), "archive, trash", "List the archived chats, then the trash, then all chats.",
            8, palette=False),
    Command("new_chat", "chat_list", ("n",), "new", "Start an empty chat.", palette=False),
    Command("export", "chat_list", ("x",), "export", "Write a chat to a file.", 9, palette=False),
    Command("duplicate", "chat_list", ("D",), "duplicate", "Copy a chat with all its branches and files.", 9,
            palette=False),
    Command("less", "settings", ("left", "h"), "less", "One step down, or the choice before.", 2, palette=False),
    Command("more", "settings", ("right", "l"), "more", "One step up, or the next choice.", 3, palette=False),
    Command("choose", "settings", ("enter",), "edit", "Type the value.", 4, palette=False),
    Command("reset", "settings", ("delete", "backspace"), "default", "Leave it to the provider.", 5, palette=False),
    Command("continue_reply", "transcript", ("C",), "go on", "Let a reply that was cut off go on where it stopped.", 2,
            slash=("continue",), action="choose('continue_reply')"),
    Command("retry", "transcript", ("r",), "retry", "Answer this prompt again, beside the old answer.", 3,
            slash=("retry",), action="choose('retry')"),
    Command("retry_with", "transcript", ("R",), "retry with…", "Have another model answer this prompt, too.", 5,
            slash=("retry-with",), argument="model", action="choose('retry_with')"),
    Command("edit_message", "transcript", ("e",), "edit", "Edit a prompt or a summary, beside the old one.", 3,
            slash=("edit-message",), action="choose('edit_message')"),
    Command("previous_branch", "transcript", ("left_square_bracket",), "branch before", "Show the branch before.", 3,
            slash=("previous-branch",), action="choose('previous_branch')"),
    Command("next_branch", "transcript", ("right_square_bracket",), "next branch", "Show the next branch.", 3,
            slash=("next-branch",), action="choose('next_branch')"),
    Command("tree", "transcript", ("T",), "tree", "All branches of this chat: go, compare, delete, fork.", 6,
            slash=("tree",), action="choose('tree')"),
    Command("fork", "transcript", ("f",), "fork", "Begin a new chat with the messages down to this one.", 9,
            slash=("fork",), action="choose('fork')"),
    Command("delete_message", "transcript", ("d", "delete"), "delete", "Delete a message with all that follows it.", 9,
            slash=("delete-message",), action="choose('delete_message')"),
    Command("undo_message", "transcript", ("u",), "undo", "Bring back the message that was deleted last.", 2,
            slash=("undo-message",), action="choose('undo_message')"),
    Command("copy", "transcript", ("y",), "copy", "Copy the message as Markdown.", 4, palette=False, slash=("copy",)),
    Command("copy_code", "transcript", ("c",), "copy code", "Copy its code, block by block.", 4, palette=False,
            slash=("copy-code",)),
    Command("open", "transcript", ("o",), "open", "Open its files, links, code, tables, formulas.", 4, palette=False,
            slash=("open",)),
    Command("fold", "transcript", ("space", "enter"), "fold", "Open or fold thoughts and long code.", 4, palette=False,
            slash=("details",)),
    Command("wrap_code", "transcript", ("w",), "wrap code", "Wrap long lines of its code, or not.", 7, palette=False,
            slash=("wrap",)),
    Command("export", "transcript", ("x",), "export", f"Write the chat to a file, as {_FORMATS}.", 8,
            slash=("export",), argument="export", action="choose('export')"),
    Command("copy_chat", "transcript", ("Y",), "copy chat", "Copy the chat as Markdown.", 9, slash=("copy-chat",),
            action="choose('copy_chat')"),
    Command("find_next", "transcript", ("n",), "next", "Go to the next place that was found.", 2, palette=False,
            action="step_found(1)"),
    Command("find_previous", "transcript", ("N",), "previous", "Go to the place before.", 2, palette=False,
            action="step_found(-1)"),
    Command("find", "layout", ("ctrl+f",), "find", "Find text in this chat.", 7, slash=("find",), argument="text"),
    Command("chats", "layout", ("ctrl+s", "f3", "alt+s"), "chats", "Go to the list of chats.", 6,
            slash=("chats",), argument="chat"),
    Command("new_chat", "chat", ("ctrl+n", "alt+n"), "new", "Start an empty chat; “/new temp” a temporary one.", 8,
            slash=("new", "clear"), argument="new"),
    Command("temporary", "app", ("alt+h",), "temporary",
            "To the chats that end with the program, of which nothing is saved; and back.", palette=False),
    Command("new_temporary", "app", (), "temporary chat", "Begin a chat of which nothing is saved.", slash=("temp",)),
    Command("saved_chats", "app", (), "saved chats", "Back from the temporary chats.", slash=("saved",)),
    Command("keep_chat", "chat", (), "keep chat", "Save this temporary chat, with all that is in it.", slash=("keep",)),
    Command("import", "chat", ("alt+l",), "import", "Take over the chats of other programs.", slash=("import",),
            argument="import"),
    Command("effort", "chat", ("ctrl+t", "alt+t"), "effort", "Let a reasoning model think more, or less.", 9,
            slash=("think", "effort"), argument="effort"),
    Command("web_search", "chat", (), "web search", "Let the model search the web, or not.", slash=("web",)),
    Command("tools", "chat", ("alt+o",), "tools", "What the model may call, and what is asked first.",
            slash=("tools",)),
    Command("inspector", "layout", ("f4", "alt+i"), "settings", "Model and settings of this chat.", 10,
            slash=("inspector",)),
    Command("usage", "chat", ("f8",), "usage", "What was used and spent: this chat, today, this month, all.", 12,
            slash=("usage",)),
    Command("toggle_list", "layout", ("ctrl+b", "f9"), "list", "Show or hide the list of chats.", 11, slash=("list",)),
    Command("leave", "layout", ("escape",), "messages", "Go to the messages; never quits.", 12, palette=False),
    Command("back", "layout", ("escape",), "composer", "Go back to where you write.", 3, palette=False),
    Command("previous_message", "layout", ("alt+up",), "previous", "Go to the message before.", palette=False),
    Command("next_message", "layout", ("alt+down",), "next", "Go to the message after.", palette=False),
    Command("cursor_up", "composer", (), "up", "One line up; the arrow does it, too.", palette=False),
    Command("cursor_down", "composer", (), "down", "One line down.", palette=False),
    Command("cursor_left", "composer", (), "left", "One character back.", palette=False),
    Command("cursor_right", "composer", (), "right", "One character on.", palette=False),
    Command("previous", "transcript", ("alt+up",), "previous", "The message before.", palette=False,
            action="move(-1)"),
    Command("up_or_key", "transcript", ("k",), "previous", "The message before; where a key was refused, another key.",
            palette=False),
    Command("next", "transcript", ("alt+down", "j"), "next", "The message after.", palette=False, action="move(1)"),
    Command("other_model", "transcript", ("m",), "other model", "Choose who answers it again.", palette=False,
            action="choose('model')"),
    Command("find", "transcript", ("slash",), "find", "Find text in this chat.", palette=False),
    Command("scroll_right", "transcript", ("right", "l"), "right", "Long lines of code to the left.", palette=False,
            action="scroll_code(1)"),
    Command("scroll_left", "transcript", ("left", "h"), "left", "Long lines of code to the right.", palette=False,
            action="scroll_code(-1)"),
    Command("scroll_up", "transcript", ("up",), "up", "One line up.", palette=False, action="scroll_by(-1)"),
    Command("scroll_down", "transcript", ("down",), "down", "One line down.", palette=False, action="scroll_by(1)"),
    Command("page_up", "transcript", ("pageup",), "page up", "One page up.", palette=False, action="scroll_by(0, -1)"),
    Command("page_down", "transcript", ("pagedown",), "page down", "One page down.", palette=False,
            action="scroll_by(0, 1)"),
    Command("start", "transcript", ("home", "g"), "start", "To the first message.", palette=False,
            action="go_to('start')"),
    Command("end", "transcript", ("end", "G"), "end", "To the last message.", palette=False,
            action="go_to('end')"),
    Command("up", "list", ("up", "k"), "up", "One row up.", palette=False, action="move(-1)"),
    Command("down", "list", ("down", "j"), "down", "One row down.", palette=False, action="move(1)"),
    Command("page_up", "list", ("pageup",), "page up", "Ten rows up.", palette=False, action="move(-10)"),
    Command("page_down", "list", ("pagedown",), "page down", "Ten rows down.", palette=False, action="move(10)"),
    Command("first", "list", ("home",), "first", "To the first row.", palette=False),
    Command("last", "list", ("end",), "last", "To the last row.", palette=False),
    Command("close_notices", "chat", ("alt+z",), "close notices", "Close the lines above the messages.",
            slash=("close",)),
    Command("rename_chat", "chat", (), "rename chat", "Give this chat another name.",
            slash=("rename",), argument="text"),
    Command("pin_chat", "chat", (), "pin chat", "Let this chat stand above all others, or not.", slash=("pin",)),
    Command("archive_chat", "chat", (), "archive chat", "Put this chat away, or back.", slash=("archive",)),
    Command("tag_chat", "chat", (), "tag chat", "Give this chat tags, such as: trip, to read.",
            slash=("tag",), argument="text"),
    Command("untag_chat", "chat", (), "untag chat", "Take tags away from this chat; all, if none is named.",
            slash=("untag",), argument="text"),
    Command("duplicate_chat", "chat", (), "duplicate chat", "Copy this chat with all its branches, and open the copy.",
            slash=("duplicate",)),
    Command("list_archived", "chat", (), "archived chats", "List the chats that were put away.", slash=("archived",)),
    Command("list_trash", "chat", (), "trash", "List what was deleted: it can be brought back.", slash=("trash",)),
    Command("delete_chat", "chat", (), "delete chat", "Move this chat to the trash.", slash=("delete",)),
    Command("system_prompt", "chat", (), "system prompt", "Standing instructions for this chat.",
            slash=("system",), argument="text"),
    Command("prompts", "chat", ("alt+p",), "prompts", "Fill in a prompt that you keep as a file.", slash=("prompts",)),
    Command("add_key", "chat", (), "add key", "Paste an API key: it is checked, and kept privately.", slash=("key",)),
    Command("add_server", "chat", (), "add server", "Add an OpenAI-compatible server by its address.",
            slash=("server",), argument="address"),
    Command("compact", "chat", ("alt+c",), "compact", "Sum up older turns, to send less from now on.",
            slash=("compact",), argument="text"),
    Command("send_all", "chat", (), "send all", "Send the messages again that were left out.", slash=("send-all",)),
    Command("pull_model", "chat", (), "pull model", "Bring a model to this machine, or delete one.",
            slash=("pull",), argument="text"),
    Command("find_models", "chat", (), "find models", "Look again for keys and servers on this machine.",
            slash=("find-models",)),
    Command("start", "found", ("enter",), "start", "Chat with the marked model; ↑ ↓ mark another.", palette=False),
    Command("skip", "found", ("escape",), "skip", "Keep the best model that was found.", 3, palette=False),
    Command("add_key", "found", ("alt+a",), "API key", "Paste an API key.", palette=False),
    Command("add_server", "found", ("alt+u",), "URL", "Add an OpenAI-compatible server.", palette=False),
    Command("demo", "found", ("alt+g",), "guide", "Chat with the offline guide.", palette=False),
    Command("import", "found", ("alt+l",), "chats", "Take over the chats of other programs.", palette=False),
    Command("fix", "found", ("alt+k",), "fix", "Paste another key for a provider that refused one.", palette=False),
    Command("again", "found", ("alt+r",), "look again", "Look again for keys and servers.", palette=False),
    Command("pick", "compare", ("enter", "p"), "pick", "Go on with this answer.", 2, palette=False),
    Command("to_chat", "compare", ("enter",), "to the chat", "Back to the chat, once an answer is picked.", 2,
            palette=False),
    Command("stop", "compare", ("escape",), "stop", "Stop this answer; the others go on.", 1, palette=False),
    Command("stop_all", "compare", ("S",), "stop all", "Stop all answers.", 2, palette=False),
    Command("leave", "compare", ("escape",), "back", "Back to the chat; all answers stay as branches.", 1,
            palette=False),
    Command("next_column", "compare", ("tab",), "next", "The next column.", 3, palette=False),
    Command("previous_column", "compare", ("shift+tab",), "previous", "The column before.", palette=False),
    Command("column_1", "compare", ("1",), "first", "The first column.", palette=False),
    Command("column_2", "compare", ("2",), "second", "The second one.", palette=False),
    Command("column_3", "compare", ("3",), "third", "The third one.", palette=False),
    Command("column_4", "compare", ("4",), "fourth", "The fourth one.", palette=False),
    Command("column_5", "compare", ("5",), "fifth", "The one that was written from the others.", palette=False),
    Command("retry", "compare", ("r",), "retry", "Ask this one again.", 4, palette=False),
    Command("continue_reply", "compare", ("C",), "go on", "Let an answer that was cut off go on.", 4, palette=False),
    Command("differences", "compare", ("d",), "differences", "Its words beside those of the column before.", 5,
            palette=False),
    Command("together", "compare", ("t",), "scroll together", "Scroll all columns at once, or each alone.", 6,
            palette=False),
    Command("fuse", "compare", ("f",), "fuse", "Have a model write one answer from all of them.", 3, palette=False),
    Command("go_on", "compare", ("g",), "go on with all", "Write the next prompt, for each behind its own answer.", 3,
            palette=False),
    Command("settings", "compare", ("s",), "settings", "Settings of this column, for its next answer.", 5,
            palette=False),
    Command("add", "compare", ("plus",), "add", "One more model.", 3, palette=False),
    Command("remove", "compare", ("d", "delete"), "remove", "Compare without this one.", 6, palette=False),
    Command("blind", "compare", ("b",), "blind", "Hide who answers until you have picked, or show it.", 5,
            palette=False),
    Command("settings", "chat", ("alt+comma",), "all settings", "Everything that can be set, and where it was set.",
            slash=("settings",)),
    Command("themes", "app", (), "theme", "Try themes on, and keep one.", slash=("theme", "themes"), argument="theme"),
    Command("palette", "app", ("ctrl+p", "alt+x"), "menu", "All you can do, by name.", 1, palette=False, right=True,
            slash=("menu",)),
    Command("help", "app", ("f1", "question_mark"), "help", "What the keys do.", 2, right=True, slash=("help",)),
    Command("redraw", "app", (), "redraw", "Draw it all again, where another program has written over it.",
            slash=("redraw",)),
    Command("suspend", "app", ("ctrl+z",), "suspend",
            "Go to the shell; fg brings the chat back. Where something was written, ctrl+z is undo.",
            slash=("suspend",)),
    Command("quit", "app", ("ctrl+q",), "quit", "Leave; every message is saved.", slash=("quit", "exit")),
)  # fmt: skip

BY_ID: dict[str, Command] = {f"{command.scope}.{command.id}": command for command in COMMANDS}
DEFAULT_KEYS: dict[str, tuple[str, ...]] = {id: command.keys for id, command in BY_ID.items()}
_SHOWN = {
    "escape": "esc",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "plus": "+",
    "enter": "↵",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "number_sign": "#",
    "delete": "del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


_ROUTED: dict[Scope, str] = {
    "chat": "command",
    "queue": "command",
    "chat_list": "act",
    "found": "found",
    "question": "answer",
    "approval": "approve",
    "compare": "screen.compare",
}
"""Scopes all of whose commands go through one action, whose argument is the command's id."""


def bindings(scope: Scope, keys: Mapping[str, tuple[str, ...]] = DEFAULT_KEYS) -> list[Binding]:
    """The key bindings of one scope, each with its command's full id; `keys` are those of every command by that id."""
    return [
        Binding(
            ",".join(keys[id]),
            f"{_ROUTED[scope]}('{command.id}')" if scope in _ROUTED else command.action or command.id,
            command.label,
            id=id,
            priority=command.id == "quit",
        )
        for id, command in BY_ID.items()
        if command.scope == scope and keys[id]
    ]


def key_text(key: str) -> str:
    """A key as footer and help print it: "^L", "F1", "alt+m", "esc"."""
    if key.startswith("ctrl+"):
        return f"^{key[5:].upper()}"
    *modifiers, last = key.split("+")
    shown = _SHOWN.get(last, last.upper() if last[0] == "f" and last[1:].isdigit() else last)
    return "+".join([*modifiers, shown])
