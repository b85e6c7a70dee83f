"""A prompt that is a command: "/model gpt". Which commands there are, whoever runs them knows. Pure."""

from collections.abc import Collection

from tui.pattern import pattern

RULE = (
    "A line that begins with / and a name is a command, and never sent. A path such as /usr/bin/x, a text of several "
    "lines, and a line with a space in front are sent as they are."
)
_LITERALLY = "With a space in front it is sent as it is."
_SLASH_LINE = pattern(r"/([^\W\d_][\w-]*)(?:[ \t]+(.*))?")


def slash_line(text: str) -> tuple[str, str] | None:
    """The name and the argument of a command; None when the text is to be sent.

    A command is one line of which the first word is "/" and a name. A path such as "/usr/bin/x", a text of several
    lines, and all that begins with a space are prompts.
    """
    match = _SLASH_LINE.fullmatch(text.rstrip())
    return (match[1], (match[2] or "").strip()) if match else None


def unknown_command(name: str, names: Collection[str]) -> str:
    """That no command has this name, and what to do, in a sentence or two; `names` are those that there are."""
    from difflib import get_close_matches

    near = get_close_matches(name.casefold(), names, 1)
    instead = f"Did you mean /{near[0]}?" if near else "/help lists them."
    return f"There is no command /{name}. {instead} {_LITERALLY}"


def takes_nothing(name: str) -> str:
    """That a command stands alone, and what to do, in a sentence or two."""
    return f"/{name} takes nothing behind it. {_LITERALLY}"
