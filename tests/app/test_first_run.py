"""The very first start: what there is to chat with is shown as it is found, and nothing stands in the way."""

import asyncio
from pathlib import Path

import pytest
from textual.events import Paste

from tests.support.app import Running, running
from tests.support.foreign_chats import simple_chatgpt, write
from tests.support.protocol_server import Answer, ProtocolServer, Seen, sse
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tests.support.vendors import listing, played, refusal
from tui.app.dialogs.add_key import AddKey
from tui.app.dialogs.models import ModelSwitcher
from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.discovery import Discovery
from tui.chat.catalog.info import DEMO
from tui.chat.catalog.providers import ConfiguredProvider
from tui.chat.importing import run
from tui.config import Config, State, load_state

OPENAI = {"OPENAI_API_KEY": "sk-from-the-environment"}
WORDS = Answer(
    sse(
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "At your service."}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    )
)
BOTH = {**OPENAI, "ANTHROPIC_API_KEY": "sk-ant-from-the-environment"}


@pytest.fixture(autouse=True)
def _only_what_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """No embedded model; and on a busy machine the test's own servers may take longer than usual."""
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())
    monkeypatch.setattr("tui.chat.catalog.discovery.ANSWER_S", 60.0)
    monkeypatch.setattr("tui.chat.catalog.discovery.DISCOVERY_S", 60.0)
    monkeypatch.setattr("tui.chat.setup.ANSWER_S", 60.0)
    monkeypatch.setattr("tui.app.first_run.search.PATIENCE_S", 60.0)


def first(here: Running) -> bool:
    return here.app.chat.layout_view.found_shown


async def shown(here: Running, *words: str) -> None:
    """Wait for what was found, with all of `words` on the screen."""
    await here.until(lambda: first(here) and all(word in here.screen() for word in words), f"{words}")


async def chatting(here: Running, model: str) -> None:
    await here.until(
        lambda: not first(here) and here.app.chat.layout_view.header.model == model, f"{model} to chat with"
    )


async def nobody(discovery: Discovery) -> list[ConfiguredProvider]:
    """No server runs here, whatever the machine has."""
    return []


def slow(gate: asyncio.Event, *names: str) -> Answer:
    """A list of models that comes when the gate opens."""
    return Answer([gate, *listing(*names).steps], content_type="application/json")


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


async def test_rows_come_in_one_by_one_and_the_mark_stays_where_it_was_put(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with ProtocolServer(slow(gate, "gpt-5.6")) as openai, ProtocolServer(listing("qwen3", "llama")) as vllm:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "checking…", "llama and 1 more", "Chat with llama")
            await here.pilot.press("down", "up")
            gate.set()
            await shown(here, "✓ OpenAI", "gpt-5.6")
            await here.pilot.press("up", "up", "down", "enter")
            await chatting(here, "llama")


