"""A setting that is misread costs money or an answer; one that is not in the table cannot be found by anybody."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.config import SETTINGS, SettingValues, SetValue, Value, added_file, load_config, save_setting
from tui.errors import ConfigError
from tui.paths import config_dir


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("temperature", "0,7", 0.7),
        ("temperature", "", None),
        ("top_p", "1", 1.0),
        ("max_tokens", "4k", 4000),
        ("max_tokens", "default", None),
        ("effort", "high", "high"),
    ],
)
def test_what_a_person_types_is_understood(name: str, typed: str, value: Value | None) -> None:
    assert CHAT_SETTINGS[name].read(typed) == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [("temperature", "nan"), ("temperature", "-1"), ("top_p", "1.5"), ("top_p", "inf"), ("max_tokens", "0"),
     ("max_tokens", "1.5"), ("max_tokens", "many"), ("max_tokens", "9" * 400), ("temperature", "[b]hot"),
     ("effort", "huge")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(name: str, typed: str) -> None:
    with pytest.raises(ValueError, match="the value stays"):
        CHAT_SETTINGS[name].read(typed)


def test_steps_stop_at_the_ends_and_efforts_go_round() -> None:
    assert ChatSettings(temperature=2.0).stepped("temperature", 1).temperature == 2.0
    assert ChatSettings().stepped("temperature", 1).temperature == 1.0
    assert ChatSettings(max_tokens=1).stepped("max_tokens", -1).max_tokens == 1
    assert ChatSettings().stepped("max_tokens", 1).max_tokens == 4096
    assert ChatSettings().stepped("system_prompt", 1) == ChatSettings()
    efforts = [ChatSettings()]
    for _ in range(6):
        efforts.append(efforts[-1].stepped("effort", 1))
    assert [one.effort for one in efforts] == [None, "off", "minimal", "low", "medium", "high", "max"]
    assert efforts[-1].stepped("effort", 1).effort is None
    flag = SETTINGS["open_last"]
    assert flag.stepped(None, 1) is True and flag.stepped(True, -1) is False and flag.read("True") is True
    threads, context = SETTINGS["local.threads"], SETTINGS["local.context"]
    assert threads.stepped(None, 1) == 1 and threads.stepped(3, 1) == 4 and threads.stepped(1, -1) == 1
    assert context.stepped(None, 1) == 16_384 and context.stepped(600, -1) == 512
    assert SETTINGS["local.gpu_layers"].stepped(0, 1) == 1
    preset = SETTINGS["keys.preset"]
    assert preset.stepped(None, 1) == "vim" and preset.stepped("default", -1) == "zellij"


def test_every_setting_of_a_chat_has_its_row_and_every_row_its_words() -> None:
    assert set(CHAT_SETTINGS) == {field.name for field in fields(ChatSettings)}
    assert all(one.help.endswith(".") and one.label and one.group for one in SETTINGS.values())
    assert all(one.choices for one in SETTINGS.values() if one.kind == "choice")


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("chat.temperature", "[chat]\ntemperature = 7", ':2: "temperature" must be a number from 0 to 2, not 7'),
        ("chat.temperature", "[chat]\ntemperature = true", ':2: "temperature" must be a number'),
        ("chat.effort", 'chat.effort = "huge"', ':1: "effort" must be one of off, minimal'),
        ("chat.max_tokens", "[chat]\nmax_tokens = 1.5", ':2: "max_tokens" must be a whole number'),
        ("chat.system_prompt", "[chat]\nsystem_prompt = 5", ':2: "system_prompt" must be text, not a whole number'),
        ("chat.effort", "[chat]\nefort = 1", ':2: unknown key "efort"'),
        ("chat.effort", "chat = 5", ':1: "chat" must be a table'),
    ],
)
@pytest.mark.parametrize("name", ["config.toml", "config.local.toml"])
def test_a_wrong_value_is_named_with_file_and_line_in_either_file(name: str, key: str, text: str, says: str) -> None:
    config_dir().mkdir()
    (config_dir() / name).write_text(text)
    if name == "config.local.toml" and "unknown" in says:
        assert load_config().settings.value(key) is None, "what a newer version wrote costs an older one nothing"
        return
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert caught.value.message.startswith(f"{config_dir() / name}{says}")


def test_the_strongest_place_holds_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    config_dir().mkdir()
    by_hand = config_dir() / "config.toml"
    by_hand.write_text('# mine\ntheme = "nord"\n[chat]\ntemperature = 1\n')

    def origin(key: str) -> tuple[Value | None, str, str]:
        values = load_config().settings
        holding = values.holding(key)
        return (values.value(key), holding.origin, holding.place) if holding else (values.value(key), "default", "")

    assert origin("chat.effort") == (None, "default", "")
    assert origin("keys.preset") == ("default", "default", "")
    assert origin("theme") == ("nord", "config.toml", f"{by_hand}:2")
    assert origin("chat.temperature") == (1, "config.toml", f"{by_hand}:4")
    save_setting(by_hand, "theme", "dracula")
    own = added_file(by_hand)
    assert origin("theme") == ("dracula", "app", f"{own}:3")
    monkeypatch.setenv("CHINWAG_THEME", "gruvbox")
    assert origin("theme") == ("gruvbox", "environment", "CHINWAG_THEME")
    values = load_config().settings.set(SetValue("theme", "zenburn", "command line", "--theme"))
    assert values.text("theme") == "zenburn"
    monkeypatch.delenv("CHINWAG_THEME")
    save_setting(by_hand, "theme", None)
    assert origin("theme") == ("nord", "config.toml", f"{by_hand}:2")
    assert by_hand.read_text().startswith("# mine"), "what a person wrote is never written to"


def test_what_is_set_in_the_app_leaves_the_servers_and_the_unknown_alone() -> None:
    config_dir().mkdir()
    own = config_dir() / "config.local.toml"
    own.write_text('shiny = 1\n[chat]\nlater = true\n[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\n')
    own.chmod(0o600)
    file = config_dir() / "config.toml"
    save_setting(file, "chat.temperature", 0.3)
    save_setting(file, "chat.system_prompt", 'Say "ahoy"\nand go.')
    save_setting(file, "chat.effort", "low")
    save_setting(file, "chat.effort", None)
    written = tomllib.loads(own.read_text())
    assert written["shiny"] == 1
    assert written["chat"] == {"later": True, "temperature": 0.3, "system_prompt": 'Say "ahoy"\nand go.'}
    config = load_config()
    assert [one.name for one in config.providers] == ["mine"]
    settings = ChatSettings.for_new_chats(config.settings)
    assert settings == ChatSettings(temperature=0.3, system_prompt='Say "ahoy"\nand go.')
    assert own.stat().st_mode & 0o777 == 0o600


def test_a_file_of_ours_with_a_mistake_is_not_written_over(tmp_path: Path) -> None:
    own = tmp_path / "config.local.toml"
    own.write_text("theme = ")
    with pytest.raises(ConfigError, match=r"config\.local\.toml:1"):
        save_setting(tmp_path / "config.toml", "theme", "nord")
    assert own.read_text() == "theme = "


def test_no_value_is_set() -> None:
    assert SettingValues().value("theme") == "auto" and SettingValues().text("model") is None
