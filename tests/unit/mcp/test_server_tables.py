"""A server that is misread starts another program, or sends a key to another host, than its owner wrote down."""

from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w

from tui.config import added_file, load_config, save_servers, save_setting
from tui.errors import ConfigError
from tui.mcp.config import ServerConfig, server_table, servers_from
from tui.paths import config_dir
from tui.toml_source import parse_toml

BOTH = """
# by hand
theme = "nord"

[mcp.time]
command = "uvx"
args = ["mcp-server-time", "--local-timezone", "UTC"]
env = { TZ = "UTC", KEY = "${env:TIME_KEY}" }
cwd = "~/time"
timeout = 2.5
enabled = false
trusted = true

[mcp.docs]
url = "https://example.com/mcp"
[mcp.docs.headers]
Authorization = "Bearer ${key:mcp.docs.Authorization}"
"""
TIME = ServerConfig(
    "time",
    command=("uvx", "mcp-server-time", "--local-timezone", "UTC"),
    env={"TZ": "UTC", "KEY": "${env:TIME_KEY}"},
    folder="~/time",
    enabled=False,
    timeout_s=2.5,
    trusted=True,
)
DOCS = ServerConfig(
    "docs", url="https://example.com/mcp", headers={"Authorization": "Bearer ${key:mcp.docs.Authorization}"}
)


def written(text: str, name: str = "config.toml") -> Path:
    file = config_dir() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_both_kinds_are_read_as_others_write_them() -> None:
    file = written(BOTH)
    assert load_config().servers == (TIME, DOCS)
    assert [server.place for server in load_config().servers] == [f"{file}:5", f"{file}:14"]
    assert (TIME.kind, DOCS.kind) == ("stdio", "http")
    shown = repr(replace(TIME, env={"A": "canary"})) + repr(replace(DOCS, headers={"A": "canary"}))
    assert "canary" not in shown


@pytest.mark.parametrize("server", [TIME, DOCS, ServerConfig("x", command=("a b", "", "--", "ü'\"\\\n"))])
def test_what_is_written_reads_as_it_was(server: ServerConfig) -> None:
    text = tomli_w.dumps({"mcp": {server.name: server_table(server)}})
    assert servers_from(*parse_toml(Path("x.toml"), text.encode())) == (server,)


