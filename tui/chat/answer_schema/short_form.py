"""The short way to write which JSON is wanted, as in "name, age int, tags list[str], born date?: if known". Pure.

Fields are set apart by commas, or stand on a line each, where a description may have commas too. A field is a name, a
type (without one it is a text), "?" where null is an answer as well, and a description behind a colon. Brackets around
all of it stand for many: `[name, age int]`; as a type, `{…}` is an object and `[…]` a list of objects.
"""

import re
from typing import Any

from tui.errors import UsageError
from tui.text import clean_line

RULE = (
    "NAME [TYPE][?][: DESCRIPTION], …  with the types str (the default), int, float, bool, date, time, datetime, any, "
    "one|of|these, list[TYPE], {FIELDS} and [FIELDS]; ? where null will do; [ ] around all of it for many"
)

_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
    "any": {},
    "list": {"type": "array", "items": {"type": "string"}},
}
_IN_JSON = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_FIELD = re.compile(r"([^\W\d][\w-]*)(\??)(?:\s+(.*))?$", re.DOTALL)
_CHOICES = re.compile(r"[^\s|{}\[\]]+(?:\|[^\s|{}\[\]]+)+$")
_OPENING, _CLOSING = "[{", "]}"


def short_schema(text: str) -> dict[str, Any]:
    """The JSON schema that a short form stands for; every field of it has to be there.

    Raises:
        UsageError: it cannot be understood.
    """
    text = text.strip()
    return _many(text[1:-1]) if text.startswith("[") and text.endswith("]") else _object(text)


def _many(fields: str) -> dict[str, Any]:
    return {"type": "array", "items": _object(fields)}


def _object(fields: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in _fields(fields):
        name, schema = _field(field)
        if name in found:
            raise _problem(f'The field "{name}" is there twice.')
        found[name] = schema
    if not found:
        raise _problem("There are no fields.")
    return {"type": "object", "properties": found, "required": [*found], "additionalProperties": False}


def _fields(text: str) -> list[str]:
    lines = _split(text.strip(), "\n")
    if len(lines) == 1:
        lines = _split(text, ",")
    return [field for line in lines if (field := line.strip().removesuffix(",").strip())]


def _field(field: str) -> tuple[str, dict[str, Any]]:
    wanted, *described = _split(field, ":", most=1)
    match = _FIELD.match(wanted.strip())
    if match is None:
        raise _problem(f'"{clean_line(field, 60)}" is no field.')
    name, optional, kind = match[1], bool(match[2]), (match[3] or "").strip()
    if kind.endswith("?"):
        optional, kind = True, kind[:-1].strip()
    schema = dict(_type(kind))
    if optional:
        schema = _or_null(schema)
    if described and (about := " ".join(described[0].split())):
        schema["description"] = about
    return name, schema


def _type(text: str) -> dict[str, Any]:
    text = _IN_JSON.get(text, text or "str")
    if text in _TYPES:
        return _TYPES[text]
    if text.startswith("list[") and text.endswith("]"):
        return {"type": "array", "items": _type(text[5:-1].strip())}
    if text[0] == "{" and text[-1] == "}":
        return _object(text[1:-1])
    if text[0] == "[" and text[-1] == "]":
        return _many(text[1:-1])
    if _CHOICES.match(text):
        return {"enum": text.split("|")}
    raise _problem(f'"{clean_line(text, 60)}" is no type.')


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    return schema | ({"type": [schema["type"], "null"]} if "type" in schema else {})


def _split(text: str, separator: str, most: int = -1) -> list[str]:
    """The pieces between separators that do not stand in brackets, at most `most` + 1 where that is not negative."""
    pieces: list[str] = []
    begin = depth = 0
    for place, letter in enumerate(text):
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if depth < 0:
            break
        if letter == separator and not depth and len(pieces) != most:
            pieces.append(text[begin:place])
            begin = place + 1
    if depth:
        raise _problem(f"The brackets in “{clean_line(text, 60)}” do not match.")
    return [*pieces, text[begin:]]


def _problem(message: str) -> UsageError:
    return UsageError(message, f"Write a schema as {RULE}.")
