"""A person would lose settings, or an hour, if a mistake in config.toml were not named where it stands."""

import copy
import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from tui.agent.secret import Secret
from tui.config import Config, State, add_provider, load_config, load_state, save_state, write_private
from tui.errors import ConfigError
from tui.paths import config_dir, state_dir

WHOLE = """
model = "mock:md-500t-50tps"
theme = "chinwag-dark"
notifications = "osc9"
open_last = true

[providers.mock]
label = "Mock server"
base_url = "http://127.0.0.1:8000/v1/"
api_key_env = "MOCK_KEY"
models = ["md-500t-50tps", "think"]

[providers."my.server"]
base_url = "https://llm.example.org"
key_command = ["pass", "show", "mock"]

[local]
models = ["~/models/some.gguf", "here/other.gguf"]
"""


def written(text: str | bytes, path: Path | None = None) -> Path:
    file = path or config_dir() / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)
    return file


def test_an_absent_file_is_the_defaults() -> None:
    config = load_config()
    assert config == Config(config_dir() / "config.toml")
    assert (config.model, config.providers, config.local_models) == (None, (), ())


def test_every_setting_is_read() -> None:
    file = written(WHOLE)
    config = load_config()
    assert (config.path, config.model, config.settings.text("theme")) == (file, "mock:md-500t-50tps", "chinwag-dark")
    assert (config.settings.text("notifications"), config.settings.value("open_last")) == ("osc9", True)
    mock, own = config.providers
    assert mock.base_url == "http://127.0.0.1:8000/v1"  # requests append "/chat/completions"
    assert (mock.name, mock.label, mock.api_key_env) == ("mock", "Mock server", "MOCK_KEY")
    assert mock.models == ("md-500t-50tps", "think")
    assert (own.name, own.label, own.key_command) == ("my.server", "my.server", ("pass", "show", "mock"))
    assert config.local_models == (Path.home() / "models/some.gguf", file.parent / "here/other.gguf")


def test_a_file_named_by_hand_is_used(tmp_path: Path) -> None:
    file = written('model = "a:b"', tmp_path / "other.toml")
    assert load_config(file).model == "a:b"


def test_a_file_named_by_hand_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml does not exist") as caught:
        load_config(tmp_path / "absent.toml")
    assert "--config" in caught.value.hint


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    written('model = "a:b"\ntheme = "nord"')
    monkeypatch.setenv("CHINWAG_MODEL", "c:d")
    assert (load_config().model, load_config().settings.text("theme")) == ("c:d", "nord")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[providers.a]\nbase_url = "http://me:canary@a/v1"', 2),
        ('[providers.a]\nbase_url = ["http://b/v1", "http://me:canary@a/v1"]', 2),
        ('[providers.openai]\nproxy = "http://me:canary@p:1"', 2),
        ('[providers.openai]\nheaders = { X-Org-Id = "65f1c4n4ry7b2e9d00a81c3f" }', 2),  # which stops no start
        ('[mcp.docs]\nurl = "https://a/mcp"\nheaders = { X-Team = "c4n4ryc4n4ryc4n4ryc4n4ry" }', 1),
        ('[mcp.time]\ncommand = "uvx"\nenv = { TIME_TOKEN = "canary-1" }', 1),
        ('[mcp.time]\ncommand = "uvx"\nargs = ["--token", "canary-1"]', 1),
        ('[providers.openai]\nkey_command = ["vault", "--token=canary-1", "read"]', 2),
        ('[providers.openai]\nkey_command = ["curl", "-H", "Authorization: Bearer canary-1", "a"]', 2),
        ('[providers.openai]\nkey_command = ["curl", "-H", "X-Vault-Token: canary-of-vault", "a"]', 2),
        ('[providers.openai]\nkey_command = ["curl", "-u", "me:canary-word", "a"]', 2),
        ('[library]\nurl = "postgresql://me@a/b"\npassword_command = ["curl", "http://me:canary-1@a"]', 3),
    ],
)
def test_a_file_that_others_can_read_is_warned_of_where_it_holds_a_secret(text: str, line: int) -> None:
    file = written(text)
    assert load_config().exposed == ""
    file.chmod(0o644)
    said = load_config().exposed
    assert said.startswith(f"{file}:{line} holds a key or a password") and f"chmod 600 {file}" in said
    assert "canary" not in said and "c4n4ry" not in said


