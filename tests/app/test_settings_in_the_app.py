"""Settings of one conversation: saved at once, refused in words, sent with the next turn."""

from pathlib import Path

from tests.support.app import burst, running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.text_editor import TextEditor
from tui.chat.settings import ChatSettings


def stepped(name: str, steps: int) -> object:
    """The value that so many steps lead to."""
    settings = ChatSettings()
    for _ in range(steps):
        settings = settings.stepped(name, 1)
    return settings.value(name)


async def test_a_value_is_typed_saved_and_sent(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model, size=(160, 50)) as here:
        await here.pilot.press("f4", "down", "enter")
        await here.type("0.3")
        await here.pilot.press("enter")
        await here.until(lambda: here.app.chat.presenter.settings.temperature == 0.3, "the value")
        await here.pilot.press("escape")
        await here.ask("Go")
        settings = model.asked[0].settings
        assert settings is not None and settings.get("temperature") == 0.3
        assert '"temperature": 0.3' in (await here.messages())[1].settings


async def test_a_bad_value_is_refused_in_words_and_the_old_one_stays(tmp_path: Path) -> None:
    async with running(tmp_path, size=(160, 50)) as here:
        await here.pilot.press("f4", "down", "enter")
        await here.type("9")
        await here.pilot.press("enter")
        await here.pilot.pause()
        assert "not a number from 0 to 2" in here.screen()
        assert here.app.chat.presenter.settings.temperature is None
        await here.pilot.press("escape")
        await here.pilot.pause()
        assert here.app.focused is here.app.chat.layout_view.inspector.settings_pane.rows


async def test_arrows_change_and_delete_gives_back_the_default(tmp_path: Path) -> None:
    async with running(tmp_path, size=(160, 50)) as here:
        await here.pilot.press("f4", "right", "right")
        await here.until(lambda: here.app.chat.presenter.settings.effort == "minimal", "the effort")
        assert "effort minimal" in here.text_of(here.app.chat.layout_view.header)
        await here.pilot.press("delete")
        await here.until(lambda: here.app.chat.presenter.settings.effort is None, "the default")


async def test_quick_steps_all_count(tmp_path: Path) -> None:
    async with running(tmp_path, size=(160, 50)) as here:
        await here.pilot.press("f4", "down")
        for _ in range(3):
            await burst(here, ["right"] * 4)
        await here.until(lambda: not here.app.workers._workers, "all of it saved")
        shown = here.app.chat.layout_view.inspector.settings_pane.settings.temperature
        saved = ChatSettings.from_json((await here.library.open(here.app.chat.presenter.id)).conversation.settings)
        assert shown == saved.temperature == stepped("temperature", 12)


async def test_effort_goes_round_from_the_composer(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.pilot.press("ctrl+t")
        await here.until(lambda: here.app.chat.layout_view.header.effort == "off", "the effort")


async def test_the_system_prompt_is_written_in_an_overlay_and_sent(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        await here.pilot.press("f4", "down", "down", "down", "down", "enter")
        await here.until(lambda: isinstance(here.app.screen, TextEditor), "the editor")
        await here.type("Be terse.")
        await here.pilot.press("ctrl+s")
        await here.until(lambda: here.app.chat.presenter.settings.system_prompt == "Be terse.", "the prompt")
        await here.pilot.press("escape")
        await here.ask("Go")
        assert "Be terse." in str(model.asked[0].instructions) + str(model.asked[0].messages)


async def test_settings_belong_to_one_chat_and_come_back_with_it(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("Go")
        await here.pilot.press("ctrl+t")
        await here.until(lambda: here.app.chat.layout_view.header.effort == "off", "the effort")
        conversation = here.app.chat.presenter.conversation
    async with running(tmp_path, conversation=conversation) as again:
        assert again.app.chat.layout_view.header.effort == "off"
