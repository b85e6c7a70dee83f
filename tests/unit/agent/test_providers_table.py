"""Whom to call, with which key, and what they offer. Lost else: a vendor, a model, a price, the key."""

import asyncio
import contextlib
import pickle
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer
from tui.agent.exceptions import ModelAPIError, UserError
from tui.agent.models import infer_model
from tui.agent.models.infer import model_of
from tui.agent.providers import (
    ALIASES,
    VENDORS,
    ListedModel,
    Provider,
    Vendor,
    base_url_of,
    custom_vendor,
    listing,
    provider_for,
    vendor_at,
    vendor_named,
)
from tui.agent.providers.listed_model import parse_bedrock, parse_gemini, parse_litellm, parse_models, parse_ollama
from tui.agent.providers.listing import check_key, list_models
from tui.agent.wire.client import release_client


def test_the_table_is_there_before_anything_heavy_is() -> None:
    code = "import sys, tui.agent.providers; print([m for m in ('httpx', 'pydantic', 'textual') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())
def test_every_row_makes_a_model(vendor: Vendor) -> None:
    model = model_of(Provider(vendor, base_url=vendor.base_url or "https://x.test", api_key="k"), "m")
    assert (model.model_name, model.system) == ("m", vendor.name)
    assert model.base_url
    assert vendor.needs_key or vendor.local
    assert not vendor.base_url.endswith("/")


@pytest.mark.parametrize("name", [*VENDORS, *ALIASES])
def test_every_name_finds_its_row(name: str) -> None:
    assert vendor_named(name) is not None


def test_an_unknown_name_is_none() -> None:
    with pytest.raises(LookupError, match="nobody"):
        provider_for("nobody")
    with pytest.raises(UserError, match="Unknown model: nobody:x"):
        infer_model("nobody:x")


def test_the_key_comes_from_the_environment_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " sk-canary-1 \n")
    provider = provider_for("openai")
    assert provider.headers()["authorization"] == "Bearer sk-canary-1"
    assert "canary" not in f"{provider!r} {vars(provider)} {provider.request_context()!r}"
    with pytest.raises(TypeError):
        pickle.dumps(provider)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(UserError, match="`OPENAI_API_KEY`"):
        infer_model("openai:gpt-x")
    with pytest.raises(UserError, match="`GOOGLE_API_KEY` or `GEMINI_API_KEY`"):
        infer_model("gemini:gemini-x")
    with pytest.raises(UserError, match="AZURE_OPENAI_ENDPOINT"):
        infer_model("azure:gpt-x")


@pytest.mark.parametrize(
    ("name", "header"),
    [("anthropic", "x-api-key"), ("google-gla", "x-goog-api-key"), ("azure", "api-key"), ("groq", "authorization")],
)
def test_the_key_goes_into_the_header_that_the_vendor_reads(name: str, header: str) -> None:
    headers = Provider(VENDORS[name], base_url="https://x.test", api_key="key-1").headers()
    assert [known for known, value in headers.items() if "key-1" in value] == [header]


def test_openais_organisation_and_project_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    for name, expected in (("openai", "org-1"), ("openai-responses", "org-1"), ("azure", None), ("groq", None)):
        headers = Provider(VENDORS[name], base_url="https://x.test", api_key="k").headers()
        assert headers.get("OpenAI-Organization") == expected and "OpenAI-Project" not in headers


