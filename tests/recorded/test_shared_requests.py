"""A recorded request's conversation gives the same request. Lost else: what providers were seen to accept."""

import base64
import json
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest

from tests.support.recordings import load, shared_folder
from tests.support.switch_cases import unmarked
from tui.agent.messages import (
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.fit import fit
from tui.agent.models.infer import model_of
from tui.agent.models.wire_model import WireModel
from tui.agent.providers import VENDORS, Provider
from tui.agent.settings import ModelSettings
from tui.agent.tools import ToolDefinition

FOLDER = shared_folder()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the shared recordings are absent")


BOT = "You are a helpful chatbot."


def asks(*content: UserContent, instructions: str | None = None) -> ModelRequest:
    said = content[0] if len(content) == 1 and isinstance(content[0], str) else list(content)
    return ModelRequest([UserPromptPart(said)], instructions=instructions)


def calls(*parts: tuple[str, dict[str, Any], str], text: str = "") -> ModelResponse:
    made = [ToolCallPart(name, json.dumps(args, separators=(",", ":")), call_id) for name, args, call_id in parts]
    return ModelResponse([TextPart(text), *made])


def returns(*parts: tuple[str, str, str]) -> ModelRequest:
    return ModelRequest([ToolReturnPart(*part) for part in parts], instructions=BOT)


def embedded(request: Any, key: str) -> bytes:
    """The bytes that stand under a key anywhere in a recorded request."""
    if isinstance(request, dict):
        found = request.get(key)
        if isinstance(found, str) and len(found) > 100:
            text = found.rpartition(",")[2].replace("-", "+").replace("_", "/")
            return base64.b64decode(text + "=" * (-len(text) % 4))
        request = list(request.values())
    return next((found for one in request if (found := embedded(one, key))), b"") if isinstance(request, list) else b""


POTATO = "https://t3.ftcdn.net/jpg/00/85/79/92/360_F_85799278_0BBGV9OAdQDTLnKwAPBCcg1J7QtiieJY.jpg"
DUMMY_PDF = "https://www.w3.org/WAI/ER/tests/xhtml/testfiles/resources/pdf/dummy.pdf"
PELICAN, UK = "pelican_name_generator", "call_ZR5UUuTt3pf61kjwAJIYdVMj"
T1, T2 = "toolu_01LtHJmixrs9NcWQkK8hu8hj", "toolu_01N8a4jWyf116qKTMqKKmjyt"
F1 = "fc_67e554a1de488191af0831d35cbe082e0794405d35281ae2"
ROWS: dict[str, tuple[str, list[ModelMessage]]] = {
    "openai-chat-text": ("openai", [
        asks("What is the capital of the UK? Use the tool, then answer."),
        calls(("get_capital", {"country": "UK"}, UK)), ModelRequest([ToolReturnPart("get_capital", "London", UK)])]),
    "openai-chat-image-json": ("openai", [asks("What is this vegetable?", BinaryContent(b"url", "image/jpeg"))]),
    "openai-chat-audio-json": ("openai", [
        asks("Whose name is mentioned in the audio?", BinaryContent(b"data", "audio/mpeg"))]),
    "mistral-thinking": ("mistral", [asks("How do I cross the street?")]),
    "openai-responses-text": ("openai-responses", [
        asks("What is the capital of France?"), calls(("get_capital", {"country": "France"}, F1)),
        ModelRequest([ToolReturnPart("get_capital", "Paris", F1)])]),
    "openai-responses-image-json": ("openai-responses", [asks("hello", ImageUrl(POTATO))]),
    "openai-responses-pdf-json": ("openai-responses", [
        asks("What is the main content on this document?", DocumentUrl(DUMMY_PDF))]),
    "anthropic-tool-result": ("anthropic", [
        asks("Two names for a pet pelican"), calls((PELICAN, {}, T1), (PELICAN, {}, T2), text=" "),
        ModelRequest([ToolReturnPart(PELICAN, "Charles", T1), ToolReturnPart(PELICAN, "Sammy", T2)])]),
    "anthropic-image": ("anthropic", [asks(BinaryContent(b"data", "image/png"), "Describe image in three words")]),
    "anthropic-pdf-json": ("anthropic", [
        asks("What is the main content on this document?", DocumentUrl("https://pdfobject.com/pdf/sample.pdf"))]),
    "gemini-tool-result": ("google-gla", [
        asks("What is the temperature of the capital of France?"),
        calls(("get_capital", {"country": "France"}, "a")), returns(("get_capital", "Paris", "a")),
        calls(("get_temperature", {"city": "Paris"}, "b")), returns(("get_temperature", "30°C", "b"))]),
    "gemini-image-json": ("google-gla", [
        asks("What is this vegetable?", BinaryContent(b"data", "image/jpeg"), instructions=BOT)]),
    "bedrock-tool": ("bedrock", [
        asks("What is the temperature of the capital of France?", instructions=BOT)]),
}  # fmt: skip
CONVERSATION = ("messages", "input", "contents", "system", "systemInstruction")


def plain(value: Any, key: str = "") -> Any:
    """A request without what may differ: a text or a list of one, Gemini's ids, blank texts, base64's alphabets."""
    if isinstance(value, dict):
        left_out = {"id"} if "args" in value or "response" in value else set()
        left_out |= {"role"} if key == "systemInstruction" else set()
        return {name: plain(one, name) for name, one in value.items() if name not in left_out}
    if isinstance(value, list):
        items = [plain(one) for one in value if one != {"type": "text", "text": " "}]
        one_text = key in ("content", "system") and len(items) == 1 and items[0].keys() == {"type", "text"}
        return items[0]["text"] if one_text else items
    return value.replace("-", "+").replace("_", "/") if key == "data" and isinstance(value, str) else value


def filled(history: list[ModelMessage], request: Any) -> list[ModelMessage]:
    """The history with the recorded file's bytes in place of the key under which they stand."""
    for message in history:
        for part in message.parts:
            for item in part.content if isinstance(part, UserPromptPart) and not isinstance(part.content, str) else ():
                if isinstance(item, BinaryContent) and len(item.data) < 10:
                    item.data = embedded(request, item.data.decode())
    return history


@pytest.mark.parametrize("name", ROWS)
def test_a_recorded_conversation_is_sent_as_it_was_recorded(name: str) -> None:
    assert FOLDER is not None
    record = load(FOLDER / f"{name}.json")
    vendor, history = ROWS[name]
    recorded = record.request["json"]
    url = urldefrag(record.request["url"]).url.removesuffix("?beta=true")
    model_name = recorded.get("model") or urlsplit(url).path.split("/")[-1].partition(":")[0]
    if vendor == "bedrock":
        model_name = "us.amazon.nova-micro-v1:0"
    model = model_of(Provider(VENDORS[vendor], api_key="k"), model_name)
    assert isinstance(model, WireModel)
    fitted = fit(filled(history, recorded), model.target())
    assert fitted.changes == ()
    tools = ModelRequestParameters([ToolDefinition("get_capital", "", {})], True, [])
    request = model.http_request(fitted.messages, ModelSettings(), tools, stream=record.streaming)
    assert request.url == url
    ours = unmarked(json.loads(json.dumps(request.body)))
    assert plain({key: ours[key] for key in CONVERSATION if key in ours}) == plain(
        {key: recorded[key] for key in CONVERSATION if recorded.get(key)}
    )
    assert ours.get("stream", False) == recorded.get("stream", False)


def test_a_tool_is_offered_as_it_was_recorded() -> None:
    assert FOLDER is not None
    for name, vendor in (("openai-chat-tool", "openai"), ("openai-responses-tool", "openai-responses"),
                         ("anthropic-tool", "anthropic"), ("bedrock-tool", "bedrock")):  # fmt: skip
        recorded = load(FOLDER / f"{name}.json").request["json"]
        listed = recorded.get("tools") or recorded["toolConfig"]["tools"]
        first = listed[0].get("function") or listed[0].get("toolSpec") or listed[0]
        schema = first.get("parameters") or first.get("input_schema") or first["inputSchema"]["json"]
        tool = ToolDefinition(first["name"], first["description"], schema)
        model = model_of(Provider(VENDORS[vendor], api_key="k"), "m")
        assert isinstance(model, WireModel)
        body = model.http_request([asks("Hi")], {}, ModelRequestParameters([tool], True, []), stream=True).body
        assert body is not None
        ours = unmarked((body.get("tools") or body["toolConfig"]["tools"])[0])
        strictness = {"strict": first["strict"]} if "strict" in first else {}
        inner = ours.get("function") or ours.get("toolSpec") or ours
        assert {**inner, **strictness} == {
            **first,
            **({"type": "function"} if inner is ours and "type" in ours else {}),
        }
