"""A key that is pasted into the app is checked, kept, used at once, and can be seen nowhere."""

import asyncio
import logging
from pathlib import Path

import pytest
from textual import events

from tests.support.app import Running, running
from tests.support.protocol_server import Answer, ProtocolServer, Seen, sse
from tests.support.vendors import listing, played, refusal
from tui.app.dialogs.add_key import AddKey
from tui.config import State
from tui.paths import config_dir

CANARY = "sk-proj-canary-0123456789"
OLD = "sk-proj-old-0123456789"


@pytest.fixture(autouse=True)
def _only_what_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """No embedded model; and on a busy machine the test's own servers may take longer than usual."""
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())
    monkeypatch.setattr("tui.chat.catalog.discovery.ANSWER_S", 60.0)
    monkeypatch.setattr("tui.chat.catalog.discovery.DISCOVERY_S", 60.0)
    monkeypatch.setattr("tui.chat.setup.ANSWER_S", 60.0)


def openai(seen: Seen) -> Answer:
    """OpenAI, which takes one key only."""
    if seen.headers.get("authorization") != f"Bearer {CANARY}":
        return refusal(f"Incorrect API key provided: {seen.headers.get('authorization', 'none')}")
    if seen.method == "GET":
        return listing("gpt-5.6", "gpt-mini")
    words = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "At your service."}}]}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return Answer(sse(words, end))