def test_google_prefers_its_first_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "second")
    monkeypatch.setenv("GOOGLE_API_KEY", "first")
    assert provider_for("gemini").headers()["x-goog-api-key"] == "first"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("box:8080", "http://box:8080"),
        ("http://box/", "http://box:11434"),
        ("https://box", "https://box"),
        (" ", "http://127.0.0.1:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:11434"),
        ("[::]:8080", "http://127.0.0.1:8080"),
        ("[::1]:99", "http://[::1]:99"),
        ("box:port", ""),
        ("box:99999", ""),
        ("http://[::1", ""),
    ],
)
def test_ollamas_host_may_lack_scheme_and_port(monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", value)
    assert base_url_of(VENDORS["ollama"]) == expected


def test_an_address_that_is_none_hinders_nobody_and_no_other_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway:80a/v1")
    with pytest.raises(UserError, match="OPENAI_BASE_URL"):
        model_of(Provider(VENDORS["openai"], api_key="k"), "m")
    with pytest.raises(ValueError, match="address that is none"):
        custom_vendor("mine", "http://127.0.0.1:99999/v1")


def test_other_addresses_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://me.openai.azure.com/")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/")
    assert base_url_of(VENDORS["azure"]) == "https://me.openai.azure.com/openai/v1"
    assert base_url_of(VENDORS["bedrock"]) == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert base_url_of(VENDORS["openai"]) == "http://127.0.0.1:9/v1"


def test_a_configured_server_gets_the_quirks_of_its_host() -> None:
    mine = custom_vendor("work", "https://api.mistral.ai/v1/", key_env=("WORK_KEY",))
    assert mine.quirks.nine_letter_ids and (mine.name, mine.label, mine.key_env) == ("work", "work", ("WORK_KEY",))
    assert vendor_at("https://me.openai.azure.com/openai/v1") is VENDORS["azure"]
    assert vendor_at("https://unknown.test") is None


def test_an_unknown_server_gets_the_settings_that_all_take() -> None:
    quirks = custom_vendor("acme", "https://acme.test/v1").quirks
    assert (quirks.length_key, quirks.parallel_tool_calls, quirks.documents) == ("max_tokens", False, False)
    here = custom_vendor("mine", "127.0.0.1:8000/v1")
    assert here.local and not here.needs_key and here.base_url == "http://127.0.0.1:8000/v1"
    assert custom_vendor("a", "http://x", api="anthropic").api == "anthropic"
    with pytest.raises(ValueError, match="unknown api"):
        custom_vendor("a", "http://x", api="soap")


LISTS: dict[str, tuple[Any, list[ListedModel]]] = {
    "openai": ({"data": [{"id": "gpt-x"}, {"id": "text-embedding-3"}]}, [ListedModel("gpt-x", "gpt-x")]),
    "openrouter": (
        {"data": [{"id": "a/b", "name": "B", "context_length": 1000, "top_provider": {"max_completion_tokens": 100},
                   "pricing": {"prompt": "0.000003", "completion": "0.000015"},
                   "architecture": {"input_modalities": ["text", "image", "file"]},
                   "supported_parameters": ["tools", "reasoning"]}]},
        [ListedModel("a/b", "B", 1000, 100, Decimal("3"), Decimal("15"),
                     frozenset({"vision", "documents", "tools", "thinking"}))],
    ),
    "a bare list, as Together": (
        [{"id": "m", "display_name": "M", "context_length": 8, "pricing": {"input": 0.2, "output": 0.3}}],
        [ListedModel("m", "M", 8, None, Decimal("0.2"), Decimal("0.3"))],
    ),
    "groq": (
        {"data": [{"id": "m", "context_window": 8, "max_completion_tokens": 4}, {"id": "old", "active": False}]},
        [ListedModel("m", "m", 8, 4)],
    ),
    "mistral": (
        {"data": [{"id": "m", "max_context_length": 8, "capabilities": {"vision": True, "function_calling": False,
                                                                        "completion_chat": True}},
                  {"id": "e", "capabilities": {"completion_chat": False}}]},
        [ListedModel("m", "m", 8, capabilities=frozenset({"vision"}))],
    ),
    "xai": (
        {"models": [{"id": "grok", "input_modalities": ["text"], "prompt_text_token_price": 30000,
                     "completion_text_token_price": 150000}]},
        [ListedModel("grok", "grok", None, None, Decimal("3"), Decimal("15"), frozenset())],
    ),
    "llama.cpp": ({"data": [{"id": "m", "meta": {"n_ctx": 4096, "n_params": 1}}]}, [ListedModel("m", "m", 4096)]),
    "vllm": ({"data": [{"id": "m", "max_model_len": 4096}]}, [ListedModel("m", "m", 4096)]),
    "lm studio": (
        {"data": [{"id": "m", "type": "llm", "max_context_length": 9, "loaded_context_length": 4, "state": "loaded"},
                  {"id": "e", "type": "embeddings"}]},
        [ListedModel("m", "m", 4)],
    ),
    "fireworks": ({"data": [{"id": "m", "context_length": 8, "supports_image_input": True, "supports_tools": False}]},
                  [ListedModel("m", "m", 8, capabilities=frozenset({"vision"}))]),
    "anthropic": (
        {"data": [{"type": "model", "id": "claude", "display_name": "Claude", "max_input_tokens": 200, "max_tokens": 64,
                   "capabilities": {"image_input": {"supported": True}, "pdf_input": {"supported": False}}}]},
        [ListedModel("claude", "Claude", 200, 64, capabilities=frozenset({"vision"}))],
    ),
    "nonsense": ({"data": [None, 3, {"id": None}, {"id": "m", "context_length": "x", "pricing": {"prompt": "?"}}]},
                 [ListedModel("m", "m")]),
    "ids letter by letter": (
        {"data": [{"id": "models/gemini-x", "name": "X"}, {"id": "models/b"}, {"id": " Mixed/Case:1b "}]},
        [ListedModel("models/gemini-x", "X"), ListedModel("models/b", "models/b"),
         ListedModel(" Mixed/Case:1b ", " Mixed/Case:1b ")],
    ),
    "names only": (["a", "b", None, 3], [ListedModel("a", "a"), ListedModel("b", "b")]),
    "names only, wrapped": ({"object": "list", "models": ["a"]}, [ListedModel("a", "a")]),
    "result": ({"success": True, "result": [{"id": "a"}]}, [ListedModel("a", "a")]),
    "nested": ({"result": {"data": {"models": ["a"]}}}, [ListedModel("a", "a")]),
    "in groups": ({"data": [{"vendor": "x", "models": [{"id": "a"}]}, {"models": ["b"]}]},
                  [ListedModel("a", "a"), ListedModel("b", "b")]),
    "keyed by id": ({"data": {"a/b": {"context_length": 8}, "c": None}},
                    [ListedModel("a/b", "a/b", 8), ListedModel("c", "c")]),
    "keyed by id at the top": ({"a": {"object": "model", "max_tokens": 4}}, [ListedModel("a", "a", None, 4)]),
    "an id that is no text": ({"data": [{"id": 7, "name": "a"}, {"id": None, "model": "b"}]},
                              [ListedModel("a", "a"), ListedModel("b", "b")]),
    "null before the list": ({"data": None, "models": [{"id": "a", "pricing": None, "name": None}]},
                             [ListedModel("a", "a")]),
    "none": ({"data": []}, []),
    "null, as Ollama": ({"models": None}, []),
    "nulls": ([None, None], []),
    "an empty object": ({"data": {}}, []),
}  # fmt: skip


@pytest.mark.parametrize("row", LISTS.values(), ids=LISTS.keys())
def test_a_list_of_models_is_read_and_unknown_stays_unknown(row: tuple[Any, list[ListedModel]]) -> None:
    value, expected = row
    assert parse_models(value) == expected


UNREADABLE: list[Any] = [
    None, 3, "text", {}, {"object": "list"}, {"error": "x"}, {"error": {"message": "x"}}, {"status": {"code": 1}},
    {"data": "x"}, {"data": [3, True]}, [[["a"]]], {"data": [{"x": 1}]},
]  # fmt: skip


@pytest.mark.parametrize("value", UNREADABLE, ids=str)
async def test_a_list_that_cannot_be_read_says_so(value: Any) -> None:
    with pytest.raises(ValueError, match="no list"):
        parse_models(value)
    async with ProtocolServer(json_answer(value)) as server:
        with pytest.raises(ModelAPIError) as raised:
            await list_models(Provider(custom_vendor("acme", f"{server.url}/v1", label="Acme")))
        assert raised.value.message.startswith("Acme ")
        await release_client()


def test_gemini_alone_writes_models_before_each_name() -> None:
    value = {"models": [{"name": "models/gemini-x", "displayName": "Gemini X", "inputTokenLimit": 9,
                         "outputTokenLimit": 3, "supportedGenerationMethods": ["generateContent"], "thinking": True},
                        {"name": "models/embed", "supportedGenerationMethods": ["embedContent"]}]}  # fmt: skip
    assert parse_gemini(value) == [ListedModel("gemini-x", "Gemini X", 9, 3, capabilities=frozenset({"thinking"}))]


def test_ollama_tells_window_and_abilities() -> None:
    value = {
        "model_info": {"llama.context_length": 8192},
        "parameters": 'stop "x"\nnum_ctx 4096',
        "capabilities": ["vision", "completion"],
    }
    assert parse_ollama("m", value) == ListedModel("m", "m", 4096, capabilities=frozenset({"vision"}))
    assert parse_ollama("m", value | {"parameters": ""}) == ListedModel(
        "m", "m", 8192, capabilities=frozenset({"vision"})
    )
    assert parse_ollama("m", None) == parse_ollama("m", {}) == ListedModel("m", "m")
    assert parse_ollama("m", value | {"capabilities": ["embedding"]}) is None
    assert parse_ollama("nomic-embed-text:latest", {}) is None


def test_litellm_tells_limits_and_prices() -> None:
    info = {"max_input_tokens": 8, "max_output_tokens": None, "input_cost_per_token": 3e-06, "supports_vision": True}
    told = parse_litellm({"data": [{"model_name": "m", "model_info": info}, {"model_name": "n"}]})
    assert told == [ListedModel("m", "m", 8, None, Decimal("3"), None, frozenset({"vision"}))]


def test_bedrock_lists_those_that_write() -> None:
    one = {
        "modelId": "a.b",
        "providerName": "A",
        "modelName": "B",
        "inputModalities": ["TEXT", "IMAGE"],
        "outputModalities": ["TEXT"],
    }
    told = parse_bedrock({"modelSummaries": [one, {"modelId": "e", "outputModalities": ["EMBEDDING"]}]})
    assert told == [ListedModel("a.b", "A B", capabilities=frozenset({"vision"}))]


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=3),
        st.sampled_from(["1e999999", "TEXT", "num_ctx 9", "models/m", "-1"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=2), inner, max_size=2)),
    max_leaves=4,
)  # fmt: skip
FIELDS = (
    "id", "name", "model_name", "modelId", "context_length", "max_tokens", "pricing", "prompt", "input", "type",
    "capabilities", "architecture", "input_modalities", "supported_parameters", "model_info", "parameters",
    "inputModalities", "outputModalities", "input_cost_per_token", "supportedGenerationMethods", "top_provider",
)  # fmt: skip
ENTRIES = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6)


