"""A server that is lost on the way is missed; one that is taken over wrongly runs something else."""

import json
from pathlib import Path

import pytest

from tui.errors import ConfigError
from tui.mcp.imports import MOST_SERVERS, FoundServer, LeftOut, known_files, project_files, read_foreign

CLAUDE = """{
  // Claude Desktop, /* and */ "https://not.a.comment"
  "mcpServers": {
    "Files (mine)": {"command": "npx", "args": ["-y", "server-filesystem", "/srv//a"], /* here */ },
    "github": {
      "command": "docker", "args": ["run", "-i", "img"],
      "env": {"GITHUB_TOKEN": "ghp-canary", "PORT": 8080, "DEBUG": true},
      "alwaysAllow": ["delete_repo"], "trusted": true,
    },
  },
}"""
CURSOR = {
    "mcpServers": {
        "remote": {"url": "https://a.example/mcp", "headers": {"Authorization": "Bearer ${env:TOKEN}"}},
        "home": {"command": "${userHome}/bin/server", "disabled": True},
        "elsewhere": {"command": "${workspaceFolder}/server"},
    }
}
VSCODE = {
    "inputs": [
        {"type": "promptString", "id": "gh-token", "description": "Token \x1b[2Jof GitHub", "password": True},
        {"type": "pickString", "id": "zone", "default": "UTC"},
    ],
    "servers": {
        "gh": {
            "type": "http",
            "url": "https://gh.example/mcp",
            "headers": {"Authorization": "Bearer ${input:gh-token}"},
        },
        "time": {"type": "stdio", "command": "uvx", "args": ["t", "${input:zone}"], "envFile": ".env"},
        "old": {"type": "sse", "url": "https://a.example/sse"},
    },
}
OPENCODE = {
    "mcp": {
        "local": {
            "type": "local", "command": ["bun", "x", "server"], "environment": {"A": "{env:B}"}, "enabled": False,
        },
        "remote": {"type": "remote", "url": "https://a.example/mcp", "oauth": {}},
        "filed": {"type": "remote", "url": "https://a.example", "headers": {"A": "{file:~/.token}"}},
        "timeout": {"startup": 5},
        "servers": {"second": {"type": "local", "command": ["y"]}},
    }
}  # fmt: skip
OTERM = {
    "theme": "dark",
    "mcpServers": {
        "git": {"command": "uvx", "args": ["git"]},
        "b": {"url": "http://a/mcp", "auth": {"type": "bearer", "token": "T"}},
    },
}


