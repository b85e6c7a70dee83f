"""A form must ask for what a server wants, and a hostile schema must not be more than an odd form."""

from typing import Any

import pytest

from tui.mcp.form import fields_of, problem_with
from tui.mcp.hooks import FormField, FormValue

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Your name", "minLength": 2, "maxLength": 5},
        "mail": {"type": "string", "format": "email", "default": "a@b.c"},
        "age": {"type": "integer", "minimum": 0, "maximum": 150, "default": 7},
        "share": {"type": "number"},
        "yes": {"type": "boolean", "default": True},
        "colour": {"type": "string", "enum": ["r", "g"], "enumNames": ["Red"], "default": "g"},
        "size": {"type": "string", "oneOf": [{"const": "s", "title": "Small"}, {"const": "l"}]},
        "days": {"type": "array", "items": {"enum": ["mo", "tu"]}, "default": ["tu", "we"], "minItems": 1},
        "many": {"type": "array", "items": {"anyOf": [{"const": "x", "title": "X"}]}},
    },
    "required": ["name", "days"],
}


def test_every_kind_of_field() -> None:
    name, mail, age, share, yes, colour, size, days, many = fields_of(SCHEMA)
    assert name == FormField("name", "text", "Your name", required=True, least=2, most=5)
    assert (mail.format, mail.default) == ("email", "a@b.c")
    assert (age.kind, age.least, age.most, age.default) == ("integer", 0, 150, 7)
    assert (share.kind, yes.kind, yes.default) == ("number", "boolean", True)
    assert (colour.kind, colour.options, colour.default) == ("choice", (("r", "Red"), ("g", "g")), "g")
    assert size.options == (("s", "Small"), ("l", "l"))
    assert (days.kind, days.options, days.default, days.least) == ("choices", (("mo", "mo"), ("tu", "tu")), ("tu",), 1)
    assert many.options == (("x", "X"),)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": []},
        {"properties": {"a": None}},
        {"properties": {"a": {"type": ["string", "null"], "enum": "x", "title": 3, "minimum": "2"}}},
        {"properties": {"a": {"type": "integer", "minimum": 10**400, "default": 1e400}}, "required": [[], 4]},
        {"properties": {"a": {"oneOf": [{"const": {}}, 3]}}, "required": "a"},
        {"properties": {f"f{n}": {} for n in range(5_000)}},
        {"properties": {"a": {"type": "string", "enum": ["x" * 100_000] * 5_000, "description": "d" * 10**6}}},
    ],
)
def test_a_hostile_schema_is_an_odd_form(schema: dict[str, Any]) -> None:
    fields = fields_of(schema)
    assert len(fields) <= 50
    assert len(repr(fields)) < 2_000_000


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("name", "", "is needed"),
        ("name", "A", "has at least 2 characters"),
        ("name", "Adalbert", "has at most 5 characters"),
        ("name", "Ada", ""),
        ("mail", "nobody", "is no e-mail address"),
        ("mail", "", ""),
        ("age", 1.5, "is a whole number"),
        ("age", -1, "is at least 0"),
        ("age", 200, "is at most 150"),
        ("age", True, "is a number"),
        ("share", 0.5, ""),
        ("share", float("inf"), "is a number"),
        ("yes", "x", "is yes or no"),
        ("colour", "blue", "is none of the choices"),
        ("days", (), "is needed"),
        ("days", ("mo",), ""),
        ("days", ("xx",), "is no choice"),
    ],
)
def test_values_are_judged(name: str, value: FormValue, problem: str) -> None:
    field = next(one for one in fields_of(SCHEMA) if one.name == name)
    assert problem_with(field, value) == problem