@given(st.dictionaries(st.sampled_from(["data", "models", "modelSummaries"]), st.lists(ENTRIES, max_size=3)), ENTRIES)
def test_no_list_whatever_breaks_the_catalogue(value: dict[str, Any], entry: dict[str, Any]) -> None:
    models = [model for model in [parse_ollama("m", entry)] if model]
    for read in (parse_models, parse_gemini, parse_litellm, parse_bedrock):
        with contextlib.suppress(ValueError):
            models += read(value)
    for model in models:
        assert model.window is None or model.window > 0
        assert all(price is None or price.is_finite() for price in (model.input_price, model.output_price))


def test_a_number_that_is_none_stays_unknown() -> None:
    for odd in (float("inf"), True, 10**30, "9" * 5000):
        assert parse_models({"data": [{"id": "m", "context_length": odd}]}) == [ListedModel("m", "m")]
    for odd in ("1e999999", True, "-1", "NaN", "1e30", "1e-5000"):
        assert parse_models({"data": [{"id": "m", "pricing": {"prompt": odd}}]}) == [ListedModel("m", "m")]


async def test_names_that_nobody_can_type_are_left_out_and_each_stands_once() -> None:
    names = ["b", "a", "a", "x\x1b]0;owned\x07", "half \ud83d", "\u202egnp", "n" * 201, *(f"m{n}" for n in range(6000))]
    async with ProtocolServer(json_answer({"data": [{"id": name} for name in names]})) as server:
        listed = await list_models(Provider(custom_vendor("acme", server.url)))
        assert [model.name for model in listed[:3]] == ["a", "b", "m0"] and len(listed) == 5000
        await release_client()


