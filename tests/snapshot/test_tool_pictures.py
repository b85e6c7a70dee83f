"""How the tools of a chat look: servers in every state, rules, abilities, tokens; and what servers ask."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.app import App

from tests.support.app import running
from tests.support.servers import PlayedServer, PlayedServers
from tui.app.dialogs.tools import ToolsDialog
from tui.config import Config, SettingValues, SetValue
from tui.mcp.values import McpTool

SCHEMA = {"type": "object", "properties": {"zone": {"type": "string", "description": "such as Europe/Oslo"}}}


def servers() -> PlayedServers:
    tools = (
        McpTool("time", "get_current_time", "", "Get the current time in a time zone.", SCHEMA, read_only=True),
        McpTool("time", "convert_time", "", "Convert a time between zones.", SCHEMA, read_only=True),
        McpTool("time", "set_alarm", "", "Wake somebody up.", SCHEMA, read_only=False),
    )
    return PlayedServers(
        PlayedServer("time", tools),
        PlayedServer("git", becomes="starting"),
        PlayedServer("files", becomes="waiting", problem="It ended with code 1.", retry_at=time.monotonic() + 3600),
        PlayedServer("search", becomes="failed", problem="The program “npx” is not there."),
    )


def config(path: Path) -> Config:
    tools = "now=allow, fetch, time:*, time:set_alarm=deny"
    return Config(path / "config.toml", settings=SettingValues((SetValue("chat.tools", tools, "app", "x"),)))


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        ((80, 24), "chinwag-dark"),
        ((80, 24), "chinwag-light"),
        ((120, 40), "chinwag-dark"),
        ((200, 50), "chinwag-dark"),
    ],
)
async def test_the_tools(
    tmp_path: Path, picture: Callable[[App[None]], Awaitable[bool]], size: tuple[int, int], theme: str
) -> None:
    async with running(tmp_path, size=size, config=config(tmp_path), servers=servers()) as here:
        here.app.theme = theme
        await here.pilot.press("alt+o")
        await here.until(lambda: isinstance(here.app.screen, ToolsDialog) and "time" in here.screen(), "the tools")
        await here.pilot.press("down", "down", "down")
        await here.pilot.pause()
        assert await picture(here.app)
