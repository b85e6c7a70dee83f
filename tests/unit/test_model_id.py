"""Which provider is asked for which model: an id is taken apart in one way everywhere."""

import pytest

from tui.model_id import ModelId


@pytest.mark.parametrize(
    ("text", "provider", "name", "label"),
    [
        ("openai:gpt-5.6", "openai", "gpt-5.6", "gpt-5.6"),
        ("ollama:qwen3:30b", "ollama", "qwen3:30b", "qwen3:30b"),
        ("gpt-5.6", "", "gpt-5.6", "gpt-5.6"),
        ("openai:", "openai", "", "openai"),
        ("", "", "", ""),
    ],
)
def test_an_id_has_a_provider_and_a_name(text: str, provider: str, name: str, label: str) -> None:
    found = ModelId.parse(text)
    assert (found.provider, found.name, found.label) == (provider, name, label)
    if name:
        assert str(found) == text
