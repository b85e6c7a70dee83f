"""A tool's parameters by a JSON schema that somebody else wrote: made fit to be sent, and arguments checked against it.

What others write may be wrong, hostile or without end: the schema is copied within bounds, what no provider takes is
left out of it, and no address in it is ever asked. Pure; knows no function and no model.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pydantic
from pydantic_core import InitErrorDetails

from tui.agent.definitions import ObjectJsonSchema
from tui.agent.wire.text import joined

__all__ = ["GivenSchema", "given_schema", "given_text", "with_each_schema"]

MOST_LEVELS = 48
"""Schemas inside schemas; what lies deeper may be anything."""
MOST_CHARACTERS = 200_000
"""Of one schema; what does not fit is left out. A model reads all of it with every request."""
_LONGEST_TEXT = 8_000
_LARGEST_NUMBER = 1 << 64

_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_ONE = frozenset(
    {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
    | {"unevaluatedItems", "unevaluatedProperties"}
)
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_SEVERAL = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_LEFT_OUT = frozenset({"$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$comment", "$vocabulary"})
"""Says nothing to a model, or would move what references refer to."""
_NOT_AT_ROOT = ("anyOf", "oneOf", "allOf", "not", "enum", "const", "if", "then", "else", "$ref")
"""OpenAI and Anthropic refuse a schema with these at its root."""
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters, but for tabs and line ends: some providers refuse a text with them."""
_KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
"""What Anthropic takes for the name of a parameter."""

_ERRORS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "string": ("string_type", (str,)),
    "number": ("float_type", (int, float)),
    "integer": ("int_type", (int,)),
    "boolean": ("bool_type", (bool,)),
    "array": ("list_type", (list,)),
    "object": ("dict_type", (dict,)),
    "null": ("none_required", (type(None),)),
}
"""By JSON type: what pydantic calls the error that a value is none, and the types that are one."""


