"""A JSON schema as the checks of pydantic's core. Pure.

A keyword that these cannot check is refused instead of passed over: what is called valid, is. A reference may only lead
into the schema itself.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from graphlib import CycleError, TopologicalSorter
from typing import Any
from uuid import UUID

from pydantic_core import CoreSchema, PydanticCustomError, SchemaError, SchemaValidator, ValidationError, core_schema

from tui.agent.exceptions import UserError
from tui.agent.given_schema import MOST_LEVELS

__all__ = ["checks_of"]

_SAID = frozenset(
    {"$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated"}
    | {"readOnly", "writeOnly", "format", "contentEncoding", "contentMediaType"}
)
"""Says something to the model, or to nobody; nothing is to be checked by it."""
_BY_TYPE: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties", "minProperties", "maxProperties"}),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "boolean": frozenset(),
    "null": frozenset(),
}
"""The types of JSON, and the keywords that are about values of them."""
_EVERYWHERE = frozenset({"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"})
_LIMITS = {
    "minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt", "multipleOf": "multiple_of"
}  # fmt: skip
_LARGEST = 1 << 53
_LONGEST_PROBLEMS = 500
_FORMATS: Mapping[str, tuple[Callable[[str], object], re.Pattern[str]]] = {
    "date": (date.fromisoformat, re.compile(r"\d{4}-\d\d-\d\d")),
    "time": (time.fromisoformat, re.compile(r"\d\d:\d\d.*")),
    "date-time": (datetime.fromisoformat, re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*")),
    "uuid": (UUID, re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
}
"""The formats that are checked: what reads one, and how it has to look besides. All others are only told."""


def checks_of(json_schema: Mapping[str, Any]) -> CoreSchema:
    """What a value has to pass, and becomes by it: a whole number that was written with a point is an integer.

    Raises:
        UserError: it is no schema, or has something in it that cannot be checked; the message says where.
    """
    return _Reader(json_schema).whole()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the root a schema stands.

    Attributes:
        path: as a reference to it is written.
        levels: how many schemas may still stand inside it.
        owner: the reference whose value this is about, too; "" where it is about one inside of that.
    """

    path: str
    levels: int
    owner: str

    def beside(self, name: object) -> "_Place":
        """Of a schema for the same value."""
        return _Place(f"{self.path}/{name}", self.levels - 1, self.owner)

    def inside(self, name: object) -> "_Place":
        """Of a schema for a value inside that one."""
        return _Place(f"{self.path}/{name}", self.levels - 1, "")


