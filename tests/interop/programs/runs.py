"""Runs with tools, retries, limits, prompts and histories: what comes back and what is remembered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

from tui.agent import Agent, ModelRetry, RunContext, Tool, UnexpectedModelBehavior, capture_run_messages
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from tui.agent.models.function import AgentInfo, FunctionModel
from tui.agent.models.test import TestModel
from tui.agent.tools import ToolDefinition
from tui.agent.usage import Usage, UsageLimits

Answer = ModelResponse | Callable[[list[ModelMessage], AgentInfo], ModelResponse]


def scripted(*answers: Answer) -> FunctionModel:
    """A model that gives these answers in turn."""
    rest = list(answers)

    def script(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        answer = rest.pop(0)
        return answer(messages, info) if callable(answer) else answer

    return FunctionModel(script)


def calls(*parts: Any) -> ModelResponse:
    return ModelResponse([TextPart(part) if isinstance(part, str) else ToolCallPart(*part) for part in parts])


@asynccontextmanager
async def told(title: str) -> AsyncIterator[None]:
    """Print what happens inside: the messages of the first run, and the error if there is one."""
    print("==", title)
    with capture_run_messages() as messages:
        try:
            yield
        except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
            print("error", type(error).__name__, error, "|", type(error.__cause__).__name__)
    for message in messages:
        print("  ", message)


async def texts() -> None:
    async with told("text"):
        result = await Agent(TestModel(), system_prompt=("One.", "Two.")).run("Hi")
        print(result.data, result.usage(), result.all_messages_json())
    async with told("empty"):
        await Agent(scripted(ModelResponse([]))).run("Hi")
    async with told("only empty text"):
        await Agent(scripted(calls(""))).run("Hi")
    async with told("two texts"):
        print((await Agent(scripted(calls("a", "b"))).run("Hi")).data)
    async with told("a prompt of parts"):
        print((await Agent(TestModel()).run(["a", "b"])).data)


async def tools() -> None:
    agent = Agent(TestModel(), deps_type=int)

    @agent.tool
    async def with_context(ctx: RunContext[int], x: int) -> str:
        return (
            f"{ctx.deps} {ctx.tool_name} {ctx.tool_call_id} {ctx.retry} {ctx.run_step} {len(ctx.messages)} {ctx.prompt}"
        )

    @agent.tool_plain(retries=3, name="renamed")
    def plain(y: str = "d") -> dict[str, Any]:
        """Plain."""
        return {"y": y}

    async with told("two tools"):
        result = await agent.run("Hi", deps=5)
        print(result.data, result.usage(), result.new_messages() == result.all_messages())

    tries: list[int] = []
    stubborn = Agent(
        scripted(calls(("t", {"x": 1})), calls(("t", {"x": "q"})), calls(("t", {"x": 3})), calls("end")), retries=2
    )

    @stubborn.tool
    def t(ctx: RunContext[None], x: int) -> int:
        tries.append(ctx.retry)
        if x == 1:
            raise ModelRetry("Not one.")
        return x

    async with told("a tool that asks again"):
        print((await stubborn.run("Hi")).data, tries)

    hopeless = Agent(scripted(*[calls(("t", {}))] * 5), retries=1)

    @hopeless.tool_plain
    def t2() -> None:
        raise ModelRetry("Never.")

    hopeless_too = Agent(scripted(*[calls(("t2", {}))] * 5), tools=[t2])
    async with told("too many retries"):
        await hopeless_too.run("Hi")
    async with told("unknown tools"):
        try:
            await hopeless.run("Hi")
        except UnexpectedModelBehavior:
            print("given up")  # here it says which tool, there only that there were too many retries
    async with told("unknown tool, none there"):
        await Agent(scripted(calls(("nope", {})), calls("ok"))).run("Hi")

    def boom() -> None:
        raise LookupError("boom")

    async with told("a tool that fails"):
        await Agent(TestModel(), tools=[boom]).run("Hi")
    async with told("text beside a call"):
        print(
            (
                await Agent(scripted(calls("thinking", ("plain_one", {})), calls("end")), tools=[plain_one]).run("Hi")
            ).data
        )
    async with told("the same name twice"):
        Agent(TestModel(), tools=[boom, boom])


def plain_one() -> int:
    return 1


async def prepared() -> None:
    async def hide(ctx: RunContext[int], definition: ToolDefinition) -> ToolDefinition | None:
        return None if ctx.run_step > 1 else definition

    def seen(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([TextPart(str([tool.name for tool in info.function_tools]))])

    def seen_and_call(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return calls(*((tool.name, {}) for tool in info.function_tools))

    async with told("a tool that hides"):
        agent = Agent(scripted(seen_and_call, seen), tools=[Tool(plain_one, prepare=hide)], deps_type=int)
        print((await agent.run("Hi", deps=0)).data)


async def limits() -> None:
    agent = Agent(TestModel(), tools=[plain_one])
    async with told("requests"):
        await agent.run("Hi", usage_limits=UsageLimits(request_limit=1))
    for limit in (UsageLimits(5, 51), UsageLimits(5, None, 3), UsageLimits(5, None, None, 60)):
        async with told("tokens"):
            await agent.run("Hi", usage_limits=limit)
    async with told("a shared usage"):
        usage = Usage(requests=3, request_tokens=10)
        result = await agent.run("Hi", usage=usage)
        print(usage, result.usage() is usage)


async def prompts_and_histories() -> None:
    agent = Agent(TestModel(), system_prompt="Static.", deps_type=str)

    @agent.system_prompt
    def plain_prompt() -> str:
        return "Plain."

    @agent.system_prompt(dynamic=True)
    async def dynamic(ctx: RunContext[str]) -> str:
        return f"Deps are {ctx.deps}."

    async with told("prompts"):
        first = await agent.run("One", deps="a")
        second = await agent.run("Two", deps="b", message_history=deepcopy(first.all_messages()))
        print(second.all_messages())
        print(second.new_messages(), len(first.all_messages()))
    async with told("an empty history"):
        await agent.run("Hi", deps="c", message_history=[])
    async with told("a foreign history"):
        old: list[ModelMessage] = [ModelRequest([SystemPromptPart("Old."), UserPromptPart("Before")]), calls("So.")]
        await agent.run("Hi", deps="d", message_history=old)
    async with told("no model"):
        await Agent().run("Hi")
    async with told("settings"):
        await Agent(
            FunctionModel(lambda messages, info: ModelResponse([TextPart(str(info.model_settings))])),
            model_settings={"seed": 1, "top_p": 0.5},
        ).run("Hi", model_settings={"seed": 2})


async def main() -> None:
    await texts()
    await tools()
    await prepared()
    await limits()
    await prompts_and_histories()


asyncio.run(main())
