"""The table of commands, a preset and a person's `[keys]` merged into one keymap; mistakes, conflicts and doubts named.

Whatever is wrong, the rest holds, and quitting always has a key.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from tui.app.commands import BY_ID, DEFAULT_KEYS
from tui.app.keymap.keymap import Keymap
from tui.app.keymap.names import is_text, read_keys
from tui.app.keymap.presets import ENTER_BREAKS, PRESETS
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.commands import Scope
    from tui.app.keymap.surroundings import Surroundings
    from tui.config import KeyChoice

QUIT = "app.quit"
_SURE_QUIT = "ctrl+q"
_BELOW: tuple["Scope", ...] = ("layout", "found", "chat", "app")
"""Who gets a key that the focused widget has no use for, one after the other."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """What a person must know of a line of the `[keys]` table, or of a key of the table of commands.

    Attributes:
        kind: a "mistake" is not applied, of a "conflict" the line is, and whoever had the key before lost it; a
            "doubt" is a key that may not arrive.
        place: "FILE:LINE"; "" for no line at all.
        text: a sentence.
    """

    kind: Literal["mistake", "conflict", "doubt"]
    command: str
    place: str
    text: str

    @property
    def sentence(self) -> str:
        """Where and what, in one line."""
        return f"{self.place}: {self.text}" if self.place else self.text


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the table that made sense."""

    choice: "KeyChoice"
    keys: tuple[str, ...]


def merge_keys(
    preset: str, choices: Iterable["KeyChoice"], around: "Surroundings", *, enter_breaks: bool = False
) -> tuple[Keymap, tuple[KeyProblem, ...]]:
    """The keymap, and what is to be said about the lines of the person; `enter_breaks`: Enter breaks the line."""
    keys = dict(DEFAULT_KEYS)
    for id, text in (PRESETS.get(preset, {}) | (ENTER_BREAKS if enter_breaks else {})).items():
        keys[id] = read_keys(text)
    problems: list[KeyProblem] = []
    lines = list(_lines(choices, problems))
    keys.update({line.choice.command: line.keys for line in lines})
    for line in lines:
        _settle(line, lines, keys, problems)
        problems += _doubts(line, around)
    _keep_quit(keys, around, problems, next((one.choice for one in lines if one.choice.command == QUIT), None))
    return Keymap(keys, _doubtful(keys, around)), tuple(problems)


def _doubtful(keys: Mapping[str, tuple[str, ...]], around: "Surroundings") -> frozenset[str]:
    """The keys that may not arrive. What a keymap from the table holds is known to, unless somebody takes it."""
    found = {key for id, theirs in keys.items() for key in theirs if key not in DEFAULT_KEYS[id]}
    return around.taken | {key for key in found if around.doubt(key)}


def notice_of(problems: Iterable[KeyProblem]) -> str:
    """The one line at the start that names them; "" when there is none."""
    found = tuple(problems)
    if not found:
        return ""
    file = found[0].place.rpartition(":")[0]
    sentences = [found[0].sentence, *(one.sentence.replace(f"{file}:", "line ", 1) for one in found[1:])]
    more = f" · {len(sentences) - _SHOWN} more" if len(sentences) > _SHOWN else ""
    return f"Keys: {' · '.join(sentences[:_SHOWN])}{more}. Try them: chinwag doctor keys"


def _lines(choices: Iterable["KeyChoice"], problems: list[KeyProblem]) -> Iterator[_Line]:
    """The lines that make sense; the others are problems."""
    for choice in choices:
        text = choice.problem and f"“{choice.command}” {choice.problem}"
        keys: tuple[str, ...] = ()
        if not text and choice.command not in BY_ID:
            text = f"there is no command “{choice.command}”{_nearest(choice.command)}"
        elif not text:
            try:
                keys = read_keys(choice.keys)
            except ValueError as error:
                text = f"{error}; {choice.command} keeps its keys"
            typed = [key for key in keys if is_text(key)]
            if typed and (choice.command == QUIT or choice.command.startswith("composer.")):
                text = f"“{typed[0]}” is text while you write; {choice.command} keeps its keys"
        if text:
            problems.append(KeyProblem("mistake", choice.command, choice.place, text))
        else:
            yield _Line(choice, keys)


