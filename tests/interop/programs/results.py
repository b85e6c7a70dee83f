"""Structured results: tools, validators, retries and strategies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pydantic
from typing_extensions import TypedDict

from tui.agent import Agent, ModelRetry, RunContext, capture_run_messages
from tui.agent.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from tui.agent.models.function import AgentInfo, FunctionModel
from tui.agent.models.test import TestModel


class City(pydantic.BaseModel):
    """A city."""

    name: str
    people: int = 0


class Country(pydantic.BaseModel):
    name: str


@dataclass
class Point:
    x: int
    y: int


class Options(TypedDict):
    """Options."""

    a: int


def scripted(*answers: ModelResponse) -> FunctionModel:
    rest = list(answers)
    return FunctionModel(lambda messages, info: rest.pop(0))


def calls(*parts: Any) -> ModelResponse:
    return ModelResponse([TextPart(part) if isinstance(part, str) else ToolCallPart(*part) for part in parts])


@asynccontextmanager
async def told(title: str) -> AsyncIterator[None]:
    print("==", title)
    with capture_run_messages() as messages:
        try:
            yield
        except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
            print("error", type(error).__name__, error, "|", type(error.__cause__).__name__)
    for message in messages:
        print("  ", message)


async def schemas() -> None:
    kinds: list[Any] = [
        str, int, City, Country, Point, Options, list[int], tuple[int, str], bool, City | Country, str | City,
        City | Country | str, int | str, list[City] | City, dict[str, int],
    ]  # fmt: skip
    for kind in kinds:
        model = TestModel()
        async with told(str(kind)):
            result = await Agent(model, result_type=kind).run("Hi")
            print(repr(result.data))
            parameters = model.last_model_request_parameters
            assert parameters is not None
            print(parameters.allow_text_result)
            for tool in parameters.result_tools:
                print(tool)
    for options in ({"result_tool_name": "mine"}, {"result_tool_description": "Given."}):
        model = TestModel()
        for kind in (City, Country, City | Country):
            make: Any = Agent
            await make(model, result_type=kind, **options).run("Hi")
            assert model.last_model_request_parameters is not None
            print(model.last_model_request_parameters.result_tools)


async def retries() -> None:
    bad, good = ("final_result", {"name": 1}), ("final_result", '{"name":"x"}')
    async with told("a result that does not fit"):
        print((await Agent(scripted(calls(bad), calls(good)), result_type=City).run("Hi")).data)
    async with told("too often"):
        await Agent(scripted(calls(bad), calls(bad)), result_type=City).run("Hi")
    async with told("more often"):
        await Agent(scripted(*[calls(bad)] * 3, calls(good)), result_type=City, result_retries=3).run("Hi")
    async with told("text instead"):
        print((await Agent(scripted(calls("text"), calls(good)), result_type=City).run("Hi")).data)
    async with told("broken json"):
        print((await Agent(scripted(calls(("final_result", '{"na')), calls(good)), result_type=City).run("Hi")).data)
    async with told("one of two fits"):
        print((await Agent(scripted(calls(bad, good)), result_type=City).run("Hi")).data)
    async with told("both fit"):
        print((await Agent(scripted(calls(good, (*good, "id"))), result_type=City).run("Hi")).data)


async def validators() -> None:
    agent = Agent(scripted(calls("no"), calls("yes")))

    @agent.result_validator
    def no_no(ctx: RunContext[None], data: str) -> str:
        print("validating", data, ctx.tool_name, ctx.tool_call_id)
        if data == "no":
            raise ModelRetry("Not no.")
        return data.upper()

    @agent.result_validator
    async def twice(data: str) -> str:
        return data * 2

    async with told("validators"):
        print((await agent.run("Hi")).data)

    cities = Agent(scripted(*[calls(("final_result", {"name": "x"}, "id"))] * 2), result_type=City)

    @cities.result_validator
    def never(data: City) -> City:
        raise ModelRetry("Never.")

    async with told("never right"):
        await cities.run("Hi")
    async with told("another type"):
        await cities.run("Hi", result_type=int)


async def strategies() -> None:
    called: list[int] = []

    def tool(x: int = 0) -> int:
        called.append(x)
        return x

    def fresh() -> FunctionModel:
        return scripted(
            calls(
                ("tool", {"x": 1}, "1"), ("final_result", {"name": "x"}, "2"), ("tool", {"x": 2}, "3"),
                ("final_result", {"name": "y"}, "4"), ("nope", {}, "5"),
            )
        )  # fmt: skip

    for strategy in ("early", "exhaustive"):
        async with told(strategy):
            agent = Agent(fresh(), result_type=City, tools=[tool], end_strategy=strategy)
            result = await agent.run("Hi")
            print(result.data, result.usage(), sorted(called))
            print(result.all_messages(result_tool_return_content="changed")[-1])
    async with told("a failing one before the winner"):
        model = scripted(calls(("final_result", {}, "1"), ("final_result", {"name": "y"}, "2"), ("tool", {}, "3")))
        print((await Agent(model, result_type=City, tools=[tool]).run("Hi")).data)
    async with told("content of a text result"):
        (await Agent(TestModel()).run("Hi")).all_messages(result_tool_return_content="x")
    async with told("names that clash"):

        def final_result() -> None: ...

        Agent(TestModel(), result_type=City, tools=[final_result])


def look(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    return ModelResponse([TextPart(str(info))])


async def main() -> None:
    await schemas()
    await retries()
    await validators()
    await strategies()
    async with told("what a function sees"):
        make: Any = Agent
        print((await make(FunctionModel(look), result_type=str | City).run("Hi")).data)


asyncio.run(main())
