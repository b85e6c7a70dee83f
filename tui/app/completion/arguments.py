"""What can stand behind a slash command beside models: chats, themes, efforts, formats, files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.completion.paths import PathSource
from tui.app.completion.suggestions import Suggestion, Suggestions
from tui.app.fuzzy import fuzzy, is_part
from tui.app.slash import BY_SLASH, SlashCall
from tui.config import EFFORTS
from tui.figures import age
from tui.formats import Format
from tui.text import portable_line

if TYPE_CHECKING:
    from tui.store.records import Conversation

FindArguments = Callable[[str, str], Suggestions | None]
"""Finds the arguments for the name of a command, as it was typed, and what was typed of its argument."""
Call = Callable[[SlashCall], Message]

_MOST_ROWS = 200


class Choices:
    """Arguments out of a list.

    Args:
        listed: each argument, and what it is.
        call: makes the message that runs the command.
    """

    def __init__(self, listed: Callable[[], Iterable[tuple[str, str]]], call: Call) -> None:
        self._listed = listed
        self._call = call

    def __call__(self, name: str, typed: str) -> Suggestions:
        """The rows for what was typed, the best first; in the order of the list while nothing is."""
        scored = [(fuzzy(typed, value) if typed else 1.0, value, detail) for value, detail in self._listed()]
        found = sorted((row for row in scored if row[0]), key=lambda row: -row[0])[:_MOST_ROWS]
        rows = [argument_row(name, value, value, detail, "", self._call) for _, value, detail in found]
        return Suggestions(0, rows, typed, marked=0 if typed else -1)


def argument_row(name: str, value: str, label: str, detail: str, right: str, call: Call) -> Suggestion:
    """A command with one argument: `value` is what it gets, `label` what is read and written."""
    return Suggestion(
        label,
        detail,
        right,
        text=f"/{name} {label}",
        message=lambda: call(SlashCall(name, value, BY_SLASH[name.casefold()])),
    )


class ChatChoices:
    """The chats of the list, by their names. Two of one name are two rows.

    One that only has the letters is not what Enter takes: there may be a chat further down that is called just so.

    Args:
        chats: the newest first.
    """

    def __init__(self, chats: "Callable[[], Sequence[Conversation]]", call: Call) -> None:
        self._chats = chats
        self._call = call

    def __call__(self, name: str, typed: str) -> Suggestions:
        """The rows for what was typed, the best first, the newest of these first."""
        now = datetime.now(UTC)
        titled = [(portable_line(chat.title) or "New chat", chat) for chat in self._chats()]
        scored = [(fuzzy(typed, title) if typed else 1.0, title, chat) for title, chat in titled]
        found = sorted((row for row in scored if row[0]), key=lambda row: -row[0])[:_MOST_ROWS]
        rows = [
            argument_row(name, chat.id, title, "", age(chat.updated_at, now), self._call) for _, title, chat in found
        ]
        return Suggestions(0, rows, typed, marked=0 if typed and found and is_part(found[0][0]) else -1)


class ExportChoices:
    """A format, and behind it a path; or "all", for all chats.

    Args:
        formats: by name.
        paths: finds the path.
    """

    def __init__(self, formats: Mapping[str, Format], paths: PathSource, call: Call) -> None:
        named = [*((format.name, format.label) for format in formats.values()), ("all", "all chats")]
        self._choices = Choices(lambda: named, call)
        self._paths = paths

    def __call__(self, name: str, typed: str) -> Suggestions:
        """What there is; behind it the folders to write to, none of which is taken unasked."""
        format, space, path = typed.partition(" ")
        if not space:
            return self._choices(name, typed)
        found = self._paths.suggest(path.lstrip(), 0, lambda folder: f"/{name} {format} {folder}")
        return replace(found, rows=[row for row in found.rows if row.text is not None], marked=-1)


class PathChoices:
    """A path, such as one to attach or to import."""

    def __init__(self, paths: PathSource) -> None:
        self._paths = paths

    def __call__(self, name: str, typed: str) -> Suggestions:
        """What the path may become; Enter takes a folder that is written out as it is, and goes into no other."""
        found = self._paths.suggest(typed, 0, lambda path: f"/{name} {path}")
        last = typed.rpartition("/")[2]
        written = last and any(row.text is not None and row.label == f"{last}/" for row in found.rows)
        return replace(found, marked=-1) if written else found


def effort_choices() -> list[tuple[str, str]]:
    """How long a model may think."""
    return [("default", "as the provider has it"), *((effort, "") for effort in EFFORTS)]
