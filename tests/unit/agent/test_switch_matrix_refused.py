"""A provider that refuses a history gets it once more, as plain text. Lost else: the conversation, or trust in it."""

import json
from typing import Any

import pytest

from tests.support.chat_rules import broken_rules
from tests.support.request_rules import Sent
from tests.support.switch_cases import PLACES, PNG, TOOLS, Place, ask, asks, plain, tool
from tests.support.wire_answers import Said
from tui.agent.messages import ModelMessage
from tui.agent.settings import ModelSettings

REFUSALS: list[tuple[str, int, Any]] = [
    ("openai", 400, "Invalid parameter: messages with role 'tool' must be a response to a preceding message."),
    ("openai", 400, "An assistant message with 'tool_calls' must be followed by tool messages, 'stop' included."),
    ("openai", 400, {"message": "You uploaded an unsupported image.", "param": "messages.[0].content.[1].image_url"}),
    ("openai-responses", 400, "Item 'rs_1' of type 'reasoning' was provided without its required following item."),
    ("openai-responses", 400, "The encrypted content for item rs_1 could not be verified."),
    ("openai-responses", 400, "No tool output found for function call call_1."),
    ("anthropic", 400, "messages.1.content.0: Invalid `signature` in `thinking` block"),
    ("anthropic", 400, "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: call_1"),
    ("anthropic", 400, "messages.3.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."),
    ("anthropic", 400, "messages.0.content.1.image.source.base64: Could not process image"),
    ("google-gla", 400, "Function call is missing a thought_signature in functionCall parts."),
    ("google-gla", 400, "Please ensure that the number of function response parts is equal to that of calls."),
    ("google-gla", 400, "Unable to process input image. Please retry or report the problem."),
    ("bedrock", 400, "The model returned the following errors: messages.1.content.0.thinking.signature: required"),
    ("bedrock", 400, "Messages can't contain duplicate document names. Rename the document and retry your request."),
    ("mistral", 400, "Not the same number of function calls and responses"),
    ("mistral", 422, "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9."),
    ("deepseek", 400, "Missing `reasoning_content` field in the assistant message with tool calls, thinking is on"),
    ("groq", 400, "'messages.1': property 'reasoning' is unsupported, did you mean 'role'?"),
    ("openrouter", 404, "No endpoints found that support image input"),
    ("llamacpp", 500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
    ("ollama", 400, "this model is missing data required for image input"),
]
SETTINGS = ModelSettings(thinking="high", stop_sequences=["END"], max_tokens=900, parallel_tool_calls=False)


async def everything(place: Place) -> list[ModelMessage]:
    """The model's own conversation with a picture, thoughts and a call, so that the plain form is another one."""
    return [asks("See", PNG), *(await tool(place))[1:]]


def refusal(vendor: str, said: Any) -> bytes:
    if vendor == "bedrock":
        return json.dumps({"message": said}).encode()
    return json.dumps({"error": said if isinstance(said, dict) else {"message": said}}).encode()


@pytest.mark.parametrize(("vendor", "status", "said"), REFUSALS, ids=lambda value: str(value)[:60])
async def test_a_refused_history_is_sent_once_more_as_text_and_the_person_is_told(
    vendor: str, status: int, said: Any
) -> None:
    place = PLACES[vendor]
    refused = (status, refusal(vendor, said))
    exchange = await ask(place, await everything(place), refused, Said("Fine."), settings=SETTINGS, parameters=TOOLS)
    assert exchange.error is None and exchange.response is not None
    assert len(exchange.bodies) == 2, "exactly one more request"
    first, second = (Sent(place.vendor, place.model, body) for body in exchange.bodies)
    assert broken_rules(place.api, second) == []
    for word in (place.seal, "call_1", f"thought of {vendor}", "iVBOR", '"tool_use"', '"functionCall"'):
        assert word not in second.text, word
    assert "[called the tool look" in second.text and "[image omitted" in second.text
    assert "And now?" in second.text and "It is 1." in second.text
    kept = {key for key in first.body if key not in ("messages", "input", "contents")}
    assert {key: first.body[key] for key in kept} == {key: second.body.get(key) for key in kept}
    assert [notice.kind for notice in exchange.notices] == ["retry"]
    assert "as plain text" in exchange.notices[0].message


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.vendor)
async def test_a_second_refusal_is_the_error_and_there_is_no_third_try(place: Place) -> None:
    refused = (400, refusal(place.vendor, "messages.1: no"))
    exchange = await ask(place, await everything(place), refused, parameters=TOOLS)
    assert exchange.error is not None and exchange.error.kind == "bad_request"
    assert len(exchange.bodies) == 2


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.vendor)
async def test_a_history_that_is_plain_already_is_not_sent_twice(place: Place) -> None:
    refused = (400, refusal(place.vendor, "messages.1: no"))
    exchange = await ask(place, await plain(PLACES["llamacpp"]), refused)
    assert exchange.error is not None and len(exchange.bodies) == 1 and not exchange.notices


async def test_a_setting_that_is_refused_leaves_the_history_alone() -> None:
    place = PLACES["anthropic"]
    refused = (400, refusal("anthropic", "thinking.budget_tokens: not supported by this model"))
    exchange = await ask(place, await everything(place), refused, Said("Fine."), settings=SETTINGS, parameters=TOOLS)
    first, second = exchange.bodies
    assert "thinking" in first and "thinking" not in second
    assert second["messages"] == first["messages"]
