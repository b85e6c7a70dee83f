"""A model is found, brought and used without leaving the chat; a download that the screen forgets is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.app import Running, running
from tests.support.catalog import catalog_of
from tests.support.played_hub import NAME, PlayedHub, PlayedOllama
from tui.agent.providers import local_files
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.pull_model import PullModel
from tui.chat.catalog import pulling as pulling_files
from tui.config import Config, ProviderConfig, State
from tui.paths import data_dir


@pytest.fixture(autouse=True)
def _tells_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_files, "_PACKAGES", ())
    monkeypatch.setattr(pulling_files, "_TELL_S", -1)


@asynccontextmanager
async def pulling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: PlayedHub, ollama: PlayedOllama, typed: str
) -> AsyncIterator[Running]:
    """The app over a hub and an Ollama, after `/pull` and what was typed behind it."""
    async with hub.server, ollama.server:
        monkeypatch.setenv("HF_ENDPOINT", hub.server.url)
        config = Config(tmp_path / "config.toml", (ProviderConfig("ollama", base_url=ollama.server.url),))
        catalog, state = catalog_of(config), State(last_model="demo:guide")
        async with running(tmp_path, catalog=catalog, config=config, state=state, size=(80, 24)) as here:
            await here.send(f"/pull {typed}".strip())
            await here.until(lambda: isinstance(here.app.screen, PullModel), "the dialog")
            yield here


async def test_a_model_is_found_brought_behind_a_closed_dialog_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = PlayedHub()
    hub.gate.clear()
    async with pulling(tmp_path, monkeypatch, hub, PlayedOllama(), "hf:acme/acme-7b") as here:
        await here.until(lambda: "a good choice" in here.screen(), "what there is")
        await here.pilot.press("enter")
        await here.until(lambda: "5 kB of 102 kB" in here.screen(), "how far it is")
        await here.pilot.press("enter", "escape")  # an Enter too many stops nothing
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        await here.until(lambda: "pulling 4 %" in here.text_of(here.app.chat.layout_view.header), "the header")
        await here.type("meanwhile")
        hub.gate.set()
        await here.until(lambda: "local:acme-7b is here" in here.screen(), "the end")
        assert here.composer.text == "meanwhile" and "pulling" not in here.screen()
        await here.pilot.press("ctrl+l")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
        await here.type("acme")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.layout_view.header.model == "acme-7b", "the model")


async def test_what_goes_wrong_is_told_and_what_was_stopped_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = PlayedHub()
    hub.gate.clear()
    async with pulling(tmp_path, monkeypatch, hub, PlayedOllama(), "hf:acme") as here:
        await here.until(lambda: "names no model to pull" in here.screen(), "why not")
        await here.type("/acme-7b:Q4_K_M")
        await here.pilot.press("enter")
        await here.until(lambda: "5 kB of 102 kB" in here.screen(), "how far it is")
        await here.pilot.press("delete")
        await here.until(lambda: "stopped" in here.screen(), "its end")
        hub.sha = "0" * 64
        hub.gate.set()
        await here.pilot.press("enter")
        await here.until(lambda: "failed" in here.screen(), "its failure")
        assert "SHA-256 differs" in here.screen() and hub.asked == ["", "bytes=5000-"]
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert "hf:acme/acme-7b:Q4_K_M was not pulled" in here.screen()


async def test_a_model_is_deleted_after_a_question_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data_dir() / "models"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"GGUF")
    ollama = PlayedOllama(qwen3_4b=2_600_000_000)
    async with pulling(tmp_path, monkeypatch, PlayedHub(), ollama, "") as here:
        for answer in ("escape", "enter"):
            await here.until(lambda: "local:acme-7b" in here.screen() and "2.6 GB" in here.screen(), "what is kept")
            await here.pilot.press("delete")
            await here.until(lambda: "Delete local:acme-7b (4 B)?" in here.screen(), "the question")
            assert (folder / NAME).exists()
            await here.pilot.press(answer)
            await here.until(lambda: isinstance(here.app.screen, PullModel), "the dialog again")
        assert not (folder / NAME).exists()
        await here.until(lambda: "▌  ollama:qwen3:4b" in here.screen(), "the other one")
        await here.pilot.press("delete")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        await here.pilot.press("enter")
        await here.until(lambda: "Nothing was pulled yet" in here.screen(), "an empty list")
        assert not ollama.models


async def test_the_switcher_leads_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with pulling(tmp_path, monkeypatch, PlayedHub(), PlayedOllama(), "") as here:
        await here.pilot.press("escape", "ctrl+l")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
        await here.type("hf:acme/acme-7b")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, PullModel), "the dialog")
        await here.until(lambda: "Q4_K_M" in here.screen(), "what there is")