def test_a_file_without_a_secret_is_anybodys_to_read() -> None:
    file = written(
        '[providers.a]\nbase_url = "http://me@a/v1"\nproxy = "http://me:${WORD}@p:1"\n'
        'key_command = ["keys", "--key", "openai", "--secret=openai-key-2024"]\nheaders = { X-Team = "chats" }\n'
        '[mcp.time]\ncommand = "uvx"\nenv = { TZ = "UTC", KEY = "${MINE}" }'
    )
    file.chmod(0o644)
    assert load_config().exposed == ""


def test_a_variable_that_says_nothing_possible_is_no_silent_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHINWAG_GLYPHS", "emoji")
    with pytest.raises(ConfigError, match=r"^CHINWAG_GLYPHS must be one of auto, unicode, ascii, not 'emoji'"):
        load_config()
    monkeypatch.setenv("CHINWAG_GLYPHS", "")
    assert load_config().settings.text("glyphs") == "auto"


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ('model = "a"\nthmee = "nord"', 2, 'unknown key "thmee"', 'Did you mean "theme"?'),
        ('[providers.mock]\n\nbase_ulr = "http://x"', 3, 'unknown key "base_ulr"', '"base_url"'),
        ('[local]\ncontext = "8k"', 2, "a whole number of 512 or more, not '8k'", ""),
        ("[local]\ncontext = 100", 2, "512 or more, not 100", ""),
        ("[local]\nthreads = 0", 2, "a whole number above 0, not 0", ""),
        ("[local]\nmodels = []\ngpu_layers = -1", 3, "of 0 or more, not -1", ""),
        ('[local]\nmemory = "a lot"', 2, 'a size such as "8 GB", not', ""),
        ("[local]\nmemory = 8", 2, 'a size such as "8 GB", not 8', ""),
        ("[local]\nmodels = []\nzzz = 1", 3, 'unknown key "zzz"', ", models."),
        ("# a comment\nmodel = 5", 2, '"model" must be text, not a whole number', ""),
        ('model = "a"\nnotifications = "email"', 2, "must be one of auto, osc9, osc777, bell, off, not 'email'", ""),
        ('open_last = "yes"', 1, '"open_last" must be true or false, not', ""),
        ("model = true", 1, '"model" must be text, not true or false', ""),
        ('\n[providers]\nmock = "x"', 3, '"mock" must be a table, not text', ""),
        (
            '[providers.a]\nbase_url = "http://a"\n[providers.b]\nbase_url = "b.example"',
            4,
            "not a web address",
            "127.0.0.1",
        ),
        ('[providers.a]\nbase_url = "http://a:99999/v1"', 2, "not a web address", ""),
        ('[providers.a]\nbase_url = "file:///etc/passwd"', 2, "not a web address", ""),
        ('[providers.openai]\nmodels = ["x", 3]', 2, "must be a list of texts", ""),
        ('[providers."a b"]\nbase_url = "http://a"', 1, '"a b" is no name for a provider', "letters"),
        ('providers.a.base_url = "nowhere"', 1, "not a web address", ""),
        ('model = "a"\nmodel = "b"', 2, "not valid TOML", ""),
        ("model = a", 1, "not valid TOML", "quotes"),
        ('x = 1\n[local]\nmodels = ["a"', 3, "not valid TOML", ""),
        ('model = "a"\n[providers.work]\nlabel = "x"', 2, '"work" is no vendor', "base_url = "),
        ('[providers.a]\nbase_url = "http://a"\napi = "soap"', 3, "unknown api 'soap'", ""),
        ("[providers.a]\nbase_url = []", 2, "an empty list", "127.0.0.1"),
        ('[providers.a]\nbase_url = ["http://a", "b.example"]', 2, '"b.example" is not a web address', ""),
        ('[providers.a]\nbase_url = ["http://a/v1", "http://a/v1/"]', 2, "an address twice", ""),
        ('[providers.a]\nbase_url = "http://a"\nclient_key = "k.pem"', 3, 'no "client_cert"', "both"),
        ('[providers.a]\nbase_url = "http://a"\nproxy = "proxy:3128"', 3, "no proxy", "socks5://HOST"),
        ('[providers.a]\nbase_url = "http://a"\nheaders = { X = 1 }', 3, '"X" must be text', ""),
        ('[providers.a]\nbase_url = "http://a"\nheaders = { "X Y" = "a" }', 3, "no header", ""),
        ('[providers.a]\nbase_url = "http://a"\nheaders = { X = "a\\nb" }', 3, "no header", ""),
        ('[providers.a]\nbase_url = "http://a"\nheaders = { X = "${a b}" }', 3, "refers to nothing", "${VARIABLE}"),
        ('[providers.a]\nbase_url = "http://a"\nheaders = { X = "${key:mcp.a.B}" }', 3, "only variables", ""),
    ],
)
def test_a_mistake_is_named_with_file_and_line(text: str, line: int, says: str, hint: str) -> None:
    file = written(text)
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert caught.value.message.startswith(f"{file}:{line}: ")
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_bytes_that_are_no_text_are_named_with_their_line() -> None:
    file = written(b'model = "a"\ntheme = "\xff"')
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert caught.value.message.startswith(f"{file}:2: not UTF-8")


