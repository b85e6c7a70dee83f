"""What type checkers know about agents: this file is checked by `mypy --strict`, which also reports unused ignores.

So each `assert_type` says what a program sees, and each ignore says what it may not do. The code runs as well.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import assert_type

from tui.agent import Agent, AgentRunResult, ModelRetry, RunContext, StreamedRunResult, capture_run_messages
from tui.agent.messages import AgentStreamEvent, ModelMessage, ModelResponse
from tui.agent.models.test import TestModel
from tui.agent.nodes import CallToolsNode, ModelRequestNode
from tui.agent.usage import Usage


@dataclass
class Deps:
    city: str


@dataclass
class Weather:
    degrees: int


plain = Agent(TestModel())
typed = Agent(TestModel(), deps_type=Deps, result_type=Weather)
assert_type(plain, Agent[None, str])
assert_type(typed, Agent[Deps, Weather])
explicit: Agent[Deps, str | Weather] = Agent(TestModel(), deps_type=Deps, result_type=str | Weather)  # type: ignore[arg-type]  # a union is no `type`, until PEP 747


# Tools, prompts and validators see the agent's own types.


@typed.tool
async def look(ctx: RunContext[Deps], days: int) -> str:
    assert_type(ctx.deps, Deps)
    assert_type(ctx.usage, Usage)
    assert_type(ctx.messages, list[ModelMessage])
    return f"{ctx.deps.city} {days}"


@typed.tool(retries=2, timeout=3.0)
def look_later(ctx: RunContext[Deps]) -> str:
    return ctx.deps.city


@typed.tool_plain
def add(x: int, y: int) -> int:
    return x + y


@typed.system_prompt
def where(ctx: RunContext[Deps]) -> str:
    return ctx.deps.city


@typed.system_prompt(dynamic=True)
async def when() -> str:
    return "today"


@typed.result_validator
def not_too_hot(weather: Weather) -> Weather:
    if weather.degrees > 60:
        raise ModelRetry("Too hot.")
    return weather


@typed.result_validator
async def with_context(ctx: RunContext[Deps], weather: Weather) -> Weather:
    assert_type(ctx.deps, Deps)
    return weather


def wrong_deps(ctx: RunContext[int]) -> str:
    return str(ctx.deps)


def wrong_result(text: str) -> str:
    return text


def refused() -> None:
    """Never called: what a checker has to refuse."""
    typed.tool(wrong_deps)  # type: ignore[arg-type]
    typed.system_prompt(wrong_deps)  # type: ignore[arg-type]
    typed.result_validator(wrong_result)  # type: ignore[arg-type]
    typed.run_sync("x", deps="no deps")  # type: ignore[call-overload]
    typed.run_sync()  # type: ignore[call-overload]
    Agent(TestModel(), end_strategy="late")  # type: ignore[arg-type]
    plain.run_sync("x").output  # type: ignore[attr-defined]  # noqa: B018


async def test_results_have_the_type_of_the_agent_or_of_the_run() -> None:
    result = await typed.run("x", deps=Deps("Ulm"))
    assert_type(result, AgentRunResult[Weather])
    assert_type(result.data, Weather)
    other = await plain.run("x", result_type=int)
    assert_type(other, AgentRunResult[int])
    assert_type(other.data, int)
    assert_type(result.all_messages(), list[ModelMessage])


def test_a_decorated_function_keeps_its_type() -> None:
    assert_type(add(1, 2), int)


def test_run_sync_has_the_same_types() -> None:
    assert_type(plain.run_sync("x"), AgentRunResult[str])
    assert_type(plain.run_sync("x", result_type=Weather).data, Weather)


async def test_streams_have_the_type_of_the_agent_or_of_the_run() -> None:
    async with plain.run_stream("x") as result:
        assert_type(result, StreamedRunResult[None, str])
        assert_type(result.stream_text(), AsyncIterator[str])
        async for event in result:
            assert_type(event, AgentStreamEvent)
        assert_type(await result.get_data(), str)
    async with typed.run_stream("x", deps=Deps("Ulm")) as structured:
        async for value in structured.stream():
            assert_type(value, Weather)
        async for message, last in structured.stream_structured():
            assert_type(message, ModelResponse)
            assert_type(last, bool)
    async with plain.run_stream("x", result_type=int) as number:
        assert_type(number, StreamedRunResult[None, int])


async def test_steps_have_the_type_of_the_agent() -> None:
    async with plain.iter("x") as agent_run:
        async for node in agent_run:
            if Agent.is_model_request_node(node):
                assert isinstance(node, ModelRequestNode)
            elif Agent.is_call_tools_node(node):
                assert isinstance(node, CallToolsNode)
                assert_type(node.model_response, ModelResponse)
        assert_type(agent_run.result, AgentRunResult[str] | None)


async def test_a_handler_may_name_the_context_and_the_events() -> None:
    async def handler(ctx: RunContext[None], events: AsyncIterator[AgentStreamEvent]) -> None:
        async for event in events:
            assert_type(event, AgentStreamEvent)

    await plain.run("x", event_stream_handler=handler)


def test_captured_messages_are_messages() -> None:
    with capture_run_messages() as messages:
        assert_type(messages, list[ModelMessage])
