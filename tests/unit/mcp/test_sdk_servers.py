"""Servers as others write them, on the official SDK: everything they have, over both transports."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.mcp_servers import PROGRAM, ScriptedClock, ScriptedHooks, running, until
from tui.mcp.config import ServerConfig
from tui.mcp.hooks import ElicitAnswer, FormRequest, SampleAnswer
from tui.mcp.values import McpError, McpProgress

pytestmark = pytest.mark.apart

SHOP = (sys.executable, str(PROGRAM.with_name("sdk_mcp_server.py")))
SIDE = Path(__file__).parents[3] / ".side" / "mcp-servers" / "bin"


@asynccontextmanager
async def shop(kind: str) -> AsyncIterator[ServerConfig]:
    if kind == "stdio":
        yield ServerConfig("shop", SHOP)
        return
    server = await asyncio.create_subprocess_exec(*SHOP, "http", stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    try:
        yield ServerConfig("shop", url=(await server.stdout.readline()).decode().strip())
    finally:
        server.kill()
        await server.wait()


@pytest.mark.parametrize("kind", ["stdio", "http"])
async def test_everything_that_a_server_can_do(kind: str) -> None:
    answers = [ElicitAnswer("accept", {"town": "Graz", "many": 2}), ElicitAnswer("decline")]
    hooks = ScriptedHooks(answers=answers, samples=[SampleAnswer("Word.", "demo:echo")])
    clock = ScriptedClock()
    async with shop(kind) as config, running([config], hooks=hooks, clock=clock) as servers:
        (status,) = await servers.ready(timeout_s=60)
        assert (status.state, status.problem, status.version) == ("ready", "", "shop 3.1")
        assert (status.tools, status.resources, status.prompts) == (7, 2, 1)
        assert (status.instructions, status.protocol) == ("Sells towns.", "2026-07-28")
        add = next(tool for tool in servers.tools("shop") if tool.name == "add")
        assert (add.title, add.read_only, add.description) == ("Add up", True, "Adds two numbers.")

        result = await servers.call("shop", "add", {"a": 2, "b": 3})
        assert (result.text, result.structured) == ("5", {"result": 5})
        assert (await servers.call("shop", "add", {"a": "x"})).is_error
        seen: list[McpProgress] = []
        assert (await servers.call("shop", "work", {"steps": 2}, seen.append)).text == "worked"
        assert seen == [McpProgress(1, 2, "working"), McpProgress(2, 2, "working")]
        (picture,) = (await servers.call("shop", "picture", {})).contents
        assert (picture.kind, picture.media_type, picture.data[:4]) == ("data", "image/png", b"\x89PNG")

        assert (await servers.call("shop", "buy", {})).text == "2 x Graz"
        asked = hooks.asked[0]
        assert isinstance(asked, FormRequest)
        assert [(one.name, one.kind, one.required, one.default) for one in asked.fields] == [
            ("town", "text", True, None),
            ("many", "integer", False, 1),
        ]
        assert (await servers.call("shop", "buy", {})).is_error  # declined
        assert (await servers.call("shop", "guess", {})).text == "Word. (demo:echo)"

        assert (await servers.read("shop", "note://a")).text == "note a"
        (logo,) = (await servers.read("shop", "file:///logo.png")).contents
        assert (logo.data, logo.media_type, logo.name) == (b"\x89PNG", "image/png", "logo.png")
        prompt = await servers.prompt("shop", "review", {"code": "x = 1"})
        assert [(one.role, one.text) for one in prompt.contents] == [("user", "Review (short): x = 1")]
        with pytest.raises(McpError, match="shop refused"):
            await servers.read("shop", "nothing://here")
        assert await servers.ping("shop") >= 0

        await servers.call("shop", "grow", {})
        await until(lambda: len(servers.tools("shop")) == 8)
        waiting = asyncio.ensure_future(servers.call("shop", "wait", {}))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await servers.call("shop", "grown", {})).text == "grown"


async def test_servers_from_the_registry() -> None:
    configs = [ServerConfig(name, (str(SIDE / f"mcp-server-{name}"),)) for name in ("time", "fetch")]
    async with running(configs) as servers:
        time, fetch = await servers.ready(timeout_s=60)
        assert (time.state, time.tools, fetch.state, fetch.tools, fetch.prompts) == ("ready", 2, "ready", 1, 1)
        zones = {"source_timezone": "Europe/Vienna", "time": "12:00", "target_timezone": "Etc/UTC"}
        assert "Europe/Vienna" in (await servers.call("time", "convert_time", zones)).text
        wrong = await servers.call("time", "get_current_time", {"timezone": "Nowhere/Here"})
        assert wrong.is_error
        refused = servers.call("fetch", "fetch", {"url": "no address"})
        try:
            assert (await refused).is_error
        except McpError as error:
            assert error.message.startswith("fetch refused: ")