def test_the_fingerprint_tells_another_program_and_no_other_value() -> None:
    assert TIME.fingerprint == replace(TIME, env={"TZ": "CET", "KEY": ""}, timeout_s=1).fingerprint
    for other in (
        replace(TIME, command=("uvx", "mcp-server-time --local-timezone", "UTC")),
        replace(TIME, env={"TZ": "UTC"}),
        replace(DOCS, url="https://example.com/mcp2"),
        DOCS,
    ):
        assert other.fingerprint != TIME.fingerprint


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[mcp.a]\ncomand = "x"', 2, 'unknown key "comand"'),
        ('[mcp.a]\ncommand = ["x"]', 2, '"command" must be text, not a list'),
        ('[mcp.a]\ncommand = "x"\nargs = "y"', 3, '"args" must be a list'),
        ('[mcp.a]\ncommand = "x"\nargs = ["y", 1]', 3, '"args" must be a list of texts'),
        ('[mcp.a]\nargs = ["y"]', 1, 'no "command" that takes the "args"'),
        ('[mcp.a]\ncommand = "x"\n[mcp.a.env]\nPORT = 80', 4, '"PORT" must be text, not a whole number'),
        ('[mcp.a]\ncommand = "x"\nenv = { "A=B" = "" }', 3, "no name of a variable"),
        ('[mcp.a]\ncommand = "x\\u0000"', 2, "a character that no program can be given"),
        ('[mcp.a]\ncommand = "x"\ntimeout = 0', 3, '"timeout" must be seconds'),
        ('[mcp.a]\ncommand = "x"\ntimeout = inf', 3, '"timeout" must be seconds'),
        ('[mcp.a]\ncommand = "x"\ntimeout = true', 3, '"timeout" must be seconds'),
        ('[mcp.a]\ncommand = "x"\nenabled = 1', 3, '"enabled" must be true or false'),
        ('[mcp.a]\ncommand = "x"\nurl = "https://a"', 1, "a command or an address, not both"),
        ('[mcp.a]\ncommand = "x"\ntrusted = "yes"', 3, '"trusted" must be true or false'),
        ("[mcp.a]\nenabled = true", 1, "needs a command or an address"),
        ('[mcp.a]\ncommand = "x"\nheaders = { A = "b" }', 3, 'a program has no "headers"'),
        ('[mcp.a]\nurl = "https://a"\nenv = { A = "b" }', 3, 'a server with an address has no "env"'),
        ('[mcp.a]\nurl = "file:///etc/passwd"', 2, "no web address"),
        ('[mcp.a]\nurl = "https://a:99999"', 2, "no web address"),
        ('[mcp.a]\nurl = "https://me:secret@a/mcp"', 2, "no user and password"),
        ('[mcp.a]\nurl = "https://a"\nheaders = { "A b" = "c" }', 3, "no name of a header"),
        ('[mcp.a]\nurl = "https://a"\nheaders = { A = "b\\r\\nC: d" }', 3, "one line of plain letters"),
        ('[mcp.a]\ncommand = "${input:x}"', 2, "${input:x} refers to nothing"),
        ('[mcp.a]\ncommand = "${key:openai}"', 2, "${key:openai} refers to nothing"),
        ('[mcp."../a"]\ncommand = "x"', 1, "no name for a server"),
        ('[mcp."a\\u001b[2J"]\ncommand = "x"', 1, "no name for a server"),
        (f'[mcp.{"a" * 41}]\ncommand = "x"', 1, "no name for a server"),
        ('[mcp.a]\ncommand = "x"\n[mcp.a]\ncommand = "y"', 3, "not valid TOML"),
        ('[mcp.chinwag]\ncommand = "x"', 1, '"chinwag" is the name of what comes with the program'),
        ("mcp = 5", 1, '"mcp" must be a table'),
        ("mcp.a = 5", 1, '"a" must be a table'),
    ],
)
@pytest.mark.parametrize("name", ["config.toml", "config.local.toml"])
def test_a_mistake_is_named_with_file_line_and_key(text: str, line: int, says: str, name: str) -> None:
    file = written(text, name)
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert caught.value.message.startswith(f"{file}:{line}: ") and says in caught.value.message
    assert "secret" not in caught.value.sentence and "\x1b" not in caught.value.sentence


def test_servers_of_the_program_stand_beside_what_else_it_has_written_and_never_in_the_persons_file() -> None:
    by_hand = written(BOTH)
    save_setting(by_hand, "open_last", True)
    written(f'{added_file(by_hand).read_text()}\n[providers.mine]\nbase_url = "http://a/v1"', "config.local.toml")
    save_servers(by_hand, [DOCS, ServerConfig("new", command=("x",))])
    config = load_config()
    assert [server.name for server in config.servers] == ["time", "docs", "new"]
    assert config.settings.value("open_last") is True and [one.name for one in config.providers] == ["mine"]
    save_servers(by_hand, [ServerConfig("new", command=("y",))], gone=["docs", "never"])
    assert config.servers[2].command == ("x",) and load_config().servers[2].command == ("y",)
    save_setting(by_hand, "open_last", None)
    assert [server.name for server in load_config().servers] == ["time", "docs", "new"]
    save_servers(by_hand, [], gone=["new"])
    assert "mcp" not in added_file(by_hand).read_text() and load_config().providers
    assert by_hand.read_text() == BOTH


def test_a_broken_file_of_the_program_is_not_written_over() -> None:
    file = written("[mcp.a]\ncommand = 5", "config.local.toml")
    with pytest.raises(ConfigError, match=r"config\.local\.toml:2"):
        save_servers(config_dir() / "config.toml", [DOCS])
    assert file.read_text() == "[mcp.a]\ncommand = 5"