def _nearest(id: str) -> str:
    by_name = {command.id: full for full, command in BY_ID.items()}
    near = difflib.get_close_matches(id, [*BY_ID, *by_name], n=1)
    return f"; did you mean “{by_name.get(near[0], near[0])}”?" if near else "; chinwag doctor keys lists them"


def _settle(line: _Line, lines: list[_Line], keys: dict[str, tuple[str, ...]], problems: list[KeyProblem]) -> None:
    """Let the line have its keys: a command that has one of them by default gives it up, and that is told.

    Of two lines with the same key, the first has it.
    """
    mine, chosen = line.choice.command, [one.choice.command for one in lines]
    for key in line.keys:
        for other in [id for id, theirs in keys.items() if key in theirs and id != mine and compete(mine, id)]:
            if other in chosen[: chosen.index(mine)]:
                keys[mine] = tuple(one for one in keys[mine] if one != key)
                text = f"“{key}” is {other}'s already, in {lines[chosen.index(other)].choice.place}"
                problems.append(KeyProblem("conflict", mine, line.choice.place, text))
            elif other not in chosen:
                keys[other] = tuple(one for one in keys[other] if one != key)
                left = f"keeps {', '.join(keys[other])}" if keys[other] else "has no key now"
                text = f"“{key}” was {other}'s, which {left}; give {other} a line of its own"
                problems.append(KeyProblem("conflict", mine, line.choice.place, text))


def chains(scope: "Scope") -> tuple["Scope", ...]:
    """The scopes whose keys are looked at one after the other while the focus is in `scope`."""
    within: tuple[Scope, ...] = ("list",) if scope in ("chat_list", "settings") else ()
    return (scope, *within, *(below for below in _BELOW if below != scope))


def compete(one: str, other: str) -> bool:
    """Whether a key can be only one of two commands': both can be meant in one focus, and at the same time.

    Commands that share a key in the table act in different states, such as all that escape does.
    """
    first, second = BY_ID[one], BY_ID[other]
    meet = second.scope in chains(first.scope) or first.scope in chains(second.scope)
    return meet and not set(first.keys) & set(second.keys)


def _doubts(line: _Line, around: "Surroundings") -> Iterator[KeyProblem]:
    scope, id = BY_ID[line.choice.command].scope, line.choice.command
    for key in line.keys:
        if doubt := around.doubt(key):
            yield KeyProblem("doubt", id, line.choice.place, f"“{key}” {doubt}")
        elif scope in _BELOW and key in text_area_keys():
            text = f"“{key}” is the composer's own while you write; {id} has it elsewhere"
            yield KeyProblem("doubt", id, line.choice.place, text)


def text_area_keys() -> frozenset[str]:
    """The keys that edit text in the composer, beside those that type it."""
    from textual.widgets import TextArea

    return frozenset(key.strip() for binding in TextArea.BINDINGS for key in _keys_of(binding).split(","))


def _keys_of(binding: object) -> str:
    return binding[0] if isinstance(binding, tuple) else str(getattr(binding, "key", ""))


def _keep_quit(
    keys: dict[str, tuple[str, ...]], around: "Surroundings", problems: list[KeyProblem], choice: "KeyChoice | None"
) -> None:
    """Quitting has a key that surely arrives, or ctrl+q besides, whoever had that."""
    if any(not around.doubt(key) for key in keys[QUIT]):
        return
    for id in keys:
        keys[id] = tuple(key for key in keys[id] if key != _SURE_QUIT)
    keys[QUIT] = (*keys[QUIT], _SURE_QUIT)
    if choice is not None:
        text = f"quitting must have a key that arrives; {_SURE_QUIT} quits, too"
        problems.append(KeyProblem("mistake", QUIT, choice.place, text))
