"""A form out of the JSON Schema of an elicitation, and whether a value fits a field. Knows nothing of the SDK.

Source: "Requested Schema" of the specification's page on elicitation, which allows a flat object of primitive values.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tui.mcp.hooks import FieldKind, FormField, FormValue

MOST_FIELDS = 50
_MOST_OPTIONS = 200
_MOST_TEXT = 2_000
_MOST_NUMBER = 1e300
_KINDS: Mapping[Any, FieldKind] = {"number": "number", "integer": "integer", "boolean": "boolean", "array": "choices"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def fields_of(schema: Mapping[str, Any]) -> tuple[FormField, ...]:
    """The fields that a schema asks for; what is not known in it becomes a text."""
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, Mapping):
        return ()
    needed = set(_texts(required))
    return tuple(
        _field(str(name)[:_MOST_TEXT], facts if isinstance(facts, Mapping) else {}, name in needed)
        for name, facts in list(properties.items())[:MOST_FIELDS]
    )


def problem_with(field: FormField, value: FormValue | None) -> str:
    """Why a value cannot be sent for a field, in a few words; empty if it can."""
    if value is None or value in ("", ()):
        return "is needed" if field.required else ""
    match field.kind:
        case "boolean":
            return "" if isinstance(value, bool) else "is yes or no"
        case "number" | "integer":
            return _number_problem(field, value)
        case "choice":
            return "" if value in dict(field.options) else "is none of the choices"
        case "choices":
            known = isinstance(value, tuple) and all(one in dict(field.options) for one in value)
            return _size_problem(field, len(value), "choices") if known and isinstance(value, tuple) else "is no choice"
        case "text":
            if not isinstance(value, str):
                return "is a text"
            if field.format == "email" and not _EMAIL.fullmatch(value):
                return "is no e-mail address"
            return _size_problem(field, len(value), "characters")


def _number_problem(field: FormField, value: FormValue) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "is a number"
    if field.kind == "integer" and value != int(value):
        return "is a whole number"
    if field.least is not None and value < field.least:
        return f"is at least {field.least:g}"
    return f"is at most {field.most:g}" if field.most is not None and value > field.most else ""


def _size_problem(field: FormField, size: int, what: str) -> str:
    if field.least is not None and size < field.least:
        return f"has at least {field.least:g} {what}"
    return f"has at most {field.most:g} {what}" if field.most is not None and size > field.most else ""


def _field(name: str, facts: Mapping[str, Any], required: bool) -> FormField:
    kind = _KINDS.get(_hashable(facts.get("type")), "text")
    options = _options(facts)
    if kind == "choices":
        items = facts.get("items")
        options = _options(items if isinstance(items, Mapping) else {})
    elif kind == "text" and options:
        kind = "choice"
    least, most = _BOUNDS[kind]
    return FormField(
        name=name,
        kind=kind,
        title=_text(facts.get("title")),
        description=_text(facts.get("description")),
        required=required,
        default=_default(kind, facts.get("default"), options),
        options=options,
        format=_text(facts.get("format")),
        least=_number(facts.get(least)),
        most=_number(facts.get(most)),
    )


_BOUNDS: Mapping[FieldKind, tuple[str, str]] = {
    "text": ("minLength", "maxLength"),
    "number": ("minimum", "maximum"),
    "integer": ("minimum", "maximum"),
    "boolean": ("", ""),
    "choice": ("", ""),
    "choices": ("minItems", "maxItems"),
}


def _options(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Values with titles, in any of the three spellings that there are."""
    values = [*_texts(facts.get("enum"))]
    if values:
        titles = [*_texts(facts.get("enumNames"))]
        return tuple((value, titles[at] if at < len(titles) else value) for at, value in enumerate(values))
    found = facts.get("oneOf", facts.get("anyOf"))
    pairs = [one for one in (found if isinstance(found, list) else [])[:_MOST_OPTIONS] if isinstance(one, Mapping)]
    return tuple(
        (_text(one["const"]), _text(one.get("title")) or _text(one["const"]))
        for one in pairs
        if isinstance(one.get("const"), str)
    )


def _default(kind: FieldKind, value: Any, options: tuple[tuple[str, str], ...]) -> FormValue | None:
    match kind, value:
        case "boolean", bool():
            return value
        case "number", int() | float() if not isinstance(value, bool):
            return value
        case "integer", int() if not isinstance(value, bool):
            return value
        case "text", str():
            return _text(value)
        case "choice", str() if value in dict(options):
            return value
        case "choices", list():
            return tuple(one for one in _texts(value) if one in dict(options))
        case _:
            return None


def _texts(value: Any) -> Iterable[str]:
    return (_text(one) for one in (value if isinstance(value, list) else [])[:_MOST_OPTIONS] if isinstance(one, str))


def _text(value: Any) -> str:
    return value[:_MOST_TEXT] if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > _MOST_NUMBER:
        return None
    return float(value)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str) else None
