"""Base URLs as people copy them. Lost else: an evening, to an error that blames the model for a wrong path."""

from collections.abc import AsyncIterator

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tests.support.recordings import NO_TOOLS, PROMPT
from tui.agent.exceptions import ModelAPIError, UserError
from tui.agent.models.infer import infer_model, model_of
from tui.agent.providers import VENDORS, Provider, base_url_of, custom_vendor
from tui.agent.providers.listing import list_models
from tui.agent.wire.addresses import clean_base_url, is_address, possible_base_urls, secrets_in, without_password
from tui.agent.wire.client import release_client

ANSWER = Answer(sse({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}))
NOT_FOUND = {
    "llama.cpp": json_answer({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, 404),
    "OpenAI": json_answer({"error": {"message": "Invalid URL (POST /v1/x)", "type": "invalid_request_error"}}, 404),
    "LM Studio": json_answer({"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    "FastAPI": json_answer({"detail": "Not Found"}, 404),
    "a page": Answer([b"<html><title>404 Not Found</title></html>"], 404, "text/html"),
    "plain text": Answer([b"404 page not found\n"], 404, "text/plain"),
    "an echo": json_answer({"error": {"message": "no such path /v1/models/chat/completions"}}, 404),
    "wrong method": Answer([], 405),
}


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


class ServerBelow:
    """A server whose API begins at one path, and that says in its own way that it knows no other."""

    def __init__(self, path: str, stranger: Answer) -> None:
        self.path = path
        self.stranger = stranger

    def __call__(self, seen: Seen) -> Answer:
        if seen.path == f"{self.path}/models":
            return json_answer({"data": [{"id": "m"}]})
        return ANSWER if seen.path == f"{self.path}/chat/completions" else self.stranger


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://x.test/v1/chat/completions", "https://x.test/v1"),
        ("https://x.test/v1/chat/completions/", "https://x.test/v1"),
        ("https://x.test/v1/completions", "https://x.test/v1"),
        ("https://x.test/v1/responses", "https://x.test/v1"),
        ("https://x.test/v1/models", "https://x.test/v1"),
        ("https://x.test/v1/messages", "https://x.test/v1"),
        ("https://x.test/v1//chat/completions//", "https://x.test/v1"),
        ("https://x.test/openai/v1/Chat/Completions?api-version=1#top", "https://x.test/openai/v1"),
        (" https://x.test/v1/ \n", "https://x.test/v1"),
        ("http://x.test:11434/api/chat", "http://x.test:11434"),
        ("http://x.test:11434/api/tags", "http://x.test:11434"),
        ("https://x.test/v1beta/models/gemini-3:streamGenerateContent?alt=sse", "https://x.test/v1beta"),
        ("https://x.test/model/a.b%3A0/converse-stream", "https://x.test"),
        ("0.0.0.0:8000/v1/models/", "http://127.0.0.1:8000/v1"),
        ("HTTP://[::]:8000/v1", "HTTP://127.0.0.1:8000/v1"),
        ("https://models.test", "https://models.test"),
        ("https://x.test/models-of-mine", "https://x.test/models-of-mine"),
    ],
)
def test_what_belongs_to_a_single_request_is_taken_off(written: str, meant: str) -> None:
    assert clean_base_url(written) == meant == clean_base_url(meant)


@pytest.mark.parametrize(
    ("url", "possible"),
    [
        ("https://x.test/v1", ("https://x.test/v1",)),
        ("https://x.test/v1beta/openai", ("https://x.test/v1beta/openai",)),
        ("https://x.test", ("https://x.test", "https://x.test/v1")),
        ("https://x.test/openai", ("https://x.test/openai", "https://x.test/openai/v1")),
        ("https://x.test/api", ("https://x.test/api", "https://x.test/api/v1", "https://x.test/v1")),
    ],
)
def test_only_an_address_without_a_version_may_mean_another(url: str, possible: tuple[str, ...]) -> None:
    assert possible_base_urls(url) == possible


@pytest.mark.parametrize(
    "url", ["http://a b", "http://x\n.test", "http://x.test/\x1b[0m", 'http://x"y', "ftp://x", "http://", "http://x:0"]
)
def test_what_no_request_can_be_sent_to_is_no_address(url: str) -> None:
    assert not is_address(url)
    with pytest.raises(UserError, match="no address"):
        model_of(Provider(custom_vendor("acme", "http://x.test"), base_url=url), "m")


@pytest.mark.parametrize(
    "url", ["http://me:pass@x.test:1/v1?key=pass", "me:pass@x.test:1/v1", "http://me:p@ss:pass@x.test:1"]
)
def test_a_password_in_an_address_is_never_shown(url: str) -> None:
    assert "pass" not in without_password(url) and "x.test:1" in without_password(url)
    with pytest.raises(ValueError, match="none") as raised:
        custom_vendor("acme", "http://me:pass word@x.test")
    assert "pass" not in str(raised.value)


def test_a_password_is_known_in_each_form_that_it_is_sent_in() -> None:
    assert secrets_in("http://me:a%2Fb@x.test/v1") == ("a%2Fb", "a/b", "bWU6YS9i")
    assert secrets_in("http://me@x.test/v1") == secrets_in("http://x.test/me:a@b") == ()


@pytest.mark.parametrize("stranger", NOT_FOUND.values(), ids=NOT_FOUND.keys())
@pytest.mark.parametrize(
    "ending", ["", "/", "/v1", "/v1/", "/v1/chat/completions", "/chat/completions", "/v1/models", "/responses", "/api"]
)
async def test_a_server_is_found_however_its_address_was_copied(
    monkeypatch: pytest.MonkeyPatch, stranger: Answer, ending: str
) -> None:
    async with ProtocolServer(respond=ServerBelow("/v1", stranger)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + ending)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        for model in (
            model_of(Provider(custom_vendor("acme", server.url + ending), api_key="key"), "m"),
            infer_model("openai:m"),
        ):
            await model.request(PROMPT, None, NO_TOOLS)
            asked = len(server.requests)
            await model.request(PROMPT, None, NO_TOOLS)
            assert len(server.requests) == asked + 1, "once found, it is known"
            assert (server.requests[-1].path, model.base_url) == ("/v1/chat/completions", f"{server.url}/v1")
        provider = Provider(custom_vendor("acme", server.url + ending), api_key="key")
        assert [model.name for model in await list_models(provider)] == ["m"]
        assert provider.base_url == f"{server.url}/v1"


@pytest.mark.parametrize("path", ["", "/api", "/api/v1", "/openai/v1"])
async def test_an_api_that_is_not_below_v1_is_asked_where_it_is(path: str) -> None:
    async with ProtocolServer(respond=ServerBelow(path, NOT_FOUND["FastAPI"])) as server:
        model = model_of(Provider(custom_vendor("acme", server.url + path)), "m")
        await model.request(PROMPT, None, NO_TOOLS)
        assert [seen.path for seen in server.requests] == [f"{path}/chat/completions"]


@pytest.mark.parametrize("stranger", NOT_FOUND.values(), ids=NOT_FOUND.keys())
async def test_an_address_that_is_wrong_is_named_once_and_the_model_not_blamed(stranger: Answer) -> None:
    async with ProtocolServer(stranger) as server:
        for base_url in (f"{server.url}/v1/wrong", f"{server.url}/wrong"):
            server.requests.clear()
            model = model_of(Provider(custom_vendor("acme", base_url, label="Acme")), "models")
            with pytest.raises(ModelAPIError) as raised:
                await model.request(PROMPT, None, NO_TOOLS)
            error = raised.value
            assert error.kind == "address" and f"knows no API at {base_url}" in error.message
            assert "know the model" not in error.message and "tried" not in error.message
            paths = [seen.path for seen in server.requests]
            assert len(paths) == len(set(paths)), "nothing was asked twice"
            assert model.base_url == base_url


async def test_the_variable_that_holds_a_wrong_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    async with ProtocolServer(NOT_FOUND["FastAPI"]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v2/")
        with pytest.raises(ModelAPIError) as raised:
            await infer_model("openai:m").request(PROMPT, None, NO_TOOLS)
    assert raised.value.hint == "Check the base URL in OPENAI_BASE_URL."


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://me.openai.azure.com",
        "https://me.openai.azure.com/openai/v1/",
        "https://me.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
        "https://me.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
    ],
)
def test_azure_shows_its_address_in_many_forms(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", endpoint)
    assert base_url_of(VENDORS["azure"]) == "https://me.openai.azure.com/openai/v1"
    assert custom_vendor("work", endpoint).base_url == "https://me.openai.azure.com/openai/v1"