def file_of(content: object, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def taken(file: Path) -> tuple[dict[str, FoundServer], dict[str, str]]:
    """Servers by our names, and reasons by theirs."""
    found = read_foreign(file)
    return (
        {one.config.name: one for one in found if isinstance(one, FoundServer)},
        {one.called: one.reason for one in found if isinstance(one, LeftOut)},
    )


def test_claude_with_comments_and_last_commas(tmp_path: Path) -> None:
    servers, left_out = taken(file_of(CLAUDE, tmp_path / "claude_desktop_config.json"))
    assert not left_out and list(servers) == ["files-mine", "github"]
    assert servers["files-mine"].config.command == ("npx", "-y", "server-filesystem", "/srv//a")
    assert servers["files-mine"].called == "Files (mine)"
    assert servers["github"].config.env == {"GITHUB_TOKEN": "ghp-canary", "PORT": "8080", "DEBUG": "true"}
    assert not servers["github"].config.trusted
    assert servers["github"].notes == (
        "not taken over: alwaysAllow, trusted",
    )  # what was allowed there is asked about here


def test_cursor_with_its_references(tmp_path: Path) -> None:
    servers, left_out = taken(file_of(CURSOR, tmp_path / "any.json"))
    assert servers["remote"].config.headers == {"Authorization": "Bearer ${env:TOKEN}"}
    assert servers["home"].config.command == ("${HOME}/bin/server",) and not servers["home"].config.enabled
    assert "workspaceFolder" in left_out["elsewhere"]


def test_vs_code_with_what_it_asks_for(tmp_path: Path) -> None:
    servers, left_out = taken(file_of(VSCODE, tmp_path / "mcp.json"))
    assert servers["gh"].config.headers == {"Authorization": "Bearer ${GH_TOKEN}"}
    (note,) = servers["gh"].notes
    assert note.startswith("set GH_TOKEN in the environment (Token") and "\x1b" not in note
    assert servers["time"].config.command == ("uvx", "t", "${ZONE:-UTC}")
    assert servers["time"].notes == ("not taken over: envFile",)
    assert list(left_out) == ["old"] and "SSE" in left_out["old"]
    settings = file_of({"editor.fontSize": 12, "mcp": VSCODE}, tmp_path / "settings.json")
    assert [*taken(settings)[0]] == ["gh", "time"]


def test_opencode_old_and_new(tmp_path: Path) -> None:
    servers, left_out = taken(file_of(OPENCODE, tmp_path / "opencode.json"))
    assert list(servers) == ["second", "local", "remote"]
    assert servers["local"].config.command == ("bun", "x", "server") and not servers["local"].config.enabled
    assert servers["local"].config.env == {"A": "${env:B}"}
    assert servers["remote"].notes == ("not taken over: oauth",)
    assert list(left_out) == ["filed"] and "{file" not in left_out["filed"] and "file:~/.token" in left_out["filed"]


def test_oterm_beside_its_other_settings(tmp_path: Path) -> None:
    servers, left_out = taken(file_of(OTERM, tmp_path / "config.json"))
    assert servers["git"].config.command == ("uvx", "git") and not left_out
    assert servers["b"].config.headers == {"Authorization": "Bearer T"}


@pytest.mark.parametrize("name", [".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json", "opencode.json"])
def test_servers_of_a_project_start_in_its_folder(name: str, tmp_path: Path) -> None:
    entries = {"a": {"command": "./run", "args": ["${workspaceFolder}/x"]}, "b": {"command": "x", "cwd": "sub"}}
    servers, _ = taken(file_of({"mcpServers": entries}, tmp_path / name))
    assert (servers["a"].config.folder, servers["a"].config.command[1]) == (str(tmp_path), f"{tmp_path}/x")
    assert servers["b"].config.folder == str(tmp_path / "sub")
    assert project_files(tmp_path) == [tmp_path / name]


def test_the_files_of_programs_are_found_and_none_that_came_with_a_folder(
    _home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file_of({}, tmp_path / ".mcp.json")
    assert known_files() == []
    names = (
        ".config/Claude/claude_desktop_config.json", ".claude.json", ".cursor/mcp.json", ".config/Code/User/mcp.json",
        ".config/opencode/opencode.json", ".local/share/oterm/config.json",
    )  # fmt: skip
    for name in names:
        file_of({"mcpServers": {"a": {"command": "./run"}}}, _home / name)
    assert known_files() == [_home / name for name in names]
    assert all(taken(file)[0]["a"].config.folder == "" for file in known_files())


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (5, "no table"),
        ([], "no table"),
        ({}, "needs a command or an address"),
        ({"command": "x", "url": "https://a"}, "not both"),
        ({"args": ["x"]}, "no command"),
        ({"command": {"a": 1}}, "no list of texts"),
        ({"command": ["x", None]}, "no list of texts"),
        ({"command": "x", "type": "http"}, 'and the type "http"'),
        ({"url": ["https://a"]}, "no text"),
        ({"url": "wss://a"}, 'speaks "wss"'),
        ({"url": "https://a", "type": "websocket"}, 'speaks "websocket"'),
        ({"url": "https://me:canary@a/"}, "no user and password"),
        ({"command": "x", "env": ["A=b"]}, "its env is no table"),
        ({"command": "x", "env": {"A": {}}}, "its env is no table"),
        ({"command": "x", "cwd": 5}, "its cwd is no text"),
        ({"command": "x\0canary"}, "no program can be given"),
        ({"command": "\ud800"}, "no program can be given"),
        ({"command": "x", "env": {"A": "${key:mcp.other.TOKEN}"}}, "only that program knows"),
        ({"command": "x", "env": {"A": "${key:openai}"}}, "only that program knows"),
        ({"command": "${command:pick}"}, "only that program knows"),
        ({"url": "https://a", "headers": {"A": "b\r\nC: canary"}}, "one line"),
    ],
)
def test_what_cannot_be_taken_over_is_told_and_costs_no_other(entry: object, says: str, tmp_path: Path) -> None:
    servers = {"bad": entry, "good": {"command": "x"}}
    found, left_out = taken(file_of({"mcpServers": servers}, tmp_path / "x.json"))
    assert list(found) == ["good"] and list(left_out) == ["bad"]
    assert says in left_out["bad"] and "canary" not in left_out["bad"]


@pytest.mark.parametrize("name", ["", "../..", "ü", "\x1b[2J\x1b", "日本", "$(reboot)", "a" * 500, "A.B c"])
def test_a_name_becomes_one_that_ours_may_have_or_none(name: str, tmp_path: Path) -> None:
    found, left_out = taken(file_of({"mcpServers": {name: {"command": "x"}}}, tmp_path / "x.json"))
    assert len(found) + len(left_out) == 1
    assert all(called.replace("-", "").isalnum() and len(called) <= 40 for called in found)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "is not UTF-8"),
        ("", ":1: not valid JSON"),
        ("{\n\n'a': 1}", ":3: not valid JSON"),
        ('{"a": 1,,}', ":1: not valid JSON"),
        ("[]", "is no JSON object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"mcpServers":' * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(content: str | bytes, says: str, tmp_path: Path) -> None:
    file = file_of(content, tmp_path / "x.json")
    with pytest.raises(ConfigError) as caught:
        read_foreign(file)
    assert str(file) in caught.value.message and says in caught.value.message
    with pytest.raises(ConfigError, match="cannot be read"):
        read_foreign(tmp_path / "absent.json")


def test_no_file_is_too_much(tmp_path: Path) -> None:
    many = {f"s{number}": {"command": "x"} for number in range(MOST_SERVERS + 10)}
    found, left_out = taken(file_of({"mcpServers": many}, tmp_path / "x.json"))
    assert (len(found), list(left_out)) == (MOST_SERVERS, ["…"])
    # Hours, where a pattern looks at everything again and again.
    for hostile in ("/*" * 500_000, "," + " " * 1_000_000, '"\\' * 500_000, (", " * 500_000) + "]"):
        with pytest.raises(ConfigError):
            read_foreign(file_of(hostile, tmp_path / "y.json"))


def test_of_two_entries_of_one_name_the_last_one_counts_as_it_does_there(tmp_path: Path) -> None:
    twice = '{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}'
    found, _ = taken(file_of(twice, tmp_path / "x.json"))
    assert found["a"].config.command == ("y",)
