"""MCP servers from the shell: what is written where, and that no key stands in the clear in a file or on the screen."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.support.shell import Chinwag
from tui.config import load_config
from tui.paths import config_dir

BY_HAND = """# mine
theme = "nord"   # a comment

[mcp.own]        # another
command = "sh"
"""
CANARY = "canary-1234567890"


@pytest.fixture
def by_hand() -> Path:
    file = config_dir() / "config.toml"
    file.parent.mkdir()
    file.write_text(BY_HAND)
    return file


def added() -> str:
    return (config_dir() / "config.local.toml").read_text()


def names() -> list[str]:
    return [server.name for server in load_config().servers]


def test_added_listed_and_removed_without_a_trace_in_the_persons_file(chinwag: Chinwag, by_hand: Path) -> None:
    (config_dir() / "config.local.toml").write_text('open_last = true\n[later]\nnew = "of a newer version"\n')
    done = chinwag("mcp", "add", "time", "--env", "TZ=UTC", "--", "sh", "-c", "exit 1", "--", "--url")
    assert (done.code, done.out) == (0, "time  sh -c 'exit 1' -- --url\n")
    assert "config.local.toml" in done.err and "chinwag mcp test time" in done.err
    assert (
        chinwag("mcp", "add", "docs", "--url", "https://a.example/mcp", "--off", "--trusted", "--timeout", "5").code
        == 0
    )
    listed = chinwag("mcp")
    assert listed == chinwag("mcp", "list")
    rows = [line.split() for line in listed.out.splitlines()]
    assert [row[0] for row in rows] == ["own", "time", "docs"] and rows[2][2:5] == ["off", "·", "trusted"]
    facts = json.loads(chinwag("mcp", "list", "--json").out)
    assert [(one["name"], one["kind"], one["enabled"], one["timeout"]) for one in facts] == [
        ("own", "stdio", True, 60.0), ("time", "stdio", True, 60.0), ("docs", "http", False, 5.0),
    ]  # fmt: skip
    assert facts[1]["command"] == ["sh", "-c", "exit 1", "--", "--url"] and facts[1]["env"] == ["TZ"]
    done = chinwag("mcp", "remove", "time", "docs")
    assert done.code == 0 and done.out == "" and done.err.count("Removed: ") == 2
    assert names() == ["own"] and by_hand.read_text() == BY_HAND
    assert "open_last = true" in added() and "of a newer version" in added() and "mcp" not in added()


def test_secrets_go_among_the_stored_keys_and_are_forgotten_with_the_server(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    add = (
        "mcp",
        "add",
        "gh",
        "--env",
        f"GITHUB_TOKEN={CANARY}",
        "--env",
        "OTHER",
        "--",
        "sh",
        "--api-key",
        f"{CANARY}2",
    )
    shown = [chinwag(*add), chinwag("mcp", "add", "web", "--url", "https://a", "--header", f"X-Api-Key: {CANARY}3")]
    shown += [chinwag("mcp"), chinwag("mcp", "list", "--json"), chinwag("doctor"), chinwag("keys")]
    assert CANARY not in "".join(ran.out + ran.err for ran in shown) + added()
    assert "OTHER not set" in shown[2].out and "mcp.gh.GITHUB_TOKEN" in shown[0].err
    stored = config_dir() / "credentials.local.toml"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600 and stored.read_text().count(CANARY) == 3
    assert load_config().servers[0].env == {"GITHUB_TOKEN": "${key:mcp.gh.GITHUB_TOKEN}", "OTHER": "${OTHER}"}
    assert chinwag("mcp", "add", "gh", "--replace", "--env", f"GITHUB_TOKEN={CANARY}4", "--", "sh").code == 0
    assert f"{CANARY}4" in stored.read_text() and f"{CANARY}2" not in stored.read_text()
    assert chinwag("mcp", "remove", "gh").code == 0
    assert stored.read_text().count(CANARY) == 1 and f"{CANARY}3" in stored.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add",), "NAME"),
        (("add", "x"), "chinwag mcp add x -- COMMAND"),
        (("add", "x", "sh"), "Unrecognized arguments: sh"),
        (("add", "X y", "--", "sh"), "no name for a server"),
        (("add", "x", "--url", "https://a", "--", "sh"), "not both"),
        (("add", "x", "--url", f"https://me:{CANARY}@a"), "no user and password"),
        (("add", "x", "--header", "A: b", "--", "sh"), 'no "headers"'),
        (("add", "x", "--header", "A", "--url", "https://a"), "'NAME: VALUE'"),
        (("add", "x", "--timeout", "nan", "--", "sh"), "number of seconds"),
        (("add", "x", "--", "sh", "${input:a}"), "refers to nothing"),
        (("add", "x", "--env", f"TOKEN={CANARY}\nü", "--", "sh"), "cannot be stored"),
        (("add", "own", "--", "sh"), "config.toml:4 has a server of that name"),
        (("add", "own", "--replace", "--", "sh"), "config.toml:4 has a server of that name"),
        (("add", "made", "--", "sh"), "--replace"),
        (("remove", "own"), "config.toml:4"),
        (("remove", "made", "mede"), 'Did you mean "made"?'),
        (("test", "mad"), 'Did you mean "made"?'),
        (("login", "made"), "no sign-in"),
        (("logout", "\x1b[2J"), 'no MCP server "'),
        (("lst",), "Unrecognized arguments: lst"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    chinwag: Chinwag, by_hand: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert chinwag("mcp", "add", "made", "--", "sh").code == 0
    before = added()
    done = chinwag("mcp", *arguments)
    assert done.code == 2 and words in done.err and done.out == ""
    assert added() == before and by_hand.read_text() == BY_HAND
    assert CANARY not in done.err and "\x1b" not in done.err
    assert not (config_dir() / "credentials.local.toml").exists()


def test_servers_of_other_programs_are_taken_over_once(chinwag: Chinwag, by_hand: Path, _home: Path) -> None:
    entries = {
        "Own": {"command": "other"},
        "Git Hub": {"command": "sh", "env": {"GITHUB_TOKEN": CANARY}, "autoApprove": ["x"]},
        "old": {"type": "sse", "url": "https://a.example/sse"},
        "\x1b[2Jü": {"command": "x\x1b[31m"},
    }
    claude = _home / ".config" / "Claude" / "claude_desktop_config.json"
    claude.parent.mkdir(parents=True)
    claude.write_text(json.dumps({"mcpServers": entries}))
    (_home / ".cursor").mkdir()
    (_home / ".cursor" / "mcp.json").write_text(
        '{"mcpServers": {"git-hub": {"command": "sh"}, "time": {"url": "https://a"}}}'
    )
    (_home / ".claude.json").write_text("{ broken")
    dry = chinwag("mcp", "import", "--dry-run")
    assert dry.code == 0 and names() == ["own"] and "3 servers would be written, 4 left out" in dry.err
    done = chinwag("mcp", "import")
    assert done.code == 0 and names() == ["own", "git-hub", "2j", "time"]
    assert 'git-hub  sh · called "Git Hub" there · not taken over: autoApprove · secrets go to' in done.out
    for words in (
        "Own is left out: ",
        "config.toml:4 has a server",
        "old is left out: it speaks SSE",
        ".claude.json:1:",
    ):
        assert words in done.err
    assert "git-hub is left out: " in done.err and "stands in" in done.err
    assert CANARY not in dry.out + dry.err + done.out + done.err + added() and "\x1b" not in done.out + done.err
    again = chinwag("mcp", "import")
    assert again.code == 0 and again.err.count("it is there already") == 3 and len(names()) == 4
    assert by_hand.read_text() == BY_HAND


def test_files_that_came_with_a_folder_are_read_only_by_name(
    chinwag: Chinwag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".mcp.json"
    wants = {"A": "${OPENAI_API_KEY}", "B": "${TOWN:-x}"}
    file.write_text(json.dumps({"mcpServers": {"theirs": {"command": "./run", "env": wants}}}))
    monkeypatch.chdir(tmp_path)
    unread = chinwag("mcp", "import")
    assert unread.code == 0 and f"chinwag mcp import {file}" in unread.err and names() == []
    read = chinwag("mcp", "import", str(file))
    assert read.code == 0 and "is given $OPENAI_API_KEY, $TOWN" in read.out, "whose file asks for a key of ours is told"
    assert load_config().servers[0].folder == str(tmp_path)
    assert chinwag("mcp", "import", str(tmp_path / "absent.json")).code == 1


def test_the_doctor_looks_for_programs_and_starts_none(
    chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    trap.chmod(0o755)
    chinwag("mcp", "add", "good", "--", str(trap), "sk-proj-canary-canary")
    chinwag("mcp", "add", "gone", "--", "no-such-program-anywhere")
    chinwag("mcp", "add", "away", "--off", "--", "no-such-program-anywhere")
    report = chinwag("doctor")
    marks = {line.split()[2]: line for line in report.out.splitlines() if line.split()[1] == "mcp"}
    assert {name: line[0] for name, line in marks.items()} == {"good": "✓", "gone": "✗", "away": "·"}
    assert "no program no-such-program-anywhere" in marks["gone"] and "canary" not in report.out
    assert not (tmp_path / "started").exists()


def test_without_the_package_one_line_says_how_to_get_it(chinwag: Chinwag, monkeypatch: pytest.MonkeyPatch) -> None:
    chinwag("mcp", "add", "time", "--", sys.executable)
    monkeypatch.setattr("tui.mcp.readiness.sdk_installed", lambda: False)
    listed = chinwag("mcp")
    assert listed.code == 0 and listed.out.startswith("time") and "pip install 'chinwag[mcp]'" in listed.err
    assert os.environ.get("TERM") is None or "pip install 'chinwag[mcp]'" in chinwag("doctor").out
