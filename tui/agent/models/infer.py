"""How a name, or a provider and a name, become a model: the one table of APIs and their adapters.

An adapter is loaded when its first model is made.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

from tui.agent.exceptions import UserError
from tui.agent.models.base import Model

if TYPE_CHECKING:
    from tui.agent.models.target import Target
    from tui.agent.providers import Api, Provider, Vendor
    from tui.agent.settings import ModelSettings

__all__ = ["KnownModelName", "adapter_module", "infer_model", "model_of", "target_of"]

KnownModelName = Literal[
    "anthropic:claude-3-5-haiku-latest",
    "anthropic:claude-3-7-sonnet-latest",
    "anthropic:claude-haiku-4-5",
    "anthropic:claude-opus-4-5",
    "anthropic:claude-sonnet-4-5",
    "bedrock:us.amazon.nova-lite-v1:0",
    "bedrock:us.amazon.nova-pro-v1:0",
    "claude-3-5-haiku-latest",
    "claude-3-7-sonnet-latest",
    "deepseek:deepseek-chat",
    "deepseek:deepseek-reasoner",
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "google-gla:gemini-2.0-flash",
    "google-gla:gemini-2.5-flash",
    "google-gla:gemini-2.5-pro",
    "gpt-4o",
    "gpt-4o-mini",
    "groq:llama-3.1-8b-instant",
    "groq:llama-3.3-70b-versatile",
    "mistral:codestral-latest",
    "mistral:mistral-large-latest",
    "mistral:mistral-small-latest",
    "o1",
    "o3-mini",
    "openai:gpt-4o",
    "openai:gpt-4o-mini",
    "openai:gpt-5",
    "openai:gpt-5-mini",
    "openai:o1",
    "openai:o3-mini",
    "test",
]
"""Some names that `infer_model` takes, for the completion of editors; every "provider:name" is taken as well."""

_ADAPTERS: "Mapping[Api, tuple[str, str]]" = {
    "openai-chat": ("openai", "OpenAIModel"),
    "openai-responses": ("responses", "OpenAIResponsesModel"),
    "anthropic": ("anthropic", "AnthropicModel"),
    "gemini": ("gemini", "GeminiModel"),
    "ollama": ("ollama", "OllamaModel"),
    "bedrock": ("bedrock", "BedrockConverseModel"),
}
"""By API: the module beside this one, and the class in it."""

_BARE_NAMES = (("gpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("claude", "anthropic"), ("gemini", "google-gla"))


def adapter_module(api: "Api") -> str:
    """The full name of the module that speaks an API, for a program that loads it before it needs it."""
    module, _ = _ADAPTERS[api]
    return f"tui.agent.models.{module}"


def model_of(provider: "Provider", name: str) -> Model:
    """A model of a provider.

    Args:
        provider: who serves it.
        name: the model's id there.

    Raises:
        UserError: the provider's key or address is missing.
    """
    provider.check_ready()
    from tui.agent.providers.pool import ServerPool

    api = provider.vendor.api
    _, adapter = _ADAPTERS[api]
    model = getattr(import_module(adapter_module(api)), adapter)
    if isinstance(provider, ServerPool):
        from tui.agent.models.pooled import PooledModel

        return PooledModel(provider, lambda server: model(name, provider=server))
    return cast(Model, model(name, provider=provider))


def target_of(vendor: "Vendor", name: str, settings: "ModelSettings | None" = None) -> "Target | None":
    """What a model of a vendor takes of a history with a request of these settings.

    The vendor need not be ready to be asked, nor have a key.
    """
    from tui.agent.providers import Provider

    module, adapter = adapter_module(vendor.api), _ADAPTERS[vendor.api][1]
    provider = Provider(vendor, base_url="http://127.0.0.1", api_key="none")
    model = cast(Model, getattr(import_module(module), adapter)(name, provider=provider))
    return model.asked_with(settings).target()


def infer_model(model: "Model | KnownModelName | str") -> Model:
    """The model of a name; a model passes through.

    Args:
        model: "provider:name", or "test" for a `TestModel`. Names that begin with gpt, o1, o3, claude or gemini do
            without the provider.

    Raises:
        UserError: no such provider, or its key is missing.
    """
    if isinstance(model, Model):
        return model
    if model in ("test", "test:test"):
        from tui.agent.models.test import TestModel

        return TestModel()
    provider, colon, name = model.partition(":")
    if not colon:
        provider, name = _provider_of(model), model
    return _named(provider, name, model)


def _provider_of(bare_name: str) -> str:
    for beginning, provider in _BARE_NAMES:
        if bare_name.startswith(beginning):
            return provider
    raise UserError(f"Unknown model: {bare_name}")


def _named(provider: str, name: str, full_name: str) -> Model:
    from tui.agent.providers import provider_for

    try:
        found = provider_for(provider)
    except LookupError as error:
        raise UserError(f"Unknown model: {full_name}") from error
    return model_of(found, name)