async def test_an_imported_chat_goes_on_with_the_model_that_is_offered_and_with_no_paid_one(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3", "llama"), WORDS) as vllm, ProtocolServer(refusal()) as openai:
        urls = {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "refused", "Chat with llama")
            await run(here.library, [write(tmp_path / "x.json", [simple_chatgpt("c", "Why?", "Because.")])])
            (chat,) = await here.library.conversations()
            here.app.chat.open_chat(chat.id)
            await here.until(lambda: "Because." in here.screen(), "the chat")
            assert here.app.chat.layout_view.header.model == "llama"
            await here.ask("And then?")
            assert not [seen for seen in openai.requests if seen.method == "POST"]
            (chat,) = await here.library.conversations()
            assert chat.model == "vllm:llama"


async def test_letters_are_text_and_the_composer_has_the_focus(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3", "llama")) as vllm, ProtocolServer(refusal()) as openai:
        urls = {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await here.type("Tell me about ")
            await shown(here, "llama and 1 more", "refused")
            await here.type("a dark, fine room")
            await here.pilot.press("up", "down")  # in a text they move its cursor, and no mark
            await here.pilot.press("alt+up")  # there are no messages to go to
            assert here.composer.text == "Tell me about a dark, fine room" and first(here)
            assert here.composer.area.has_focus and here.app.screen is here.app.chat
            await shown(here, "Send to llama")
            await here.pilot.press("ctrl+a", "ctrl+k")
            await shown(here, "Chat with llama")


async def test_escape_goes_to_the_chat_and_changes_nothing(tmp_path: Path) -> None:
    async with ProtocolServer(refusal()) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "refused")
            await here.pilot.press("escape")
            await here.until(lambda: not first(here), "the chat")
            assert load_state().last_model is None
            await here.type("hi")
            assert here.composer.text == "hi"


async def test_escape_keeps_the_best_model_that_has_answered(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3", "llama")) as vllm, ProtocolServer(refusal()) as openai:
        urls = {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "llama and 1 more", "refused")
            await here.pilot.press("escape")
            await chatting(here, "llama")
            assert load_state().last_model == "vllm:llama"


async def test_a_server_that_answers_after_escape_takes_the_guides_place(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with ProtocolServer(slow(gate, "qwen3", "llama")) as vllm, ProtocolServer(refusal()) as lmstudio:
        urls = {"vllm": f"{vllm.url}/v1", "lmstudio": f"{lmstudio.url}/v1"}
        catalog = played(tmp_path, urls).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "checking…")
            await here.pilot.press("escape")
            await chatting(here, "guide")
            gate.set()
            await chatting(here, "llama")


async def test_what_is_sent_before_an_answer_waits_for_it_and_never_goes_to_the_guide(tmp_path: Path) -> None:
    gate = asyncio.Event()

    def answer(seen: Seen) -> Answer:
        return slow(gate, "qwen3", "llama") if seen.method == "GET" else WORDS

    async with ProtocolServer(respond=answer) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await here.send("Dear model")
            await here.send("And again")
            await here.until(lambda: "2 queued" in here.screen() and vllm.requests, "both prompts, held")
            assert not here.app.chat.presenter.prompts
            gate.set()
            await here.until(lambda: "Found vLLM: chatting with llama" in here.screen(), "who answers, for a moment")
            await here.until(lambda: here.app.chat.presenter.prompts == ("Dear model", "And again"), "the prompts")
            await here.settled()
            assert "queued" not in here.screen()
            assert [one.model for one in await here.messages() if one.kind == "reply"] == ["vllm:llama"] * 2


async def test_escape_gives_back_what_waits_for_a_model(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with ProtocolServer(slow(gate, "qwen3", "llama")) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await here.send("Dear model")
            await here.type("P.S.")
            await here.pilot.press("escape")
            assert here.composer.text.split() == ["Dear", "model", "P.S."]
            gate.set()
            await shown(here, "llama and 1 more")
            assert here.composer.text.split() == ["Dear", "model", "P.S."]
            assert not here.app.chat.presenter.prompts


async def test_who_opens_another_chat_meanwhile_finds_the_prompt_as_a_draft(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with ProtocolServer(slow(gate, "qwen3", "llama")) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            blank = here.app.chat.presenter.id
            await here.send("Dear model")
            other = here.library.new("demo:guide")
            here.app.chat.open_chat(other.id)
            await here.until(lambda: here.app.chat.presenter.id == other.id, "the other chat, whoever still looks")
            here.app.chat.open_chat(blank)
            await here.until(lambda: here.composer.text == "Dear model", "the draft")


async def test_an_imported_chat_is_shown_at_once_and_who_goes_on_with_it_is_known_later(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with ProtocolServer(slow(gate, "qwen3", "llama"), WORDS) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await run(here.library, [write(tmp_path / "x.json", [simple_chatgpt("c", "Why?", "Because.")])])
            (chat,) = await here.library.conversations()
            here.app.chat.open_chat(chat.id)
            await here.until(lambda: "Because." in here.screen(), "the chat")
            await here.send("And then?")
            await here.until(lambda: "And then?" in here.screen(), "the prompt that waits")
            gate.set()
            await here.until(lambda: here.app.chat.presenter.prompts[-1] == "And then?", "the prompt that was sent")
            await here.settled()
            (chat,) = await here.library.conversations()
            assert chat.model == "vllm:llama"


async def test_with_nothing_that_answers_what_is_sent_goes_to_the_guide(tmp_path: Path) -> None:
    catalog = played(tmp_path, {}).catalog
    async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
        await shown(here, "API key", "Chat with guide")
        await here.send("Hello?")
        await here.until(lambda: here.app.chat.presenter.prompts == ("Hello?",), "the prompt")
        assert not first(here)
        assert [one.model for one in await here.messages() if one.kind == "reply"] == ["demo:guide"]


async def test_what_is_sent_goes_to_the_model_that_was_marked(tmp_path: Path) -> None:
    def answer(seen: Seen) -> Answer:
        return listing("qwen3", "llama") if seen.method == "GET" else WORDS

    async with ProtocolServer(listing("gpt-5.6", "gpt-4")) as openai, ProtocolServer(respond=answer) as vllm:
        urls = {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "Chat with gpt-5.6", "llama and 1 more")
            await here.pilot.press("down")
            await shown(here, "Chat with llama")
            await here.ask("Dear model")
            assert not first(here)
            assert [one.model for one in await here.messages() if one.kind == "reply"] == ["vllm:llama"]
            assert not [seen for seen in openai.requests if seen.method == "POST"]


async def test_a_question_on_the_command_line_goes_to_the_server_that_was_found(tmp_path: Path) -> None:
    def answer(seen: Seen) -> Answer:
        return listing("qwen3", "llama") if seen.method == "GET" else WORDS

    async with ProtocolServer(respond=answer) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(
            tmp_path, catalog=catalog, state=State(), first_run=True, prompt="Dear model", send=True
        ) as here:
            await here.until(lambda: here.app.chat.presenter.prompts == ("Dear model",), "the prompt")
            await here.settled()
            assert [one.model for one in await here.messages() if one.kind == "reply"] == ["vllm:llama"]


async def test_a_model_that_is_chosen_while_a_prompt_waits_gets_it(tmp_path: Path) -> None:
    async with ProtocolServer(slow(asyncio.Event(), "qwen3", "llama")) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await here.send("Dear model")
            here.app.chat.use_model("demo:guide")
            await here.until(lambda: here.app.chat.presenter.prompts == ("Dear model",), "the prompt")
            assert [one.model for one in await here.messages() if one.kind == "reply"] == ["demo:guide"]


async def test_looking_again_later_and_escape_keep_the_model_that_was_chosen(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3", "llama")) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(last_model="demo:guide")) as here:
            here.app.chat.action_command("find_models")
            await shown(here, "llama and 1 more")
            await here.pilot.press("escape")
            await chatting(here, "guide")


async def test_looking_again_marks_the_model_that_is_chatted_with_and_enter_keeps_it(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with ProtocolServer(listing("gpt-5.6")) as openai, ProtocolServer(slow(gate, "qwen3", "llama")) as vllm:
        urls = {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(last_model="vllm:qwen3")) as here:
            here.app.chat.action_command("find_models")
            await shown(here, "✓ OpenAI", "checking…", "Asking…")
            gate.set()
            await shown(here, "qwen3 and 1 more", "Chat with qwen3")
            await here.pilot.press("enter")
            await chatting(here, "qwen3")


async def test_looking_again_marks_the_best_model_where_the_chats_own_is_gone(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai, ProtocolServer(listing("qwen3", "llama")) as vllm:
        urls = {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(last_model="vllm:removed")) as here:
            here.app.chat.action_command("find_models")
            await shown(here, "✓ OpenAI", "llama and 1 more", "Chat with gpt-5.6")


async def test_models_of_long_names_are_told_apart_at_80_columns(tmp_path: Path) -> None:
    names = [f"lmstudio-community/Meta-Llama-3.1-8B-Instruct-Imatrix-GGUF-{size}" for size in ("Q4_K_M", "Q8_0")]
    async with ProtocolServer(listing(names[0])) as vllm, ProtocolServer(listing(names[1], "z")) as lmstudio:
        urls = {"vllm": f"{vllm.url}/v1", "lmstudio": f"{lmstudio.url}/v1"}
        catalog = played(tmp_path, urls).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True, size=(80, 24)) as here:
            await shown(here, "Meta-Llama", "Q4_K_M", "Q8_0 and 1 more")


async def test_looking_again_from_a_chat_opens_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Discovery, "servers", nobody)
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["Hello."]), DEMO: ScriptedModel()})
    async with running(tmp_path, catalog=catalog, state=State(last_model="fake:one")) as here:
        await here.ask("Hello?")
        chat = here.app.chat.presenter.id
        here.app.chat.action_command("find_models")
        await shown(here, "API key")
        assert here.app.chat.presenter.id != chat
        here.app.chat.open_chat(chat)
        await here.until(lambda: not first(here) and "Hello." in here.screen(), "the chat, whole")
        await here.ask("Still there?")
        assert [one.model for one in await here.messages() if one.kind == "reply"] == ["fake:one"] * 2


async def test_with_one_local_model_only_the_first_command_opens_the_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = played(tmp_path, {}, config=with_local(tmp_path, monkeypatch)).catalog
    async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
        await here.until(lambda: "chatting with tiny" in here.screen(), "the toast")
        assert not first(here) and here.app.chat.layout_view.header.model == "tiny"
        await here.pilot.press("alt+l")  # as where there is a choice
        await here.until(lambda: "Import chats of other programs" in here.screen(), "the import")


async def test_with_a_model_of_this_machine_the_empty_chat_says_how_a_key_is_added_until_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai:
        catalog = played(
            tmp_path, {"openai": f"{openai.url}/v1"}, config=with_local(tmp_path, monkeypatch), environ={}
        ).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await chatting(here, "tiny")
            await here.until(lambda: "/key adds an API key" in here.screen(), "the way to a key")
            await here.send("/key")
            await here.until(lambda: isinstance(here.app.screen, AddKey), "the dialog")
            here.app.post_message(Paste("sk-0123456789abcdef"))
            await here.until(lambda: "A key of OpenAI" in here.screen(), "the guess")
            await here.pilot.press("enter")
            await here.until(lambda: "Key of OpenAI kept" in here.screen(), "the key")
            await here.until(lambda: "/key adds" not in here.screen() and "tiny" in here.screen(), "no more of it")


async def test_not_at_the_first_start_nobody_is_asked(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State()) as here:
            await here.pilot.pause()
            assert not first(here) and not openai.requests


async def test_one_server_with_one_model_is_taken_with_a_toast(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3")) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await chatting(here, "qwen3")
            await here.until(lambda: "Found vLLM: chatting with qwen3" in here.screen(), "the toast")


async def test_what_could_not_be_checked_is_never_called_invalid_and_can_be_checked_again(tmp_path: Path) -> None:
    answers = [Answer(end="silent"), Answer(end="silent"), listing("gpt-5.6")]
    async with ProtocolServer(*answers) as openai:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "could not check", "unchecked")
            assert "invalid" not in here.screen() and "refused" not in here.screen()
            while "✓ OpenAI" not in here.screen():
                await here.pilot.press("alt+r")
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
            here.app.chat.action_command("find_models")
            await shown(here, "gpt-mini and 1 more")
            await here.pilot.press("alt+g")
            await chatting(here, "guide")


async def test_fix_asks_for_another_key_of_that_provider(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai, ProtocolServer(refusal()) as anthropic:
        urls = {"openai": f"{openai.url}/v1", "anthropic": anthropic.url}
        catalog = played(tmp_path, urls, environ=BOTH).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "gpt-5.6", "refused")
            await here.pilot.press("alt+k")
            await here.until(lambda: isinstance(here.app.screen, AddKey), "the field")
            screen = here.app.screen
            assert isinstance(screen, AddKey) and screen.rows.key == "anthropic"


async def test_a_click_takes_a_row_and_leaves_the_keys_in_the_composer(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai, ProtocolServer(listing("qwen3", "llama")) as vllm:
        urls = {"openai": f"{openai.url}/v1", "vllm": f"{vllm.url}/v1"}
        catalog = played(tmp_path, urls, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "gpt-5.6", "llama and 1 more")
            found = here.app.chat.layout_view.found
            assert found is not None
            row = next(n for n, line in enumerate(found.rows.lines) if line.key == "found:vllm")
            await here.pilot.click(found.rows, offset=(20, row))
            await chatting(here, "llama")
            assert here.composer.area.has_focus


async def test_an_added_server_is_found(tmp_path: Path) -> None:
    async with ProtocolServer(refusal()) as openai, ProtocolServer(listing("big", "small")) as gateway:
        catalog = played(tmp_path, {"openai": f"{openai.url}/v1"}, environ=OPENAI).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "refused", "Your chats")
            await here.pilot.press("alt+l")
            await here.until(lambda: "Import chats of other programs" in here.screen(), "the import")
            await here.pilot.press("escape", "alt+u")
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


async def test_it_fits_every_terminal(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6")) as openai, ProtocolServer(refusal("no " * 100)) as anthropic:
        urls = {"openai": f"{openai.url}/v1", "anthropic": anthropic.url}
        catalog: Catalog = played(tmp_path, urls, environ=BOTH).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True, size=(40, 10)) as here:
            for width, height in ((40, 10), (60, 20), (80, 24), (120, 40), (200, 50), (40, 10)):
                await here.pilot.resize_terminal(width, height)
                await shown(here, "✓ OpenAI", "✗ Anthropic", "Chat with gpt-5.6")
                large = height >= 20
                await here.until(lambda: ("Talk to any model." in here.screen()) == large, "words for who has room")  # noqa: B023
                for widget in here.app.screen.query("FoundModels, FoundModels *"):
                    assert widget.region.right <= width, widget


async def test_the_model_that_is_marked_is_the_one_that_is_named_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = with_local(tmp_path, monkeypatch)
    catalog = played(tmp_path, {"openai": "http://127.0.0.1:9/v1"}, environ=OPENAI, config=config).catalog
    async with running(tmp_path, catalog=catalog, state=State(), first_run=True, config=config) as here:
        header = here.app.chat.layout_view.header
        await shown(here, "could not check", "Chat with tiny")
        await here.until(lambda: header.model == "tiny", "the name above")
        await here.pilot.press("up")
        await here.until(lambda: header.model == "gpt-5.6", "the one that is marked")
        await here.pilot.press("down", "down", "down", "down")
        await here.until(lambda: header.model == "guide", "the guide")


async def test_an_edit_in_an_imported_chat_keeps_its_place_and_asks_the_model_that_is_offered(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3", "llama"), WORDS) as vllm:
        catalog = played(tmp_path, {"vllm": f"{vllm.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await shown(here, "Chat with llama")
            await run(here.library, [write(tmp_path / "x.json", [simple_chatgpt("c", "Why?", "Because.")])])
            (chat,) = await here.library.conversations()
            here.app.chat.open_chat(chat.id)
            await here.until(lambda: "Because." in here.screen(), "the chat")
            here.app.chat.commands.run_on_message(here.app.chat.presenter.records[0].id, "edit_message")
            await here.until(lambda: here.composer.text == "Why?", "the edit")
            await here.send("Why not?")
            await here.until(lambda: here.app.chat.presenter.prompts == ("Why not?",), "the other branch")
            await here.settled()
            assert [one.model for one in await here.messages() if one.kind == "reply"] == ["vllm:llama"]
