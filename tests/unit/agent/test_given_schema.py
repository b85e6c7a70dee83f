"""Tools whose schema somebody else wrote: any schema can be sent, and a wrong call never reaches the other side."""

import json
from typing import Any

import pydantic
import pytest

from tui.agent.context import RunContext
from tui.agent.given_schema import MOST_CHARACTERS, MOST_LEVELS, given_schema
from tui.agent.messages import RetryPromptPart, ToolCallPart, ToolReturnPart
from tui.agent.models.test import TestModel
from tui.agent.tools import Tool, ToolDefinition
from tui.agent.usage import Usage

WEATHER = {
    "type": "object",
    "properties": {"place": {"type": "string", "description": "Where."}, "days": {"type": "integer", "minimum": 1}},
    "required": ["place"],
    "additionalProperties": False,
}


def _context() -> RunContext[None]:
    return RunContext(None, TestModel(), Usage(), "", retry=0)


def _nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"inner": schema}}
    return schema


async def test_the_model_gets_the_schema_and_the_function_all_arguments_by_name() -> None:
    got: list[Any] = []

    async def call(ctx: RunContext[None], /, **arguments: Any) -> str:
        got.append((ctx.tool_call_id, arguments))
        return "sunny"

    tool: Tool[None] = Tool.from_schema(call, "get weather", "The weather.", WEATHER, takes_ctx=True, max_retries=1)
    assert await tool.prepare_tool_def(_context()) == ToolDefinition("get weather", "The weather.", WEATHER)
    arguments = {"place": "Oslo", "ctx": 1, "self": 2, "function": 3}
    result = await tool.run(ToolCallPart("get weather", json.dumps(arguments), "c1"), _context())
    assert isinstance(result, ToolReturnPart) and result.content == "sunny"
    assert got == [("c1", arguments)]


async def test_an_argument_by_the_name_of_the_context_is_refused_where_it_cannot_be_told_apart() -> None:
    async def call(ctx: RunContext[None], **arguments: Any) -> str:
        raise AssertionError(arguments)

    tool: Tool[None] = Tool.from_schema(call, "t", None, {}, takes_ctx=True, max_retries=1)
    result = await tool.run(ToolCallPart("t", '{"ctx": 1}', "c1"), _context())
    assert isinstance(result, RetryPromptPart) and "ctx" in result.model_response()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ("[1]", "valid"),
        ("{", "JSON"),
        ('"x"', "valid"),
        ('{"days": 2}', "Field required"),
        ('{"place": 3}', "valid string"),
        ({"place": "Oslo", "days": "two"}, "valid integer"),
        ({"place": "Oslo", "days": True}, "valid integer"),
        ({"place": "Oslo", "days": 1.5}, "valid integer"),
        ('{"place": ' * 5000, "JSON"),
    ],
)
async def test_a_wrong_call_is_told_the_model_and_not_made(args: str | dict[str, Any], told: str) -> None:
    async def call(**arguments: Any) -> str:
        raise AssertionError(arguments)

    tool: Tool[None] = Tool.from_schema(call, "t", None, WEATHER, max_retries=1)
    result = await tool.run(ToolCallPart("t", args, "c1"), _context())
    assert isinstance(result, RetryPromptPart)
    assert told in result.model_response()


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("number", [1, 1.5], [True, "1"]),
        ("integer", [1, 2.0, 10**30], [True, 1.5]),
        ("boolean", [True], [0, "true"]),
        ("array", [[]], [{}, "[]"]),
        ("object", [{}], [[], "{}"]),
        ("null", [None], [0, ""]),
        (["string", "null"], ["", None], [1]),
        ("whatever", [1, "", None], []),
        (["nothing", 3], [1, ""], []),
        (None, [1, ""], []),
    ],
)
def test_the_types_of_top_level_properties_are_checked_where_they_are_plain(
    kind: Any, right: list[Any], wrong: list[Any]
) -> None:
    schema = given_schema({"type": "object", "properties": {"x": {"type": kind}}})
    for value in right:
        assert schema.bind({"x": value}) == ([], {"x": value})
    for value in wrong:
        with pytest.raises(pydantic.ValidationError):
            schema.bind({"x": value})


def test_no_text_stands_for_no_arguments() -> None:
    assert given_schema({}).bind("") == ([], {})


