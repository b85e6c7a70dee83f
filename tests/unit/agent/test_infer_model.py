"""From a name to a model: the short way to pick one, and a plain answer when there is none of that name."""

import typing

import pytest

from tui.agent.exceptions import UserError
from tui.agent.models import KnownModelName, infer_model
from tui.agent.models.infer import adapter_module, model_of
from tui.agent.models.test import TestModel
from tui.agent.providers import Api, Provider, Vendor


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "ANTHROPIC", "GEMINI", "GROQ", "MISTRAL", "DEEPSEEK"):
        monkeypatch.setenv(f"{name}_API_KEY", "secret")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "secret")


def test_a_model_passes_through() -> None:
    model = TestModel()
    assert infer_model(model) is model


@pytest.mark.parametrize("name", ["test", "test:test"])
def test_the_test_model_has_a_name(name: str) -> None:
    assert isinstance(infer_model(name), TestModel)


@pytest.mark.parametrize(
    ("name", "model_name", "system"),
    [
        ("openai:gpt-4o", "gpt-4o", "openai"),
        ("gpt-4o", "gpt-4o", "openai"),
        ("o1", "o1", "openai"),
        ("o3-mini", "o3-mini", "openai"),
        ("anthropic:claude-3-7-sonnet-latest", "claude-3-7-sonnet-latest", "anthropic"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku-latest", "anthropic"),
        ("google-gla:gemini-2.0-flash", "gemini-2.0-flash", "google-gla"),
        ("gemini-2.0-flash", "gemini-2.0-flash", "google-gla"),
        ("groq:llama-3.3-70b-versatile", "llama-3.3-70b-versatile", "groq"),
    ],
)
def test_a_name_tells_provider_and_model(name: str, model_name: str, system: str) -> None:
    model = infer_model(name)
    assert (model.model_name, model.system) == (model_name, system)


@pytest.mark.parametrize("api", typing.get_args(Api))
def test_every_api_has_an_adapter(api: Api) -> None:
    provider = Provider(Vendor("acme", "Acme", "https://acme.test/v1", api, needs_key=False))
    assert type(model_of(provider, "m")).__module__ == adapter_module(api)


def test_a_models_own_colons_stay_in_its_name() -> None:
    assert infer_model("bedrock:us.amazon.nova-pro-v1:0").model_name == "us.amazon.nova-pro-v1:0"


@pytest.mark.parametrize("name", ["foo", "foo:bar", "o2", ""])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(UserError) as caught:
        infer_model(name)
    assert str(caught.value) == f"Unknown model: {name}"


def test_vertexai_is_the_old_name_of_google_vertex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "https://example.com")
    monkeypatch.setenv("GOOGLE_VERTEX_TOKEN", "secret")
    old, new = infer_model("vertexai:gemini-2.0-flash"), infer_model("google-vertex:gemini-2.0-flash")
    assert (old.system, old.base_url) == (new.system, new.base_url)


def test_a_missing_key_is_said_at_once_and_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UserError, match="OPENAI_API_KEY"):
        infer_model("openai:gpt-4o")


@pytest.mark.parametrize("name", typing.get_args(KnownModelName))
def test_every_known_name_is_a_model(name: str) -> None:
    assert infer_model(name).model_name
