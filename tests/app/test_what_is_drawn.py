"""What was drawn bit by bit leaves on the terminal what all of it, drawn at once, would have left."""

import asyncio
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


@pytest.mark.usefixtures("drawing")
async def test_every_frame_of_another_size_has_the_panes_and_the_rows_of_that_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For two frames the panes of the size before stood there, and rows of its width, cut off."""
    shown, frames = Shown(), list[list[str]]()

    def take(app: App[Any], screen: Screen[Any], update: object) -> None:
        shown.take(app, screen, update)
        if screen._compositor.size == app.size:  # else it has not heard of the new one
            frames.append([row.rstrip() for row in shown.screen.display])

    monkeypatch.setattr(App, "_display", take)
    gate = asyncio.Event()
    async with running(tmp_path, ScriptedModel(["word " * 100, gate]), size=(80, 24)) as here:
        await here.send("Go")
        await here.until(lambda: "word" in here.screen(), "the reply")
        for size, has_list in (((120, 40), True), ((60, 20), False), ((120, 40), True), ((80, 24), False)):
            frames.clear()
            await here.pilot.resize_terminal(*size)
            await here.until(lambda: frames, "a frame")
            for frame in frames:
                assert ("filter chats" in "\n".join(frame)) == has_list
                assert not [row for row in frame if row.endswith((" w", " wo", " wor"))]
        await here.pilot.press("ctrl+l")
        await here.until(lambda: here.app.screen is not here.app.chat, "the dialog")
        await here.pilot.resize_terminal(120, 40)
        assert here.app.chat.has_class("-w100") and not here.app.chat.has_class("-w60"), "it is behind the dialog"
        gate.set()
