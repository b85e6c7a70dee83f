"""How the dialog of pulled models looks: on their way, kept, and what a repository offers."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.app import App

from tests.support.scripted import ScriptedCatalog
from tests.support.stage import on_stage
from tui.agent.providers.hub import HubFile
from tui.app.dialogs.pull_model import PullModel
from tui.chat.catalog.kept import KeptModel
from tui.chat.catalog.pulling import PullProgress
from tui.chat.catalog.pulls import Offer, Pulls, PullState
from tui.chat.catalog.quantisations import best_of, quantisations

MODELS = quantisations(
    HubFile(f"Acme-7B-{name}.gguf", size, "") for name, size in
    (("Q3_K_S", 3_200_000_000), ("Q4_K_M", 4_400_000_000), ("Q8_0", 7_700_000_000), ("F16", 14_500_000_000))
)  # fmt: skip
MEMORY = 12_000_000_000
OFFER = Offer(
    "acme/acme-7b", MODELS, best_of(MODELS, MEMORY, 8192), MEMORY, {one.name: one.memory_bytes(8192) for one in MODELS},
    {one.name: 0 for one in MODELS} | {"Q4_K_M": 1_100_000_000},
)  # fmt: skip


class SomePulls(Pulls):
    """Three pulls in their states, and a repository that is at hand."""

    def states(self) -> tuple[PullState, ...]:
        return (
            PullState("hf:acme/acme-7b:Q4_K_M", progress=PullProgress(1_848_000_000, 4_400_000_000, 12_400_000.0)),
            PullState("hf:acme/acme-3b:Q8_0", "stopped", PullProgress(20_000_000, 3_100_000_000)),
            PullState("ollama:qwen9", "failed", problem="Ollama does not know the model: file does not exist."),
        )

    async def start(self, text: str) -> Offer | None:
        return OFFER


async def kept() -> list[KeptModel]:
    return [
        KeptModel("local:smol-1.7b", 1_060_000_000, "/home/ada/.local/share/chinwag/models/smol.gguf"),
        KeptModel("ollama:qwen3:4b", 2_600_000_000, "qwen3:4b"),
    ]


@pytest.mark.parametrize("query", ["", "hf:acme/acme-7b"], ids=["home", "offer"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_models_for_this_machine(
    picture: Callable[[App[None]], Awaitable[bool]], size: tuple[int, int], query: str
) -> None:
    async with on_stage(size=size) as stage:
        stage.app.push_screen(PullModel(SomePulls(ScriptedCatalog({}), Path()), kept, query))
        for _ in range(5):
            await stage.pilot.pause()
        assert await picture(stage.app)