@dataclass(frozen=True, slots=True)
class GivenSchema:
    """How a function is called with arguments that somebody else's schema describes.

    Attributes:
        json_schema: as it is sent to a model.
        description: of the schema's root, "" when there is none.
        names: what the parameters are really called whose names had to be changed for the models.
        reserved: names that are no argument's, for the function takes something else by them.
    """

    json_schema: ObjectJsonSchema
    description: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()

    def bind(self, arguments: str | dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Check arguments lightly, as the other side does it thoroughly, and order them for the call.

        Args:
            arguments: JSON text, in which nothing at all stands for no arguments, or a dict.

        Returns:
            No arguments by position, and all of them by their real names.

        Raises:
            pydantic.ValidationError: they are no JSON object, a required one is missing, or one is of another type.
        """
        if isinstance(arguments, str):
            values = _OBJECT.validate_json(arguments if arguments.strip() else "{}")
        else:
            values = _OBJECT.validate_python(arguments)
        errors = list(self._errors(values))
        if errors:
            raise pydantic.ValidationError.from_exception_data("arguments", errors)
        return [], {self.names.get(name, name): value for name, value in values.items()}

    def _errors(self, values: dict[str, Any]) -> Iterable[InitErrorDetails]:
        properties = self.json_schema["properties"]
        for name in self.json_schema.get("required", ()):
            if name not in values:
                yield {"type": "missing", "loc": (name,), "input": values}
        for name, value in values.items():
            if name in self.reserved:
                yield {"type": "extra_forbidden", "loc": (name,), "input": value}
            elif error := _type_error(properties.get(name, {}).get("type"), value):
                yield {"type": error, "loc": (name,), "input": value}


_OBJECT: pydantic.TypeAdapter[dict[str, Any]] = pydantic.TypeAdapter(dict[str, Any])


def given_schema(json_schema: object, reserved: Iterable[str] = ()) -> GivenSchema:
    """Read a schema that somebody else wrote; whatever it is, something that can be sent comes of it.

    Args:
        json_schema: what was given as one, in the values of JSON.
        reserved: see `GivenSchema`.
    """
    root = _Copy().schema(json_schema, MOST_LEVELS)
    sent = _described_root(root if isinstance(root, dict) else {})
    sent = with_each_schema(sent, lambda schema: _without_lost_reference(schema, sent))
    renamed = _renamed(sent["properties"])
    if renamed:
        sent["properties"] = {renamed.get(name, name): value for name, value in sent["properties"].items()}
    required = [renamed.get(name, name) for name in sent.pop("required", ())]
    if required := [name for name in dict.fromkeys(required) if name in sent["properties"]]:
        sent["required"] = required
    description = sent.pop("description", "")
    return GivenSchema(sent, description, {new: old for old, new in renamed.items()}, frozenset(reserved))


def given_text(text: str | None) -> str:
    """What somebody else wrote about a tool, no longer than a model should read, and without control characters."""
    if not text:
        return ""
    cut = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    return _UNSEEN.sub("", joined(cut))


def with_each_schema(schema: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """A copy in which every schema is changed, those inside others first."""
    copied: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMED and isinstance(value, dict):
            copied[key] = {name: with_each_schema(inner, change) for name, inner in value.items()}
        elif key in _SEVERAL and isinstance(value, list):
            copied[key] = [with_each_schema(inner, change) for inner in value]
        elif key in _ONE and isinstance(value, dict):
            copied[key] = with_each_schema(value, change)
        else:
            copied[key] = value
    return change(copied)


class _Copy:
    """Copies a schema as far as it is one, and as far as there is room."""

    def __init__(self) -> None:
        self._room = MOST_CHARACTERS

    def schema(self, value: object, levels: int) -> dict[str, Any] | bool | None:
        """The schema; one that allows everything where it is too deep, or none."""
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            return None
        copied: dict[str, Any] = {}
        for key, inner in value.items() if levels else ():
            if not isinstance(key, str) or key in _LEFT_OUT or not self._takes(len(key) + 4):
                continue
            if (kept := self._keyword(key, inner, levels - 1)) is not None:
                copied[key] = kept
        if "array" in _types(copied) and not isinstance(copied.get("items"), dict):
            copied["items"] = {}  # OpenAI refuses a list that does not say of what
        return copied

    def _keyword(self, key: str, value: object, levels: int) -> object:
        if key in _NAMED:
            return self._named(value, levels)
        if key in _SEVERAL or (key == "items" and isinstance(value, list)):
            return self._several(value, levels)
        if key in _ONE:
            return self.schema(value, levels)
        match key, value:
            case "type", str() | list():
                known = [one for one in ([value] if isinstance(value, str) else value) if _is_type(one)]
                return known[0] if len(known) == 1 else known or None
            case (("title" | "description" | "$ref" | "format" | "pattern"), str()):
                return self.data(value, 1)
            case (("required" | "enum"), list()):
                kept = [one for one in self._items(value, levels) if key == "enum" or isinstance(one, str)]
                return kept or None
            case (("type" | "title" | "description" | "$ref" | "format" | "pattern" | "required" | "enum"), _):
                return None
        return self.data(value, levels)

    def _named(self, value: object, levels: int) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        copied: dict[str, Any] = {}
        for name, inner in value.items() if levels > 0 else ():
            if not isinstance(name, str) or not self._takes(len(name) + 4):
                continue
            if (kept := self.schema(inner, levels - 1)) is not None and kept is not False:
                copied[name] = {} if kept is True else kept
        return copied

    def _several(self, value: object, levels: int) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        copied = [self.schema(inner, levels - 1) for inner in value if levels > 0 and self._takes(2)]
        return [one for one in copied if isinstance(one, dict)] or None

    def data(self, value: object, levels: int) -> object:
        """A value that is no schema, such as a default; None where it is no JSON, too deep or too large."""
        match value:
            case bool():
                return value
            case str():
                text = joined(value[:_LONGEST_TEXT])
                return text if self._takes(len(text)) else None
            case int() | float():
                return value if abs(value) < _LARGEST_NUMBER and self._takes(8) else None  # NaN is not
            case list() if levels > 0:
                return self._items(value, levels - 1)
            case dict() if levels > 0:
                items = ((key, self.data(inner, levels - 1)) for key, inner in value.items() if self._takes_key(key))
                return dict(items)
        return None

    def _items(self, values: list[Any], levels: int) -> list[Any]:
        """The items that fit; null stays what it is."""
        copied = [(one, self.data(one, levels)) for one in values if self._takes(2)]
        return [kept for one, kept in copied if kept is not None or one is None]

    def _takes_key(self, key: object) -> bool:
        return isinstance(key, str) and self._takes(len(key) + 4)

    def _takes(self, size: int) -> bool:
        if size > self._room:
            return False
        self._room -= size
        return True


def _is_type(value: object) -> bool:
    return isinstance(value, str) and value in _TYPES


def _types(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _described_root(root: dict[str, Any]) -> ObjectJsonSchema:
    """A schema of type object, without what a root may not have; properties of its alternatives become its own."""
    for _ in range(MOST_LEVELS):  # references may go round in a circle
        target = _schema_at(root, root.get("$ref"))
        if target is None:
            break
        root = {name: value for name, value in root.items() if name != "$ref"}
        root = {**target, **root}
    properties: dict[str, Any] = dict(root.get("properties", {}))
    required = list(root.get("required", ()))
    for kind in ("allOf", "anyOf", "oneOf"):
        options = [_schema_at(root, option.get("$ref")) or option for option in root.get(kind, ())]
        for option in {id(option): option for option in options}.values():  # many may refer to the same large one
            for name, schema in option.get("properties", {}).items():
                properties.setdefault(name, schema)
            required += option.get("required", ()) if kind == "allOf" else ()
    rest = {name: value for name, value in root.items() if name not in _NOT_AT_ROOT}
    return {**rest, "type": "object", "properties": properties, "required": required}


def _schema_at(root: dict[str, Any], reference: object) -> dict[str, Any] | None:
    """The schema that a reference into the same one refers to; None where it leads elsewhere, or to what is none."""
    found = root
    steps = iter(_steps(reference) or ("",))
    for step in steps if reference != "#" else ():
        inner: Any = found.get(step) if step in _NAMED | _ONE else None
        if step in _NAMED and isinstance(inner, dict):
            inner = inner.get(next(steps, None))
        if not isinstance(inner, dict):
            return None
        found = inner
    return found


def _is_there(root: dict[str, Any], reference: object) -> bool:
    """Whether a reference leads to anything in the same schema."""
    found: Any = root
    for step in _steps(reference):
        found = found.get(step) if isinstance(found, dict) else None
    return isinstance(found, dict) and (reference == "#" or bool(_steps(reference)))


def _steps(reference: object) -> list[str]:
    """Of a reference into the same schema; [] for every other one."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return []
    return [step.replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/")]


def _without_lost_reference(schema: dict[str, Any], root: ObjectJsonSchema) -> dict[str, Any]:
    """Without a reference to what is not in the schema: a provider would refuse it, or ask the address in it."""
    if "$ref" not in schema or _is_there(root, schema["$ref"]):
        return schema
    return {key: value for key, value in schema.items() if key != "$ref"}


def _renamed(names: Iterable[str]) -> dict[str, str]:
    """New names for the parameters that have one which not every provider takes."""
    taken = {name for name in names if _KEY.fullmatch(name)}
    renamed: dict[str, str] = {}
    numbers: dict[str, int] = {}  # the next one for each stem: thousands may look alike
    for name in names:
        if _KEY.fullmatch(name):
            continue
        new = stem = re.sub(r"[^a-zA-Z0-9_.-]", "_", name)[:60] or "_"
        while new in taken:
            number = numbers[stem[:56]] = numbers.get(stem[:56], 1) + 1
            new = f"{stem[:56]}_{number}"
        taken.add(new)
        renamed[name] = new
    return renamed


def _type_error(types: object, value: object) -> str | None:
    """What pydantic calls it that a value is of none of these JSON types; None where it is of one, or any will do."""
    kinds = [types] if isinstance(types, str) else types
    if not isinstance(kinds, list) or not kinds:
        return None
    return None if any(_is_of(kind, value) for kind in kinds) else _ERRORS[kinds[0]][0]


def _is_of(kind: str, value: object) -> bool:
    if kind in ("number", "integer") and isinstance(value, bool):
        return False
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _ERRORS[kind][1])