class _Reader:
    """Turns one schema, and those that it refers to, into pydantic's checks."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._definitions: dict[str, CoreSchema | None] = {}  # by reference; None while one is being read
        self._same_value: dict[str, set[str]] = {}  # references, and those that they refer to for the same value

    def whole(self) -> CoreSchema:
        """The checks of the root, as pydantic can use them."""
        found = self._schema(self._root, _Place("#", MOST_LEVELS, "#"))
        self._refuse_circles()
        found = self._with_definitions(found)
        try:
            SchemaValidator(found)
        except SchemaError as error:  # such as a pattern that is none
            raise UserError(f"The schema cannot be checked: {str(error).splitlines()[-1].strip()}") from error
        return found

    def _with_definitions(self, schema: CoreSchema) -> CoreSchema:
        definitions = [definition for definition in self._definitions.values() if definition is not None]
        return core_schema.definitions_schema(schema, definitions) if definitions else schema

    def _refuse_circles(self) -> None:
        """References that lead back to where they stand, without going into the value, never come to an end."""
        try:
            TopologicalSorter(self._same_value).prepare()
        except CycleError as error:
            raise UserError(f"References of the schema go round in a circle: {', '.join(error.args[1])}.") from error

    def _schema(self, schema: object, place: _Place) -> CoreSchema:
        if schema is True:
            return _anything()
        if not isinstance(schema, Mapping):
            raise UserError(f"What stands at {place.path} is no schema that a value could fit.")
        if not place.levels:
            raise UserError(f"The schema is too deep at {place.path}: more than {MOST_LEVELS} levels.")
        types = _types(schema, place)
        _refuse_unknown(schema, types, place)
        checks = [self._of_types(schema, types, place)] if types else []
        if "enum" in schema or "const" in schema:
            checks.append(_among(schema, place))
        if "$ref" in schema:
            checks.append(self._referred(schema["$ref"], place))
        if "anyOf" in schema:
            found = self._several(schema["anyOf"], place.beside("anyOf"))
            checks.append(_union(found, [f"alternative {number}" for number in range(1, len(found) + 1)]))
        checks += [self._one_of(self._several(schema["oneOf"], place.beside("oneOf")))] if "oneOf" in schema else []
        checks += self._several(schema["allOf"], place.beside("allOf")) if "allOf" in schema else []
        if len(checks) < 2:
            return checks[0] if checks else _anything()
        return core_schema.chain_schema(checks)

    def _of_types(self, schema: Mapping[str, Any], types: list[str], place: _Place) -> CoreSchema:
        found = [self._of_type(kind, schema, place) for kind in types]
        return found[0] if len(found) == 1 else _union(found, types)

    def _of_type(self, kind: str, schema: Mapping[str, Any], place: _Place) -> CoreSchema:
        match kind:
            case "object":
                return self._object(schema, place)
            case "array":
                return self._array(schema, place)
            case "string":
                return _string(schema, place)
            case "integer" | "number":
                return _number(kind, schema, place)
            case "boolean":
                return core_schema.bool_schema(strict=True)
            case _:
                return core_schema.none_schema()

    def _object(self, schema: Mapping[str, Any], place: _Place) -> CoreSchema:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if not isinstance(properties, Mapping) or not _is_texts(required):
            raise UserError(f"The properties at {place.path} are none.")
        rest = schema.get("additionalProperties", True)
        others = None if rest is False else self._schema(rest, place.inside("additionalProperties"))
        if not properties and not required and others is not None:
            sizes = _limits(schema, place, {"minProperties": "min_length", "maxProperties": "max_length"})
            return core_schema.dict_schema(core_schema.str_schema(), others, strict=True, **sizes)
        if size := next((name for name in ("minProperties", "maxProperties") if name in schema), ""):
            raise UserError(f'"{size}" at {place.path} cannot be checked of an object with properties.')
        fields = {}
        for name in dict.fromkeys([*properties, *required]):
            value = self._schema(properties.get(name, rest), place.inside(f"properties/{name}"))
            fields[name] = core_schema.typed_dict_field(value, required=name in required)
        if others is None:
            return core_schema.typed_dict_schema(fields, extra_behavior="forbid", strict=True)
        return core_schema.typed_dict_schema(fields, extra_behavior="allow", extras_schema=others, strict=True)

    def _array(self, schema: Mapping[str, Any], place: _Place) -> CoreSchema:
        items = self._schema(schema.get("items", True), place.inside("items"))
        sizes = _limits(schema, place, {"minItems": "min_length", "maxItems": "max_length"})
        found: CoreSchema = core_schema.list_schema(items, strict=True, **sizes)
        if schema.get("uniqueItems") is True:
            found = core_schema.no_info_after_validator_function(_all_different, found)
        return found

    def _one_of(self, alternatives: list[CoreSchema]) -> CoreSchema:
        validators: list[SchemaValidator] = []  # made when all definitions are known

        def checked(value: Any) -> Any:
            if not validators:
                validators.extend(SchemaValidator(self._with_definitions(one)) for one in alternatives)
            passed, problems = [], []
            for validator in validators:  # each once: they may hold others, which hold others
                try:
                    passed.append(validator.validate_python(value))
                except ValidationError as error:
                    problems.append(error.errors(include_url=False, include_input=False)[0]["msg"])
            if len(passed) == 1:
                return passed[0]
            if passed:
                message = "Input should fit one of the alternatives only, and fits {count}"
                raise PydanticCustomError("one_of", message, {"count": len(passed)})
            told = "; or: ".join(problems)[:_LONGEST_PROBLEMS]
            raise PydanticCustomError("one_of", "Input should fit one of the alternatives: {told}", {"told": told})

        return core_schema.no_info_plain_validator_function(checked)

    def _several(self, schemas: object, place: _Place) -> list[CoreSchema]:
        if not isinstance(schemas, list) or not schemas:
            raise UserError(f"What stands at {place.path} is no list of schemas.")
        return [self._schema(one, place.beside(number)) for number, one in enumerate(schemas)]

    def _referred(self, reference: object, place: _Place) -> CoreSchema:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise UserError(f"The reference at {place.path} leads out of the schema; only those into it are followed.")
        if place.owner:
            self._same_value.setdefault(place.owner, set()).add(reference)
        if reference not in self._definitions:
            self._definitions[reference] = None
            found = self._schema(self._at(reference, place), _Place(reference, place.levels - 1, reference))
            # A chain of one, as a definition's own name must not fall on a reference or on what has one already.
            self._definitions[reference] = core_schema.chain_schema([found], ref=reference)
        return core_schema.definition_reference_schema(reference)

    def _at(self, reference: str, place: _Place) -> object:
        found: object = self._root
        for step in reference[1:].split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list):
                found = found[int(name)] if name.isdecimal() and int(name) < len(found) else None
            else:
                found = found.get(name) if isinstance(found, Mapping) else None
        if found is None:
            raise UserError(f"The reference {reference} at {place.path} leads nowhere.")
        return found


def _anything() -> CoreSchema:
    """Any value of JSON; the parser also takes "NaN" and "Infinity", and makes the latter of 1e400."""
    return core_schema.no_info_after_validator_function(_of_json, core_schema.any_schema())


def _of_json(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise PydanticCustomError("json", "Input should be JSON, which has no NaN and no Infinity") from None
    return value


def _refuse_unknown(schema: Mapping[str, Any], types: list[str], place: _Place) -> None:
    known = _SAID | _EVERYWHERE
    for kind in types or _BY_TYPE:
        known |= _BY_TYPE[kind]
    for name in schema:
        if name not in known and not str(name).startswith("x-"):
            about = f" of a value of type {' or '.join(types)}" if types else ""
            raise UserError(f'"{name}" at {place.path} cannot be checked{about}.')


def _union(schemas: list[CoreSchema], labels: list[str]) -> CoreSchema:
    """The first that fits; where none does, the labels say which one has which error."""
    choices: list[CoreSchema | tuple[CoreSchema, str]] = [*zip(schemas, labels, strict=True)]
    return core_schema.union_schema(choices, mode="left_to_right")


def _types(schema: Mapping[str, Any], place: _Place) -> list[str]:
    """The types that a schema names; where it names none, the one that its keywords are about; [] for any."""
    named = schema.get("type", [])
    types = [named] if isinstance(named, str) else named
    if not _is_texts(types) or not all(one in _BY_TYPE for one in types):
        raise UserError(f"The type at {place.path} is none of JSON: {', '.join(_BY_TYPE)}.")
    if types:
        return list(types)
    return next(([kind] for kind, keywords in _BY_TYPE.items() if kind != "integer" and keywords & {*schema}), [])


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _limits(schema: Mapping[str, Any], place: _Place, names: Mapping[str, str]) -> dict[str, Any]:
    """Limits by pydantic's names."""
    found = {pydantics: schema[name] for name, pydantics in names.items() if name in schema}
    for name, value in found.items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
        if not number or (name.endswith("length") and value < 0):
            raise UserError(f"A limit at {place.path} is no number.")
    return found


