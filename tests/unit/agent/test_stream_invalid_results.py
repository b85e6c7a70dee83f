"""A streamed result that does not validate raises one kind of error; partial values raise pydantic's."""

import pydantic
import pytest

from tests.support.conversation import City, call
from tests.support.engine import scripted
from tui.agent.agent import Agent
from tui.agent.exceptions import ModelRetry, UnexpectedModelBehavior
from tui.agent.models.function import DeltaToolCall


async def test_an_invalid_result_is_unexpected_behaviour() -> None:
    script = scripted([call("final_result", '{"name": "Ulm", "people": "many"}')])
    async with Agent(script.model(), result_type=City).run_stream("City?") as result:
        with pytest.raises(UnexpectedModelBehavior, match="The result that was streamed is not valid") as caught:
            await result.get_data()
    assert isinstance(caught.value.__cause__, pydantic.ValidationError)
    assert result.is_complete


async def test_a_partial_that_does_not_validate_stays_a_validation_error() -> None:
    script = scripted([call("final_result", '{"name": 1', index=0), {0: DeltaToolCall(None, ', "people": 2}')}])
    async with Agent(script.model(), result_type=City).run_stream("City?") as result:
        with pytest.raises(pydantic.ValidationError):
            async for _ in result.stream(debounce_by=None):
                pass


async def test_a_validator_that_wants_another_result_cannot_have_it() -> None:
    agent = Agent(scripted(["no"]).model())

    @agent.result_validator
    def never(text: str) -> str:
        raise ModelRetry("not this")

    async with agent.run_stream("x") as result:
        with pytest.raises(UnexpectedModelBehavior, match=r"^The result that was streamed is not valid: not this$"):
            await result.get_data()
        for view in (result.stream_text(), result.stream()):
            with pytest.raises(UnexpectedModelBehavior, match=r"^The result that was streamed is not valid: not this$"):
                await anext(view)
