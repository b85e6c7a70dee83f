"""How what was found looks in an empty chat: while it comes in, and when all of it is there."""

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from textual.app import App

from tests.snapshot.test_the_app import Models
from tests.support.app import running
from tui.chat.catalog.discovery import Discovery, Finding
from tui.chat.catalog.info import DEMO_INFO, ModelInfo
from tui.config import State

Picture = Callable[[App[None]], bool]

FOUND = (
    Finding("openai", "key", "OpenAI", "OPENAI_API_KEY", "found", "openai:gpt-5.6", "gpt-5.6 and 37 more", 38, 210),
    Finding(
        "anthropic", "key", "Anthropic", "ANTHROPIC_API_KEY", "refused",
        message="refused the key (401): invalid x-api-key",
    ),
    Finding("ollama", "server", "Ollama", "localhost:11434", "found", "ollama:qwen3", "qwen3:30b and 3 more", 4, 12),
    Finding("lmstudio", "server", "LM Studio", "localhost:1234", "unknown", message="could not check: no answer"),
    Finding("vllm", "server", "vLLM", "localhost:8000", "checking"),
    Finding("local", "local", "This machine", "no server needed", "found", "local:smollm2-135m", "smollm2-135m", 1),
)  # fmt: skip


class Everybody(Models):
    """The models of the pictures, and those that are always there or were found."""

    def models(self) -> list[ModelInfo]:
        found = ModelInfo("ollama:qwen3", "qwen3", "ollama", "Ollama", 32_000, local=True, free=True)
        return [*super().models(), found, DEMO_INFO]


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(discovery: Discovery) -> AsyncGenerator[Finding, None]:
        for finding in FOUND:
            yield finding

    monkeypatch.setattr(Discovery, "look", look)


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        ((120, 40), "chinwag-dark"), ((80, 24), "chinwag-dark"), ((40, 12), "chinwag-dark"),
        ((120, 40), "chinwag-light"), ((80, 24), "chinwag-light"),
    ],
)  # fmt: skip
async def test_what_was_found(tmp_path: Path, picture: Picture, size: tuple[int, int], theme: str) -> None:
    state = State(theme=theme)
    async with running(tmp_path, catalog=Everybody({}), state=state, size=size, first_run=True) as here:
        await here.until(lambda: "Chat with gpt-5.6" in here.screen(), "the best model")
        await here.pilot.pause()
        assert picture(here.app)


async def test_a_marked_row_and_words_below(tmp_path: Path, picture: Picture) -> None:
    async with running(tmp_path, catalog=Everybody({}), state=State(), size=(80, 24), first_run=True) as here:
        await here.until(lambda: "Chat with gpt-5.6" in here.screen(), "the best model")
        await here.pilot.press("down")
        await here.type("Tell me about sea urchins")
        await here.pilot.pause()
        assert picture(here.app)
