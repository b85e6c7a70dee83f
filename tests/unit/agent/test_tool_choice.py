"""Whether a model calls tools, in each dialect; names that a provider refuses; several calls in one answer."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.switch_cases import PLACES, Place, ask, asks, body_for
from tui.agent import Agent, Tool
from tui.agent.definitions import ToolDefinition
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.function import AgentInfo, FunctionModel
from tui.agent.models.gemini_schema import gemini_schema
from tui.agent.models.tool_names import ToolNames
from tui.agent.providers import VENDORS
from tui.agent.providers.native import unused
from tui.agent.settings import ModelSettings, ToolChoice

OBJECT: dict[str, Any] = {"type": "object", "properties": {}}
THREE = ModelRequestParameters([ToolDefinition(name, name, OBJECT) for name in ("a", "b", "c")], True, [])
RESULT = ModelRequestParameters(THREE.function_tools, False, [ToolDefinition("final_result", "", OBJECT)])
ZAI = Place("zai", "glm-4.6")


def chat(body: dict[str, Any]) -> tuple[Any, str]:
    return body.get("tool_choice"), "".join(tool["function"]["name"][0] for tool in body.get("tools", ()))


def flat(body: dict[str, Any]) -> tuple[Any, str]:
    return body.get("tool_choice"), "".join(tool["name"][0] for tool in body.get("tools", ()))


def gemini(body: dict[str, Any]) -> tuple[Any, str]:
    tools = [tool["name"][0] for one in body.get("tools", ()) for tool in one["functionDeclarations"]]
    return body.get("toolConfig", {}).get("functionCallingConfig"), "".join(tools)


def bedrock(body: dict[str, Any]) -> tuple[Any, str]:
    config = body.get("toolConfig", {"toolChoice": None, "tools": []})
    names = [tool["toolSpec"]["name"][0] for tool in config["tools"] if "toolSpec" in tool]
    return config["toolChoice"], "".join(names)


READ: dict[str, Callable[[dict[str, Any]], tuple[Any, str]]] = {
    "openai-chat": chat, "ollama": chat, "openai-responses": flat, "anthropic": flat, "gemini": gemini,
    "bedrock": bedrock,
}  # fmt: skip
CHOICES: dict[str, ToolChoice] = {"auto": "auto", "none": "none", "required": "required", "b": ["b"], "ac": ["c", "a"]}
NAMED_CHAT = {"type": "function", "function": {"name": "b"}}
ROWS: list[tuple[Place, list[tuple[Any, str]]]] = [
    (
        PLACES["openai"],
        [("auto", "abc"), ("none", "abc"), ("required", "abc"), (NAMED_CHAT, "b"), ("required", "ac")],
    ),
    (PLACES["mistral"], [("auto", "abc"), ("none", "abc"), ("any", "abc"), (NAMED_CHAT, "b"), ("any", "ac")]),
    (ZAI, [("auto", "abc"), ("none", "abc"), ("auto", "abc"), ("auto", "b"), ("auto", "ac")]),
    (
        PLACES["openai-responses"],
        [
            ("auto", "abc"),
            ("none", "abc"),
            ("required", "abc"),
            ({"type": "function", "name": "b"}, "b"),
            ("required", "ac"),
        ],
    ),
    (
        PLACES["anthropic"],
        [
            ({"type": "auto"}, "abc"),
            ({"type": "none"}, "abc"),
            ({"type": "any"}, "abc"),
            ({"type": "tool", "name": "b"}, "b"),
            ({"type": "any"}, "ac"),
        ],
    ),
    (
        PLACES["google-gla"],
        [
            ({"mode": "AUTO"}, "abc"),
            ({"mode": "NONE"}, "abc"),
            ({"mode": "ANY"}, "abc"),
            ({"mode": "ANY", "allowedFunctionNames": ["b"]}, "b"),
            ({"mode": "ANY"}, "ac"),
        ],
    ),
    (
        PLACES["bedrock"],
        [({"auto": {}}, "abc"), (None, ""), ({"any": {}}, "abc"), ({"tool": {"name": "b"}}, "b"), ({"any": {}}, "ac")],
    ),
    (PLACES["ollama"], [(None, "abc"), (None, ""), (None, "abc"), (None, "b"), (None, "ac")]),
]


@pytest.mark.parametrize(("place", "expected"), ROWS, ids=[place.vendor for place, _ in ROWS])
def test_each_dialect_says_it_in_its_words(place: Place, expected: list[tuple[Any, str]]) -> None:
    read = READ[place.api]
    sent = [read(body_for(place, [asks("Hi")], THREE, {"tool_choice": choice})) for choice in CHOICES.values()]
    assert sent == expected
    assert read(body_for(place, [asks("Hi")], THREE)) == expected[0]
    assert read(body_for(place, [asks("Hi")], THREE, {"tool_choice": ["gone"]})) == expected[0]


@pytest.mark.parametrize("place", [place for place, _ in ROWS], ids=lambda place: place.vendor)
def test_a_result_is_called_for_whatever_is_chosen(place: Place) -> None:
    read = READ[place.api]
    always = read(body_for(place, [asks("Hi")], RESULT))
    assert always[1] == "abcf"
    assert read(body_for(place, [asks("Hi")], RESULT, {"tool_choice": "auto"})) == always
    assert read(body_for(place, [asks("Hi")], RESULT, {"tool_choice": "none"})) == (always[0], "f")


@pytest.mark.parametrize("vendor", ["anthropic", "bedrock"])
@pytest.mark.parametrize("choice", ["required", ["b"]])
def test_claude_is_not_forced_while_it_thinks(vendor: str, choice: ToolChoice) -> None:
    place = PLACES[vendor]
    settings = ModelSettings(tool_choice=choice, thinking="high")
    said, names = READ[place.api](body_for(place, [asks("Hi")], THREE, settings))
    expected: dict[str, Any] = {"type": "auto"} if vendor == "anthropic" else {"auto": {}}
    assert said == expected
    assert names == ("abc" if choice == "required" else "b")
    assert unused(VENDORS[vendor], place.model, settings) == {"tool_choice"}
    assert unused(VENDORS[vendor], place.model, {"tool_choice": choice}) == set()


@pytest.mark.parametrize(("vendor", "told"), [("ollama", True), ("zai", True), ("openai", False), ("mistral", False)])
def test_the_person_is_told_where_nothing_can_be_forced(vendor: str, told: bool) -> None:
    settings = ModelSettings(tool_choice="required")
    assert ("tool_choice" in unused(VENDORS[vendor], "m", settings)) is told
    assert unused(VENDORS[vendor], "m", {"tool_choice": "none"}) == set()


REFUSALS = [
    ("openai", b'{"error": {"message": "Unsupported value: tool_choice", "param": "tool_choice"}}', "auto"),
    ("openai-responses", b'{"error": {"message": "Unsupported", "param": "tool_choice"}}', None),
    (
        "anthropic",
        b'{"error": {"type": "invalid_request_error", "message": '
        b'"Thinking may not be enabled when tool_choice forces tool use."}}',
        {"type": "auto"},
    ),
    ("bedrock", b'{"message": "This model doesn\'t support the toolConfig.toolChoice.any field."}', None),
]


@pytest.mark.parametrize(("vendor", "refusal", "then"), REFUSALS, ids=[one[0] for one in REFUSALS])
async def test_a_choice_that_a_model_refuses_is_left_to_it(vendor: str, refusal: bytes, then: Any) -> None:
    place = PLACES[vendor]
    fine = place.said("Fine.")
    exchange = await ask(
        place, [asks("Hi")], (400, refusal), fine, settings={"tool_choice": "required"}, parameters=THREE
    )
    assert exchange.error is None and len(exchange.bodies) == 2
    last = exchange.bodies[-1]
    assert last.get("toolConfig", last).get("toolChoice" if vendor == "bedrock" else "tool_choice") == then


async def test_a_call_is_forced_until_one_was_made() -> None:
    seen: list[Any] = []

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen.append((info.model_settings or {}).get("tool_choice"))
        return ModelResponse([ToolCallPart("tell", {}, "id")] if seen[1:] == [] else [TextPart("done")])

    agent = Agent(FunctionModel(answer), model_settings={"tool_choice": ["tell"], "temperature": 0.5})

    @agent.tool_plain
    def tell() -> str:
        return "told"

    result = await agent.run("Hello")
    await agent.run("Again", message_history=result.all_messages())
    assert seen == [["tell"], "auto", ["tell"]]


# Names.


HOSTILE = [
    "get weather",
    "get/weather",
    "wetter_für_alle",
    "x" * 200,
    "x" * 201,
    "1st",
    "",
    "\x1b]0;",
    "a",
    "a.b",
    "get_weather",
]


def test_names_are_what_every_provider_takes_and_find_back() -> None:
    names = ToolNames(HOSTILE)
    sent = [tool.name for tool in names.parameters(_named(*HOSTILE)).function_tools]
    assert sent == [
        "get_weather_2", "get_weather_3", "wetter_f_r_alle", "x" * 64, f"{'x' * 57}_2", "_1st", "_", "__0_", "a", "a_b",
        "get_weather",
    ]  # fmt: skip
    assert [names.real.get(name, name) for name in sent] == HOSTILE


def _named(*names: str) -> ModelRequestParameters:
    return ModelRequestParameters([ToolDefinition(name, "", OBJECT) for name in names], True, [])


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.vendor)
async def test_strange_names_go_out_as_others_and_come_back_as_they_are(place: Place) -> None:
    name = "wetter für/alle"
    history: list[ModelMessage] = [
        asks("Hi"),
        ModelResponse([ToolCallPart(name, {"x": 1}, "call_1"), ToolCallPart("lost one", {}, "call_2")]),
        ModelRequest([ToolReturnPart(name, "1", "call_1"), RetryPromptPart("no", "lost one", "call_2")]),
    ]
    said = place.said("", "", ("call_3", "wetter_f_r_alle", '{"x": 2}'))
    settings = ModelSettings(tool_choice=[name])
    exchange = await ask(place, history, said, settings=settings, parameters=_named(name, "other"))
    text = json.dumps(exchange.bodies[0], ensure_ascii=False)
    assert name not in text and '"lost one"' not in text
    assert text.count('"wetter_f_r_alle"') >= 2 and '"other"' not in text
    assert exchange.response is not None
    calls = [part for part in exchange.response.parts if isinstance(part, ToolCallPart)]
    assert [(call.tool_name, call.args_as_dict()) for call in calls] == [(name, {"x": 2})]
    assert [part.tool_name for part in history[1].parts if isinstance(part, ToolCallPart)] == [name, "lost one"]


# Definitions that somebody else wrote.


async def _call(**arguments: Any) -> None: ...


@pytest.mark.parametrize("vendor", ["openai", "openai-responses", "anthropic", "google-gla", "bedrock", "ollama"])
def test_a_thousand_strange_definitions_make_a_request(vendor: str) -> None:
    tools: list[Tool[None]] = [
        Tool.from_schema(_call, f"tool {number}", "\x1b[2JSays it.", {"properties": {"$x": {}}})
        for number in range(1000)
    ]
    parameters = ModelRequestParameters([tool.tool_def for tool in tools], True, [])
    text = json.dumps(body_for(PLACES[vendor], [asks("Hi")], parameters))
    assert len(set(re.findall(r'"name": "(tool_\d+)"', text))) == 1000
    assert "u001b" not in text and "$x" not in text


@pytest.mark.parametrize("vendor", ["openai", "openai-responses"])
async def test_descriptions_that_are_too_long_for_a_model_are_cut_as_it_says(vendor: str) -> None:
    """https://github.com/getsentry/sentry-mcp/issues/106."""
    name = "tools[1].function.description" if vendor == "openai" else "tools[1].description"
    problem = f"Invalid '{name}': string too long. Expected a string with maximum length 24, but got 30 instead."
    refusal = json.dumps({"error": {"message": problem, "param": name, "code": "string_above_max_length"}}).encode()
    tools = [ToolDefinition("a", "Short.", OBJECT), ToolDefinition("b", "x" * 30, OBJECT)]
    place = PLACES[vendor]
    parameters = ModelRequestParameters(tools, True, [])
    exchange = await ask(place, [asks("Hi")], (400, refusal), place.said("Fine."), parameters=parameters)
    assert exchange.error is None
    described = [tool.get("function", tool)["description"] for tool in exchange.bodies[-1]["tools"]]
    assert described == ["Short.", f"{'x' * 23}…"]


