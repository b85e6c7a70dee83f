"""Runs step by step, names of agents, overrides, captured messages, models that stand in for each other."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pydantic

from tui.agent import Agent, ModelHTTPError, RunContext, Tool, UserError, capture_run_messages
from tui.agent.messages import ModelMessage, ModelResponse, TextPart
from tui.agent.models import infer_model
from tui.agent.models.fallback import FallbackModel
from tui.agent.models.function import AgentInfo, FunctionModel
from tui.agent.models.test import TestModel

global_agent = Agent(TestModel())


class City(pydantic.BaseModel):
    name: str


def plain(x: int = 1) -> int:
    return x + 1


def deps(ctx: RunContext[Any]) -> str:
    return str(ctx.deps)


async def steps() -> None:
    for agent in (Agent(TestModel(), tools=[plain]), Agent(TestModel(), result_type=City, tools=[plain])):
        async with agent.iter("Hi") as run:
            async for node in run:
                print(type(node).__name__, run.usage().requests, len(run.ctx.state.message_history))
                print(Agent.is_user_prompt_node(node), Agent.is_model_request_node(node), Agent.is_end_node(node))
            print(run.next_node)
            assert run.result is not None
            print(run.result.data, run.result.usage(), [type(m).__name__ for m in run.result.all_messages()])


async def streamed_steps() -> None:
    agent = Agent(TestModel(), tools=[plain])
    async with agent.iter("Hi") as run:
        async for node in run:
            if Agent.is_model_request_node(node):
                async with node.stream(run.ctx) as stream:
                    async for event in stream:
                        print("  ", event)
            elif Agent.is_call_tools_node(node):
                async with node.stream(run.ctx) as handling:
                    async for event in handling:
                        print("  ", type(event).__name__)
    async with agent.iter("Hi") as run:
        async for node in run:
            if Agent.is_model_request_node(node):
                async with node.stream(run.ctx) as stream:
                    print([value async for value in stream.stream_output(debounce_by=None)], stream.usage())


async def names() -> None:
    local_agent = Agent(TestModel())
    await local_agent.run("Hi")
    other_name = local_agent
    await other_name.run("Hi")
    print(local_agent.name)
    await global_agent.run("Hi")
    print(global_agent.name)
    unnamed = Agent(TestModel())
    await unnamed.run("Hi", infer_name=False)
    print(unnamed.name)
    async with unnamed.run_stream("Hi", infer_name=False):
        print(unnamed.name)
    async with unnamed.run_stream("Hi"):
        print(unnamed.name)
    given = Agent(TestModel(), name="given")
    await given.run("Hi")
    print(given.name)


def names_of_synchronous_runs() -> None:
    synchronous = Agent("test")
    print(synchronous.run_sync("Hi").data, synchronous.name, synchronous.model)
    late = Agent("test", defer_model_check=True)
    print(late.model)
    print(late.run_sync("Hi").data, late.model)


async def overrides() -> None:
    agent: Agent[Any, str] = Agent("test", tools=[Tool(deps)])
    with agent.override(deps="outer", model=TestModel(seed=1)):
        print((await agent.run("Hi", deps="ignored")).data)
        with agent.override(deps="inner"):
            print((await agent.run("Hi")).data)
        print((await agent.run("Hi", model="test")).data)
    print((await agent.run("Hi", deps="own")).data)
    with capture_run_messages() as messages:
        await agent.run("First", deps=1)
        await agent.run("Second", deps=2)
        with capture_run_messages() as inner:
            print(inner is messages)
    print(len(messages), messages[0].parts[0])
    bare: Agent[None, str] = Agent()
    for stand_in in (None, TestModel()):
        try:
            if stand_in is None:
                await bare.run("Hi")
            else:
                with bare.override(model=stand_in):
                    await bare.run("Hi")
        except UserError as error:
            print(error)
    for name in ("foo", "foo:bar", "test"):
        try:
            print(infer_model(name))
        except UserError as error:
            print(error)


async def stand_ins() -> None:
    def down(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        raise ModelHTTPError(500, "down", {"e": 1})

    async def down_too(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        raise ModelHTTPError(503, "down")
        yield ""

    def up(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([TextPart("up")])

    async def up_too(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        yield "up"

    bad, good = FunctionModel(down, stream_function=down_too), FunctionModel(up, stream_function=up_too)
    model = FallbackModel(bad, good)
    print(model.model_name, model.system, model.base_url)
    result = await Agent(model).run("Hi")
    print(json.dumps([part.part_kind for message in result.all_messages() for part in message.parts]), result.data)
    async with Agent(model).run_stream("Hi") as streamed:
        print(await streamed.get_data(), streamed.all_messages()[-1].model_name)  # type: ignore[union-attr]
    try:
        await Agent(FallbackModel(bad, bad)).run("Hi")
    except ExceptionGroup as group:
        print(type(group).__name__, group, group.exceptions)


async def main() -> None:
    await steps()
    await streamed_steps()
    await names()
    await overrides()
    await stand_ins()


names_of_synchronous_runs()
asyncio.run(main())
