"""`Agent.override`: other dependencies or another model for the length of a block."""

import pytest

from tui.agent.agent import Agent
from tui.agent.exceptions import UserError
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext


def show(ctx: RunContext[int]) -> int:
    return ctx.deps


def test_an_overridden_model_comes_before_all_others() -> None:
    agent = Agent(TestModel(custom_result_text="agent"))
    with agent.override(model=TestModel(custom_result_text="override")):
        assert agent.run_sync("x").data == "override"
        assert agent.run_sync("x", model=TestModel(custom_result_text="run")).data == "override"
        with agent.override(model=TestModel(custom_result_text="inner")):
            assert agent.run_sync("x").data == "inner"
        assert agent.run_sync("x").data == "override"
    assert agent.run_sync("x").data == "agent"


def test_a_models_name_is_looked_up_on_entering() -> None:
    agent = Agent(TestModel(custom_result_text="agent"))
    with agent.override(model="test"):
        assert agent.run_sync("x").data == "success (no tool calls)"
    with pytest.raises(UserError, match=r"^Unknown model: nonsense$"), agent.override(model="nonsense"):
        raise AssertionError("never entered")


def test_overridden_dependencies_win_even_when_they_are_false() -> None:
    agent = Agent(TestModel(), deps_type=int, tools=[show])
    with agent.override(deps=5):
        assert agent.run_sync("x", deps=1).data == '{"show":5}'
        with agent.override(model=TestModel(custom_result_text="{}")):
            assert agent.run_sync("x", deps=1).all_messages()[2].parts[0].content == 5  # type: ignore[union-attr]
    with agent.override(deps=0):
        assert agent.run_sync("x", deps=1).data == '{"show":0}'
    assert agent.run_sync("x", deps=1).data == '{"show":1}'


def test_an_error_in_the_block_restores_what_was() -> None:
    agent = Agent(TestModel(custom_result_text="agent"))
    with pytest.raises(ZeroDivisionError), agent.override(model=TestModel()):
        raise ZeroDivisionError
    assert agent.run_sync("x").data == "agent"
