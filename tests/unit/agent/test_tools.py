"""A tool's call: what the function gets, what the model is told when it got it wrong, and when that is enough."""

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import pydantic
import pytest

from tests.support.engine import AnyTime
from tui.agent.exceptions import ModelRetry, UnexpectedModelBehavior
from tui.agent.functions import call_function
from tui.agent.messages import RetryPromptPart, ToolCallPart, ToolReturnPart
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext, Tool, ToolDefinition
from tui.agent.usage import Usage


def _context(deps: int = 0, *, retry: int = 0) -> RunContext[int]:
    return RunContext(deps=deps, model=TestModel(), usage=Usage(), prompt="", retry=retry)


def _call(args: str | dict[str, Any], name: str = "tool") -> ToolCallPart:
    return ToolCallPart(name, args, "call-1")


def test_the_context_has_the_fields_of_0_0_40_in_its_order() -> None:
    names = [field.name for field in fields(RunContext)]
    assert names == [
        "deps", "model", "usage", "prompt", "messages", "tool_call_id", "tool_name", "retry", "run_step",
    ]  # fmt: skip
    context = _context()
    assert (context.messages, context.tool_call_id, context.tool_name, context.retry, context.run_step) == (
        [], None, None, 0, 0,
    )  # fmt: skip


def test_a_definition_has_these_fields_in_this_order() -> None:
    definition = ToolDefinition("n", "d", {"type": "object"})
    assert list(asdict(definition).items()) == [
        ("name", "n"),
        ("description", "d"),
        ("parameters_json_schema", {"type": "object"}),
        ("outer_typed_dict_key", None),
    ]


def test_everything_that_is_not_given_is_derived() -> None:
    def get_city(ctx: RunContext[int], name: str) -> str:
        """Get a city."""
        return name

    tool = Tool(get_city)
    assert (tool.name, tool.description, tool.takes_ctx, tool.max_retries) == ("get_city", "Get a city.", True, None)
    assert (tool.prepare, tool.docstring_format, tool.require_parameter_descriptions) == (None, "auto", False)
    assert (tool.timeout, tool.sequential, tool.requires_approval) == (None, False, False)
    assert tool.function is get_city


def test_everything_can_be_given() -> None:
    async def prepare(ctx: RunContext[int], tool_def: ToolDefinition) -> ToolDefinition:
        return tool_def

    def f(x: int) -> int:
        """Do it."""
        return x

    tool = Tool(
        f,
        takes_ctx=False,
        max_retries=3,
        name="g",
        description="Other.",
        prepare=prepare,
        docstring_format="google",
        timeout=1.5,
        sequential=True,
        requires_approval=True,
    )
    assert (tool.name, tool.description, tool.max_retries, tool.prepare) == ("g", "Other.", 3, prepare)
    assert (tool.docstring_format, tool.timeout, tool.sequential, tool.requires_approval) == (
        "google", 1.5, True, True,
    )  # fmt: skip


async def test_the_definition_is_made_from_the_function() -> None:
    def f(x: int) -> int:
        """Do it."""
        return x

    assert await Tool[int](f).prepare_tool_def(_context()) == ToolDefinition(
        "f",
        "Do it.",
        {
            "additionalProperties": False,
            "properties": {"x": {"title": "X", "type": "integer"}},
            "required": ["x"],
            "type": "object",
        },
    )


async def test_prepare_can_change_the_definition_or_hide_the_tool() -> None:
    async def only_for_42(ctx: RunContext[int], tool_def: ToolDefinition) -> ToolDefinition | None:
        return replace(tool_def, description=f"For {ctx.deps}.") if ctx.deps == 42 else None

    def f(x: int) -> int:
        return x

    tool = Tool(f, prepare=only_for_42)
    prepared = await tool.prepare_tool_def(_context(42))
    assert prepared is not None and prepared.description == "For 42."
    assert await tool.prepare_tool_def(_context(41)) is None
    assert tool.description == ""


async def test_a_tool_may_be_subclassed_as_a_dataclass() -> None:
    @dataclass
    class Spam(Tool[int]):
        spam: int

        def __init__(self, spam: int = 0, **options: Any) -> None:
            self.spam = spam
            super().__init__(function=self.eat, takes_ctx=False, **options)

        def eat(self, x: int, y: str) -> str:
            return f"{self.spam} {x} {y}"

        async def prepare_tool_def(self, ctx: RunContext[int]) -> ToolDefinition | None:
            return await super().prepare_tool_def(ctx) if ctx.deps == 42 else None

    tool = Spam(777, max_retries=2)
    assert (tool.name, tool.max_retries, tool.takes_ctx) == ("eat", 2, False)
    assert await tool.prepare_tool_def(_context(41)) is None
    definition = await tool.prepare_tool_def(_context(42))
    assert definition is not None and list(definition.parameters_json_schema["properties"]) == ["x", "y"]
    assert await tool.run(_call({"x": 1, "y": "a"}, "eat"), _context()) == ToolReturnPart(
        "eat", "777 1 a", "call-1", AnyTime()
    )


