"""How what was found looks in an empty chat: while it comes in, and when all of it is there."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.app import App

from tests.snapshot.test_the_app import Models
from tests.support.app import running
from tests.support.found import FoundAtOnce
from tui.chat.catalog.discovery import Discovery
from tui.chat.catalog.info import DEMO_INFO, ModelInfo
from tui.config import State

Picture = Callable[[App[None]], Awaitable[bool]]


class Everybody(Models):
    """The models of the pictures, and those that are always there or were found."""

    def models(self) -> list[ModelInfo]:
        found = ModelInfo("ollama:qwen3", "qwen3", "ollama", "Ollama", 32_000, local=True, free=True)
        return [*super().models(), found, DEMO_INFO]


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Discovery, "look", FoundAtOnce.look)


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
        assert await picture(here.app)


async def test_a_marked_row_and_words_below(tmp_path: Path, picture: Picture) -> None:
    async with running(tmp_path, catalog=Everybody({}), state=State(), size=(80, 24), first_run=True) as here:
        await here.until(lambda: "Chat with gpt-5.6" in here.screen(), "the best model")
        await here.pilot.press("down")
        await here.type("Tell me about sea urchins")
        await here.pilot.pause()
        assert await picture(here.app)
