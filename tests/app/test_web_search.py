"""The web search of a chat: switched on, sent, and its pages on the screen. Lost else: where an answer comes from."""

import json
from pathlib import Path
from typing import Any

import httpx

from tests.support.app import Running, running
from tests.support.recordings import OWN, Bytes
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.support.switch_cases import Place, model_at
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.openables import OpenablePicker

CLAUDE, ID = Place("anthropic", "claude-sonnet-4-5"), "anthropic:claude-sonnet-4-5"


async def use(here: Running, model: str) -> None:
    """Switch the model, and wait until it is the one that answers."""
    await here.send(f"/model {model}")
    await here.until(lambda: here.app.chat.presenter.model == model, "the model")


async def test_a_search_is_switched_on_sent_and_its_pages_can_be_opened(tmp_path: Path) -> None:
    bodies: list[dict[str, Any]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        body = Bytes((OWN / "anthropic-search.sse").read_bytes(), 0)
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), trust_env=False) as client:
        catalog = ScriptedCatalog({"fake:one": ScriptedModel(), ID: model_at(CLAUDE, client)})
        async with running(tmp_path, catalog=catalog, size=(80, 24)) as here:
            await use(here, ID)
            await here.send("/web")
            await here.until(lambda: here.app.chat.presenter.settings.web_search, "the setting")
            assert here.text_of(here.app.chat.layout_view.header).rstrip().endswith("◆ claude-sonnet-4-5  web")
            await here.ask("Weather?")
            (search,) = bodies[0]["tools"]
            assert search["name"] == "web_search"
            shown = " ".join(here.text_of(here.transcript).split())
            assert "In Paris it is 14 °C, with rain[1]; take an umbrella, as everybody does[2][1]." in shown
            assert "1. Météo Paris · meteo.example" in shown and "2. Umbrellas · umbrella.example" in shown
            assert "Searched the web for “weather Paris”." in shown
            await here.pilot.press("alt+up", "o")
            await here.until(lambda: isinstance(here.app.screen, OpenablePicker), "the links")
            await here.pilot.press("down", "enter")
            await here.until(lambda: isinstance(here.app.screen, Confirm), "where it leads")
            assert "https://umbrella.example/" in here.screen()
            await here.pilot.press("escape", "escape")
            await here.send("/web")
            await here.until(lambda: not here.app.chat.presenter.settings.web_search, "the setting off")


async def test_a_model_without_a_search_says_so_and_one_that_was_on_is_told_to_be_unused(tmp_path: Path) -> None:
    model = ScriptedModel()
    catalog = ScriptedCatalog({"fake:one": model, ID: model, "ollama:qwen3": model})
    async with running(tmp_path, catalog=catalog, size=(160, 50)) as here:
        pane = here.app.chat.layout_view.inspector.settings_pane
        await use(here, "ollama:qwen3")
        await here.send("/web")
        await here.until(lambda: "There is no web search with Ollama." in here.screen(), "the line")
        assert here.app.chat.presenter.settings.web_search is None and "web search" not in here.text_of(pane)
        await use(here, ID)
        await here.until(lambda: "web search   off" in here.text_of(pane), "the row")
        await here.send("/web")
        await here.until(lambda: "web search   on" in here.text_of(pane), "the search")
        await use(here, "ollama:qwen3")
        await here.until(lambda: "web search   on · not used" in here.text_of(pane), "the remark")


async def test_the_pane_steps_through_what_the_provider_has(tmp_path: Path) -> None:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(), ID: ScriptedModel()})
    async with running(tmp_path, catalog=catalog, size=(160, 50)) as here:
        pane, presenter = here.app.chat.layout_view.inspector.settings_pane, here.app.chat.presenter
        await use(here, ID)
        await here.pilot.press("f4", *["down"] * 5)
        assert pane.rows.key == "service_tier"
        for wanted in ("auto", "standard", None):
            await here.pilot.press("enter")
            await here.until(lambda wanted=wanted: presenter.settings.service_tier == wanted, "the tier")  # type: ignore[misc]
