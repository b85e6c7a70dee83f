"""Who asks for JSON by a schema pipes it into a program: an answer that does not fit must never be called valid."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.agent import Agent
from tui.agent.exceptions import UnexpectedModelBehavior, UserError
from tui.agent.json_type import JsonType, json_type
from tui.agent.messages import ModelMessage, RetryPromptPart
from tui.agent.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[A-Z]"},
        "age": {"type": "integer", "minimum": 0, "exclusiveMaximum": 150},
        "tags": {"type": "array", "items": {"enum": ["a", 1, True, None, [1]]}, "uniqueItems": True, "maxItems": 3},
        "boss": {"anyOf": [{"$ref": "#/$defs/person"}, {"type": "null"}]},
    },
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"person": {"type": "object", "properties": {"boss": {"$ref": "#/$defs/person"}, "n": {"const": 1}}}},
}
VALUES: list[Any] = [
    {}, [], None, 1, 1.0, 1.5, -1, True, "a", "A", "", [1, 2], [1, 1], ["a"], {"a": 1}, {"name": "Ann"},
    {"name": "ann"}, {"name": "Annabel"}, {"name": ""}, {"name": "Ann", "age": 3.0}, {"name": "Ann", "age": 150},
    {"name": "Ann", "age": "3"}, {"name": "Ann", "age": True}, {"name": "Ann", "x": 1},
    {"name": "Ann", "tags": [1, 1.0]},
    {"name": "Ann", "tags": [1, True, [1]]}, {"name": "Ann", "tags": ["a", "b"]}, {"name": "Ann", "tags": "a"},
    {"name": "Ann", "boss": None}, {"name": "Ann", "boss": {"boss": {"n": 1}}},
    {"name": "Ann", "boss": {"boss": {"n": 2}}},
    {"name": "Ann", "boss": 1}, {"a": 1, "b": "x"}, {"a": "x"}, {"b": 1}, 0.3, 6, 7,
]  # fmt: skip
SCHEMAS: list[Any] = [
    PERSON,
    {"type": "array", "items": {"type": "integer"}, "minItems": 1},
    {"type": ["string", "null"]},
    {"type": "number", "multipleOf": 3},
    {"type": "boolean"},
    {"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer"}},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
    {"type": "object", "required": ["a"]},
    {"allOf": [{"type": "object", "required": ["a"]}, {"type": "object", "properties": {"b": {"type": "string"}}}]},
    {"const": 1},
    {"enum": [[1, 1], {"a": 1.0, "b": "x"}]},
    {},
]


def fits(wanted: type[JsonType], text: str) -> bool:
    try:
        wanted.check_json(text)
    except pydantic.ValidationError:
        return False
    return True


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_what_fits_is_what_the_standard_says(schema: dict[str, Any]) -> None:
    standard = pytest.importorskip("jsonschema").Draft202012Validator(schema)
    wanted = json_type(schema)
    for value in VALUES:
        assert fits(wanted, json.dumps(value)) == standard.is_valid(value), value
        if standard.is_valid(value):
            assert wanted.check_json(json.dumps(value)) == value


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": [Infinity]}', '{"a": {"b": -1e400}}'])
def test_what_no_program_could_read_again_is_not_valid(text: str) -> None:
    schemas: list[Any] = [{}, {"type": "object"}, {"properties": {"a": {}}}, {"additionalProperties": {}}]
    for schema in schemas:
        assert not fits(json_type(schema), text), schema


names = st.sampled_from("abc")
some_values: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, -1, 5, "", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=6,
)
one_value: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda kinds: {"type": kinds}, st.sets(st.sampled_from(["string", "null", "boolean"]), min_size=1).map(list)
    ),
    st.fixed_dictionaries({"type": st.just("string")}, optional={"minLength": st.just(1), "pattern": st.just("^a")}),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["number", "integer"])},
        optional={"minimum": st.just(1), "exclusiveMaximum": st.just(5)},
    ),
    st.fixed_dictionaries({"enum": st.lists(some_values, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"$ref": st.just("#/$defs/one")}),
)


def around(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas with others inside."""
    several = st.lists(inner, min_size=1, max_size=2)
    items = {"items": inner, "minItems": st.just(1), "maxItems": st.just(2), "uniqueItems": st.booleans()}
    members = {
        "properties": st.dictionaries(names, inner, max_size=2),
        "required": st.lists(names, max_size=2, unique=True),
        "additionalProperties": inner | st.booleans(),
    }
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("array")}, optional=items),
        st.fixed_dictionaries({"type": st.just("object")}, optional=members),
        st.fixed_dictionaries({"anyOf": several}),
        st.fixed_dictionaries({"allOf": several}),
        st.fixed_dictionaries({"oneOf": several}),
    )


some_schemas = st.recursive(one_value, around, max_leaves=6)