async def test_the_function_gets_context_and_arguments_and_its_return_is_kept_as_it_is() -> None:
    seen: list[RunContext[int]] = []
    value = object()

    async def tool(ctx: RunContext[int], x: int) -> object:
        seen.append(ctx)
        return (value, x)

    context = _context(5, retry=1)
    part = await Tool[int](tool, max_retries=2).run(_call('{"x": 1}'), context)
    assert part == ToolReturnPart("tool", (value, 1), "call-1", AnyTime())
    assert (seen[0].deps, seen[0].tool_name, seen[0].tool_call_id, seen[0].retry) == (5, "tool", "call-1", 1)
    assert seen[0].messages is context.messages and seen[0].usage is context.usage
    assert (context.tool_name, context.tool_call_id) == (None, None)


async def test_a_function_that_is_not_asynchronous_runs_in_a_thread_and_keeps_the_context_variables() -> None:
    variable = contextvars.ContextVar("variable", default="")
    variable.set("seen")

    def tool() -> tuple[bool, str]:
        return threading.current_thread() is threading.main_thread(), variable.get()

    part = await Tool[int](tool).run(_call({}), _context())
    assert part.content == (False, "seen")


async def test_a_wrapper_around_a_coroutine_function_is_awaited() -> None:
    async def double(x: int) -> int:
        return 2 * x

    wrapper: Callable[[int], Awaitable[int]] = lambda x: double(x)  # noqa: E731
    assert await call_function(wrapper, 2) == 4
    assert await call_function(double, x=3) == 6


async def test_wrong_arguments_are_sent_back_with_what_is_wrong() -> None:
    def tool(x: int) -> int:
        return x

    part = await Tool[int](tool, max_retries=1).run(_call({"x": "a"}), _context())
    assert part == RetryPromptPart(
        [
            {
                "type": "int_parsing",
                "loc": ("x",),
                "msg": "Input should be a valid integer, unable to parse string as an integer",
                "input": "a",
            }
        ],
        "tool",
        "call-1",
        AnyTime(),
    )


async def test_broken_json_is_sent_back_too() -> None:
    def tool(x: int) -> int:
        return x

    part = await Tool[int](tool, max_retries=1).run(_call('{"x":'), _context())
    assert isinstance(part, RetryPromptPart) and not isinstance(part.content, str)
    assert part.content[0]["type"] == "json_invalid"


async def test_a_function_may_ask_for_another_try() -> None:
    def tool() -> None:
        raise ModelRetry("Not this one.")

    part = await Tool[int](tool, max_retries=1).run(_call({}), _context())
    assert part == RetryPromptPart("Not this one.", "tool", "call-1", AnyTime())


@pytest.mark.parametrize(("max_retries", "retry"), [(1, 1), (3, 3), (0, 0), (None, 0)])
async def test_enough_is_enough(max_retries: int | None, retry: int) -> None:
    def tool() -> None:
        raise ModelRetry("Again.")

    with pytest.raises(UnexpectedModelBehavior) as caught:
        await Tool[int](tool, max_retries=max_retries).run(_call({}), _context(retry=retry))
    assert str(caught.value) == f"Tool exceeded max retries count of {max_retries or 0}"
    assert isinstance(caught.value.__cause__, ModelRetry)


async def test_the_count_is_the_runs_so_that_two_runs_can_share_a_tool() -> None:
    def tool() -> None:
        raise ModelRetry("Again.")

    shared = Tool[int](tool, max_retries=1)
    for _ in range(5):
        assert isinstance(await shared.run(_call({}), _context(retry=0)), RetryPromptPart)


async def test_any_other_error_is_the_programs() -> None:
    class Model(pydantic.BaseModel):
        x: int

    def broken() -> None:
        raise LookupError("gone")

    def validates() -> None:
        Model.model_validate({"x": "a"})

    with pytest.raises(LookupError, match="gone"):
        await Tool[int](broken, max_retries=5).run(_call({}), _context())
    with pytest.raises(pydantic.ValidationError):
        await Tool[int](validates, max_retries=5).run(_call({}), _context())


async def test_a_tool_that_takes_too_long_is_given_up_and_the_model_told() -> None:
    stopped = asyncio.Event()

    async def tool() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    part = await Tool[int](tool, max_retries=1, timeout=0.01).run(_call({}), _context())
    assert part == RetryPromptPart("Timed out after 0.01 seconds.", "tool", "call-1", AnyTime())
    assert stopped.is_set()


async def test_a_timeout_of_the_tools_own_making_is_the_programs() -> None:
    async def tool() -> None:
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        await Tool[int](tool, max_retries=1, timeout=60).run(_call({}), _context())


async def test_a_cancelled_call_is_cancelled() -> None:
    running = asyncio.Event()

    async def tool() -> None:
        running.set()
        await asyncio.Event().wait()

    call = asyncio.ensure_future(Tool[int](tool, timeout=60).run(_call({}), _context()))
    await running.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
