"""TOML files read by hand: each mistake in one is named with file and line. Must not know what the keys mean."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.pattern import pattern

_T = TypeVar("_T")

DEEPEST = 100
"""How many parts a dotted key may have."""

_KEY = r"(?:[\w-]+|\"[^\"]*\"|'[^']*')"
_HEADER = pattern(r"\s*\[\[?\s*([^\]]+?)\s*\]")
_SETTING = pattern(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=")
_DEEP = pattern(rf"(?<![\w\-.])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
"""A dotted key of more parts than anybody writes: tomllib would need their square in memory."""

_TYPE_NAMES = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
}


@dataclass(frozen=True, slots=True)
class TomlSource:
    """A TOML file as text, to say on which line a value stands (tomllib keeps no positions)."""

    path: Path
    text: str

    def error(self, where: tuple[str, ...], message: str, hint: str = "") -> ConfigError:
        """A `ConfigError` that names the file and the line of `where`, a path of keys from the top."""
        return ConfigError(f"{self.place(where)}: {message}", hint)

    def place(self, where: tuple[str, ...]) -> str:
        """Where the key path `where` is set, as "FILE:LINE"."""
        return f"{self.path}:{self._line_of(where)}"

    def reject_unknown(self, where: tuple[str, ...], table: Mapping[str, Any], allowed: Iterable[str]) -> None:
        """Raise for the first key of `table` that is not `allowed`, naming the nearest that is."""
        names = tuple(allowed)
        for key in table:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f'Did you mean "{near[0]}"?' if near else f"Known here: {', '.join(names)}."
                raise self.error((*where, key), f'unknown key "{key}"', hint)

    def get(self, where: tuple[str, ...], table: Mapping[str, Any], expected: type[_T]) -> _T | None:
        """The value at the last key of `where` in `table`, of the type `expected`; None when it is not there."""
        value = table.get(where[-1])
        if value is None:
            return None
        if not _is_a(value, expected):
            raise self.error(
                where, f'"{where[-1]}" must be {_TYPE_NAMES[expected]}, not {_TYPE_NAMES.get(type(value), "that")}'
            )
        return value  # type: ignore[no-any-return]  # _is_a has just checked it

    def texts(self, where: tuple[str, ...], table: Mapping[str, Any]) -> tuple[str, ...]:
        """The list of texts at the last key of `where`; empty when it is not there."""
        values = self.get(where, table, list) or []
        if not all(isinstance(value, str) and value for value in values):
            raise self.error(where, f'"{where[-1]}" must be a list of texts')
        return tuple(values)

    def _line_of(self, where: tuple[str, ...]) -> int:
        """The 1-based line on which the key path `where` is set, or the nearest line above it that is known."""
        table: tuple[str, ...] = ()
        best, best_depth = 1, 0
        for number, line in enumerate(self.text.split("\n"), start=1):
            if header := _HEADER.match(line):
                here = table = _key_path(header[1])
            elif setting := _SETTING.match(line):
                here = table + _key_path(setting[1])
            else:
                continue
            if where[: len(here)] == here and len(here) > best_depth:
                best, best_depth = number, len(here)
        return best


def _key_path(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_KEY, dotted))


def _is_a(value: object, expected: type) -> bool:
    return isinstance(value, expected) and (expected is bool or not isinstance(value, bool))


def load_toml(text: str) -> dict[str, Any]:
    """Parse TOML, however deep somebody has nested it.

    Raises:
        tomllib.TOMLDecodeError: it is none, or nested too deeply.
    """
    if _DEEP.search(text):
        raise tomllib.TOMLDecodeError(f"A key has more than {DEEPEST} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("Nested too deeply") from None


def parse_toml(file: Path, data: bytes) -> tuple[TomlSource, dict[str, Any]]:
    """Parse what was read from `file`.

    Raises:
        ConfigError: not UTF-8, or not TOML; the message starts with "FILE:LINE: ".
    """
    try:
        text = data.decode("utf-8-sig")
        return TomlSource(file, text), load_toml(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}:{line}: not UTF-8 text", "Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$", message)
        line = int(place[1]) if place and place[1] else data.count(b"\n") + 1 if place else 1
        reason = message[: place.start()] if place else message
        raise ConfigError(
            f"{file}:{line}: not valid TOML: {reason}", "Text values need quotes; see https://toml.io."
        ) from None