def test_gemini_gets_schemas_in_its_own_words() -> None:
    given = {
        "type": "object",
        "definitions": {"D": {"const": 1, "examples": [1]}},
        "properties": {
            "a": {"$ref": "#/definitions/D", "description": "dropped", "default": 1},
            "b": {"type": "integer", "exclusiveMinimum": 0, "multipleOf": 2, "pattern": "x"},
            "c": {"allOf": [{"type": "object", "properties": {"x": {}}}], "description": "kept"},
            "d": {"type": "array", "items": {"anyOf": [{"type": "null"}, {"enum": ["y"]}]}, "uniqueItems": True},
            "const": {"not": {}},
        },
        "additionalProperties": False,
    }
    assert gemini_schema(given) == {
        "type": "object",
        "$defs": {"D": {"enum": [1]}},
        "properties": {
            "a": {"$ref": "#/$defs/D"},
            "b": {"type": "integer", "minimum": 1},
            "c": {"type": "object", "properties": {"x": {}}, "description": "kept"},
            "d": {"type": "array", "items": {"anyOf": [{"type": "null"}, {"enum": ["y"]}]}},
            "const": {},
        },
        "additionalProperties": False,
    }
    assert "const" in given["definitions"]["D"]  # type: ignore[index]  # (a dict of dicts)
