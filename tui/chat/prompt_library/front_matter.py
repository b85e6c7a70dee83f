"""What stands above the text of a prompt file: TOML between `+++`, or `key: value` lines between `---`.

The second form is the part of YAML that prompt files of other programs use: one key a line, a value that is text (with
or without quotes), a number, true, false, or a list in brackets. Everything else is refused with file and line.
"""

import json
import re
from pathlib import Path
from typing import Any

from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.toml_source import TomlSource, parse_toml

_LINE = re.compile(r"([A-Za-z_][\w-]*)\s*:(?:\s+(.*))?$")
_NUMBER = re.compile(r"[+-]?(\d+)(\.\d+)?$")
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values of a prompt file, the lines on which they stand, and the text below them."""

    source: TomlSource
    values: dict[str, Any]
    body: str


def read_front_matter(path: Path, data: bytes) -> FrontMatter:
    """Part a prompt file into values and text; one without front matter is text only.

    Raises:
        ConfigError: not UTF-8, an open fence, or a line that is none of the above; it names file and line.
    """
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text", "Save the file as UTF-8.") from None
    fence = text.partition("\n")[0].rstrip()
    if fence not in ("---", "+++"):
        return FrontMatter(TomlSource(path, ""), {}, text.strip("\n"))
    lines = text.split("\n")
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == fence), None)
    if end is None:
        raise ConfigError(f"{path}:1: the {fence} has no second one", f"Close the front matter with a line {fence}.")
    head, body = "\n".join(["", *lines[1:end]]), "\n".join(lines[end + 1 :]).strip("\n")
    source, values = parse_toml(path, _as_toml(path, head).encode() if fence == "---" else head.encode())
    return FrontMatter(source, values, body)


def _as_toml(path: Path, head: str) -> str:
    """The `key: value` lines as TOML, line by line, so that one reader knows types, doubles and line numbers."""
    return "\n".join(_toml_line(path, number, line) for number, line in enumerate(head.split("\n"), start=1))


def _toml_line(path: Path, number: int, line: str) -> str:
    if not line.strip() or line.lstrip().startswith("#"):
        return ""
    found = _LINE.match(line.rstrip())
    if found is None:
        raise ConfigError(
            f'{path}:{number}: not "key: value"', "Lists go in brackets; for more than that use TOML between +++ lines."
        )
    key, value = found[1], (found[2] or "").strip()
    return f"{key} = {_toml_value(path, number, value)}"


def _toml_value(path: Path, number: int, value: str) -> str:
    if value.startswith("["):
        if not value.endswith("]"):
            raise ConfigError(f"{path}:{number}: the list has no ]", "A list stands on one line: [a, b].")
        items = [item.strip() for item in value[1:-1].split(",")]
        return f"[{', '.join(_toml_value(path, number, item) for item in items if item)}]"
    if value[:1] in ("'", '"'):
        if len(value) < 2 or value[-1] != value[0]:
            raise ConfigError(f"{path}:{number}: the quotes do not close", "")
        return json.dumps(value[1:-1].replace("''", "'")) if value[0] == "'" else value
    if value[:1] in ("|", ">", "{", "&", "*", "!"):
        raise ConfigError(
            f"{path}:{number}: this kind of YAML is not read here", "Put the value in quotes, or use TOML between +++."
        )
    if value in _WORDS or _NUMBER.match(value):
        return value.lstrip("+")
    return json.dumps(value, ensure_ascii=False)
