"""Sets of keys that can be chosen as a whole, each by what it changes in the table of commands.

A command that is not named keeps its keys. In the composer the keys of a text area stay as they are (ctrl+a, ctrl+e,
ctrl+k, ctrl+w, ctrl+u and ctrl+y are those of readline and emacs); none of the sets takes one of them away.
"""

PRESETS: dict[str, dict[str, str]] = {
    "default": {},
    # Motions wherever something is read or chosen; the composer stays without modes.
    "vim": {
        "layout.back": "escape, i",
        "transcript.page_down": "pagedown, ctrl+d",
        "transcript.page_up": "pageup, ctrl+u",
        "transcript.scroll_down": "down, ctrl+e",
        "transcript.scroll_up": "up, ctrl+y",
        "transcript.previous": "alt+up, left_curly_bracket",
        "transcript.next": "alt+down, j, right_curly_bracket",
        "list.page_down": "pagedown, ctrl+d",
        "list.page_up": "pageup, ctrl+u",
        "list.first": "home, g",
        "list.last": "end, G",
        "settings.reset": "delete, backspace, x",
    },
    # Motions by ctrl also where one writes; what they held moves to alt, as M-x.
    "emacs": {
        "composer.cursor_up": "ctrl+p",
        "composer.cursor_down": "ctrl+n",
        "composer.cursor_left": "ctrl+b",
        "composer.cursor_right": "ctrl+f",
        "transcript.scroll_up": "up, ctrl+p",
        "transcript.scroll_down": "down, ctrl+n",
        "transcript.page_down": "pagedown, ctrl+v",
        "transcript.start": "home, g, alt+less_than_sign",
        "transcript.end": "end, G, alt+greater_than_sign",
        "list.up": "up, k, ctrl+p",
        "list.down": "down, j, ctrl+n",
        "list.page_down": "pagedown, ctrl+v",
        "list.first": "home, alt+less_than_sign",
        "list.last": "end, alt+greater_than_sign",
        "layout.find": "ctrl+s",
        "layout.chats": "f3, alt+s",
        "layout.toggle_list": "f9",
        "chat.new_chat": "alt+n",
        "app.palette": "alt+x",
        "app.help": "f1, question_mark",
    },
    # Nothing that Zellij keeps: neither its modes on ctrl nor its own commands on alt.
    "zellij": {
        "chat.new_chat": "alt+c",
        "chat.compact": "alt+shift+c",
        "chat.effort": "alt+t",
        "chat.tools": "alt+shift+t",
        "layout.chats": "f3, alt+s",
        "layout.inspector": "f4",
        "layout.toggle_list": "f9",
        "layout.previous_message": "ctrl+up",
        "layout.next_message": "ctrl+down",
        "transcript.previous": "ctrl+up",
        "transcript.next": "ctrl+down, j",
        "app.palette": "alt+x, f12",
        "app.quit": "alt+shift+q",
        "chat.attach": "alt+shift+a",
        "chat.editor": "alt+e",
        "app.temporary": "alt+shift+h",
        "chat.import": "alt+shift+l",
        "found.import": "alt+shift+l",
        "found.fix": "alt+y",
    },
}

ENTER_BREAKS = {"composer.send": "f5, ctrl+enter", "composer.newline": "enter, ctrl+j, shift+enter, alt+enter"}
"""What `composer.enter = "newline"` comes to, over any set."""
