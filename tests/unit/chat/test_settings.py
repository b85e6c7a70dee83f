"""Settings of a conversation: what is not set is not sent, and files of other versions still read."""

from tui.chat.settings import ChatSettings


def test_only_what_is_set_is_stored_and_sent() -> None:
    assert ChatSettings().to_json() == "{}"
    assert ChatSettings().for_model() == {}
    settings = ChatSettings(temperature=0.0, max_tokens=100, effort="off", system_prompt="Be kind.")
    assert settings.for_model() == {"temperature": 0.0, "max_tokens": 100, "thinking": "off"}
    assert ChatSettings.from_json(settings.to_json()) == settings


def test_settings_of_another_version_keep_what_is_known() -> None:
    assert ChatSettings.from_json('{"top_p": 0.5, "invented_later": 1}') == ChatSettings(top_p=0.5)
    assert ChatSettings.from_json("") == ChatSettings()