@given(some_schemas, some_schemas, st.lists(some_values, min_size=5, max_size=10))
def test_whatever_is_wanted_it_fits_as_the_standard_says(
    schema: dict[str, Any], defined: dict[str, Any], values: list[Any]
) -> None:
    standard = pytest.importorskip("jsonschema").Draft202012Validator
    whole = schema | {"$defs": {"one": defined}}
    try:
        wanted = json_type(whole)
    except UserError:  # references in a circle, or a property that must be there and must not
        return
    for value in values:
        assert fits(wanted, json.dumps(value)) == standard(whole).is_valid(value)


@pytest.mark.parametrize(
    ("format", "right", "wrong"),
    [
        ("date", "2026-11-01", "20261101"),
        ("time", "12:30:00Z", "noon"),
        ("date-time", "2026-11-01T12:30:00Z", "2026-11-01"),
        ("uuid", "12345678-1234-1234-1234-123456789abc", "1234"),
    ],
)
def test_dates_and_the_like_are_checked(format: str, right: str, wrong: str) -> None:
    wanted = json_type({"type": "string", "format": format})
    assert wanted.check_json(json.dumps(right)) == right and not fits(wanted, json.dumps(wrong))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"properties": {"a": {"not": {}}}}, '"not" at #/properties/a cannot be checked'),
        ({"type": "strnig"}, "The type at # is none of JSON"),
        ({"type": "string", "pattern": "("}, "unclosed group"),
        ({"$ref": "https://example.com/schema.json"}, "leads out of the schema"),
        ({"$ref": "#/$defs/gone"}, "leads nowhere"),
        ({"items": False}, "#/items is no schema"),
        ({"type": "string", "minLength": "1"}, "A limit at # is no number"),
        ({"enum": 1}, "#/enum is no list"),
        ({"required": ["a"], "additionalProperties": False}, "#/properties/a is no schema"),
        ({"anyOf": []}, "#/anyOf is no list of schemas"),
        ({"$ref": "#"}, "go round in a circle: #"),
        ({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "go round in a circle"),
        ({"type": "integer", "multipleOf": 0.5}, "is no whole number"),
        ({"properties": []}, "The properties at # are none"),
    ],
)
def test_what_cannot_be_checked_is_refused_with_its_place(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as raised:
        json_type(schema)
    assert words in str(raised.value)


def test_a_schema_without_end_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(200):
        schema = {"items": schema}
    with pytest.raises(UserError, match="too deep"):
        json_type(schema)


def test_a_plain_object_is_sent_as_the_arguments_and_all_else_in_one() -> None:
    plain = json_type(PERSON)
    assert plain.key is None and plain.sent["properties"].keys() == PERSON["properties"].keys()  # type: ignore[attr-defined]
    several = json_type({"type": "array", "items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"items": {"$ref": "#"}}}})
    assert several.key == "response"
    assert several.sent["properties"]["response"]["items"] == {"$ref": "#/$defs/n"}
    assert several.sent["$defs"]["n"]["items"] == {"$ref": "#/properties/response"}
    odd = json_type({"type": "object", "properties": {"größe": {"type": "integer"}}})
    assert odd.key == "response" and odd.check_json('{"größe": 1}') == {"größe": 1}


async def answers(*given: Any) -> tuple[FunctionModel, list[list[ModelMessage]]]:
    """A model that gives these arguments, one after the other."""
    asked: list[list[ModelMessage]] = []

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[DeltaToolCalls]:
        asked.append(messages)
        yield {0: DeltaToolCall(info.result_tools[0].name, json.dumps(given[len(asked) - 1]))}

    return FunctionModel(stream_function=stream), asked


async def nothing(context: Any, events: Any) -> None:
    async for _ in events:
        pass


async def test_a_model_is_told_what_was_wrong_until_its_answer_fits() -> None:
    model, asked = await answers({"name": "Ann", "age": "x"}, {"name": "Ann", "age": 3})
    wanted: Any = json_type(PERSON)
    result = await Agent(model, result_type=wanted, retries=2).run("Who?", event_stream_handler=nothing)
    assert result.data == {"name": "Ann", "age": 3}
    told = asked[1][-1].parts[0]
    assert isinstance(told, RetryPromptPart) and "valid integer" in told.model_response()


async def test_a_list_comes_without_what_it_was_sent_in() -> None:
    model, _ = await answers({"response": [1, 2]})
    wanted: Any = json_type({"type": "array", "items": {"type": "integer"}})
    assert (await Agent(model, result_type=wanted).run("Which?", event_stream_handler=nothing)).data == [1, 2]


async def test_in_the_end_the_error_says_what_was_wrong_last() -> None:
    model, _ = await answers({"name": ""}, {"age": 1})
    with pytest.raises(UnexpectedModelBehavior) as raised:
        await Agent(model, result_type=json_type(PERSON), retries=1).run("Who?", event_stream_handler=nothing)
    assert "Field required" in raised.value.problem.model_response()
