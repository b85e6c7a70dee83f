"""Settings of a conversation: what is not set is not sent, and files of other versions still read."""

import pytest

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


def test_what_the_provider_has_beside_is_kept_and_sent() -> None:
    settings = ChatSettings(web_search=True, verbosity="low", service_tier="flex")
    assert ChatSettings.from_json(settings.to_json()) == settings
    assert settings.for_model() == {"web_search": True, "verbosity": "low", "service_tier": "flex"}
    off = ChatSettings.from_json('{"web_search": false}')
    assert (off.web_search, off.for_model()) == (False, {})
    assert off.over(settings).web_search is False, "switched off in a chat, whatever is set for others"


NO_SETTINGS = [
    "{",
    "[]",
    "null",
    '"text"',
    "\x00",
    "[" * 100_000,
    '{"temperature": "hot"}',
    '{"temperature": true}',
    '{"temperature": NaN}',
    '{"temperature": -1}',
    '{"max_tokens": 1.5}',
    '{"max_tokens": true}',
    '{"max_tokens": 1e400}',
    '{"top_p": [1]}',
    '{"effort": "enormous"}',
    '{"effort": ["low"]}',
    '{"web_search": 1}',
    '{"web_search": "true"}',
    '{"verbosity": "enormous"}',
    '{"verbosity": ["low"]}',
    '{"service_tier": 1}',
    '{"service_tier": "standard_only"}',
    '{"system_prompt": 1}',
    '{"system_prompt": null}',
]


@pytest.mark.parametrize("text", NO_SETTINGS, ids=lambda text: text[:30])
def test_what_is_no_setting_is_not_set(text: str) -> None:
    assert ChatSettings.from_json(text) == ChatSettings()