def files_with(text: str, *folders: Path) -> list[Path]:
    """Every file below the folders that holds a text."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


async def paste(here: Running, text: str) -> None:
    """Paste into the field of the overlay."""
    await here.until(lambda: isinstance(here.app.screen, AddKey), "the field")
    screen = here.app.screen
    assert isinstance(screen, AddKey)
    screen.field.post_message(events.Paste(text))
    await here.until(lambda: screen.field.length == len(text), "the paste")


def seen_of(here: Running) -> str:
    """All that a person, a picture or a bug report could show of the app."""
    widgets = [here.app.screen, *here.app.screen.walk_children()]
    return "\n".join(
        [here.app.export_screenshot(), here.screen(), repr(here.app), *(f"{one!r} {one.css_tree}" for one in widgets)]
    )


async def test_a_pasted_key_is_kept_in_private_and_seen_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ProtocolServer(respond=openai) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"}, environ={"OPENAI_API_KEY": OLD}).catalog
        async with running(tmp_path, catalog=catalog, state=State(), first_run=True) as here:
            await here.until(
                lambda: here.app.chat.layout_view.found_shown and "refused" in here.screen(), "the refusal"
            )
            await here.pilot.press("alt+a")
            await paste(here, f"export OPENAI_API_KEY={CANARY}\n")
            await here.until(lambda: "A key of OpenAI" in here.screen(), "the guess")
            shown = [seen_of(here)]
            overlay = here.app.screen
            assert isinstance(overlay, AddKey)
            await here.pilot.press("enter")
            await here.until(lambda: "gpt-5.6 and 1 more" in here.screen(), "the models")
            shown += [seen_of(here), repr(vars(overlay)), repr(vars(overlay.field)), overlay.field.reveal()]
            text = " ".join(here.screen().split())
            assert "Key of OpenAI kept in" in text and "credentials.local.toml (0600: only you can read it)" in text
            assert "At the next start the key in OPENAI_API_KEY comes first" in text
            await here.pilot.press("enter")
            await here.until(lambda: not here.app.chat.layout_view.found_shown, "the chat")
            await here.ask("Hello?")
            assert "At your service." in here.screen()
            shown += [seen_of(here), repr(await here.messages()), repr(vars(catalog))]
    assert not any(CANARY in text or OLD in text for text in (*shown, caplog.text))
    file = config_dir() / "credentials.local.toml"
    assert CANARY in file.read_text() and file.stat().st_mode & 0o777 == 0o600
    assert files_with(CANARY, tmp_path, config_dir().parent) == [file]


async def test_a_refused_key_is_not_kept_and_the_next_one_can_be_tried(tmp_path: Path) -> None:
    async with ProtocolServer(respond=openai) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State()) as here:
            here.app.chat.action_command("add_key")
            await paste(here, OLD)
            await here.pilot.press("enter")
            await here.until(lambda: "Nothing was kept." in here.screen(), "the refusal")
            assert "Incorrect API key" in here.screen() and OLD not in here.screen()
            assert not (config_dir() / "credentials.local.toml").exists()
            await here.pilot.press("ctrl+u")
            await paste(here, CANARY)
            await here.pilot.press("enter")
            await here.until(lambda: "Key of OpenAI kept" in here.screen(), "the toast")
            assert "openai:gpt-mini" in [info.id for info in catalog.models()]


async def test_a_key_that_could_not_be_checked_is_kept_only_when_the_person_says_so(tmp_path: Path) -> None:
    catalog = played(tmp_path, {"groq": "http://127.0.0.1:9/v1"}).catalog
    async with running(tmp_path, catalog=catalog, state=State()) as here:
        here.app.chat.action_command("add_key")
        await paste(here, "gsk_0123456789")
        await here.pilot.press("enter")
        await here.until(lambda: "Could not check" in here.screen(), "the doubt")
        assert "invalid" not in here.screen() and not (config_dir() / "credentials.local.toml").exists()
        await here.pilot.press("enter")
        await here.until(lambda: "Key of Groq kept" in here.screen(), "the toast")
        assert "gsk_0123456789" in (config_dir() / "credentials.local.toml").read_text()


async def test_another_key_pasted_during_a_check_that_fails_is_not_kept_without_one(tmp_path: Path) -> None:
    gate = asyncio.Event()

    def answer(seen: Seen) -> Answer:
        return Answer([gate], end="cut") if seen.headers["authorization"] == f"Bearer {OLD}" else refusal()

    async with ProtocolServer(respond=answer) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State()) as here:
            here.app.chat.action_command("add_key")
            await paste(here, OLD)
            await here.pilot.press("enter")
            await here.until(lambda: server.requests, "the check")
            await here.pilot.press("ctrl+u")
            await paste(here, CANARY)
            gate.set()
            await here.until(lambda: "Could not check" in here.screen(), "the doubt")
            await here.pilot.press("enter")
            await here.until(lambda: "Nothing was kept." in here.screen(), "the refusal of the other key")
            assert not (config_dir() / "credentials.local.toml").exists()


async def test_the_message_names_the_provider_that_was_asked_wherever_the_cursor_went_meanwhile(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()
    slow = Answer([gate, *listing("gpt-5.6").steps], content_type="application/json")
    async with ProtocolServer(slow) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State()) as here:
            here.app.chat.action_command("add_key")
            await paste(here, CANARY)
            await here.pilot.press("enter")
            await here.until(lambda: server.requests, "the check")
            await here.pilot.press("down", "down")
            gate.set()
            await here.until(lambda: "Key of OpenAI kept" in here.screen(), "the toast")


async def test_whose_key_it_is_can_be_said_by_hand(tmp_path: Path) -> None:
    catalog = played(tmp_path, {"mistral": "http://127.0.0.1:9/v1"}).catalog
    async with running(tmp_path, catalog=catalog, state=State()) as here:
        here.app.chat.action_command("add_key")
        await here.until(lambda: isinstance(here.app.screen, AddKey), "the field")
        screen = here.app.screen
        assert isinstance(screen, AddKey)
        while screen.rows.key != "mistral":
            await here.pilot.press("down")
        await paste(here, "gsk_0123456789")
        await here.until(lambda: "This looks like a key of Groq" in here.screen(), "the doubt")
        assert screen.rows.key == "mistral"
        await here.pilot.press("backspace", "enter", "escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert screen.field.reveal() == ""


async def test_what_cannot_be_a_key_is_said_and_not_sent(tmp_path: Path) -> None:
    async with ProtocolServer(respond=openai) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"}).catalog
        async with running(tmp_path, catalog=catalog, state=State()) as here:
            for text, says in (("", "Paste the key first"), ("abc", "too short"), ("a b c d e f g", "spaces")):
                here.app.chat.action_command("add_key")
                await paste(here, text)
                await here.pilot.press("enter")
                await here.until(lambda: says in here.screen(), says)  # noqa: B023 - it is over before the next text
                assert not server.requests, text
                here.app.pop_screen()


@pytest.mark.parametrize("before", [{"OPENAI_API_KEY": OLD}, {}])
async def test_from_the_card_of_a_refused_or_missing_key_another_is_pasted_and_the_prompt_asked_again(
    tmp_path: Path, before: dict[str, str]
) -> None:
    async with ProtocolServer(respond=openai) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"}, environ=before).catalog
        async with running(tmp_path, catalog=catalog, state=State(last_model="openai:gpt-5.6")) as here:
            conversation = here.library.new("openai:gpt-5.6")
            here.app.chat.open_chat(conversation.id)
            await here.until(lambda: here.app.chat.presenter.id == conversation.id, "the chat")
            await here.ask("Hello?")
            await here.until(lambda: f"k {'change' if before else 'add'} key" in here.screen(), "the card")
            assert OLD not in here.screen()
            await here.pilot.press("escape")
            await here.pilot.press("k")
            await here.until(lambda: isinstance(here.app.screen, AddKey), "the field")
            screen = here.app.screen
            assert isinstance(screen, AddKey) and screen.rows.key == "openai"
            await paste(here, CANARY)
            await here.pilot.press("enter")
            await here.until(lambda: "At your service." in here.screen(), "the answer")
            assert [message.state for message in await here.messages()] == ["done", "done"]


async def test_a_server_that_wants_a_key_gets_one(tmp_path: Path) -> None:
    async with ProtocolServer(respond=openai) as server:
        catalog = played(tmp_path, {}).catalog
        async with running(tmp_path, catalog=catalog, state=State()) as here:
            here.app.chat.action_command("add_server")
            await here.until(lambda: "Add a server" in here.screen(), "the question")
            await here.type(server.url)
            await here.pilot.press("enter")
            await here.until(lambda: "It wants a key." in here.screen(), "the wish")
            await here.type(CANARY)
            assert CANARY not in seen_of(here)
            await here.pilot.press("enter")
            await here.until(lambda: "added as local-" in here.screen(), "the toast")
            assert CANARY not in seen_of(here)
            assert any(info.name == "gpt-mini" for info in catalog.models())
