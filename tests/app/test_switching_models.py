"""Another model in mid-conversation: from the next turn on, with the whole history, and to be seen after a restart."""

import asyncio
from pathlib import Path

from tests.support.app import Running, running
from tests.support.scripted import Piece, ScriptedCatalog, ScriptedModel, Thought
from tui.app.dialogs.models import ModelSwitcher
from tui.chat.catalog.info import ModelInfo
from tui.config import State, load_state


async def switch(here: Running, typed: str) -> None:
    """Choose a model in the switcher by typing."""
    await here.pilot.press("ctrl+l")
    await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
    await here.type(typed)
    await here.pilot.press("enter")
    await here.until(lambda: here.app.screen is here.app.chat, "the chat")


async def test_the_next_turn_goes_to_the_other_model_with_the_whole_history(tmp_path: Path) -> None:
    one, two = ScriptedModel(["From one."]), ScriptedModel(["From two."])
    async with running(tmp_path, one, two) as here:
        await here.ask("First")
        await switch(here, "two")
        await here.until(lambda: here.app.chat.layout_view.header.model == "two", "the name")
        await here.until(lambda: "one → two" in here.screen(), "the line")
        await here.ask("Second")
        assert two.asked[0].prompts == ["First", "Second"]
        assert [message.model for message in await here.messages() if message.kind == "reply"] == [
            "fake:one",
            "fake:two",
        ]
        assert here.screen().count("one → two") == 1
        assert load_state().last_model == "fake:two"
        conversation = here.app.chat.presenter.conversation
    async with running(tmp_path, one, two, conversation=conversation) as again:
        await again.until(lambda: "one → two  cache cold" in again.screen(), "the line and what it costs")
        assert again.app.chat.layout_view.header.model == "two"


async def test_while_a_reply_streams_the_choice_holds_for_the_next_turn(tmp_path: Path) -> None:
    gate = asyncio.Event()
    one, two = ScriptedModel(["Still ", gate, "one."]), ScriptedModel(["Two."])
    async with running(tmp_path, one, two) as here:
        await here.send("First")
        await here.until(lambda: "Still" in here.screen(), "the first word")
        await switch(here, "two")
        await here.until(lambda: "two (next)" in here.text_of(here.app.chat.layout_view.header), "the promise")
        gate.set()
        await here.settled()
        await here.until(lambda: "Still one." in here.screen(), "the whole answer")
        assert "(next)" not in here.screen()
        assert not two.asked
        await here.ask("Second")
        assert len(two.asked) == 1 and "Two." in here.screen()


async def test_a_switch_keeps_the_readers_place_and_what_was_opened(tmp_path: Path) -> None:
    """A reader in the middle of a long chat would otherwise be thrown to its end."""

    def words(here: Running) -> list[str]:
        return [row.rstrip("▁▂▃▄▅▆▇█ ") for row in here.text_of(here.transcript).splitlines()]  # without the scrollbar

    answers: list[list[Piece]] = [
        [Thought(f"thought {number}"), f"# Answer {number}\n\n" + "word " * 400] for number in range(4)
    ]
    async with running(tmp_path, ScriptedModel(*answers), ScriptedModel(["Two."]), size=(100, 30)) as here:
        for number in range(4):
            await here.ask(f"Question {number}")
        transcript = here.transcript
        await here.pilot.press("escape", "alt+up", "alt+up", "space")
        await here.until(lambda: transcript.focused_message is not None, "a message with the keys")
        await here.pilot.pause()
        focused, top = transcript.focused_message, transcript.scroll_offset.y
        seen = words(here)
        here.app.chat.use_model("fake:two")
        await here.until(lambda: here.app.chat.layout_view.header.model == "two", "the switch")
        await here.pilot.pause()
        assert transcript.scroll_offset.y == top and transcript.focused_message == focused
        assert words(here) == seen
        await here.pilot.press("end")
        await here.until(lambda: "one → two" in here.screen(), "the line at the end")


async def test_escape_keeps_the_model_and_the_draft(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await here.type("half a thou")
        await here.pilot.press("ctrl+l")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
        await here.pilot.press("down", "escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert here.app.chat.layout_view.header.model == "one"
        assert here.composer.text == "half a thou"


async def test_an_id_that_no_list_has_can_be_typed(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await switch(here, "fake:brand-new")
        await here.until(lambda: here.app.chat.layout_view.header.model == "brand-new", "the name")
        await here.ask("Anyone?")
        assert "brand-new" in here.screen() and (await here.messages())[-1].state == "failed"


async def test_switching_twice_leaves_one_line(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), ScriptedModel(), ScriptedModel()) as here:
        await here.ask("First")
        await switch(here, "two")
        await switch(here, "three")
        await here.until(lambda: "one → three" in here.screen(), "the line")
        assert "one → two" not in here.screen()
        await switch(here, "one")
        await here.until(lambda: "→ three" not in here.screen(), "no line")


class Unlisted(ScriptedCatalog):
    """Has one model, which none of its lists shows: a server that was not asked for its list yet."""

    def models(self) -> list[ModelInfo]:
        return []

    def find(self, model_id: str) -> ModelInfo:
        return ModelInfo(model_id, model_id.partition(":")[2], "fake", "Fake")

    async def refresh(self, *, force: bool = False, discover: bool = True) -> list[ModelInfo]:
        return self.models()


async def test_the_model_that_answers_stands_in_the_switcher_even_if_no_list_has_it(tmp_path: Path) -> None:
    async with running(tmp_path, catalog=Unlisted({}), state=State(last_model="fake:one")) as here:
        here.app.chat.use_model("fake:mine")
        await here.until(lambda: here.app.chat.layout_view.header.model == "mine", "the switch")
        await here.pilot.press("ctrl+l")
        await here.until(lambda: isinstance(here.app.screen, ModelSwitcher), "the switcher")
        await here.until(lambda: "current" in here.screen(), "the row of the current model")
