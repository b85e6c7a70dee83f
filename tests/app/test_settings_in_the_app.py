"""Settings of one conversation: saved at once, refused in words, sent with the next turn."""

from pathlib import Path

import pytest

from tests.support.app import running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.text_editor import TextEditor
from tui.app.widgets.setting_values import next_effort, read_value, stepped
from tui.chat.settings import ChatSettings


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


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("temperature", "0,7", 0.7),
        ("temperature", "", None),
        ("top_p", "1", 1.0),
        ("max_tokens", "4k", 4000),
        ("max_tokens", "default", None),
    ],
)
def test_what_a_person_types_is_understood(name: str, typed: str, value: float | None) -> None:
    assert read_value(name, typed) == value  # type: ignore[arg-type]  # one of the names


@pytest.mark.parametrize(
    ("name", "typed"),
    [("temperature", "nan"), ("temperature", "-1"), ("top_p", "1.5"), ("top_p", "inf"), ("max_tokens", "0"),
     ("max_tokens", "1.5"), ("max_tokens", "many"), ("max_tokens", "9" * 400), ("temperature", "[b]hot")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(name: str, typed: str) -> None:
    with pytest.raises(ValueError, match="the value stays"):
        read_value(name, typed)  # type: ignore[arg-type]  # one of the names


def test_steps_stop_at_the_ends_and_efforts_go_round() -> None:
    assert stepped(ChatSettings(temperature=2.0), "temperature", 1).temperature == 2.0
    assert stepped(ChatSettings(max_tokens=1), "max_tokens", -1).max_tokens == 1
    assert stepped(ChatSettings(), "system_prompt", 1) == ChatSettings()
    efforts = [None]
    for _ in range(6):
        efforts.append(next_effort(efforts[-1]))  # type: ignore[arg-type]  # starts with the default
    assert efforts == [None, "off", "minimal", "low", "medium", "high", "max"]
    assert next_effort("max") is None