@pytest.mark.parametrize(
    "hostile",
    [
        None,
        True,
        3,
        [],
        "object",
        {"type": "array", "items": {}},
        {"type": ["object", "null"]},
        {"type": {"type": {}}, "properties": 3, "required": "all"},
        {"properties": {"a": None, "b": 3, "c": False, 5: {}}, "required": [1, "a", "a", "zz", ["a"]]},
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/$defs", "$defs": {"properties": {"type": "string"}, "anyOf": {}, "required": {}}},
        {"$ref": "#/default", "default": {"properties": 5, "required": [[]], "description": 5}},
        {"allOf": [{"$ref": "#/default"}], "default": {"properties": {"a": "b"}}},
        lambda: {"properties": {f"{n}": {} for n in range(10_000)}, "allOf": [{"$ref": "#"}] * 10_000},
        lambda: {"properties": {chr(0x4E00 + n): {} for n in range(8_000)}},
        {"properties": {"x": {"$ref": "file:///etc/passwd"}, "y": {"$ref": "#/$defs/gone"}, "z": {"$ref": 5}}},
        {"anyOf": [3, None, {"properties": {"a": {}}}], "oneOf": {}, "allOf": [{"$ref": "#"}]},
        {"properties": {"x": {"enum": [float("nan"), float("inf"), 10**400, b"bytes", None]}}},
        lambda: {"properties": {"x": {"default": _nested(100_000)}}},
        lambda: {"properties": {f"p{number}": {"type": "string"} for number in range(100_000)}},
        lambda: {"properties": {"x": {"description": "\x1b]0;" + "x" * 1_000_000}}},
        lambda: {"description": "x" * 1_000_000, "properties": {"x" * 1_000_000: {}}},
        lambda: {"properties": {"x": {"enum": ["x" * 1000] * 100_000}}},
        lambda: _nested(100_000),
    ],
    ids=lambda value: None if value is None else type(value).__name__,
)
def test_of_any_schema_comes_one_that_can_be_sent(hostile: Any) -> None:
    hostile = (
        hostile() if callable(hostile) else hostile
    )  # a large one is built here: not in every worker, at its import
    sent = given_schema(hostile).json_schema
    assert sent["type"] == "object" and isinstance(sent["properties"], dict)
    assert all(isinstance(one, dict) for one in sent["properties"].values())
    assert set(sent.get("required", ())) <= set(sent["properties"])
    text = json.dumps(sent, allow_nan=False)
    assert len(text) < 2 * MOST_CHARACTERS
    assert "example.com" not in text and "passwd" not in text and "gone" not in text
    assert given_schema(sent).json_schema == sent


def test_what_lies_too_deep_may_be_anything() -> None:
    sent, levels = given_schema(_nested(1000)).json_schema, 0
    while "properties" in sent:
        sent, levels = sent["properties"].get("inner", {}), levels + 1
    assert 0 < levels <= MOST_LEVELS
    assert sent == {}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (
            {"anyOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {}}}]},
            {"properties": {"a": {"type": "string"}, "b": {}}},
        ),
        (
            {"allOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"properties": {"a": {}}, "required": ["a"]}}},
            {
                "$defs": {"A": {"properties": {"a": {}}, "required": ["a"]}},
                "properties": {"a": {}},
                "required": ["a"],
            },
        ),
        (
            {"$ref": "#/$defs/Tree", "$defs": {"Tree": {"properties": {"left": {"$ref": "#/$defs/Tree"}}}}},
            {
                "$defs": {"Tree": {"properties": {"left": {"$ref": "#/$defs/Tree"}}}},
                "properties": {"left": {"$ref": "#/$defs/Tree"}},
            },
        ),
        ({"$schema": "https://json-schema.org/draft-07", "properties": {}}, {"properties": {}}),
        ({"properties": {"l": {"type": "array"}}}, {"properties": {"l": {"type": "array", "items": {}}}}),
        ({"properties": {"type": {"type": "string"}}}, {"properties": {"type": {"type": "string"}}}),
        ({"properties": {"$ref": {"$ref": "x:y"}}}, {"properties": {"_ref": {}}}),
    ],
)
def test_what_providers_refuse_is_put_in_other_words(given: dict[str, Any], sent: dict[str, Any]) -> None:
    assert given_schema(given).json_schema == {"type": "object", **sent}


def test_names_of_parameters_that_some_provider_refuses_are_given_back_in_the_call() -> None:
    given = {"properties": {"$top": {"type": "integer"}, "_top": {}, "höhe": {}, "": {}}, "required": ["$top"]}
    schema = given_schema(given)
    assert list(schema.json_schema["properties"]) == ["_top_2", "_top", "h_he", "_"]
    assert schema.json_schema["required"] == ["_top_2"]
    assert schema.bind({"_top_2": 1, "_top": 2, "h_he": 3, "_": 4}) == ([], {"$top": 1, "_top": 2, "höhe": 3, "": 4})


def test_the_schema_s_own_description_is_that_of_a_tool_without_one() -> None:
    assert Tool.from_schema(print, "t", None, {"description": "Of the schema."}).description == "Of the schema."
    assert Tool.from_schema(print, "t", "Own.", {"description": "Of the schema."}).description == "Own."
    assert Tool.from_schema(print, "t", None, {}).description == ""


def test_descriptions_are_no_longer_than_a_model_should_read_and_hide_nothing() -> None:
    tool: Tool[None] = Tool.from_schema(print, "t", "a\x1b[2Jb\x00\ud83d\n" + "x" * 1_000_000, {})
    assert tool.description.startswith("a[2Jb\ufffd\n") and len(tool.description) < 10_000
