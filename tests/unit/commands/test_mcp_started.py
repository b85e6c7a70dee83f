"""What a server offers, told by one that was really started; one that fails costs a line and no other its answer."""

import sys
from pathlib import Path

from tests.support.mcp_servers import PROGRAM, running
from tests.support.shell import Chinwag
from tui.mcp.config import ServerConfig
from tui.mcp.values import McpError


def add(chinwag: Chinwag, folder: Path, name: str, *modes: str, env: tuple[str, ...] = ()) -> None:
    options = [part for one in env for part in ("--env", one)]
    program = (sys.executable, "-S", str(PROGRAM), str(folder))
    assert chinwag("mcp", "add", name, "--off", *options, "--", *program, *modes).code == 0


def test_servers_are_started_side_by_side_and_each_says_what_it_offers(chinwag: Chinwag, tmp_path: Path) -> None:
    add(chinwag, tmp_path, "good")
    add(chinwag, tmp_path, "evil", "hostile", "tools only")
    add(chinwag, tmp_path, "many", "many tools")
    add(chinwag, tmp_path, "dead", "die initialize")
    add(chinwag, tmp_path, "poor", env=("NOT_SET_ANYWHERE",))
    done = chinwag("mcp", "test", "good", "evil", "many", "dead", "poor", "good")
    lines = done.out.splitlines()
    heads = [line for line in lines if not line.startswith("  ")]
    assert done.code == 1 and [line[0] for line in heads] == ["✓", "✓", "✓", "✗", "✗"]
    assert heads[0].startswith("✓ good  played 1.0") and "2 tools · 2 resources · 1 prompt" in heads[0]
    assert heads[3].startswith("✗ dead ended (exit code 3): no licence")
    assert heads[4].startswith("✗ poor needs NOT_SET_ANYWHERE, not set in the environment.")
    rows = [" ".join(line.split()) for line in lines[1 : lines.index(heads[1])]]
    assert rows == [
        "tool echo says it only reads Says it again.", "tool grow", "resource note://1 note",
        "template note://{id} any note", "prompt greet whom [how]",
    ]  # fmt: skip
    assert any(line.startswith("  … and ") for line in lines) and len(lines) < 300
    assert "\x1b" not in done.out and "\u202e" not in done.out and max(map(len, lines)) < 450
    assert chinwag("mcp", "test", "good").code == 0


async def test_a_server_is_given_what_its_references_stand_for_at_each_start_and_nobody_else_sees_it(
    tmp_path: Path,
) -> None:
    stored = {"mcp.played.KEY": "first-canary"}

    async def find(name: str) -> str | None:
        return stored.get(name)

    command = (sys.executable, "-S", str(PROGRAM), str(tmp_path))
    server = ServerConfig("played", command, env={"KEY": "${key:mcp.played.KEY}", "GONE": "${GONE:-none}"})
    async with running([server], find_key=find) as servers:
        given = (await servers.call("played", "environment", {})).text
        assert '"KEY": "first-canary"' in given and '"GONE": "none"' in given
        await servers.stop("played")
        stored["mcp.played.KEY"] = "second-canary"
        assert "second-canary" in (await servers.call("played", "environment", {})).text
        await servers.stop("played")
        stored.clear()
        (status,) = await servers.ready(["played"])
        assert status.state == "failed" and "the stored key mcp.played.KEY" in status.problem
        assert "canary" not in f"{servers.statuses}{status}{server}"
        try:
            await servers.call("played", "environment", {})
        except McpError as error:
            assert "stored key" in error.message and "credentials.toml" in error.hint
        else:
            raise AssertionError("it was called without its key")
