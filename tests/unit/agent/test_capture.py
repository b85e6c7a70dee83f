"""`capture_run_messages`: the messages of a run that failed are not lost."""

import pytest

from tests.support.engine import AnyTime, scripted
from tui.agent.agent import Agent, capture_run_messages
from tui.agent.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart, UserPromptPart
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext


def broken(x: int) -> str:
    raise ZeroDivisionError("tool")


def test_the_messages_of_a_failed_run_are_there() -> None:
    with capture_run_messages() as messages, pytest.raises(ZeroDivisionError):
        Agent(TestModel(), tools=[broken]).run_sync("Hello")
    assert messages == [
        ModelRequest([UserPromptPart("Hello", AnyTime())]),
        ModelResponse([ToolCallPart("broken", {"x": 0})], "test", AnyTime()),
    ]


async def test_it_works_for_streams_and_is_the_runs_own_list() -> None:
    with capture_run_messages() as messages:
        async with Agent(TestModel(custom_result_text="a b")).run_stream("Hello") as result:
            assert result.all_messages() is messages
            assert len(messages) == 1
            await result.get_data()
    assert messages[-1].parts == [TextPart("a b")]


def test_the_history_before_the_run_is_in_it() -> None:
    history: list[ModelMessage] = [ModelRequest([UserPromptPart("before")]), ModelResponse([TextPart("answer")])]
    with capture_run_messages() as messages:
        Agent(TestModel()).run_sync("Hello", message_history=history)
    assert messages[:2] == history
    assert len(messages) == 4
    assert len(history) == 2


def test_only_the_first_run_fills_the_list() -> None:
    agent = Agent(TestModel())
    with capture_run_messages() as messages:
        first = agent.run_sync("first")
        second = agent.run_sync("second")
    assert messages is first.all_messages()
    assert messages is not second.all_messages()
    assert len(messages) == 2


def test_nested_blocks_share_the_list() -> None:
    with capture_run_messages() as outer:
        with capture_run_messages() as inner:
            assert inner is outer
            Agent(TestModel()).run_sync("first")
        Agent(TestModel()).run_sync("second")
    assert [part.content for part in outer[0].parts if isinstance(part, UserPromptPart)] == ["first"]


def test_a_run_inside_a_tool_does_not_take_the_list() -> None:
    inner = Agent(TestModel(custom_result_text="inner"))

    async def ask(ctx: RunContext[None], x: int) -> str:
        return (await inner.run("inner")).data

    with capture_run_messages() as messages:
        result = Agent(TestModel(), tools=[ask]).run_sync("outer")
    assert messages is result.all_messages()
    assert [type(message) for message in messages] == [ModelRequest, ModelResponse, ModelRequest, ModelResponse]


def test_outside_a_block_runs_have_lists_of_their_own() -> None:
    with capture_run_messages() as messages:
        pass
    Agent(TestModel()).run_sync("x")
    assert messages == []


async def test_what_came_of_a_stream_that_broke_off_is_in_the_list() -> None:
    script = scripted(["half", ValueError("cut")])
    with capture_run_messages() as messages, pytest.raises(ValueError, match="cut"):
        async with Agent(script.model()).run_stream("Hello") as result:
            await result.get_data()
    assert messages[-1].parts == [TextPart("half")]
