"""The very first start: what there is to chat with is shown as it is found, and nothing stands in the way."""

import asyncio
from pathlib import Path

import pytest

from tests.support.app import Running, running
from tests.support.protocol_server import Answer, ProtocolServer
from tests.support.vendors import listing, played, refusal
from tui.app.dialogs.add_key import AddKey
from tui.app.dialogs.models import ModelSwitcher
from tui.app.first_run.screen import FirstRun
from tui.chat.catalog.catalog import Catalog
from tui.config import Config, State, load_state

OPENAI = {"OPENAI_API_KEY": "sk-from-the-environment"}
BOTH = {**OPENAI, "ANTHROPIC_API_KEY": "sk-ant-from-the-environment"}


@pytest.fixture(autouse=True)
def _no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.providers.local._PACKAGES", ())


def first(here: Running) -> bool:
    return isinstance(here.app.screen, FirstRun)


async def shown(here: Running, *words: str) -> None:
    """Wait for the first screen with all of `words` on it."""
    await here.until(lambda: first(here) and all(word in here.screen() for word in words), f"{words}")


async def chatting(here: Running, model: str) -> None:
    await here.until(
        lambda: here.app.screen is here.app.chat and here.app.chat.layout_view.header.model == model,
        f"{model} to chat with",
    )


def with_local(home: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr("tui.agent.providers.local.runner_installed", lambda: True)
    (home / "tiny.gguf").write_bytes(b"GGUF")
    return Config(home / "config.toml", local_models=(home / "tiny.gguf",))


async def test_what_is_found_is_told_and_enter_chats_with_the_best(tmp_path: Path) -> None:
    async with (
        ProtocolServer(listing("gpt-4", "gpt-5.6")) as openai,
        ProtocolServer(refusal("invalid x-api-key")) as anthropic,
        ProtocolServer(listing("qwen3")) as vllm,
    ):
        urls = {"openai": f"{openai.url}/v1", "anthropic": anthropic.url, "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=BOTH).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(
                here, "gpt-5.6 and 1 more", "refused the key (401): invalid x-api-key", "qwen3", "Chat with gpt-5.6"
            )
            text = here.screen()
            assert "OPENAI_API_KEY" in text and "ANTHROPIC_API_KEY" in text and "localhost:" in text
            assert "Nothing you write leaves this machine until you press send." in text
            assert not any(value in text for value in BOTH.values())
            await here.pilot.press("enter")
            await chatting(here, "gpt-5.6")
            assert load_state().last_model == "openai:gpt-5.6"
            assert not [
                seen for server in (openai, anthropic, vllm) for seen in server.requests if seen.method == "POST"
            ]


async def test_rows_come_in_one_by_one_and_the_cursor_stays_where_it_was_put(tmp_path: Path) -> None:
    gate = asyncio.Event()
    slow = Answer([gate, *listing("gpt-5.6").steps], content_type="application/json")
    async with ProtocolServer(slow) as openai, ProtocolServer(listing("qwen3", "llama")) as vllm:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "checking…", "llama and 1 more", "Chat with llama")
            await here.pilot.press("down", "up")
            gate.set()
            await shown(here, "✓ OpenAI", "gpt-5.6")
            await here.pilot.press("up", "up", "down", "enter")
            await chatting(here, "llama")


async def test_escape_goes_to_the_chat_and_changes_nothing(tmp_path: Path) -> None:
    async with ProtocolServer(refusal()) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "refused")
            await here.pilot.press("escape")
            await here.until(lambda: here.app.screen is here.app.chat, "the chat")
            assert load_state().last_model is None
            await here.type("hi")
            assert here.composer.text == "hi"


async def test_with_a_local_model_only_the_first_command_opens_the_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = played(tmp_path, {}, config=with_local(tmp_path, monkeypatch)).catalog
    async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
        await here.app.workers.wait_for_complete([one for one in here.app.workers if one.group == "action"])
        assert here.app.screen is here.app.chat
        assert here.app.chat.layout_view.header.model == "tiny"


async def test_not_at_the_first_start_nobody_is_asked(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State()) as here:
            await here.pilot.pause()
            assert here.app.screen is here.app.chat and not openai.requests


async def test_one_server_with_one_model_needs_no_screen(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3")) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await chatting(here, "qwen3")
            await here.until(lambda: "Found vLLM: chatting with qwen3" in here.screen(), "the toast")


async def test_who_writes_already_is_not_interrupted(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6", "gpt-4")) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True, prompt="Dear model") as here:
            await here.until(lambda: "Found keys or servers" in here.screen(), "the toast")
            assert here.app.screen is here.app.chat and here.composer.text == "Dear model"


async def test_what_could_not_be_checked_is_never_called_invalid_and_can_be_checked_again(tmp_path: Path) -> None:
    answers = [Answer(end="silent"), Answer(end="silent"), listing("gpt-5.6")]
    async with ProtocolServer(*answers) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "could not check", "unchecked")
            assert "invalid" not in here.screen() and "refused" not in here.screen()
            while "✓ OpenAI" not in here.screen():
                await here.pilot.press("r")
                await shown(here, "OPENAI_API_KEY")
            await shown(here, "Chat with gpt-5.6")


async def test_the_demo_and_the_list_of_all_models_are_one_key_away(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6", "gpt-mini")) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "gpt-5.6")
            await here.pilot.press("ctrl+l")
            await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
            await here.type("mini")
            await here.pilot.press("enter")
            await chatting(here, "gpt-mini")
            await here.app.run_action("find_models")
            await shown(here, "gpt-5.6")
            await here.pilot.press("d")
            await chatting(here, "guide")


async def test_fix_asks_for_another_key_of_that_provider(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai, ProtocolServer(refusal()) as anthropic:
        urls = {"openai": f"{openai.url}/v1", "anthropic": anthropic.url}
        catalog = played(tmp_path, urls, environ=BOTH).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "gpt-5.6", "refused")
            await here.pilot.press("f")
            await here.until(lambda: isinstance(here.app.screen, AddKey), "the field")
            screen = here.app.screen
            assert isinstance(screen, AddKey) and screen.rows.key == "anthropic"


async def test_an_added_server_is_found(tmp_path: Path) -> None:
    async with ProtocolServer(refusal()) as openai, ProtocolServer(listing("big", "small")) as gateway:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "refused")
            await here.pilot.press("u")
            await here.until(lambda: "Add a server" in here.screen(), "the question")
            await here.type("nowhere at all")
            await here.pilot.press("enter")
            await here.until(lambda: "no web address" in here.screen(), "the reason")
            await here.pilot.press("ctrl+u")
            await here.type(gateway.url)
            await here.pilot.press("enter")
            await shown(here, "Server 127.0.0.1", "big and 1 more", "Chat with big")
            assert (tmp_path / "config.local.toml").exists() and not (tmp_path / "config.toml").exists()
            await here.pilot.press("enter")
            await chatting(here, "big")


@pytest.mark.parametrize("size", [(40, 10), (60, 20), (80, 24), (120, 40), (200, 50)])
async def test_it_fits_every_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai, ProtocolServer(refusal("no " * 100)) as anthropic:
        urls = {"openai": f"{openai.url}/v1", "anthropic": anthropic.url}
        catalog: Catalog = played(tmp_path, urls, environ=BOTH).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True, size=size) as here:
            await shown(here, "✓ OpenAI", "✗ Anthropic", "Chat with gpt-5.6")
            assert ("Talk to any model." in here.screen()) == (size[1] >= 20)
            for widget in here.app.screen.query("*"):
                assert widget.region.right <= size[0], widget
