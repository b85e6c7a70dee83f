"""Which settings a model takes, in words. Lost else: a setting that does nothing and does not say so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.catalog import catalog_of
from tui.chat.catalog.offers import SettingOffer
from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.config import Config

Offers = Callable[[str], SettingOffer]


@pytest.fixture
def offer(tmp_path: Path) -> Offers:
    """The offer of a model, by its id."""
    return catalog_of(Config(tmp_path / "config.toml"), environ={}).offer


ALL = ChatSettings(
    temperature=0.5, top_p=0.9, max_tokens=9, effort="high", web_search=True, verbosity="low", service_tier="flex",
    system_prompt="Be kind.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("model", "unused"),
    [
        ("openai:gpt-5.6", {"temperature", "top_p"}),
        ("openai:gpt-4o", {"verbosity"}),
        ("anthropic:claude-opus-5-5", {"temperature", "top_p", "verbosity", "service_tier"}),
        ("google-gla:gemini-3-pro", {"verbosity", "service_tier"}),
        ("perplexity:sonar", {"verbosity", "service_tier"}),
        ("mistral:mistral-large-latest", {"effort", "web_search", "verbosity", "service_tier"}),
        ("ollama:qwen3", {"web_search", "verbosity", "service_tier"}),
        ("local:smollm2", {"web_search", "verbosity", "service_tier"}),
        ("nobody:x", {"web_search", "verbosity", "service_tier"}),
    ],
)
def test_what_is_set_in_vain_is_named(offer: Offers, model: str, unused: set[str]) -> None:
    assert offer(model).unused(ALL) == unused
    assert offer(model).unused(ChatSettings()) == frozenset()


def test_a_setting_that_the_model_does_not_have_is_shown_only_while_it_is_set(offer: Offers) -> None:
    ours = {"web_search", "verbosity", "service_tier"}
    every = set(CHAT_SETTINGS)

    def shown(model: str, settings: ChatSettings) -> set[str]:
        return {name for name in CHAT_SETTINGS if offer(model).shows(name, settings)}

    assert shown("openai:gpt-5.6", ChatSettings()) == every
    assert shown("anthropic:claude-sonnet-4-5", ChatSettings()) == every - {"verbosity"}
    assert shown("ollama:qwen3", ChatSettings()) == shown("demo:guide", ChatSettings()) == every - ours
    assert shown("ollama:qwen3", ALL) == every


def test_the_tiers_are_the_providers_own(offer: Offers) -> None:
    assert offer("anthropic:claude-x").setting("service_tier").choices == ("auto", "standard")
    assert offer("groq:x").setting("service_tier").choices == ("auto", "standard", "flex")
    assert SettingOffer().setting("service_tier") == CHAT_SETTINGS["service_tier"]


def test_who_searches_and_who_always_does(offer: Offers) -> None:
    models = ("openai:gpt-5.6", "xai:grok-4", "openai:gpt-5-search-api", "perplexity:sonar", "ollama:x", "demo:guide")
    found = [offer(model).searches for model in models]
    assert found == ["can", "can", "always", "always", "cannot", "cannot"]
