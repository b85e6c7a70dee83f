"""What an agent is made of: its parameters, tools and system prompts, and what a run takes from each."""

import asyncio
import json
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.support.engine import AnyTime, Recorded
from tui.agent.agent import Agent
from tui.agent.exceptions import ModelRetry, UnexpectedModelBehavior, UserError
from tui.agent.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    UserPromptPart,
)
from tui.agent.models.function import AgentInfo, FunctionModel
from tui.agent.models.test import TestModel
from tui.agent.settings import ModelSettings
from tui.agent.tools import RunContext, Tool
from tui.agent.usage import Usage


def double(x: int) -> int:
    return 2 * x


def double_ctx(ctx: RunContext[int], x: int) -> int:
    return ctx.deps * x


def echo_settings(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    return ModelResponse([TextPart(json.dumps(info.model_settings))])


def system_texts(messages: list[ModelMessage]) -> list[str]:
    return [part.content for part in messages[0].parts if isinstance(part, SystemPromptPart)]


# The constructor.


def test_attributes_are_what_was_given() -> None:
    model = TestModel()
    settings = ModelSettings(temperature=0.5)
    agent = Agent(
        model, result_type=int, name="counter", model_settings=settings, end_strategy="exhaustive", instrument=True
    )
    assert agent.model is model
    assert agent.name == "counter"
    assert agent.end_strategy == "exhaustive"
    assert agent.model_settings == settings
    assert agent.result_type is int
    assert agent.instrument is True


def test_defaults() -> None:
    agent = Agent()
    assert (agent.model, agent.name, agent.end_strategy, agent.model_settings, agent.instrument) == (
        None,
        None,
        "early",
        None,
        None,
    )
    assert agent.result_type is str


def test_a_model_name_is_looked_up_at_construction() -> None:
    assert isinstance(Agent("test").model, TestModel)
    with pytest.raises(UserError, match=r"^Unknown model: nonsense$"):
        Agent("nonsense")


def test_a_deferred_model_is_looked_up_at_the_first_run_and_kept() -> None:
    agent = Agent("test", defer_model_check=True)
    assert agent.model == "test"
    agent.run_sync("x")
    assert isinstance(agent.model, TestModel)
    broken = Agent("nonsense", defer_model_check=True)
    with pytest.raises(UserError, match=r"^Unknown model: nonsense$"):
        broken.run_sync("x")


def test_an_agent_can_be_subscripted() -> None:
    agent = Agent[int, str](TestModel(), deps_type=int)
    assert agent.run_sync("x", deps=3).data == "success (no tool calls)"


def test_tools_are_functions_or_tool_objects_and_take_the_context_by_their_annotation() -> None:
    agent = Agent(TestModel(), deps_type=int, tools=[double, double_ctx, Tool(double, name="third", takes_ctx=False)])
    data = json.loads(agent.run_sync("x", deps=7).data)
    assert data == {"double": 0, "double_ctx": 0, "third": 0}


@pytest.mark.parametrize(("own", "allowed"), [(None, 5), (2, 2)])
def test_a_tool_without_retries_of_its_own_gets_the_agents_on_a_copy(own: int | None, allowed: int) -> None:
    def again(x: int) -> int:
        raise ModelRetry("again")

    tool = Tool(again, max_retries=own)
    with pytest.raises(UnexpectedModelBehavior, match=f"^Tool exceeded max retries count of {allowed}$"):
        Agent(TestModel(), tools=[tool], retries=5).run_sync("x")
    assert tool.max_retries == own


def test_two_tools_of_one_name_are_a_mistake() -> None:
    with pytest.raises(UserError, match=r"^Tool name conflicts with existing tool: 'double'$"):
        Agent(TestModel(), tools=[double, double])


def test_a_tool_named_like_the_result_tool_is_a_mistake() -> None:
    agent = Agent(TestModel(), result_type=int)
    with pytest.raises(UserError, match=r"^Tool name conflicts with result schema name: 'final_result'$"):
        agent.tool_plain(name="final_result")(double)


def test_a_tool_that_requires_approval_needs_somebody_to_ask() -> None:
    with pytest.raises(
        UserError, match=r"^Tool requires approval, but the agent has no `approve_tool_call`: 'double'$"
    ):
        Agent(TestModel(), tools=[Tool(double, requires_approval=True)])


def test_decorators_return_the_function() -> None:
    agent = Agent(TestModel(), deps_type=int)
    assert agent.tool_plain(double) is double
    assert agent.tool(double_ctx) is double_ctx
    assert agent.tool(name="other", retries=3)(double_ctx) is double_ctx
    assert agent.tool_plain(name="another", timeout=1.0, sequential=True)(double) is double

    def prompt() -> str:
        return "p"

    assert agent.system_prompt(prompt) is prompt
    assert agent.system_prompt(dynamic=True)(prompt) is prompt

    def check(text: str) -> str:
        return text

    assert agent.result_validator(check) is check


# System prompts, and instructions.


def test_system_prompts_stand_in_order_in_the_first_request() -> None:
    agent = Agent(TestModel(), system_prompt=("one", "two"), deps_type=str)

    @agent.system_prompt
    def three() -> str:
        return "three"

    @agent.system_prompt
    async def four(ctx: RunContext[str]) -> str:
        return f"four {ctx.deps}"

    @agent.system_prompt()
    def five(anything) -> str:  # type: ignore[no-untyped-def]  # one parameter is the context, whatever it says
        return f"five {anything.deps}"

    result = agent.run_sync("Hello", deps="D")
    assert result.all_messages()[0] == ModelRequest(
        [
            SystemPromptPart("one"),
            SystemPromptPart("two"),
            SystemPromptPart("three"),
            SystemPromptPart("four D"),
            SystemPromptPart("five D"),
            UserPromptPart("Hello", AnyTime()),
        ]
    )


def test_synchronous_functions_do_not_block_the_loop() -> None:
    threads = []
    agent = Agent(TestModel())

    @agent.system_prompt
    def prompt() -> str:
        threads.append(threading.current_thread())
        return "p"

    agent.run_sync("x")
    assert threads != [threading.main_thread()]


def test_with_a_history_no_system_prompt_is_added_and_an_empty_one_is_none() -> None:
    agent = Agent(TestModel(), system_prompt="mine")
    history: list[ModelMessage] = [ModelRequest([UserPromptPart("before")]), ModelResponse([TextPart("answer")])]
    result = agent.run_sync("now", message_history=history)
    assert system_texts(result.all_messages()) == []
    assert result.new_messages()[0] == ModelRequest([UserPromptPart("now", AnyTime())])
    assert system_texts(agent.run_sync("now", message_history=[]).all_messages()) == ["mine"]


def test_a_dynamic_prompt_is_evaluated_again_and_the_old_message_is_left_alone() -> None:
    agent = Agent(TestModel(), deps_type=str, system_prompt="fixed")

    @agent.system_prompt
    def once(ctx: RunContext[str]) -> str:
        return f"once {ctx.deps}"

    @agent.system_prompt(dynamic=True)
    async def again(ctx: RunContext[str]) -> str:
        return f"again {ctx.deps}"

    first = agent.run_sync("x", deps="A")
    second = agent.run_sync("y", deps="B", message_history=first.all_messages())
    assert system_texts(first.all_messages()) == ["fixed", "once A", "again A"]
    assert system_texts(second.all_messages()) == ["fixed", "once A", "again B"]
    part = second.all_messages()[0].parts[2]
    assert isinstance(part, SystemPromptPart)
    assert part.dynamic_ref == again.__qualname__


def test_an_unknown_dynamic_prompt_stays_as_it_is() -> None:
    agent = Agent(TestModel())

    @agent.system_prompt(dynamic=True)
    def mine() -> str:
        return "mine"

    history: list[ModelMessage] = [
        ModelRequest([SystemPromptPart("theirs", dynamic_ref="theirs"), UserPromptPart("before")]),
        ModelResponse([TextPart("answer")]),
    ]
    assert system_texts(agent.run_sync("x", message_history=history).all_messages()) == ["theirs"]


def test_instructions_are_told_anew_with_each_request_and_are_no_system_prompt() -> None:
    agent = Agent(TestModel(), instructions="Be a pirate.", tools=[double])
    first = agent.run_sync("x")
    requests = [message for message in first.all_messages() if isinstance(message, ModelRequest)]
    assert [request.instructions for request in requests] == ["Be a pirate.", "Be a pirate."]
    assert system_texts(first.all_messages()) == []

    polite = Agent(TestModel(), instructions=lambda ctx: f"Be polite at step {ctx.run_step}." if ctx.deps else None)
    second = polite.run_sync("y", message_history=first.all_messages(), deps=True)
    request = second.new_messages()[0]
    assert isinstance(request, ModelRequest)
    assert request.instructions == "Be polite at step 0."
    third = polite.run_sync("z")
    assert b"instructions" not in third.all_messages_json()


# What a run takes.


@pytest.mark.parametrize("way", ["run_sync", "run_stream", "iter"])
def test_a_misspelt_option_is_an_error_at_once(way: str) -> None:
    with pytest.raises(TypeError, match="mesage_history"):
        getattr(Agent(TestModel()), way)("x", mesage_history=[])


def test_a_misspelt_option_of_a_tool_is_an_error_at_once() -> None:
    with pytest.raises(TypeError, match="time_out"):
        Agent(TestModel()).tool_plain(time_out=1.0)(double)  # type: ignore[call-overload]  # what it is about


def test_the_callers_history_never_grows() -> None:
    history: list[ModelMessage] = [ModelRequest([UserPromptPart("before")]), ModelResponse([TextPart("answer")])]
    copy = list(history)
    result = Agent(TestModel()).run_sync("x", message_history=history)
    assert history == copy
    assert result.all_messages()[:2] == history
    assert result._new_message_index == 2
    assert [type(message) for message in result.new_messages()] == [ModelRequest, ModelResponse]


def test_a_prompt_of_several_items_is_stored_as_it_is() -> None:
    items = ["look at ", "this"]
    result = Agent(TestModel()).run_sync(items)
    part = result.all_messages()[0].parts[0]
    assert isinstance(part, UserPromptPart)
    assert part.content is items


def test_without_a_model_there_is_no_run() -> None:
    text = "`model` must be set either when creating the agent or when calling it."
    with pytest.raises(UserError) as caught:
        Agent().run_sync("x")
    assert str(caught.value) == text
    agent = Agent()
    with agent.override(model=TestModel()), pytest.raises(UserError) as caught:
        agent.run_sync("x")
    assert str(caught.value) == (
        f"{text} (Even when `override(model=...)` is customizing the model that will actually be called)"
    )


def test_a_runs_own_model_comes_before_the_agents() -> None:
    agent = Agent(TestModel(custom_result_text="agent"))
    assert agent.run_sync("x", model=TestModel(custom_result_text="run")).data == "run"
    assert Agent().run_sync("x", model="test").data == "success (no tool calls)"


@pytest.mark.parametrize(
    ("of_agent", "of_run", "seen"),
    [
        (None, None, None),
        ({}, {}, None),
        ({"temperature": 0.1, "max_tokens": 3}, None, {"temperature": 0.1, "max_tokens": 3}),
        (None, {"temperature": 0.5}, {"temperature": 0.5}),
        ({"temperature": 0.1, "max_tokens": 3}, {"temperature": 0.5}, {"temperature": 0.5, "max_tokens": 3}),
    ],
)
def test_settings_of_the_run_are_laid_over_the_agents(
    of_agent: ModelSettings | None, of_run: ModelSettings | None, seen: Any
) -> None:
    agent = Agent(FunctionModel(echo_settings), model_settings=of_agent)
    assert json.loads(agent.run_sync("x", model_settings=of_run).data) == seen


def test_the_callers_usage_is_counted_up_in_place() -> None:
    usage = Usage(requests=3, request_tokens=10)
    result = Agent(TestModel()).run_sync("x", usage=usage)
    assert result.usage() is usage
    assert usage == Usage(requests=4, request_tokens=61, response_tokens=4, total_tokens=55)


def test_a_result_type_of_a_run_excludes_result_validators() -> None:
    agent = Agent(TestModel())
    assert agent.run_sync("x", result_type=int).data == 0

    @agent.result_validator
    def check(text: str) -> str:
        return text

    with pytest.raises(
        UserError, match=r"^Cannot set a custom run `result_type` when the agent has result validators$"
    ):
        agent.run_sync("x", result_type=int)


async def test_run_sync_in_a_running_loop_says_so_and_leaks_no_coroutine(
    recwarn: pytest.WarningsRecorder,
) -> None:
    with pytest.raises(RuntimeError, match=r"^This event loop is already running"):
        Agent(TestModel()).run_sync("x")
    assert not list(recwarn)


def test_run_sync_works_in_any_thread_and_keeps_its_loop() -> None:
    agent = Agent(TestModel())
    results = []

    def work() -> None:
        results.append(agent.run_sync("x").data)
        results.append(agent.run_sync("y").data)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == ["success (no tool calls)"] * 2


def test_run_sync_leaves_the_loops_of_the_program_open() -> None:
    agent = Agent(TestModel())
    loops = [asyncio.new_event_loop(), asyncio.new_event_loop()]
    results: list[object] = []

    def work() -> None:
        for loop in loops:
            asyncio.set_event_loop(loop)
            agent.run_sync("x")
        results.extend(loop.is_closed() for loop in loops)
        loops[1].close()
        results.append(agent.run_sync("x").data)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    loops[0].close()
    assert results == [False, False, "success (no tool calls)"]


# History hook.


def test_the_history_processor_chooses_what_is_sent_and_the_history_stays_whole() -> None:
    seen: list[list[ModelMessage]] = []

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen.append(messages)
        return ModelResponse([TextPart("ok")])

    history: list[ModelMessage] = [ModelRequest([UserPromptPart("before")]), ModelResponse([TextPart("answer")])]
    agent = Agent(FunctionModel(answer), history_processor=lambda messages: messages[-1:])
    result = agent.run_sync("now", message_history=history)
    assert seen == [[ModelRequest([UserPromptPart("now", AnyTime())])]]
    assert len(result.all_messages()) == 4

    async def with_context(ctx: RunContext[None], messages: list[ModelMessage]) -> list[ModelMessage]:
        assert ctx.run_step == 1
        return messages[: len(ctx.messages) - 1]

    Agent(FunctionModel(answer), history_processor=with_context).run_sync("now", message_history=history)
    assert seen[1] == history


def test_the_json_of_a_plain_run_has_the_fields_of_old_and_no_others() -> None:
    result = Agent(TestModel(), system_prompt="s").run_sync("x")
    first, second = json.loads(result.all_messages_json())
    assert list(first) == ["parts", "kind"]
    assert list(second) == ["parts", "model_name", "timestamp", "kind"]
    assert ModelMessagesTypeAdapter.validate_json(result.all_messages_json()) == result.all_messages()


def test_the_package_has_the_names_it_says() -> None:
    import tui.agent as package

    assert sorted(package.__all__) == package.__all__
    assert all(getattr(package, name) is not None for name in package.__all__)
    with pytest.raises(AttributeError, match=r"^module 'tui.agent' has no attribute 'nonsense'$"):
        package.nonsense  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, tui.agent; print(sorted({'pydantic', 'httpx', 'tui.agent.agent'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_handler_is_told_in_run_sync_too() -> None:
    recorded = Recorded()
    Agent(TestModel()).run_sync("x", event_stream_handler=recorded)
    assert recorded.kinds()[:3] == ["model_request", "part_start", "final_result"]
