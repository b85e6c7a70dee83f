"""The loop: what is asked next, what ends a run, and what is in the history when it ends."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Any

import pydantic
import pydantic_core
import pytest
from typing_extensions import TypeAliasType, TypedDict

from tests.support.engine import AnyTime, scripted
from tui.agent.agent import Agent, EndStrategy, capture_run_messages
from tui.agent.exceptions import ModelRetry, UnexpectedModelBehavior, UnknownToolError, UsageLimitExceeded
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.function import AgentInfo, DeltaToolCall, FunctionModel
from tui.agent.models.pairing import paired
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext, Tool, ToolDefinition
from tui.agent.usage import Usage, UsageLimits


class City(pydantic.BaseModel):
    name: str
    people: int


def answers(*responses: list[Any]) -> FunctionModel:
    """A model that gives one response after another."""
    waiting = list(responses)

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse(list(waiting.pop(0)))

    return FunctionModel(answer)


def failure(agent: Agent[Any, Any], **options: Any) -> tuple[BaseException, list[ModelMessage]]:
    """How a run on "Hello" fails, and what it leaves."""
    with capture_run_messages() as messages, pytest.raises(Exception) as caught:
        agent.run_sync("Hello", **options)
    return caught.value, messages


def final(args: Any, call_id: str | None = None) -> ToolCallPart:
    return ToolCallPart("final_result", args, call_id)


def returned(name: str, content: Any, call_id: str | None = None) -> ToolReturnPart:
    return ToolReturnPart(name, content, call_id, AnyTime())


HELLO = ModelRequest([UserPromptPart("Hello", AnyTime())])
GOOD = {"name": "Ulm", "people": 126000}
NO_TEXT = "Plain text responses are not permitted, please call one of the functions instead."


def response(*parts: Any) -> ModelResponse:
    return ModelResponse(list(parts), "function:answer:", AnyTime())


def double(x: int) -> int:
    """Twice x."""
    return 2 * x


# Text.


@pytest.mark.parametrize("parts", [[], [TextPart("")]])
def test_an_empty_response_is_an_error_and_in_the_history(parts: list[Any]) -> None:
    error, messages = failure(Agent(answers(parts)))
    assert isinstance(error, UnexpectedModelBehavior)
    assert str(error) == "Received empty model response"
    assert [len(message.parts) for message in messages] == [1, len(parts)]


def test_an_answer_cut_off_before_it_began_says_why() -> None:
    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([], finish_reason="length")

    error, _ = failure(Agent(FunctionModel(answer)))
    assert str(error) == "Received empty model response: the limit on its length was reached before the answer began"


def test_texts_are_joined_by_a_blank_line() -> None:
    assert Agent(answers([TextPart("a"), TextPart(""), TextPart("b")])).run_sync("Hello").data == "a\n\nb"


def test_text_beside_a_call_is_ignored_and_kept() -> None:
    model = answers([TextPart("I look"), ToolCallPart("double", {"x": 2})], [TextPart("4")])
    result = Agent(model, tools=[double]).run_sync("Hello")
    assert result.data == "4"
    assert result.all_messages()[1].parts[0] == TextPart("I look")


def test_text_that_is_not_permitted_is_asked_for_again() -> None:
    result = Agent(answers([TextPart("no")], [final(GOOD)]), result_type=City).run_sync("Hello")
    assert result.data == City(name="Ulm", people=126000)
    assert result.all_messages()[1:3] == [
        response(TextPart("no")),
        ModelRequest([RetryPromptPart(NO_TEXT, timestamp=AnyTime())]),
    ]


# Retries of the result.


def test_a_result_that_does_not_validate_is_asked_for_again_with_the_errors() -> None:
    model = answers([final('{"name": "Ulm", "people": "many"}', "c1")], [final(GOOD, "c2")])
    result = Agent(model, result_type=City).run_sync("Hello")
    assert result.data == City(name="Ulm", people=126000)
    retry = result.all_messages()[2].parts[0]
    assert retry == RetryPromptPart(
        [
            pydantic_core.ErrorDetails(
                type="int_parsing",
                loc=("people",),
                msg="Input should be a valid integer, unable to parse string as an integer",
                input="many",
            )
        ],
        tool_name="final_result",
        tool_call_id="c1",
        timestamp=AnyTime(),
    )


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (1, 2), (2, 3)])
def test_n_retries_make_n_plus_one_tries(retries: int, tries: int) -> None:
    agent = Agent(answers(*[[TextPart("bad")]] * 9), result_retries=retries)
    seen = []

    @agent.result_validator
    def never(text: str) -> str:
        seen.append(text)
        raise ModelRetry("not this")

    error, messages = failure(agent)
    assert str(error) == f"Exceeded maximum retries ({retries}) for result validation"
    assert len(seen) == tries
    assert isinstance(messages[-1], ModelResponse)
    assert len(messages) == 2 * tries


def test_result_retries_are_those_of_tools_unless_given() -> None:
    error, _ = failure(Agent(answers(*[[TextPart("bad")]] * 9), result_type=City, retries=3))
    assert str(error) == "Exceeded maximum retries (3) for result validation"


def test_a_failed_result_call_costs_a_retry_even_when_a_later_one_is_good() -> None:
    calls = [final({"name": 1}, "a"), final(GOOD, "b")]
    result = Agent(answers(calls), result_type=City, result_retries=1).run_sync("Hello")
    assert result.all_messages()[-1] == ModelRequest(
        [
            returned("final_result", "Result tool not used - result failed validation.", "a"),
            returned("final_result", "Final result processed.", "b"),
        ]
    )
    error, _ = failure(Agent(answers(calls), result_type=City, result_retries=0))
    assert str(error) == "Exceeded maximum retries (0) for result validation"


# Answering calls.


@pytest.mark.parametrize(
    ("end_strategy", "expected"),
    [
        ("early", [("double", "Tool not executed - a final result was already processed.", "t")]),
        ("exhaustive", [("double", 2, "t")]),
    ],
)
def test_calls_beside_a_final_result(end_strategy: EndStrategy, expected: list[tuple[str, Any, str]]) -> None:
    calls = [ToolCallPart("double", {"x": 1}, "t"), final(GOOD, "f1"), final(GOOD, "f2")]
    result = Agent(answers(calls), result_type=City, tools=[double], end_strategy=end_strategy).run_sync("Hello")
    reply = result.all_messages()[-1].parts
    assert [returned(*each) for each in expected] == [part for part in reply if part.tool_name == "double"]  # type: ignore[union-attr]
    assert [part for part in reply if part.tool_name != "double"] == [  # type: ignore[union-attr]
        returned("final_result", "Final result processed.", "f1"),
        returned("final_result", "Result tool not used - a final result was already processed.", "f2"),
    ]


def test_queued_tools_answer_after_all_others_in_the_order_of_their_calls() -> None:
    calls = [
        ToolCallPart("double", {"x": 1}, "t1"),
        ToolCallPart("nope", {}, "u"),
        ToolCallPart("double", {"x": 2}, "t2"),
    ]
    result = Agent(answers(calls, [TextPart("end")]), tools=[double]).run_sync("Hello")
    assert result.all_messages()[2] == ModelRequest(
        [
            RetryPromptPart("Unknown tool name: 'nope'. Available tools: double", timestamp=AnyTime()),
            returned("double", 2, "t1"),
            returned("double", 4, "t2"),
        ]
    )


def test_unknown_tools_name_those_there_are() -> None:
    calls = [ToolCallPart("nope", {})]
    result = Agent(answers(calls, [final(GOOD)]), result_type=City, tools=[double]).run_sync("Hello")
    assert result.all_messages()[2].parts == [
        RetryPromptPart("Unknown tool name: 'nope'. Available tools: double, final_result", timestamp=AnyTime())
    ]
    result2 = Agent(answers(calls, [TextPart("ok")])).run_sync("Hello")
    assert result2.all_messages()[2].parts == [
        RetryPromptPart("Unknown tool name: 'nope'. No tools available.", timestamp=AnyTime())
    ]


@pytest.mark.parametrize("tools", [[], [double]], ids=["no tools", "other tools"])
@pytest.mark.parametrize("retries", [0, 1, 2])
def test_a_model_that_goes_on_calling_unknown_tools_ends_the_run_with_their_name(
    tools: list[Any], retries: int
) -> None:
    nope = [ToolCallPart("nope", {}, "id")]
    error, messages = failure(Agent(answers(*[nope] * (retries + 1)), tools=tools, result_retries=retries))
    available = "Available tools: double" if tools else "No tools available."
    assert isinstance(error, UnknownToolError) and error.tool_name == "nope"
    assert str(error) == f"Unknown tool name: 'nope'. {available} Exceeded maximum retries ({retries})"
    assert len(messages) == 2 + 2 * retries
    sent = paired(messages)[0]
    for message in sent[2 : 2 + 2 * retries : 2]:
        told = message.parts[0]
        assert isinstance(told, RetryPromptPart)
        assert (told.content, told.tool_call_id) == (f"Unknown tool name: 'nope'. {available}", "id")


@pytest.mark.parametrize("view", ["stream_text", "events"])
async def test_an_unknown_tool_ends_a_stream_with_its_name_too(view: str) -> None:
    nope: list[Any] = ["Let me look. ", {1: DeltaToolCall("nope", "{}", "id")}]
    agent = Agent(scripted(nope, nope).model())
    with pytest.raises(UnknownToolError, match=r"^Unknown tool name: 'nope'\. No tools available\."):
        async with agent.run_stream("Hello") as result:
            async for _ in result.stream_text() if view == "stream_text" else result:
                pass


# Limits.


def test_the_request_limit_leaves_the_unsent_request_in_the_history() -> None:
    error, messages = failure(Agent(TestModel(), tools=[double]), usage_limits=UsageLimits(request_limit=1))
    assert isinstance(error, UsageLimitExceeded)
    assert str(error) == "The next request would exceed the request_limit of 1"
    assert messages[-1].parts == [returned("double", 0)]


def test_fifty_requests_are_the_default_limit() -> None:
    error, messages = failure(Agent(TestModel()), usage=Usage(requests=50))
    assert str(error) == "The next request would exceed the request_limit of 50"
    assert messages == [HELLO]


def test_a_whole_response_over_the_limit_is_not_in_the_history() -> None:
    usage = Usage()
    error, messages = failure(Agent(TestModel()), usage_limits=UsageLimits(response_tokens_limit=3), usage=usage)
    assert str(error) == "Exceeded the response_tokens_limit of 3 (response_tokens=4)"
    assert messages == [HELLO]
    assert usage.response_tokens == 4


def test_tool_calls_can_be_limited() -> None:
    calls = [ToolCallPart("double", {"x": 1}), ToolCallPart("double", {"x": 2})]
    error, _ = failure(Agent(answers(calls), tools=[double]), usage_limits=UsageLimits(tool_calls_limit=1))
    assert str(error) == "The next tool call(s) would exceed the tool_calls_limit of 1 (tool_calls=2)"


# Tools while they run.


def test_wrong_arguments_are_asked_for_again_and_a_success_resets_the_count() -> None:
    bad, good = [ToolCallPart("double", {"x": "?"}, "c")], [ToolCallPart("double", {"x": 1}, "c")]
    result = Agent(answers(bad, good, bad, [TextPart("end")]), tools=[double]).run_sync("Hello")
    retry = result.all_messages()[2].parts[0]
    assert isinstance(retry, RetryPromptPart)
    assert (retry.tool_name, retry.tool_call_id) == ("double", "c")
    assert result.data == "end"


def test_too_many_retries_of_a_tool_end_the_run() -> None:
    bad = [ToolCallPart("double", {"x": "?"})]
    error, messages = failure(Agent(answers(bad, bad, bad), tools=[double]))
    assert isinstance(error, UnexpectedModelBehavior)
    assert str(error) == "Tool exceeded max retries count of 1"
    assert [type(message) for message in messages] == [ModelRequest, ModelResponse, ModelRequest, ModelResponse]


def test_retries_are_counted_by_run_not_by_tool() -> None:
    def again(x: int) -> str:
        raise ModelRetry("again")

    tool: Tool[None] = Tool(again, max_retries=1)
    for _ in range(2):
        call = [ToolCallPart("again", {"x": 1}, "c")]
        result = Agent(answers(call, [TextPart("end")]), tools=[tool]).run_sync("Hello")
        assert result.all_messages()[2].parts == [RetryPromptPart("again", "again", "c", AnyTime())]


async def test_runs_at_the_same_time_do_not_share_retries() -> None:
    async def again(ctx: RunContext[None], x: int) -> str:
        await asyncio.sleep(0)
        raise ModelRetry(f"retry {ctx.retry}")

    tool: Tool[None] = Tool(again, max_retries=1)
    call = [ToolCallPart("again", {"x": 1})]
    agents = [Agent(answers(call, [TextPart("end")]), tools=[tool], name=str(number)) for number in range(5)]
    results = await asyncio.gather(*(agent.run("Hello") for agent in agents))
    assert [result.data for result in results] == ["end"] * 5


def test_a_tools_context_knows_the_run() -> None:
    seen: list[RunContext[int]] = []

    def look(ctx: RunContext[int], x: int) -> str:
        seen.append(ctx)
        if ctx.retry == 0:
            raise ModelRetry("once more")
        return "ok"

    usage = Usage()
    model = answers([ToolCallPart("look", {"x": 1}, "c1")], [ToolCallPart("look", {"x": 2}, "c2")], [TextPart("end")])
    result = Agent(model, tools=[look], deps_type=int).run_sync("Hello", deps=5, usage=usage)
    first, second = seen
    assert (first.deps, first.model, first.prompt) == (5, model, "Hello")
    assert (first.tool_name, first.tool_call_id, first.retry, first.run_step) == ("look", "c1", 0, 1)
    assert (second.tool_name, second.tool_call_id, second.retry, second.run_step) == ("look", "c2", 1, 2)
    assert first.usage is usage
    assert first.messages is result.all_messages()


async def test_tools_of_one_response_run_at_the_same_time() -> None:
    meeting = asyncio.Barrier(2)

    async def meet(x: int) -> int:
        await meeting.wait()
        return x

    calls = [ToolCallPart("meet", {"x": 1}), ToolCallPart("meet", {"x": 2})]
    result = await asyncio.wait_for(Agent(answers(calls, [TextPart("end")]), tools=[meet]).run("Hello"), 30)
    assert result.all_messages()[2].parts == [returned("meet", 1), returned("meet", 2)]


async def test_a_sequential_tool_runs_alone_and_in_its_turn() -> None:
    running: list[str] = []
    most = 0

    async def work(name: str) -> str:
        nonlocal most
        running.append(name)
        most = max(most, len(running))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running.remove(name)
        return name

    async def alone(name: str) -> str:
        assert not running
        return await work(name)

    agent = Agent(
        answers(
            [
                ToolCallPart("work", {"name": "a"}),
                ToolCallPart("work", {"name": "b"}),
                ToolCallPart("alone", {"name": "c"}),
                ToolCallPart("work", {"name": "d"}),
            ],
            [TextPart("end")],
        ),
        tools=[work, Tool(alone, sequential=True)],
    )
    result = await agent.run("Hello")
    assert result.all_messages()[2].parts == [
        returned("work", "a"),
        returned("work", "b"),
        returned("alone", "c"),
        returned("work", "d"),
    ]
    assert most == 2


async def test_a_tool_that_takes_too_long_is_given_up_and_the_model_is_told() -> None:
    async def slow(x: int) -> int:
        await asyncio.Event().wait()
        return x

    tool: Tool[None] = Tool(slow, timeout=0.01)
    result = await Agent(answers([ToolCallPart("slow", {"x": 1}, "c")], [TextPart("end")]), tools=[tool]).run("Hello")
    assert result.all_messages()[2].parts == [RetryPromptPart("Timed out after 0.01 seconds.", "slow", "c", AnyTime())]


@pytest.mark.parametrize(
    ("verdict", "content"),
    [(True, 2), (False, "The user did not allow this tool call."), ("Not on a Sunday.", "Not on a Sunday.")],
)
@pytest.mark.parametrize("asynchronous", [True, False])
def test_a_call_that_needs_approval_is_asked_about_first(verdict: bool | str, content: Any, asynchronous: bool) -> None:
    asked: list[tuple[str | None, ToolCallPart]] = []

    def approve(ctx: RunContext[None], call: ToolCallPart) -> bool | str:
        asked.append((ctx.tool_call_id, call))
        return verdict

    async def approve_later(ctx: RunContext[None], call: ToolCallPart) -> bool | str:
        return approve(ctx, call)

    usage = Usage()
    call = ToolCallPart("double", {"x": 1}, "c")
    agent = Agent(
        answers([call, ToolCallPart("free", {"x": 3})], [TextPart("end")]),
        tools=[Tool(double, requires_approval=True), Tool(double, name="free")],
        approve_tool_call=approve_later if asynchronous else approve,
    )
    result = agent.run_sync("Hello", usage=usage)
    assert asked == [("c", call)]
    assert result.all_messages()[2].parts == [returned("double", content, "c"), returned("free", 6)]
    assert usage.tool_calls == (2 if verdict is True else 1)


def test_synchronous_tools_run_in_threads_and_return_what_they_return() -> None:
    value = object()
    threads: list[threading.Thread] = []

    def strange(x: int) -> object:
        threads.append(threading.current_thread())
        return value

    agent = Agent(answers([ToolCallPart("strange", {"x": 1})], [TextPart("end")]), tools=[strange])
    error, messages = failure(agent)  # the model has to write the value as JSON
    assert isinstance(error, pydantic_core.PydanticSerializationError)
    part = messages[2].parts[0]
    assert isinstance(part, ToolReturnPart)
    assert part.content is value
    assert threads != [threading.main_thread()]


def test_prepare_changes_or_hides_a_tool_for_one_request() -> None:
    offered: list[list[str]] = []
    contexts: list[tuple[str | None, int, int]] = []

    async def prepare(ctx: RunContext[None], tool_def: ToolDefinition) -> ToolDefinition | None:
        contexts.append((ctx.tool_name, ctx.run_step, len(ctx.messages)))
        tool_def.description = f"at step {ctx.run_step}"
        return tool_def if ctx.run_step < 2 else None

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        offered.append([f"{tool.name}: {tool.description}" for tool in info.function_tools])
        if len(offered) < 3:  # the second call is of a tool that is hidden by then, and runs all the same
            return ModelResponse([ToolCallPart("shy", {"x": len(offered)})])
        return ModelResponse([TextPart("end")])

    agent = Agent(FunctionModel(answer), tools=[Tool(double, name="shy", prepare=prepare), double])
    result = agent.run_sync("Hello")
    assert offered == [["shy: at step 1", "double: Twice x."], ["double: Twice x."], ["double: Twice x."]]
    assert contexts == [("shy", 1, 1), ("shy", 2, 3), ("shy", 3, 5)]
    assert result.all_messages()[4].parts == [returned("shy", 4)]


async def test_prepare_functions_run_at_the_same_time_and_a_failing_one_stops_the_others() -> None:
    meeting = asyncio.Barrier(2)
    stopped = asyncio.Event()

    async def meet(ctx: RunContext[None], tool_def: ToolDefinition) -> ToolDefinition | None:
        await meeting.wait()
        return tool_def

    tools = [Tool(double, name=name, prepare=meet) for name in ("a", "b")]
    await asyncio.wait_for(Agent(TestModel(call_tools=[]), tools=tools).run("Hello"), 30)

    async def wait(ctx: RunContext[None], tool_def: ToolDefinition) -> ToolDefinition | None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return None

    async def fail(ctx: RunContext[None], tool_def: ToolDefinition) -> ToolDefinition | None:
        await asyncio.sleep(0)
        raise ZeroDivisionError("in prepare")

    tools = [Tool(double, name="a", prepare=wait), Tool(double, name="b", prepare=fail)]
    with pytest.raises(ZeroDivisionError, match="in prepare"):
        await Agent(TestModel(), tools=tools).run("Hello")
    assert stopped.is_set()


def test_a_tool_may_override_how_it_is_offered() -> None:
    @dataclass(init=False)
    class Loud(Tool[None]):
        async def prepare_tool_def(self, ctx: RunContext[None]) -> ToolDefinition | None:
            tool_def = await super().prepare_tool_def(ctx)
            assert tool_def is not None
            tool_def.description = tool_def.description.upper()
            return tool_def

    model = TestModel(call_tools=[])
    Agent(model, tools=[Loud(double)]).run_sync("Hello")
    assert model.last_model_request_parameters is not None
    assert model.last_model_request_parameters.function_tools[0].description == "TWICE X."


# Result validators.


def test_validators_are_chained_and_told_by_which_tool_the_value_came() -> None:
    seen: list[str | None] = []
    agent = Agent(answers([final(GOOD, "c")]), result_type=City)

    @agent.result_validator
    async def bigger(ctx: RunContext[None], city: City) -> City:
        seen.append(ctx.tool_name)
        return City(name=city.name, people=city.people + 1)

    @agent.result_validator
    def louder(city: City) -> City:
        return City(name=city.name.upper(), people=city.people)

    assert agent.run_sync("Hello").data == City(name="ULM", people=126001)
    assert seen == ["final_result"]


@pytest.mark.parametrize("by_tool", [True, False])
def test_a_validator_may_ask_for_another_result(by_tool: bool) -> None:
    first, second = (
        ([final(GOOD, "c")], [final({"name": "Bonn", "people": 1}, "d")])
        if by_tool
        else (
            [TextPart("Ulm")],
            [TextPart("Bonn")],
        )
    )
    agent: Agent[None, Any] = Agent(answers(first, second), result_type=City if by_tool else str)

    @agent.result_validator
    def not_ulm(value: Any) -> Any:
        if "Ulm" in str(value):
            raise ModelRetry("Not Ulm.")
        return value

    result = agent.run_sync("Hello")
    assert "Bonn" in str(result.data)
    assert result.all_messages()[2].parts == [
        RetryPromptPart("Not Ulm.", "final_result" if by_tool else None, "c" if by_tool else None, AnyTime())
    ]


# What a result may be.


class Pair(TypedDict):
    left: int
    right: int


@dataclass
class Point:
    """A place on the map."""

    x: int
    y: int


def offered(result_type: Any, **options: Any) -> tuple[bool, list[ToolDefinition]]:
    model = TestModel()
    Agent(model, result_type=result_type, **options).run_sync("Hello")
    assert model.last_model_request_parameters is not None
    parameters = model.last_model_request_parameters
    return parameters.allow_text_result, parameters.result_tools


def test_plain_text_needs_no_tool() -> None:
    assert offered(str) == (True, [])


def test_a_model_like_type_is_its_own_schema_and_gives_the_description() -> None:
    numbers = {"x": {"title": "X", "type": "integer"}, "y": {"title": "Y", "type": "integer"}}
    schema = {"properties": numbers, "required": ["x", "y"], "title": "Point", "type": "object"}
    assert offered(Point) == (False, [ToolDefinition("final_result", "A place on the map.", schema)])
    allow, tools = offered(Point, result_tool_name="put", result_tool_description="Say where")
    assert (allow, tools[0].name, tools[0].description) == (False, "put", "Say where. A place on the map.")


def test_anything_else_is_wrapped() -> None:
    allow, (tool,) = offered(list[int])
    assert not allow
    assert tool.parameters_json_schema == {
        "properties": {"response": {"items": {"type": "integer"}, "title": "Response", "type": "array"}},
        "required": ["response"],
        "type": "object",
    }
    assert tool.outer_typed_dict_key == "response"
    assert tool.description == "The final response which ends this conversation"


def names(result_type: Any) -> tuple[bool, list[str]]:
    allow, tools = offered(result_type)
    return allow, [tool.name for tool in tools]


@pytest.mark.parametrize(
    ("result_type", "expected"),
    [
        (Pair, (False, ["final_result"])),
        (str | City, (True, ["final_result"])),
        (str | City | Point, (True, ["final_result_City", "final_result_Point"])),
        (City | Point, (False, ["final_result_City", "final_result_Point"])),
        (list[int] | list[str], (False, ["final_result_list", "final_result_list_2"])),
        (int | None, (False, ["final_result_int", "final_result_NoneType"])),
    ],
)
def test_a_union_has_a_tool_for_each_member_and_text_for_str(result_type: Any, expected: Any) -> None:
    assert names(result_type) == expected


def test_an_alias_is_what_it_stands_for() -> None:
    place = TypeAliasType("place", City | Point)
    assert names(place) == (False, ["final_result_City", "final_result_Point"])


def test_members_without_a_description_are_told_apart_by_their_name() -> None:
    _, tools = offered(City | Point)
    assert [tool.description for tool in tools] == [
        "City: The final response which ends this conversation",
        "A place on the map.",
    ]
    _, tools = offered(City | Point, result_tool_description="Say it")
    assert [tool.description for tool in tools] == ["City: Say it", "Say it. A place on the map."]


def test_a_recursive_type_has_an_object_at_its_root() -> None:
    class Tree(pydantic.BaseModel):
        kids: list["Tree"]

    _, (tool,) = offered(Tree)
    assert tool.parameters_json_schema["type"] == "object"
    assert list(tool.parameters_json_schema["properties"]) == ["kids"]


@pytest.mark.parametrize(
    ("result_type", "args", "data"),
    [
        (int, {"response": 3}, 3),
        (tuple[int, str], '{"response": [1, "a"]}', (1, "a")),
        (Pair, {"left": 1, "right": 2}, {"left": 1, "right": 2}),
        (Point, '{"x": 1, "y": 2}', Point(1, 2)),
        (bool, {"response": True}, True),
    ],
)
def test_results_come_as_their_type(result_type: Any, args: Any, data: Any) -> None:
    assert Agent(answers([final(args)]), result_type=result_type).run_sync("Hello").data == data


# What a run gives back.


def test_a_result_tools_return_can_be_replaced_in_a_copy() -> None:
    result = Agent(answers([final(GOOD, "c")]), result_type=City).run_sync("Hello")
    for messages in (
        result.all_messages(result_tool_return_content="Thanks."),
        result.new_messages(result_tool_return_content="Thanks."),
    ):
        assert messages[-1].parts == [returned("final_result", "Thanks.", "c")]
    assert b'"Thanks."' in result.all_messages_json(result_tool_return_content="Thanks.")
    assert b'"Thanks."' in result.new_messages_json(result_tool_return_content="Thanks.")
    assert result.all_messages()[-1].parts == [returned("final_result", "Final result processed.", "c")]


def test_a_return_that_is_not_there_cannot_be_replaced() -> None:
    text = Agent(TestModel()).run_sync("Hello")
    with pytest.raises(ValueError, match=r"^Cannot set result tool return content when the return type is `str`.$"):
        text.all_messages(result_tool_return_content="x")
    result = Agent(TestModel(), result_type=int).run_sync("Hello")
    result._result_tool_name = "wrong"
    with pytest.raises(LookupError, match=r"^No tool call found with tool name 'wrong'.$"):
        result.all_messages(result_tool_return_content="x")


def test_the_result_shows_its_data_and_little_else() -> None:
    result = Agent(TestModel()).run_sync("Hello")
    assert repr(result) == "AgentRunResult(data='success (no tool calls)')"
    assert result.new_messages_json() == result.all_messages_json()
