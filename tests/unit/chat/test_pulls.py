"""Whoever closes the dialog would lose a download of an hour; whoever deletes a model, the answer that it writes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.catalog import catalog_of
from tests.support.played_hub import NAME, WEIGHTS, PlayedHub, PlayedOllama
from tui.agent.providers import local, local_files
from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.kept import delete_model, kept_model, kept_models
from tui.chat.catalog.pulls import Pulls, PullState
from tui.config import Config, ProviderConfig
from tui.errors import ChinwagError, UsageError
from tui.paths import data_dir

SOURCE = "hf:acme/acme-7b:Q4_K_M"


class World:
    """A hub, an Ollama, and the pulls of a program that knows both."""

    def __init__(self, catalog: Catalog, hub: PlayedHub, ollama: PlayedOllama) -> None:
        self.catalog, self.hub, self.ollama = catalog, hub, ollama
        self.pulls = Pulls(catalog, data_dir() / "models")
        self.told: list[PullState] = []
        self._news = asyncio.Event()
        self.pulls.listen(self._hear)

    def _hear(self, state: PullState) -> None:
        self.told.append(state)
        self._news.set()

    async def until(self, state: str, source: str = SOURCE, *, came: int = 0) -> PullState:
        """Wait until a pull was in a state, and so many bytes of it had come."""
        while True:
            for one in self.told:
                done = one.progress.done_bytes if one.progress else 0
                if (one.source, one.state) == (source, state) and done >= came:
                    return one
            self._news.clear()
            await self._news.wait()


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(local_files, "_PACKAGES", ())
    monkeypatch.setattr("tui.chat.catalog.pulling._PAUSE_S", 0)
    monkeypatch.setattr("tui.chat.catalog.pulling._TELL_S", -1)
    hub, ollama = PlayedHub(), PlayedOllama(qwen3_4b=2_600_000_000)
    async with hub.server, ollama.server:
        monkeypatch.setenv("HF_ENDPOINT", hub.server.url)
        config = Config(tmp_path / "config.toml", (ProviderConfig("ollama", base_url=ollama.server.url),))
        catalog = catalog_of(config)
        found = World(catalog, hub, ollama)
        yield found
        await found.pulls.aclose()
        await catalog.aclose()


async def test_a_name_offers_what_its_repository_has_and_a_whole_one_is_brought(world: World) -> None:
    offer = await world.pulls.start(" hf:acme/acme-7b ")
    assert offer is not None and offer.best is offer.models[0]
    assert (offer.memory_bytes or 1 << 40) > (offer.needs["Q4_K_M"] or 0) > len(WEIGHTS) and offer.begun == {
        "Q4_K_M": 0
    }
    assert await world.pulls.start("hf:acme/acme-7b:q4_k_m") is None
    done = await world.until("done")
    assert (done.model_id, done.progress and done.progress.done_bytes) == ("local:acme-7b", len(WEIGHTS))
    assert "local:acme-7b" in [info.id for info in world.catalog.models()]
    assert {one.progress.done_bytes for one in world.told if one.progress} >= {5_000, len(WEIGHTS)}


async def test_one_that_was_stopped_goes_on_where_it_was(world: World) -> None:
    world.hub.gate.clear()
    await world.pulls.start(SOURCE)
    await world.pulls.start(SOURCE)  # a second Enter starts no second one
    await world.until("running", came=5_000)
    world.pulls.stop(SOURCE)
    await world.until("stopped")
    offer = await world.pulls.start("hf:acme/acme-7b")
    assert offer is not None and offer.begun == {"Q4_K_M": 5_000}
    world.hub.gate.set()
    await world.pulls.start(SOURCE)
    await world.until("done")
    assert world.hub.asked == ["", "bytes=5000-"]
    world.pulls.stop(SOURCE)
    assert world.pulls.states() == () and (data_dir() / "models" / NAME).read_bytes() == WEIGHTS


async def test_leaving_the_program_keeps_what_came(world: World) -> None:
    world.hub.gate.clear()
    await world.pulls.start(SOURCE)
    await world.until("running", came=5_000)
    await world.pulls.aclose()
    assert (data_dir() / "models" / f"{NAME}.part").stat().st_size == 5_000


async def test_a_failure_is_told_and_the_pull_stands_to_be_tried_again(world: World) -> None:
    world.hub.sha = "0" * 64
    await world.pulls.start(SOURCE)
    assert "SHA-256 differs" in (await world.until("failed")).problem
    with pytest.raises(ChinwagError, match="names no model"):
        await world.pulls.start("acme")
    with pytest.raises(UsageError, match="have a name"):
        await world.pulls.start("ollama:")
    world.hub.sha = ""
    await world.pulls.start(SOURCE)
    await world.until("done")


async def test_ollama_brings_its_own_and_says_how_far_it_is(world: World) -> None:
    await world.pulls.start("ollama:gemma")
    world.ollama.gate.set()
    assert (await world.until("done", "ollama:gemma")).model_id == "ollama:gemma"
    assert {(one.progress.done_bytes, one.progress.size_bytes) for one in world.told if one.progress} >= {(40, 100)}


async def test_what_is_kept_has_its_size_and_can_be_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "runner_installed", lambda: True)
    await world.pulls.start(SOURCE)
    await world.until("done")
    kept = await kept_models(world.catalog)
    assert [(one.id, one.size_bytes) for one in kept] == [
        ("ollama:qwen3:4b", 2_600_000_000),
        ("local:acme-7b", len(WEIGHTS)),
    ]
    for one in kept:
        await delete_model(world.catalog, one.id)
    assert await kept_models(world.catalog) == [] and not world.ollama.models
    assert list((data_dir() / "models").iterdir()) == []
    for gone in ("ollama:qwen3:4b", "local:acme-7b", "openai:gpt-4o", "guide"):
        with pytest.raises(UsageError):
            await kept_model(world.catalog, gone)


async def test_a_model_that_answers_is_not_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.pulls.start(SOURCE)
    await world.until("done")
    server = world.catalog.embedded._models.server("acme-7b")
    server.users = 1
    with pytest.raises(UsageError, match="is answering"):
        await delete_model(world.catalog, "local:acme-7b")
    server.users = 0
    await delete_model(world.catalog, "local:acme-7b")
