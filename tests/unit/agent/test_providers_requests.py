"""What goes over the wire, one row per rule. Lost else: a setting, a picture, the system prompt."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.chat_rules import broken_rules
from tests.support.recordings import PROMPT, replay
from tests.support.request_rules import Sent
from tests.support.switch_cases import PLACES, model_at, unmarked
from tui.agent.messages import (
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters, check_allow_model_requests, override_allow_model_requests
from tui.agent.models.fit import fit
from tui.agent.models.infer import model_of
from tui.agent.models.openai import OpenAIModel
from tui.agent.models.wire_model import WireModel
from tui.agent.providers import VENDORS, Provider, custom_vendor
from tui.agent.providers.native import version_of
from tui.agent.settings import ModelSettings
from tui.agent.tools import ToolDefinition

TOOL = ToolDefinition("look", "Looks.", {"type": "object", "properties": {}})
AUTO = ModelRequestParameters([TOOL], True, [])
FORCED = ModelRequestParameters([], False, [TOOL])
NONE = ModelRequestParameters([], True, [])
PNG = BinaryContent(b"png", "image/png")
PDF = BinaryContent(b"pdf", "application/pdf")
WAV = BinaryContent(b"wav", "audio/wav")
NOTE = BinaryContent(b"notes", "text/plain")


def model(vendor: str, name: str = "m") -> WireModel:
    row = VENDORS[vendor]
    made = model_of(Provider(row, base_url=row.base_url or "https://x.test/v1", api_key="k"), name)
    assert isinstance(made, WireModel)
    return made


def body(
    vendor: str,
    name: str = "m",
    messages: list[ModelMessage] | None = None,
    parameters: ModelRequestParameters = NONE,
    *,
    stream: bool = True,
    **chosen: Any,
) -> dict[str, Any]:
    """What is sent, without the marks for the cache, of which `test_cache_marks` knows."""
    made = model(vendor, name)
    fitted = fit(messages or PROMPT, made.target(), tools_offered=True).messages
    sent = made.http_request(fitted, ModelSettings(**chosen), parameters, stream=stream).body  # type: ignore[typeddict-item]
    return dict(unmarked(json.loads(json.dumps(sent))))


def prompt(*items: Any, instructions: str | None = None) -> list[ModelMessage]:
    return [ModelRequest([UserPromptPart(list(items))], instructions=instructions)]


URLS = {
    "openai": "https://api.openai.com/v1/chat/completions",
    "openai-responses": "https://api.openai.com/v1/responses",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "google-gla": "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse",
    "ollama": "http://127.0.0.1:11434/api/chat",
    "bedrock": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream",
}


@pytest.mark.parametrize("vendor", URLS)
def test_the_address_is_the_apis(vendor: str) -> None:
    request = model(vendor).http_request(PROMPT, {}, NONE, stream=True)
    assert request.url == URLS[vendor]
    assert "headers" not in repr(request), "headers hold the key"


@pytest.mark.parametrize(
    ("api", "base", "expected"),
    [
        ("anthropic", "http://x.test/v1", "http://x.test/v1/messages"),
        ("gemini", "http://x.test/v1beta", "http://x.test/v1beta/models/m:streamGenerateContent?alt=sse"),
        ("ollama", "http://x.test/v1", "http://x.test/api/chat"),
    ],
)
def test_a_version_in_the_base_url_is_not_doubled(api: str, base: str, expected: str) -> None:
    made = model_of(Provider(custom_vendor("x", base, api=api)), "m")
    assert isinstance(made, WireModel)
    assert made.http_request(PROMPT, {}, NONE, stream=True).url == expected


def test_vertex_names_project_and_place() -> None:
    base = "https://eu-aiplatform.googleapis.com/v1/projects/p/locations/eu/publishers/google"
    made = model_of(Provider(VENDORS["google-vertex"], base_url=base, api_key="token"), "gemini-2.5-pro")
    assert isinstance(made, WireModel)
    request = made.http_request(PROMPT, {}, NONE, stream=False)
    assert request.url == f"{base}/models/gemini-2.5-pro:generateContent"
    assert request.headers["authorization"] == "Bearer token"


SYSTEM: list[ModelMessage] = [ModelRequest([SystemPromptPart("Be kind."), UserPromptPart("Hi")], instructions="Rhyme.")]


def test_the_system_prompt_is_where_each_api_wants_it() -> None:
    two = [{"role": "system", "content": "Rhyme."}, {"role": "system", "content": "Be kind."}]
    assert body("openai", messages=SYSTEM)["messages"][:2] == two
    assert body("openai", "gpt-5", SYSTEM)["messages"][0]["role"] == "developer"
    assert body("openai", "o1-mini", SYSTEM)["messages"][0]["role"] == "user"
    assert body("llamacpp", messages=SYSTEM)["messages"][0] == {"role": "system", "content": "Rhyme.\n\nBe kind."}
    assert body("openai-responses", messages=SYSTEM)["instructions"] == "Rhyme."
    assert body("anthropic", messages=SYSTEM)["system"] == [{"type": "text", "text": "Rhyme.\n\nBe kind."}]
    assert body("google-gla", messages=SYSTEM)["systemInstruction"] == {"parts": [{"text": "Rhyme.\n\nBe kind."}]}
    assert body("ollama", messages=SYSTEM)["messages"][0] == {"role": "system", "content": "Rhyme.\n\nBe kind."}
    assert body("bedrock", messages=SYSTEM)["system"] == [{"text": "Rhyme.\n\nBe kind."}]


def test_a_role_that_is_asked_for_is_used() -> None:
    made = OpenAIModel("m", provider=Provider(VENDORS["openai"], api_key="k"), system_prompt_role="developer")
    sent = made.http_request(SYSTEM, {}, NONE, stream=False).body
    assert sent is not None and sent["messages"][0]["role"] == "developer"


B64 = {"png": "cG5n", "pdf": "cGRm", "wav": "d2F2"}


def test_pictures_are_sent_as_each_api_wants_them() -> None:
    uri = f"data:image/png;base64,{B64['png']}"
    assert body("openai", messages=prompt(PNG))["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": uri}}
    ]
    assert body("openai-responses", messages=prompt(PNG))["input"][0]["content"][0] == {
        "type": "input_image", "image_url": uri, "detail": "auto"
    }  # fmt: skip
    assert body("anthropic", messages=prompt(PNG))["messages"][0]["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": B64["png"]}}
    ]
    assert body("google-gla", messages=prompt(PNG))["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": B64["png"]}}
    ]
    assert body("ollama", messages=prompt("See", PNG))["messages"][0] == {
        "role": "user",
        "content": "See",
        "images": [B64["png"]],
    }
    assert body("bedrock", messages=prompt(PNG))["messages"][0]["content"] == [
        {"image": {"format": "png", "source": {"bytes": B64["png"]}}}
    ]


def test_pictures_by_address() -> None:
    url = ImageUrl("https://x.test/a.png")
    assert body("openai", messages=prompt(url))["messages"][0]["content"][0]["image_url"] == {"url": url.url}
    assert body("openai-responses", messages=prompt(url))["input"][0]["content"][0]["image_url"] == url.url
    assert body("anthropic", messages=prompt(url))["messages"][0]["content"][0]["source"] == {
        "type": "url",
        "url": url.url,
    }
    assert body("google-gla", messages=prompt(url))["contents"][0]["parts"][0]["fileData"]["fileUri"] == url.url


def test_documents_and_sounds_go_where_they_are_read_and_are_named_where_not() -> None:
    assert body("openai", messages=prompt(PDF))["messages"][0]["content"][0]["file"]["file_data"].endswith(B64["pdf"])
    assert body("openai-responses", messages=prompt(PDF))["input"][0]["content"][0]["type"] == "input_file"
    assert body("openai-responses", messages=prompt(DocumentUrl("https://x.test/a.pdf")))["input"][0]["content"][0][
        "file_url"
    ]
    assert body("anthropic", messages=prompt(PDF))["messages"][0]["content"][0]["type"] == "document"
    assert (
        body("google-gla", messages=prompt(PDF))["contents"][0]["parts"][0]["inlineData"]["mimeType"] == PDF.media_type
    )
    assert body("bedrock", messages=prompt(PDF))["messages"][0]["content"][0]["document"]["format"] == "pdf"
    assert body("openai", "gpt-audio", prompt(WAV))["messages"][0]["content"][0]["input_audio"] == {
        "data": B64["wav"],
        "format": "wav",
    }
    assert body("google-gla", messages=prompt(WAV))["contents"][0]["parts"][0]["inlineData"]["data"] == B64["wav"]
    for vendor in ("groq", "llamacpp", "ollama", "deepseek"):
        assert "[document omitted: application/pdf, 1 kB]" in json.dumps(body(vendor, messages=prompt(PDF)))
    assert "[audio omitted" in json.dumps(body("anthropic", messages=prompt(WAV)))
    assert "[image omitted" in json.dumps(body("deepseek", messages=prompt(PNG)))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_text_file_is_text_everywhere(vendor: str) -> None:
    assert "notes" in json.dumps(body(vendor, messages=prompt("Read", NOTE)))


CHOSEN: dict[str, Any] = {
    "max_tokens": 50, "temperature": 1.5, "top_p": 0.9, "top_k": 40, "seed": 7, "stop_sequences": ["END"]
}  # fmt: skip


def test_settings_have_each_apis_names() -> None:
    common = {"temperature": 1.5, "top_p": 0.9, "seed": 7, "stop": ["END"]}
    assert (common | {"max_completion_tokens": 50}).items() <= body("openai", **CHOSEN).items()
    assert (common | {"max_tokens": 50, "top_k": 40}).items() <= body("vllm", **CHOSEN).items()
    assert {"random_seed": 7, "max_tokens": 50}.items() <= body("mistral", **CHOSEN).items()
    assert {"max_output_tokens": 50, "temperature": 1.5}.items() <= body("openai-responses", **CHOSEN).items()
    sent = body("anthropic", "claude-sonnet-4-5", **CHOSEN)
    assert {"max_tokens": 50, "temperature": 1.0, "top_k": 40, "stop_sequences": ["END"]}.items() <= sent.items()
    assert "top_p" not in sent and "seed" not in sent
    assert body("google-gla", **CHOSEN)["generationConfig"] == {
        "temperature": 1.5, "topP": 0.9, "topK": 40, "maxOutputTokens": 50, "stopSequences": ["END"], "seed": 7
    }  # fmt: skip
    assert body("ollama", **CHOSEN)["options"] == common | {"top_k": 40, "num_predict": 50}
    assert body("bedrock", **CHOSEN)["inferenceConfig"] == {
        "maxTokens": 50, "temperature": 1.0, "topP": 0.9, "stopSequences": ["END"]
    }  # fmt: skip


def test_what_is_not_set_is_not_sent() -> None:
    assert set(body("openai")) == {"model", "messages", "stream", "stream_options"}
    assert set(body("openai", stream=False)) == {"model", "messages", "stream"}
    assert set(body("openai-responses")) == {"model", "input", "stream", "store"}
    assert set(body("anthropic")) == {"model", "messages", "stream", "max_tokens"}
    assert set(body("google-gla")) == {"contents"}
    assert set(body("ollama")) == {"model", "messages", "stream"}
    assert set(body("bedrock")) == {"messages"}


@pytest.mark.parametrize(
    ("vendor", "name", "effort", "expected"),
    [
        ("openai", "gpt-5", "off", {"reasoning_effort": "none"}),
        ("openai", "gpt-5", "max", {"reasoning_effort": "xhigh"}),
        ("openrouter", "m", "low", {"reasoning": {"effort": "low"}}),
        ("zai", "glm", "off", {"thinking": {"type": "disabled"}}),
        ("zai", "glm", "high", {"thinking": {"type": "enabled"}}),
        ("openai-responses", "gpt-5", "high", {"reasoning": {"effort": "high", "summary": "auto"}}),
        ("anthropic", "claude-sonnet-4-5", "off", {"thinking": {"type": "disabled"}}),
        ("anthropic", "claude-sonnet-4-5", "medium", {"thinking": {"type": "enabled", "budget_tokens": 8192}}),
        ("anthropic", "claude-opus-4-6", "max", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}),
        ("ollama", "qwen3", "low", {"think": True}),
        ("ollama", "qwen3", "off", {"think": False}),
        ("ollama", "gpt-oss:20b", "high", {"think": "high"}),
    ],
)
def test_the_time_to_think_is_asked_for_in_each_apis_words(
    vendor: str, name: str, effort: str, expected: dict[str, Any]
) -> None:
    assert expected.items() <= body(vendor, name, thinking=effort).items()


def test_mistral_is_not_asked_for_what_it_does_not_know() -> None:
    assert "reasoning_effort" not in body("mistral", thinking="high")


def test_gemini_thinks_by_budget_or_by_level() -> None:
    def config(name: str, effort: str) -> Any:
        return body("google-gla", name, thinking=effort)["generationConfig"]["thinkingConfig"]

    assert config("gemini-2.5-flash", "off") == {"includeThoughts": False, "thinkingBudget": 0}
    assert config("gemini-2.5-pro", "off") == {"includeThoughts": True, "thinkingBudget": 128}
    assert config("gemini-3-pro", "high") == {"includeThoughts": True, "thinkingLevel": "high"}
    assert "generationConfig" not in body("google-gla", "gemini-2.0-flash", thinking="high")


def test_anthropic_leaves_out_what_thinking_forbids() -> None:
    sent = body("anthropic", "claude-sonnet-4-5", parameters=FORCED, thinking="high", temperature=0.5, max_tokens=100)
    assert "temperature" not in sent and sent["tool_choice"] == {"type": "auto"}
    assert sent["max_tokens"] > sent["thinking"]["budget_tokens"]
    assert "temperature" not in body("anthropic", "claude-opus-4-7", temperature=0.5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-sonnet-4-20250514", (4, 0)),
        ("claude-sonnet-4-5-20250929", (4, 5)),
        ("claude-3-7-sonnet-latest", (3, 7)),
        ("claude-3-opus-20240229", (3, 0)),
        ("claude-opus-5", (5, 0)),
        ("us.anthropic.claude-haiku-4-5-v1:0", (4, 5)),
        ("smollm", (0, 0)),
    ],
)
def test_claudes_generation_is_read_from_its_name(name: str, expected: tuple[int, int]) -> None:
    assert version_of(name) == expected


def test_tools_are_offered_and_one_can_be_demanded() -> None:
    assert body("openai", parameters=AUTO)["tools"][0]["function"]["name"] == "look"
    assert body("openai", parameters=FORCED)["tool_choice"] == "required"
    assert body("mistral", parameters=FORCED)["tool_choice"] == "any"
    flat = body("openai-responses", parameters=AUTO)["tools"][0]
    assert (flat["type"], flat["name"], flat["strict"]) == ("function", "look", False)
    assert body("anthropic", parameters=FORCED, parallel_tool_calls=False)["tool_choice"] == {
        "type": "any", "disable_parallel_tool_use": True
    }  # fmt: skip
    gemini = body("google-gla", parameters=FORCED)
    assert gemini["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"] == TOOL.parameters_json_schema
    assert gemini["toolConfig"]["functionCallingConfig"] == {"mode": "ANY"}
    assert body("bedrock", parameters=AUTO)["toolConfig"]["toolChoice"] == {"auto": {}}
    assert body("ollama", parameters=AUTO)["tools"][0]["function"]["name"] == "look"
    assert "parallel_tool_calls" not in body("llamacpp", parameters=AUTO, parallel_tool_calls=False)
    assert body("openai", parameters=AUTO, parallel_tool_calls=False)["parallel_tool_calls"] is False


async def test_what_the_table_does_not_know_can_be_sent_all_the_same() -> None:
    chosen = ModelSettings(
        extra_headers={"x-mine": "1"}, extra_body={"options": {"num_ctx": 9}, "keep_alive": 5}, max_tokens=3
    )
    outcome = await replay(VENDORS["ollama"], b"", settings=chosen)
    sent = json.loads(outcome.requests[0].content)
    assert sent["options"] == {"num_predict": 3, "num_ctx": 9} and sent["keep_alive"] == 5
    assert outcome.requests[0].headers["x-mine"] == "1"


RELAXED: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    ("openai", "Unsupported parameter: 'max_completion_tokens'. Use 'max_tokens' instead.", {"max_tokens": 9},
     "max_completion_tokens", {"max_tokens": 9}),
    ("mistral", "Extra inputs are not permitted: stream_options", {}, "stream_options", {}),
    ("openai", "Unsupported value: 'temperature' does not support 0.5", {"temperature": 0.5}, "temperature", {}),
    ("anthropic", "temperature: not supported by this model", {"temperature": 0.5}, "temperature", {}),
    ("anthropic", "m doesn't support `reasoning.effort` (its cost map entry)", {"thinking": "low"}, "thinking", {}),
    ("anthropic", "max_tokens: 8192 > 4096, which is the maximum", {}, "", {"max_tokens": 4096}),
    ("anthropic", "input length and `max_tokens` exceed context limit: 195000 + 8192 > 200000, decrease", {},
     "", {"max_tokens": 5000}),
    ("google-gla", "Thinking level is not supported for this model", {"thinking": "high"}, "thinkingConfig", {}),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "message", "chosen", "dropped", "kept"), RELAXED)
async def test_a_setting_that_is_refused_is_left_out_once(
    vendor: str, message: str, chosen: dict[str, Any], dropped: str, kept: dict[str, Any]
) -> None:
    error = json.dumps({"error": {"message": message}}).encode()
    name = "gemini-2.5-flash" if vendor == "google-gla" else "m"
    outcome = await replay(VENDORS[vendor], error, status=400, name=name, settings=ModelSettings(**chosen))  # type: ignore[typeddict-item]
    first, second = (json.loads(request.content) for request in outcome.requests[:2])
    assert not dropped or (f'"{dropped}"' in json.dumps(first) and f'"{dropped}"' not in json.dumps(second))
    assert kept.items() <= second.items()


async def test_a_setting_is_found_where_servers_name_it_and_not_where_they_quote_the_request() -> None:
    named = {
        "detail": [{"loc": ["body", "top_p"], "msg": "Extra inputs are not permitted", "input": {"temperature": 1}}]
    }
    outcome = await replay(
        VENDORS["vllm"], json.dumps(named).encode(), status=422, settings={"top_p": 0.5, "temperature": 0.5}
    )
    first, second = (json.loads(request.content) for request in outcome.requests)
    assert "top_p" in first and "top_p" not in second and second["temperature"] == 0.5


async def test_a_conversation_that_is_too_long_is_not_sent_again_without_its_limit() -> None:
    error = b'{"error": {"message": "maximum context length is 10 tokens, reduce max_tokens"}}'
    outcome = await replay(VENDORS["vllm"], error, status=400, settings={"max_tokens": 5})
    assert len(outcome.requests) == 1


@pytest.mark.parametrize(("sent", "thinking"), [(199_900, None), (210_000, None), (195_000, "medium")])
async def test_where_no_room_is_left_for_an_answer_the_conversation_is_too_long(sent: int, thinking: Any) -> None:
    error = f'{{"error": {{"message": "input length and `max_tokens` exceed context limit: {sent} + 8192 > 200000"}}}}'
    chosen: Any = {"thinking": thinking} if thinking else {}
    outcome = await replay(VENDORS["anthropic"], error.encode(), status=400, name="claude-sonnet-4-5", settings=chosen)
    assert outcome.error is not None and outcome.error.kind == "context_too_long" and len(outcome.requests) == 1


async def test_an_effort_that_is_refused_becomes_the_next_one() -> None:
    error = b'{"error": {"message": "Unsupported value: \'reasoning_effort\' does not support \'xhigh\'"}}'
    outcome = await replay(VENDORS["openai"], error, status=400, name="gpt-5", settings={"thinking": "max"})
    efforts = [json.loads(request.content).get("reasoning_effort") for request in outcome.requests]
    assert efforts == ["xhigh", "high", None]


async def test_no_request_leaves_when_none_are_allowed() -> None:
    with override_allow_model_requests(False), pytest.raises(RuntimeError, match="not allowed"):
        check_allow_model_requests()
    with override_allow_model_requests(False), pytest.raises(RuntimeError, match="ALLOW_MODEL_REQUESTS"):
        await replay(VENDORS["openai"], b"")


TEXTS = st.text(max_size=6)
CALLS = st.builds(
    ToolCallPart,
    st.sampled_from(["look", "find"]),
    st.sampled_from(["", "{}", '{"x": 1}', "{", "3"]),
    st.sampled_from([None, "a", "b", "x y|z", "a" * 80]),
)
ANSWERS = st.builds(
    ModelResponse,
    st.lists(
        st.one_of(st.builds(TextPart, TEXTS), st.builds(ThinkingPart, TEXTS, signature=st.none()), CALLS), max_size=4
    ),
    provider_name=st.sampled_from([None, "openai", "anthropic", "deepseek"]),
    state=st.sampled_from([None, "interrupted"]),
)
RESULTS = st.builds(
    ToolReturnPart, st.sampled_from(["look", "find"]), TEXTS, st.sampled_from([None, "a", "b", "x y|z"])
)
RETRIES = st.builds(RetryPromptPart, TEXTS, st.sampled_from([None, "look"]), st.sampled_from([None, "a"]))
ITEMS = st.lists(st.one_of(TEXTS, st.sampled_from([PNG, PDF, WAV, NOTE])), max_size=3)
ASKED = st.one_of(
    st.builds(UserPromptPart, st.one_of(TEXTS, ITEMS)), RESULTS, RETRIES, st.builds(SystemPromptPart, TEXTS)
)
REQUESTS = st.builds(ModelRequest, st.lists(ASKED, max_size=4))
LAST = ModelRequest([UserPromptPart("And now?")])
ONE_ID_TWICE: list[ModelMessage] = [
    ModelResponse([ToolCallPart("look", "", "a"), ToolCallPart("look", "", "b"), ToolCallPart("look", "", "a")]),
    ModelRequest([ToolReturnPart("look", "", None), ToolReturnPart("look", "", "b")]),
]


@example(ONE_ID_TWICE, False, False)
@given(st.lists(st.one_of(ANSWERS, REQUESTS), max_size=7), st.booleans(), st.booleans())
def test_no_history_whatever_makes_a_request_that_is_refused(
    history: list[ModelMessage], minimal: bool, tools: bool
) -> None:
    for place in PLACES.values():
        made = model_at(place)
        fitted = fit([*history, LAST], made.target(), tools_offered=tools, minimal=minimal)
        sent = made.http_request(fitted.messages, {}, AUTO if tools else NONE, stream=True).body
        assert sent is not None
        assert broken_rules(place.api, Sent(place.vendor, place.model, sent)) == [], place
