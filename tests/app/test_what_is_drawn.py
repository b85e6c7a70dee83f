"""What was drawn bit by bit leaves on the terminal what all of it, drawn at once, would have left."""

from pathlib import Path
from typing import Any

import pyte
import pytest
from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.screen import Screen

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.chat.action_runner import ActionRunner

REPLY = "\n\n".join(f"# Part {number}\n\nSome **words** of it, “quoted”\n\n- one\n- 漢字 😀" for number in range(12))
KEYS = [
    "pageup",
    "f1",
    "escape",
    "pagedown",
    "ctrl+s",
    "escape",
    "ctrl+l",
    "escape",
    "ctrl+f",
    "W",
    "escape",
    "f4",
    "escape",
]
CONSOLE = Console(color_system="truecolor")


class Shown:
    """A terminal that gets what the app writes."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(10, 10)
        self._stream = pyte.Stream(self.screen)

    def take(self, app: App[Any], screen: Screen[Any], update: object) -> None:
        if (app.size.height, app.size.width) != (self.screen.lines, self.screen.columns):
            self.screen.resize(app.size.height, app.size.width)
        if isinstance(update, CompositorUpdate):
            self._stream.feed(update.render_segments(CONSOLE))


def whole(app: App[Any]) -> list[str]:
    other = Shown()
    other.take(app, app.screen, app.screen._compositor.render_full_update())
    return other.screen.display


@pytest.mark.usefixtures("drawing")
async def test_nothing_of_what_was_there_before_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the rests of a dialog, or rows of another place, would stand among the messages."""
    shown = Shown()
    monkeypatch.setattr(App, "_display", lambda app, screen, update: shown.take(app, screen, update))
    async with running(tmp_path, ScriptedModel([REPLY, REPLY]), size=(110, 30)) as here:
        here.app._sync_available = True
        await same(here, shown)
        await here.ask("Hello")
        await same(here, shown)
        for press in KEYS:
            await here.pilot.press(press)
            await same(here, shown)
        await here.ask("Again")
        await same(here, shown)
        for size in ((50, 12), (170, 40)):
            await here.pilot.resize_terminal(*size)
            await same(here, shown)


async def same(here: Running, shown: Shown) -> None:
    await here.pilot.pause()
    assert shown.screen.display == whole(here.app)


@pytest.mark.usefixtures("drawing")
@pytest.mark.parametrize(
    ("typed", "listed"),
    [("/compare", "side by side"), ("/pull", "to this machine"), ("/compare fake:one", "Fake · 10k")],
)
async def test_the_list_of_commands_is_gone_before_what_a_command_opens_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, listed: str
) -> None:
    shown = Shown()
    monkeypatch.setattr(App, "_display", lambda app, screen, update: shown.take(app, screen, update))
    begun: list[str] = []
    run = ActionRunner._run

    async def noted(runner: ActionRunner, action: Any) -> None:
        begun.append("\n".join(shown.screen.display))
        await run(runner, action)

    monkeypatch.setattr(ActionRunner, "_run", noted)
    async with running(tmp_path, size=(80, 24)) as here:
        await here.type(typed)
        await here.until(lambda: listed in "\n".join(shown.screen.display), "the list")
        await here.pilot.press("enter")
        await here.until(lambda: begun, "the command")
        assert listed not in begun[0] and "Ask anything" in begun[0]