def test_a_folder_in_the_place_of_the_file_is_an_error_with_words() -> None:
    (config_dir() / "config.toml").mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be read: it is a folder, not a file"):
        load_config()


def test_a_byte_order_mark_is_no_mistake() -> None:
    written(b'\xef\xbb\xbfmodel = "a:b"')
    assert load_config().model == "a:b"


def test_a_key_in_the_file_is_taken_only_if_nobody_else_can_read_it() -> None:
    file = written('[providers.mock]\nbase_url = "http://a"\napi_key = "sk-canary"')
    key = load_config().providers[0].api_key
    assert key is not None
    assert key.reveal() == "sk-canary"
    file.chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert caught.value.message.startswith(f"{file}:3: ")
    assert "chmod 600" in caught.value.hint


def test_a_key_in_a_header_is_a_key_but_a_reference_and_a_word_are_none() -> None:
    file = written('[providers.a]\nbase_url = "http://a"\nheaders = { Authorization = "Bearer sk-canary-0123" }')
    assert "canary" not in repr(load_config())
    file.chmod(0o644)
    with pytest.raises(ConfigError, match=r":3: this file holds a key") as caught:
        load_config()
    assert "chmod 600" in caught.value.hint and "canary" not in caught.value.sentence
    file.write_text(
        '[providers.a]\nbase_url = "http://a"\nheaders = { Authorization = "Bearer ${A}", X-Org = "chats" }'
    )
    assert load_config().providers[0].headers == {"Authorization": "Bearer ${A}", "X-Org": "chats"}


def test_how_servers_are_reached_is_read_and_written_again() -> None:
    file = written(
        '[providers.rack]\nbase_url = ["http://a:8000/v1/", "http://b:8000"]\nheaders = { X-Org = "${ORG:-chats}" }\n'
        'ca_file = "rack.pem"\nclient_cert = "~/me.pem"\nclient_key = "/keys/me.key"\n'
        'proxy = "socks5h://me:${WORD}@127.0.0.1:1080"\n'
    )
    (rack,) = load_config().providers
    assert rack.base_urls == ("http://a:8000/v1", "http://b:8000") and rack.base_url == rack.base_urls[0]
    assert (rack.ca_file, rack.client_cert) == (str(file.parent / "rack.pem"), str(Path.home() / "me.pem"))
    assert (rack.unset_variables(), rack.resolved(rack.headers["X-Org"])) == (("WORD",), "chats")
    add_provider(file, replace(rack, name="other", label="other"))
    assert load_config().providers[1] == replace(rack, name="other", label="other")


