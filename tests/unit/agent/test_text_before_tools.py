"""Text before a tool call is not the result: the run goes on, and so do the streams that are being read.

Lost else: the answer after the tools, which is the one that the user waits for.
"""

import pytest

from tests.support.conversation import City, call, prompt, request, response, weather
from tests.support.engine import AnyTime, scripted
from tui.agent.agent import Agent
from tui.agent.exceptions import UnexpectedModelBehavior
from tui.agent.messages import (
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from tui.agent.models.test import TestModel
from tui.agent.usage import Usage


async def test_text_before_a_tool_call_does_not_end_the_run() -> None:
    script = scripted(["Let me look. ", call("weather", '{"city": "Ulm"}')], ["It is ", "sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        assert await result.get_data() == "It is sunny."
        assert result.is_complete
    assert result.all_messages() == [
        prompt("Weather?"),
        response(TextPart("Let me look. "), ToolCallPart("weather", '{"city": "Ulm"}', "c1")),
        request(ToolReturnPart("weather", "Sun in Ulm", "c1", timestamp=AnyTime())),
        response(TextPart("It is sunny.")),
    ]


async def test_control_comes_at_the_first_text_and_the_same_stream_goes_on() -> None:
    script = scripted(["Let me look.", call("weather", '{"city": "Ulm"}')], ["It is ", "sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        assert script.read == ["Let me look."]
        assert result.all_messages() == [prompt("Weather?")]
        pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
    assert pieces == ["Let me look.", "\n\nIt is ", "sunny."]


async def test_cumulative_text_crosses_the_responses() -> None:
    script = scripted(["Let me look.", call("weather", '{"city": "Ulm"}')], ["It is ", "sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        texts = [text async for text in result.stream_text(debounce_by=None)]
    assert texts == ["Let me look.", "Let me look.\n\nIt is ", "Let me look.\n\nIt is sunny."]


async def test_values_and_responses_cross_the_responses() -> None:
    script = scripted(["Look.", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    agent = Agent(script.model(), tools=[weather])
    async with agent.run_stream("Weather?") as result:
        values = [value async for value in result.stream(debounce_by=None)]
    assert values == ["Look.", "Look.", "Sunny.", "Sunny."]

    script = scripted(["Look.", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        items = [item async for item in result.stream_structured(debounce_by=None)]
    assert items == [
        (response(TextPart("Look.")), False),
        (response(TextPart("Look."), ToolCallPart("weather", '{"city": "Ulm"}', "c1")), False),
        (response(TextPart("Sunny.")), False),
        (response(TextPart("Sunny.")), True),
    ]


async def test_a_result_call_wins_over_text_before_it() -> None:
    script = scripted(["Here: ", call("final_result", '{"name": "Ulm", "people": 126000}')])
    agent: Agent[None, str | City] = Agent(script.model(), result_type=str | City)  # type: ignore[arg-type]  # PEP 747
    async with agent.run_stream("City?") as result:
        assert await result.get_data() == City(name="Ulm", people=126000)
    assert result.all_messages()[-1] == request(
        ToolReturnPart("final_result", "Final result processed.", "c1", timestamp=AnyTime())
    )


async def test_when_nothing_follows_the_tools_the_earlier_text_is_the_result() -> None:
    script = scripted(["Done, I wrote it down. ", call("weather", '{"city": "Ulm"}')], [call("weather", "{}")], [{}])
    agent = Agent(script.model(), tools=[weather], retries=3)
    async with agent.run_stream("Note it") as result:
        assert await result.get_data() == "Done, I wrote it down. "


async def test_an_empty_response_is_still_an_error_when_no_text_came_before() -> None:
    script = scripted([{}])
    with pytest.raises(UnexpectedModelBehavior, match="Received empty model response"):
        async with Agent(script.model()).run_stream("Hello"):
            raise AssertionError("never entered")


async def test_leaving_without_reading_goes_to_the_end_too() -> None:
    script = scripted(["Look.", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        pass
    assert result.is_complete
    assert result.all_messages()[-1] == response(TextPart("Sunny."))


async def test_reading_to_the_end_and_asking_for_the_data_completes_once() -> None:
    agent = Agent(scripted(["one ", "two"]).model())
    async with agent.run_stream("Count") as result:
        assert [text async for text in result.stream_text(debounce_by=None)] == ["one ", "one two"]
        assert await result.get_data() == "one two"
        assert await result.get_data() == "one two"
        assert [text async for text in result.stream_text()] == ["one two"]
    assert result.all_messages() == [prompt("Count"), response(TextPart("one two"))]


async def test_a_blank_first_text_does_not_end_the_run() -> None:
    script = scripted(["\n", call("weather", '{"city": "Ulm"}')], ["Sunny."])
    async with Agent(script.model(), tools=[weather]).run_stream("Weather?") as result:
        assert await result.get_data() == "Sunny."


async def test_usage_at_entry_is_that_before_the_first_word() -> None:
    agent = Agent(TestModel())

    @agent.tool_plain
    async def ret_a(x: str) -> str:
        return f"{x}-apple"

    async with agent.run_stream("Hello") as result:
        assert not result.is_complete
        assert result.usage() == Usage(requests=2, request_tokens=103, response_tokens=5, total_tokens=108)
        assert [text async for text in result.stream_text()] == ['{"ret_a":"a-apple"}']
        assert result.usage() == Usage(requests=2, request_tokens=103, response_tokens=11, total_tokens=114)