def _number(kind: str, schema: Mapping[str, Any], place: _Place) -> CoreSchema:
    limits = _limits(schema, place, _LIMITS)
    if kind == "number":
        number = core_schema.float_schema(strict=True, allow_inf_nan=False, **limits)
        return core_schema.no_info_wrap_validator_function(_as_written, number)
    if not all(float(limit).is_integer() for limit in limits.values()):
        raise UserError(f"A limit at {place.path} is no whole number, as those of an integer are.")
    whole_limits: dict[str, Any] = {name: int(value) for name, value in limits.items()}
    whole = core_schema.int_schema(strict=True, **whole_limits)
    return core_schema.no_info_before_validator_function(_whole, whole)


def _string(schema: Mapping[str, Any], place: _Place) -> CoreSchema:
    limits = _limits(schema, place, {"minLength": "min_length", "maxLength": "max_length"})
    pattern = schema.get("pattern")
    if pattern is not None and not isinstance(pattern, str):
        raise UserError(f"The pattern at {place.path} is no text.")
    found: CoreSchema = core_schema.str_schema(strict=True, pattern=pattern, **limits)
    known = schema.get("format")
    if isinstance(known, str) and known in _FORMATS:
        read, look = _FORMATS[known]

        def checked(text: str) -> str:
            try:
                if look.fullmatch(text):
                    read(text.upper() if known == "date-time" else text)
                    return text
            except ValueError:
                pass
            raise PydanticCustomError("format", "Input should be a valid {format}", {"format": known})

        found = core_schema.no_info_after_validator_function(checked, found)
    return found


def _among(schema: Mapping[str, Any], place: _Place) -> CoreSchema:
    allowed = [schema["const"]] if "const" in schema else schema["enum"]
    if not isinstance(allowed, list):
        raise UserError(f"What stands at {place.path}/enum is no list.")
    written = {_written(one) for one in allowed}
    shown = ", ".join(_written(one) for one in allowed[:50])

    def checked(value: Any) -> Any:
        if _written(value) in written:
            return value
        raise PydanticCustomError("enum", "Input should be one of: {allowed}", {"allowed": shown})

    return core_schema.no_info_plain_validator_function(checked)


def _written(value: object) -> str:
    """A value as JSON, by which two of them are the same: 1 is 1.0, and is not true."""
    return json.dumps(_all_whole(value), sort_keys=True, ensure_ascii=False)


def _all_whole(value: Any) -> Any:
    match value:
        case list():
            return [_all_whole(one) for one in value]
        case dict():
            return {name: _all_whole(one) for name, one in value.items()}
        case _:
            return _whole(value)


def _whole(value: Any) -> Any:
    """A whole number that was written with a point as the integer that it is; all else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_written(value: Any, check: Callable[[Any], Any]) -> Any:
    """A number once it is checked: an integer stays one."""
    check(value)
    return value


def _all_different(values: list[Any]) -> list[Any]:
    if len({_written(value) for value in values}) < len(values):
        raise PydanticCustomError("unique", "Items should all be different")
    return values