def test_no_representation_of_the_configuration_holds_a_key() -> None:
    written('[providers.mock]\nbase_url = "http://a"\napi_key = "sk-canary"')
    config = load_config()
    assert "sk-canary" not in f"{config} {config!r} {config.providers[0].api_key}"
    assert Secret("a") == Secret("a") != Secret("b")
    with pytest.raises(TypeError):
        pickle.dumps(Secret("sk-canary"))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret("sk-canary"))


@pytest.mark.parametrize(
    "text",
    [
        '"sk-canary"',
        '"  sk-canary\\t"',
        '"\\ufeffsk-canary"',
        '"""\nsk-canary\nlogin: someone\n"""',
        '"sk-canary\\r\\nmore"',
    ],
)
def test_the_first_line_of_an_inline_key_is_the_key(text: str) -> None:
    written(f'[providers.mock]\nbase_url = "http://a"\napi_key = {text}')
    key = load_config().providers[0].api_key
    assert key is not None and key.reveal() == "sk-canary"


def test_a_text_that_is_no_key_is_named_with_its_line_and_not_quoted() -> None:
    file = written('[providers.mock]\nbase_url = "http://a"\napi_key = "sk-canary\\u200bx"')
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert caught.value.message == f'{file}:3: "api_key" holds no key: it has a character that no key has (U+200B).'
    assert "canary" not in caught.value.sentence


def test_what_the_program_remembers_comes_back() -> None:
    state = State("nord", "mock:a", 30, 46, True, False, favourites=("mock:b", "mock:a"), recent_models=("mock:a",))
    save_state(state)
    assert load_state() == state
    save_state(State(theme="chinwag-light"))
    assert load_state() == State(theme="chinwag-light")


def test_the_state_file_is_for_its_owner_only() -> None:
    save_state(State(theme="nord"))
    assert (state_dir() / "state.toml").stat().st_mode & 0o777 == 0o600
    assert state_dir().stat().st_mode & 0o777 == 0o700
    assert [file.name for file in state_dir().iterdir()] == ["state.toml"]


@pytest.mark.parametrize("text", ["theme = ", "theme = 5", b"\xff\xfe", 'history_width = "wide"'])
def test_a_broken_state_file_costs_the_state_not_the_start(text: str | bytes) -> None:
    written(text, state_dir() / "state.toml")
    state = load_state()
    assert state == State()
    assert "state.toml" in state.notice
    save_state(State(theme="nord"))
    assert load_state().notice == ""


def test_a_key_of_a_newer_version_in_the_state_is_passed_over() -> None:
    written('theme = "nord"\nshiny = 1', state_dir() / "state.toml")
    assert load_state() == State(theme="nord")


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(monkeypatch: pytest.MonkeyPatch) -> None:
    save_state(State(theme="nord"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        save_state(State(theme="dracula"))
    assert load_state() == State(theme="nord")
    assert [file.name for file in state_dir().iterdir()] == ["state.toml"]


def test_a_folder_that_cannot_be_made_is_an_error_with_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_private(tmp_path / "file" / "state.toml", b"")


@pytest.mark.parametrize("ending", ["", "/", "/chat/completions", "/responses/", "/models", "/chat/completions?x=1"])
def test_an_address_is_taken_as_it_was_copied(ending: str) -> None:
    (provider,) = load_config(written(f'[providers.a]\nbase_url = "https://a.test/v1{ending}"')).providers
    assert provider.base_url == "https://a.test/v1"


def test_a_password_in_a_wrong_address_is_not_quoted() -> None:
    with pytest.raises(ConfigError, match="not a web address") as raised:
        load_config(written('[providers.a]\nbase_url = "http://me:canary@a:99999/v1"'))
    assert "canary" not in raised.value.sentence
