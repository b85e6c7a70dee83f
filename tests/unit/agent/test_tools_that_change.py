"""Tools that come and go in mid-run, as those of a server do. Lost else: the run, or a call of what is not there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.support.engine import AnyTime
from tui.agent import Agent, ModelRetry, RunContext, Tool, UserError
from tui.agent.definitions import ToolDefinition
from tui.agent.exceptions import UnknownToolError
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.function import AgentInfo, FunctionModel


def one() -> str:
    return "1"


def two() -> str:
    return "2"


class Model:
    """Calls the tools of the next list, then says "done"; keeps which were offered with each request."""

    def __init__(self, *calls: Sequence[str]) -> None:
        self.calls = list(calls)
        self.offered: list[list[str]] = []

    def __call__(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        self.offered.append([tool.name for tool in info.function_tools])
        names = self.calls.pop(0) if self.calls else ()
        return ModelResponse([ToolCallPart(name, {}, f"id_{name}") for name in names] or [TextPart("done")])

    def agent(self, **options: Any) -> Agent[None, str]:
        return Agent(FunctionModel(self), **options)


async def test_tools_come_and_go_between_requests() -> None:
    model = Model(["one"], ["one", "two"], ["one"])

    async def server(ctx: RunContext[None]) -> list[Tool[None]]:
        return [Tool(one)] if ctx.run_step < 2 else [Tool(two)]

    result = await model.agent(toolsets=[server, lambda ctx: ()]).run("Hello")
    assert model.offered == [["one"], ["two"], ["two"], ["two"]]
    gone = RetryPromptPart("Unknown tool name: 'one'. Available tools: two", "one", "id_one", AnyTime())
    assert [message.parts for message in result.all_messages()[2::2]] == [
        [ToolReturnPart("one", "1", "id_one", AnyTime())],
        [gone, ToolReturnPart("two", "2", "id_two", AnyTime())],
        [gone],
    ]


async def test_what_is_offered_with_a_request_may_be_called_though_it_has_gone_by_then() -> None:
    tools = [Tool(one)]

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        tools.clear()
        return ModelResponse([TextPart("done")] if len(messages) > 1 else [ToolCallPart("one", {}, "id")])

    result = await Agent(FunctionModel(answer), toolsets=[lambda ctx: list(tools)]).run("Hello")
    assert result.all_messages()[2].parts == [ToolReturnPart("one", "1", "id", AnyTime())]


async def test_a_tool_of_an_earlier_run_may_be_missed_and_one_that_never_was_may_not() -> None:
    history: list[ModelMessage] = [
        ModelRequest([UserPromptPart("Hi")]),
        ModelResponse([ToolCallPart("one", {}, "id")]),
        ModelRequest([ToolReturnPart("one", "1", "id")]),
        ModelResponse([TextPart("done")]),
    ]
    missed = Model(["one"], ["one"], ["one"])
    assert (await missed.agent().run("Again", message_history=history)).data == "done"
    with pytest.raises(UnknownToolError):
        await Model(["two"], ["two"]).agent().run("Again", message_history=history)


async def test_what_would_be_said_about_all_tools_can_be_changed_in_one_place() -> None:
    model = Model(["two", "one"])

    def only_ones(ctx: RunContext[None], definitions: list[ToolDefinition]) -> list[ToolDefinition]:
        return [replace(tool, description="Says 1.") for tool in definitions if tool.name == "one"]

    result = await model.agent(tools=[one], toolsets=[lambda ctx: [Tool(two)]], prepare_tools=only_ones).run("Hello")
    assert model.offered == [["one"], ["one"]]
    unknown, returned = result.all_messages()[2].parts
    assert isinstance(unknown, RetryPromptPart) and "'two'" in str(unknown.content)
    assert returned == ToolReturnPart("one", "1", "id_one", AnyTime())


async def test_what_would_be_said_can_be_changed_by_a_coroutine_too_and_nothing_may_be_said() -> None:
    async def none(ctx: RunContext[None], definitions: list[ToolDefinition]) -> list[ToolDefinition]:
        return []

    model = Model()
    await model.agent(tools=[one, two], prepare_tools=none).run("Hello")
    assert model.offered == [[]]


def _renamed(ctx: RunContext[None], definitions: list[ToolDefinition]) -> list[ToolDefinition]:
    return [replace(tool, name="three") for tool in definitions]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"tools": [one], "toolsets": [lambda ctx: [Tool(one)]]}, "conflicts with existing tool: 'one'"),
        ({"toolsets": [lambda ctx: [Tool(one), Tool(one)]]}, "conflicts with existing tool: 'one'"),
        ({"toolsets": [lambda ctx: [Tool(one, name="final_result")]], "result_type": int}, "'final_result'"),
        ({"toolsets": [lambda ctx: [Tool(one, requires_approval=True)]]}, "no `approve_tool_call`: 'one'"),
        ({"tools": [one], "prepare_tools": _renamed}, "'three'"),
    ],
)
async def test_what_cannot_be_offered_is_an_error_that_names_the_tool(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        await Model().agent(**options).run("Hello")


async def test_a_tool_of_a_toolset_is_tried_again_as_often_as_the_agent_says() -> None:
    def flaky() -> str:
        raise ModelRetry("again")

    model = Model(["flaky"], ["flaky"], ["flaky"])
    result = await model.agent(toolsets=[lambda ctx: [Tool(flaky)]], retries=3).run("Hello")
    assert len(result.all_messages()) == 8


async def test_ten_thousand_tools_are_offered_and_not_all_of_them_told_to_one_who_missed() -> None:
    tools: list[Tool[None]] = [Tool.from_schema(one, f"tool_{number}", None, {}) for number in range(10_000)]
    model = Model(["nope"])
    result = await model.agent(toolsets=[lambda ctx: tools]).run("Hello")
    assert len(model.offered[0]) == 10_000
    told = result.all_messages()[2].parts[0]
    assert isinstance(told, RetryPromptPart)
    assert str(told.content).endswith("tool_98, tool_99 and 9900 more")
