"""The request for the rest of an answer: its beginning at the end of it where the API lets it, else words that ask."""

from typing import Any

import pytest

from tests.unit.agent.test_providers_requests import NONE, model
from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.continued import ContinuedModel
from tui.agent.models.wire_model import WireModel
from tui.agent.usage import Usage

PROMPT: list[ModelMessage] = [ModelRequest([UserPromptPart("Go")], instructions="Be terse.")]
BEGUN: list[ModelMessage] = [ModelResponse([TextPart("I like \n")])]


class Requests:
    """What a model was asked, and how often it refuses the beginning of an answer."""

    def __init__(self, made: WireModel, monkeypatch: pytest.MonkeyPatch, *, status: int = 0) -> None:
        self.bodies: list[dict[str, Any]] = []

        async def request(messages: list[ModelMessage], settings: object, parameters: object) -> Any:
            sent = made.http_request(messages, {}, NONE, stream=False)
            self.bodies.append(dict(sent.body or {}))
            if status and isinstance(messages[-1], ModelResponse):
                raise ModelHTTPError(status, "m", "The conversation must end with a user message.")
            return ModelResponse([TextPart("x")]), Usage()

        monkeypatch.setattr(made, "request", request)


@pytest.mark.parametrize("vendor", ["anthropic", "ollama", "mistral", "llamacpp"])
async def test_a_beginning_goes_along_without_the_blank_that_is_refused(
    vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = model(vendor)
    sent = Requests(made, monkeypatch)
    continued = ContinuedModel(made, BEGUN, "Go on.")
    await continued.request(PROMPT, None, NONE)
    last = sent.bodies[0]["messages"][-1]
    assert last["role"] == "assistant" and not continued.asked
    assert last["content"] in ("I like", [{"type": "text", "text": "I like"}])
    assert last.get("prefix", False) == (vendor == "mistral")
    assert "Go on." not in str(sent.bodies)


@pytest.mark.parametrize("vendor", ["openai", "deepseek", "google-gla", "vllm", "openrouter"])
async def test_others_are_asked_with_the_same_instructions(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(vendor)
    sent = Requests(made, monkeypatch)
    continued = ContinuedModel(made, BEGUN, "Go on.")
    await continued.request(PROMPT, None, NONE)
    assert continued.asked and "Go on." in str(sent.bodies[0]) and "Be terse." in str(sent.bodies[0])


async def test_a_model_that_refuses_a_beginning_is_asked_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model("anthropic")
    sent = Requests(made, monkeypatch, status=400)
    continued = ContinuedModel(made, BEGUN, "Go on.")
    await continued.request(PROMPT, None, NONE)
    assert continued.asked and [body["messages"][-1]["role"] for body in sent.bodies] == ["assistant", "user"]


async def test_another_refusal_is_no_reason_to_ask_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model("anthropic")
    sent = Requests(made, monkeypatch, status=429)
    with pytest.raises(ModelHTTPError):
        await ContinuedModel(made, BEGUN, "Go on.").request(PROMPT, None, NONE)
    assert len(sent.bodies) == 1


async def test_behind_a_tool_the_beginning_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model("openai")
    sent = Requests(made, monkeypatch)
    continued = ContinuedModel(made, BEGUN, "Go on.")
    await continued.request(PROMPT, None, NONE)
    called = ModelResponse([ToolCallPart("look", {}, "c1")])
    returned = ModelRequest([ToolReturnPart("look", "seen", "c1")], instructions="Be terse.")
    await continued.request([*PROMPT, called, returned], None, NONE)
    assert [turn["role"] for turn in sent.bodies[1]["messages"]] == [
        "system", "user", "assistant", "user", "assistant", "tool",
    ]  # fmt: skip
