"""A schema that a text has to fit reaches the servers that hold a small model to it, and costs no answer elsewhere."""

from typing import Any

import pytest

from tui.agent.exceptions import ModelHTTPError
from tui.agent.messages import ModelMessage, ModelRequest, UserPromptPart
from tui.agent.models.base import ModelRequestParameters
from tui.agent.models.infer import model_of
from tui.agent.models.openai import OpenAIModel
from tui.agent.models.wire_model import WireModel
from tui.agent.providers import VENDORS, Provider
from tui.agent.settings import ModelSettings

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}
ASKED: list[ModelMessage] = [ModelRequest([UserPromptPart("Which?")])]


def model(vendor: str) -> WireModel:
    found = model_of(Provider(VENDORS[vendor], api_key="none"), "some-model")
    assert isinstance(found, WireModel)
    return found


def body(vendor: str, settings: ModelSettings) -> dict[str, Any]:
    parameters = ModelRequestParameters([], True, [])
    found = model(vendor).http_request(ASKED, settings, parameters, stream=False).body
    return dict(found or {})


@pytest.mark.parametrize(
    ("vendor", "key", "value"),
    [
        ("groq", "response_format", {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}),
        ("ollama", "format", SCHEMA),
    ],
)
def test_the_schema_is_sent_where_it_is_set(vendor: str, key: str, value: Any) -> None:
    assert body(vendor, {"text_schema": SCHEMA})[key] == value and key not in body(vendor, {})


@pytest.mark.parametrize("message", ["Unknown field response_format.", "JSON schema error at #: cannot resolve $ref"])
def test_a_server_that_cannot_is_asked_without_it(message: str) -> None:
    groq = model("groq")
    assert isinstance(groq, OpenAIModel)
    relaxed = groq.relaxed(body("groq", {"text_schema": SCHEMA}), ModelHTTPError(400, "some-model", message=message))
    assert relaxed is not None and relaxed == body("groq", {})


def test_only_models_of_this_machine_are_held_to_it() -> None:
    assert model("ollama").constrains_text and not model("groq").constrains_text
