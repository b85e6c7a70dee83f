"""An agent without a name takes that of the variable its caller has it in."""

import asyncio

import pytest

from tui.agent.agent import Agent
from tui.agent.models.test import TestModel

of_the_module = Agent(TestModel())


async def test_a_local_name_is_found_at_the_first_run_and_kept() -> None:
    mine = Agent(TestModel())
    assert mine.name is None
    await mine.run("x")
    assert mine.name == "mine"
    other = mine
    await other.run("x")
    assert other.name == "mine"


async def test_the_first_local_that_is_the_agent_wins() -> None:
    first = Agent(TestModel())
    second = first
    await second.run("x")
    assert first.name == "first"


async def test_a_global_name_is_found_when_no_local_fits() -> None:
    await of_the_module.run("x")
    assert of_the_module.name == "of_the_module"


def test_run_sync_finds_its_callers_name() -> None:
    synchronous = Agent(TestModel())
    synchronous.run_sync("x")
    assert synchronous.name == "synchronous"


async def test_run_stream_and_iter_find_their_callers_name() -> None:
    streamed = Agent(TestModel())
    async with streamed.run_stream("x"):
        pass
    assert streamed.name == "streamed"
    stepped = Agent(TestModel())
    async with stepped.iter("x"):
        pass
    assert stepped.name == "stepped"


async def test_a_given_name_stays() -> None:
    agent = Agent(TestModel(), name="given")
    await agent.run("x")
    assert agent.name == "given"


@pytest.mark.parametrize("way", ["run", "run_stream", "iter"])
async def test_nobody_looks_when_told_not_to(way: str) -> None:
    agent = Agent(TestModel())
    if way == "run":
        await agent.run("x", infer_name=False)
    else:
        async with getattr(agent, way)("x", infer_name=False):
            pass
    assert agent.name is None


def test_run_sync_does_not_look_when_told_not_to() -> None:
    agent = Agent(TestModel())
    agent.run_sync("x", infer_name=False)
    assert agent.name is None


async def test_an_agent_in_a_list_or_a_task_has_no_name_to_find() -> None:
    agents = [Agent(TestModel()), Agent(TestModel())]
    await agents[0].run("x")
    await asyncio.create_task(agents[1].run("x"))
    assert [agent.name for agent in agents] == [None, None]
