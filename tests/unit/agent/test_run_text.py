"""Text prompts end to end: what a program gets back, and what is in the history afterwards."""

from tests.support.engine import AnyTime
from tui.agent.agent import Agent
from tui.agent.messages import ModelRequest, ModelResponse, SystemPromptPart, TextPart, UserPromptPart
from tui.agent.models.test import TestModel
from tui.agent.usage import Usage


def test_a_run_returns_the_text_the_history_and_the_usage() -> None:
    agent = Agent(TestModel(), system_prompt="Be kind.")
    result = agent.run_sync("Hello")
    assert result.data == "success (no tool calls)"
    assert result.usage() == Usage(requests=1, request_tokens=54, response_tokens=4, total_tokens=58)
    assert result.all_messages() == [
        ModelRequest([SystemPromptPart("Be kind."), UserPromptPart("Hello", timestamp=AnyTime())]),
        ModelResponse([TextPart("success (no tool calls)")], model_name="test", timestamp=AnyTime()),
    ]