@pytest.mark.parametrize(
    ("api", "ending", "path"),
    [("anthropic", "/v1", "/v1/models"), ("gemini", "/v1beta", "/v1beta/models"), ("ollama", "/v1", "/api/tags")],
)
async def test_a_version_in_the_base_url_is_not_doubled_in_lists(api: str, ending: str, path: str) -> None:
    async with ProtocolServer(json_answer({"models": []})) as server:
        await list_models(Provider(custom_vendor("acme", server.url + ending, api=api)))
        assert server.requests[0].path.partition("?")[0] == path
        await release_client()


def test_a_password_in_an_address_is_not_shown() -> None:
    provider = Provider(custom_vendor("acme", "http://me:canary@x.test:1/v1"))
    assert "canary" not in f"{provider!r} {provider.request_context()!r}" and "x.test:1" in repr(provider)


MODELS = json_answer({"data": [{"id": "b"}, {"id": "a"}]})


async def test_models_are_listed_by_name_over_http() -> None:
    async with ProtocolServer(MODELS) as server:
        provider = Provider(custom_vendor("acme", server.url), api_key="key-1")
        assert [model.name for model in await list_models(provider)] == ["a", "b"]
        assert (server.requests[0].method, server.requests[0].path) == ("GET", "/models")
        await release_client()


