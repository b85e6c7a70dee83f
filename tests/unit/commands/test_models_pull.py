"""From the shell: what a script reads on standard output is an id that can be asked, and nothing is deleted unasked."""

import asyncio

import pytest

from tests.support.played_hub import NAME, PlayedHub, PlayedOllama
from tests.support.shell import Chinwag
from tui.paths import data_dir


async def test_a_model_of_the_hub_is_listed_and_brought(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    played = PlayedHub()
    async with played.server:
        monkeypatch.setenv("HF_ENDPOINT", played.server.url)
        listed = await asyncio.to_thread(chinwag, "models", "pull", "hf:acme/acme-7b")
        assert "Q4_K_M" in listed.out and "a good choice" in listed.out
        assert "chinwag models pull hf:acme/acme-7b:Q4_K_M" in listed.err
        brought = await asyncio.to_thread(chinwag, "models", "pull", "hf:acme/acme-7b:Q4_K_M")
        assert (brought.code, brought.out) == (0, "local:acme-7b\n")
        again = await asyncio.to_thread(chinwag, "models", "pull", "hf:acme/acme-7b:Q4_K_M")
        assert again.code == 2 and "is there already" in again.err


def test_a_model_of_this_machine_is_deleted_when_that_is_meant(chinwag: Chinwag) -> None:
    file = data_dir() / "models" / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF")
    assert "Do it: --yes" in chinwag("models", "rm", "local:acme-7b").err and file.exists()
    assert "Deleted" in chinwag("models", "rm", "local:acme-7b", "--yes").err and not file.exists()
    refused = chinwag("models", "rm", "openai:gpt-4o", "--yes")
    assert refused.code == 2 and "openai keeps its own models" in refused.err


@pytest.mark.parametrize("source", ["ollama:", "nonsense"])
def test_what_names_no_model_is_said_and_nobody_is_asked(chinwag: Chinwag, source: str) -> None:
    refused = chinwag("models", "pull", source)
    assert refused.code == 2 and "ollama:qwen3" in refused.err


async def test_ollamas_are_brought_and_deleted_by_itself(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    played = PlayedOllama()
    played.gate.set()
    async with played.server:
        monkeypatch.setenv("OLLAMA_HOST", played.server.url)
        assert (await asyncio.to_thread(chinwag, "models", "pull", "ollama:qwen3:4b")).out == "ollama:qwen3:4b\n"
        assert "100 B" in (await asyncio.to_thread(chinwag, "models", "rm", "ollama:qwen3:4b")).err
        assert (await asyncio.to_thread(chinwag, "models", "rm", "ollama:qwen3:4b", "--yes")).code == 0
        assert played.models == {}
