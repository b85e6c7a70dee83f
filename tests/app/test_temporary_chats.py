"""A temporary chat leaves no word on the disk, counts what it used, and can be kept whole."""

import asyncio
import tempfile
from datetime import date
from pathlib import Path

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.confirm import Confirm
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.settings import ChatSettings

CANARY = "quetzalcoatlus"
FILE = PromptAttachment(f"{CANARY}.txt", "text/plain", f"secret {CANARY}".encode())


def places_with(canary: str, *folders: Path) -> list[Path]:
    """The files below some folders that have the words in their name or in what is in them."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if canary in path.name or canary.encode() in path.read_bytes()]


async def go_to_temporary(here: Running) -> None:
    saved = here.app.chat
    await here.pilot.press("alt+h")
    await here.until(lambda: here.app.chat is not saved and "temporary" in here.screen(), "the temporary chat")


async def ask(here: Running, text: str) -> None:
    await here.send(text)
    await here.until(lambda: text in here.app.chat.presenter.prompts, "the prompt")
    await here.until(lambda: not here.app.chat.presenter.running, "the end of the reply")


async def test_no_word_of_a_temporary_chat_reaches_the_disk(tmp_path: Path, _home: Path) -> None:
    model = ScriptedModel(f"The answer of {CANARY}")
    async with running(tmp_path, model) as here:
        here.composer.text = "An ordinary draft"
        await here.app.chat.save_drafts()
        await go_to_temporary(here)
        await here.until(lambda: "No chats yet" in here.screen(), "the list")
        assert "/import brings in" not in here.screen(), "what it brings in would be gone in the end"
        here.composer.prompt = Prompt(f"About {CANARY}", (FILE,))
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
        await here.until(lambda: not here.app.chat.presenter.running, "the end of the reply")
        await here.send("/retry")
        await here.until(lambda: here.app.chat.presenter.siblings.place(here.app.chat.presenter.records[-1].id), "two")
        await here.until(lambda: not here.app.chat.presenter.running, "the end of the second reply")
        await here.type(f"A draft of {CANARY}")
        await here.app.chat.save_drafts()
        assert f"A draft of {CANARY}" in here.screen() and "not saved" in here.screen()
        assert await here.library.conversations() == []
        assert places_with(CANARY, tmp_path, _home, Path(tempfile.gettempdir()) / "chinwag") == []
        await here.pilot.press("alt+h")
        await here.until(lambda: "An ordinary draft" in here.screen(), "the saved chats")
        assert CANARY not in here.screen()
        await here.pilot.press("alt+h")
        await here.until(lambda: CANARY in here.screen(), "the temporary chats again, with the draft")
        await here.pilot.press("ctrl+q")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        await here.pilot.press("escape")
    assert places_with(CANARY, tmp_path, _home) == []


async def test_a_start_with_one_asks_there_with_its_settings(tmp_path: Path) -> None:
    model, settings = ScriptedModel("Arr"), ChatSettings(system_prompt="Talk like a pirate.")
    async with running(tmp_path, model, temporary=settings, prompt="Where to?", send=True) as here:
        await here.until(lambda: "Arr" in here.screen(), "the answer")
        assert "temporary" in here.screen() and settings.system_prompt in str(model.asked[0].instructions)
        assert await here.library.conversations() == []
        await here.pilot.press("alt+h")
        await here.until(lambda: "temporary" not in here.screen(), "the saved chats")
        await ask(here, "And this?")
        assert settings.system_prompt not in str(model.asked[-1].instructions)


async def test_prompts_that_wait_are_not_lost_by_keeping_their_chat(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(["Half", asyncio.Event()])) as here:
        await here.send("/new temp")
        await here.until(lambda: "temporary" in here.screen(), "the temporary chat")
        await here.send("Asked")
        await here.until(lambda: "Half" in here.screen(), "the reply")
        await here.send("Waits")
        await here.pilot.press("escape")
        await here.until(lambda: not here.app.chat.presenter.running, "the end of the reply")
        await here.send("/keep")
        await here.until(lambda: "Prompts wait above" in here.screen(), "why not")
        assert "Waits" in here.screen() and await here.library.conversations() == []


async def test_what_it_used_is_counted_and_what_is_kept_is_whole(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel("First", "Second"), temporary=ChatSettings()) as here:
        await here.until(lambda: "temporary" in here.screen(), "the temporary chat")
        await ask(here, "Keep this")
        spent = await here.library.budgets.spent("day", "", date.today())
        assert spent.tokens > 0
        first, temporary = here.app.chat.presenter.id, here.app.chat
        await here.send("/new temp")
        await here.until(lambda: here.app.chat.presenter.id != first, "another one")
        assert here.app.chat is temporary, "what has “temp” in its name never leads to a saved chat"
        here.app.chat.open_chat(first)
        await here.until(lambda: here.app.chat.presenter.prompts, "the first one")
        await here.send("/keep")
        await here.until(lambda: here.app.chat is not temporary and here.app.chat.presenter.prompts, "the saved chat")
        (kept,) = await here.library.conversations()
        opened = await here.library.open(kept.id)
        assert [message.kind for message in opened.messages] == ["prompt", "reply"]
        assert (await here.library.budgets.spent("day", "", date.today())).tokens == spent.tokens
        await here.send("/keep")
        await here.until(lambda: "This chat is saved already" in here.screen(), "why not")
        await here.pilot.press("alt+h")
        await here.until(lambda: here.app.chat is temporary and not temporary.presenter.prompts, "an empty one there")
        await here.send("/saved")
        await here.until(lambda: here.app.chat is not temporary, "the saved chats")
