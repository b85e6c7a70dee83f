"""Messages, a tool and a result type that the tests of streamed runs share."""

from typing import Any

import pydantic

from tests.support.engine import AnyTime
from tui.agent.messages import ModelRequest, ModelResponse, UserPromptPart
from tui.agent.models.function import DeltaToolCall

MODEL_NAME = "function::_stream"
"""The name of a scripted model."""


class City(pydantic.BaseModel):
    """A result that is no text."""

    name: str
    people: int


def call(name: str, args: str, call_id: str = "c1", index: int = 1) -> dict[int, DeltaToolCall]:
    """A whole tool call as one item of a script."""
    return {index: DeltaToolCall(name, args, call_id)}


async def weather(city: str) -> str:
    """A tool."""
    return f"Sun in {city}"


def request(*parts: Any) -> ModelRequest:
    """A message to the model."""
    return ModelRequest(list(parts))


def prompt(text: str) -> ModelRequest:
    """A request with a prompt alone."""
    return request(UserPromptPart(text, timestamp=AnyTime()))


def response(*parts: Any) -> ModelResponse:
    """An answer of a scripted model."""
    return ModelResponse(list(parts), model_name=MODEL_NAME, timestamp=AnyTime())