async def test_ollama_is_asked_about_each_model() -> None:
    def respond(seen: Seen) -> Answer:
        if seen.path == "/api/tags":
            return json_answer({"models": [{"name": "a:1b"}, {"name": "b:1b"}]})
        if seen.body["model"] == "b:1b":
            return json_answer({"error": "gone"}, 404)
        return json_answer({"capabilities": ["tools"], "model_info": {"x.context_length": 7}})

    async with ProtocolServer(respond=respond) as server:
        provider = Provider(VENDORS["ollama"], base_url=server.url)
        assert await list_models(provider) == [
            ListedModel("a:1b", "a:1b", 7, capabilities=frozenset({"tools"})),
            ListedModel("b:1b", "b:1b"),
        ]
        await release_client()


async def test_an_ollama_that_is_slow_to_tell_about_its_models_still_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "_DETAILS_HERE_S", 0.05)

    def respond(seen: Seen) -> Answer:
        tags = json_answer({"models": [{"name": f"m{number}"} for number in range(20)]})
        return tags if seen.path == "/api/tags" else Answer([asyncio.Event()])

    async with ProtocolServer(respond=respond) as server:
        listed = await list_models(Provider(VENDORS["ollama"], base_url=server.url))
        assert len(listed) == 20 and listed[0] == ListedModel("m0", "m0")
        await release_client()


CHECKS = [
    ("groq", MODELS, "valid"),
    ("groq", json_answer({"error": {"message": "Invalid API Key"}}, 401), "invalid"),
    ("groq", json_answer({"error": {"message": "region"}}, 403), "unknown"),
    ("groq", json_answer({}, 500), "unknown"),
    ("groq", Answer(end="silent"), "unknown"),
    (
        "google-gla",
        json_answer({"error": {"message": "API key not valid.", "status": "INVALID_ARGUMENT"}}, 400),
        "invalid",
    ),
    ("openrouter", json_answer({"data": {}}), "valid"),
    ("huggingface", MODELS, "unknown"),
    ("perplexity", MODELS, "unknown"),
]


@pytest.mark.parametrize(("name", "answer", "state"), CHECKS)
async def test_a_key_is_checked_for_free_and_could_not_check_is_not_invalid(
    name: str, answer: Answer, state: str
) -> None:
    async with ProtocolServer(answer) as server:
        check = await check_key(Provider(VENDORS[name], base_url=server.url, api_key="sk-canary-1"))
        assert check.state == state and VENDORS[name].label in check.message
        assert "canary" not in check.message
        assert all(seen.method == "GET" for seen in server.requests)
        await release_client()


async def test_no_key_is_no_wrong_key() -> None:
    assert (await check_key(Provider(VENDORS["groq"], api_key=""))).state == "unknown"


async def test_a_list_that_cannot_be_had_is_an_error_with_a_reason() -> None:
    async with ProtocolServer(json_answer({}, 500)) as server:
        with pytest.raises(ModelAPIError):
            await list_models(Provider(VENDORS["groq"], base_url=server.url, api_key="k"))
        await release_client()
