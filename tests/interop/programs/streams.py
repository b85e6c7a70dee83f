"""Streamed runs, read to their end: texts, structures, deltas, usage, histories.

What is left out is what our streams do better on purpose: text before a call, stopping, errors of a final validation.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pydantic

from tui.agent import Agent, RunContext
from tui.agent.messages import ModelMessage
from tui.agent.models.function import AgentInfo, DeltaToolCall, FunctionModel
from tui.agent.models.test import TestModel
from tui.agent.usage import UsageLimits


class City(pydantic.BaseModel):
    name: str
    people: int = 0


def plain(x: int = 1) -> int:
    return x + 1


def scripted(*answers: list[Any]) -> FunctionModel:
    rest = list(answers)

    async def script(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        for item in rest.pop(0):
            yield item

    return FunctionModel(stream_function=script)


def call(name: str, *pieces: str, index: int = 0) -> list[Any]:
    return [{index: DeltaToolCall(name, "", f"id-{index}")}, *({index: DeltaToolCall(json_args=p)} for p in pieces)]


@asynccontextmanager
async def streamed(agent: Any, **options: Any) -> AsyncIterator[Any]:
    """Run, and print the history afterwards, or the error."""
    print("==", agent.result_type)
    try:
        async with agent.run_stream("Hi", **options) as result:
            yield result
    except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
        print("error", type(error).__name__, error)
    else:
        for message in result.all_messages():
            print("  ", message)


async def refused(agent: Any, **options: Any) -> None:
    """Print why a stream does not even begin."""
    try:
        async with agent.run_stream("Hi", **options):
            print("begun")
    except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
        print("error", type(error).__name__, error)


async def texts() -> None:
    for debounce in (None, 0.1):
        async with streamed(Agent(TestModel())) as result:
            print(result.is_complete, result.usage(), result.all_messages())
            print([text async for text in result.stream_text(debounce_by=debounce)])
            print(result.is_complete, result.usage(), result.new_messages_json())
        async with streamed(Agent(TestModel())) as result:
            print([text async for text in result.stream_text(delta=True, debounce_by=debounce)])
        async with streamed(Agent(TestModel())) as result:
            print([text async for text in result.stream(debounce_by=debounce)])
        async with streamed(Agent(TestModel())) as result:
            async for message, last in result.stream_structured(debounce_by=debounce):
                print(message.parts, last)
            print(result.is_complete)
    async with streamed(Agent(TestModel(custom_result_text="a b"))) as result:
        print(await result.get_data(), result.is_complete, result.usage())
    async with streamed(Agent(TestModel())) as result:
        print(result.timestamp().tzinfo is not None, result.all_messages())
        await result.get_data()
    async with streamed(Agent(scripted(["", "a", "", "b"]))) as result:
        print([text async for text in result.stream_text(delta=True, debounce_by=None)])


async def tools() -> None:
    async with streamed(Agent(TestModel(), tools=[plain])) as result:
        print(result.all_messages(), result.usage())
        print([text async for text in result.stream_text(debounce_by=None)])
    model = scripted(call("plain", '{"x"', ": 5}"), ["Do", "ne."])
    async with streamed(Agent(model, tools=[plain])) as result:
        print([text async for text in result.stream_text(debounce_by=None)], result.usage())
    async with streamed(Agent(scripted(call("nope", "{}"), ["ok"]))) as result:
        print(await result.get_data())
    await refused(Agent(scripted([{}])))
    items = [*call("final_result", '{"name":"x"}'), *call("plain", "{}", index=1)]
    for strategy in ("early", "exhaustive"):
        agent: Any = Agent
        async with streamed(agent(scripted(items), result_type=City, tools=[plain], end_strategy=strategy)) as result:
            print(await result.get_data())


async def structures() -> None:
    pieces = call("final_result", '{"na', 'me": "Pa', 'ris", "people"', ": 2}")
    for debounce in (None, 0.1):
        async with streamed(Agent(scripted(pieces), result_type=City)) as result:
            async for message, last in result.stream_structured(debounce_by=debounce):
                try:
                    value: Any = await result.validate_structured_result(message, allow_partial=not last)
                except pydantic.ValidationError as error:
                    value = [details["type"] for details in error.errors()]
                print(message.parts, last, value)
    async with streamed(Agent(TestModel(), result_type=City)) as result:
        async for _ in result.stream_text():
            pass
    async with streamed(Agent(TestModel(), result_type=City)) as result:
        print([value async for value in result.stream(debounce_by=None)])
    async with streamed(Agent(scripted(["text"], pieces), result_type=City)) as result:
        print(await result.get_data())
    async with streamed(Agent(TestModel(), result_type=int)) as result:
        print(await result.get_data())

    agent = Agent(TestModel(custom_result_text="one two"))

    @agent.result_validator
    def upper(ctx: RunContext[None], data: str) -> str:
        return data.upper()

    async with streamed(agent) as result:
        print([value async for value in result.stream_text(debounce_by=None)])
    async with streamed(agent) as result:
        print([value async for value in result.stream(debounce_by=None)])


async def limits() -> None:
    await refused(Agent(TestModel()), usage_limits=UsageLimits(0))
    await refused(Agent(TestModel(), tools=[plain]), usage_limits=UsageLimits(1))
    for limit in (UsageLimits(1), UsageLimits(5, 51, 4, 55)):
        async with streamed(Agent(TestModel()), usage_limits=limit) as result:
            print(await result.get_data())


async def main() -> None:
    await texts()
    await tools()
    await structures()
    await limits()


asyncio.run(main())
