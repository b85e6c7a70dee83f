"""Cell by cell, what is written bit by bit shows what all of it, written anew, would have shown.

The whole app with its painter, over an emulated terminal: answers of all sorts come in, and anything happens meanwhile.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pyte
import pytest
from pyte.modes import DECAWM
from rich.cells import cell_len
from textual import events
from textual.drivers import headless_driver
from textual.widget import Widget

from tests.battery.result import Result
from tests.support.app import Running, running
from tests.support.homes import home
from tests.support.pty import NOT_FOR_PYTE
from tests.support.scripted import ScriptedModel, Thought

DESCRIPTION = "streams, scrolls, sizes, dialogs, themes, notices, other programs, ASCII: every cell as if drawn anew"
ROUNDS, SHORT = 40, 1

_STEPS = 25
_SIZES = ((110, 30), (100, 24), (60, 16), (170, 40), (1, 1), (3, 2), (20, 5), (81, 25))
_KEYS = (
    "pageup", "pagedown", "home", "end", "up", "down", "f1", "f3", "f4", "f8", "ctrl+s", "ctrl+l", "ctrl+p", "ctrl+f",
    "tab", "shift+tab", "escape", "escape", "escape", "a", "space", "j", "k", "/", "enter", "slash", "alt+w",
)  # fmt: skip
_PIECES = (
    "words that go on for a while ", "“Größe” … ", "漢字とかな ", "😀 ", "👨‍👩‍👧 👍🏽 ", "e\u0301 o\u0308 ", "🇩🇪 ",
    "1️⃣ ", "שלום עולם ", "नमस्ते ",
    "**bold** ", "`code` ", "[link](https://example.org) ", "\n\n", "\n", "\n- item ", "\n# Part\n\n", "\n> said ",
    "\n```python\nx = 1\n", "\n```\n", "\n| a | b |\n|---|---|\n| 漢 | 2 |\n", "tab\there ", "\n---\n", "-" * 130,
)  # fmt: skip


def run(rounds: int, seed: int) -> Result:
    """So many sessions, each with its own sort of terminal."""
    result = Result()
    for number in range(rounds):
        dice = Random(f"{seed} {number}")
        colours = dice.choice(("truecolor", "256", "standard"))
        plain = number % 5 == 4
        with home() as folder, pytest.MonkeyPatch.context() as patch, _written(patch) as pieces:
            if plain:
                patch.setenv("NO_COLOR", "1")
            patch.setattr("textual.constants.COLOR_SYSTEM", colours)
            what = f"{'no colours' if plain else colours}, {'rows are moved' if number % 3 != 2 else 'rows stay'}"
            asyncio.run(_Session(result, dice, pieces, what, f"round {number}").go(folder, moving=number % 3 != 2))
    return result


@contextmanager
def _written(patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """All that apps within write to their terminal."""
    pieces: list[str] = []

    class Recorder(headless_driver.HeadlessDriver):
        is_headless = property(lambda self: False)  # else nothing is written

        def write(self, data: str) -> None:
            pieces.append(data)

    patch.setattr(headless_driver, "HeadlessDriver", Recorder)
    yield pieces


class _Session:
    """One start of the app, and what happens in it."""

    def __init__(self, result: Result, dice: Random, pieces: list[str], what: str, name: str) -> None:
        self._result, self._dice, self._pieces, self._what, self._name = result, dice, pieces, what, name
        self._screen = _terminal(_SIZES[0])
        self._stream = pyte.Stream(self._screen)
        self._ways: list[str] = []

    async def go(self, folder: Path, *, moving: bool) -> None:
        """Do this and that, and look after each step."""
        steps = (self._press, self._press, self._press, self._ask, self._ask, self._wheel, self._wheel, self._resize,
                 self._notice, self._notice, self._theme, self._select, self._lend, self._glyphs)  # fmt: skip
        async with running(folder, ScriptedModel(*(self._answer() for _ in range(8))), size=_SIZES[0]) as here:
            here.app._sync_available = moving
            for _ in range(_STEPS):
                await self._dice.choice(steps)(here)
                for _ in range(self._dice.randrange(4)):  # in the middle of a reply, too
                    await asyncio.sleep(0.01)
                    await self._look(here)
                await here.pilot.pause()
                await self._look(here)
                if not here.app.is_running:
                    return

    def _answer(self) -> list[str | Thought]:
        texts = self._dice.choices(_PIECES, k=self._dice.randrange(150))
        return [Thought("thinking 漢字 "), *texts]

    async def _look(self, here: Running) -> None:
        """Compare; what differs is looked at again when what is on its way has come."""
        differing = self._differing(here)
        if differing:
            await here.pilot.pause()
            differing = self._differing(here)
        if differing is not None:
            with self._result.trial(self._what, f"{self._name}: {' '.join(self._ways[-4:])}"):
                assert not differing, differing[:3]

    def _differing(self, here: Running) -> list[tuple[Any, ...]] | None:
        """Cells that are not as they would be drawn now; None where more is known to come."""
        app = here.app
        if app.screen.size != (self._screen.columns, self._screen.lines):
            return None  # it is not laid out yet
        self._feed()
        compositor, screen = app.screen._compositor, app.screen
        if compositor._dirty_regions or screen._dirty_widgets or any(map(_waits, screen.walk_children(Widget))):
            return None
        anew = _terminal((self._screen.columns, self._screen.lines))
        pyte.Stream(anew).feed(compositor.render_full_update().render_segments(app.console))
        return [
            (y, x, left, right)
            for y, rows in enumerate(zip(_cells(self._screen), _cells(anew), strict=True))
            for x, (left, right) in enumerate(zip(*rows, strict=True))
            if left != right
        ]

    def _feed(self) -> None:
        """Let the terminal have what was written."""
        self._stream.feed(NOT_FOR_PYTE.sub(b"", "".join(self._pieces).encode()).decode())
        self._pieces.clear()

    async def _press(self, here: Running) -> None:
        key = self._dice.choice(_KEYS)
        self._ways.append(key)
        await here.pilot.press(key)

    async def _ask(self, here: Running) -> None:
        self._ways.append("ask")
        if here.app.screen is here.app.chat:
            await here.send("Hello 漢字")

    async def _wheel(self, here: Running) -> None:
        way = self._dice.choice((events.MouseScrollUp, events.MouseScrollDown))
        self._ways.append(way.__name__)
        x, y = (self._dice.randrange(max(size, 1)) for size in here.app.size)
        for _ in range(self._dice.randint(1, 5)):
            here.app.post_message(way(None, x, y, 0, 0, 0, False, False, False, x, y))

    async def _resize(self, here: Running) -> None:
        size = self._dice.choice(_SIZES)
        self._ways.append(f"{size[0]}x{size[1]}")
        self._feed()
        self._screen = _terminal(size)  # whatever it makes of what it had
        self._stream = pyte.Stream(self._screen)
        await here.pilot.resize_terminal(*size)

    async def _notice(self, here: Running) -> None:
        self._ways.append("notice")
        here.app.notify("A notice 漢字 " * self._dice.randint(1, 8), timeout=self._dice.choice((0.05, 0.2, 5)))

    async def _lend(self, here: Running) -> None:
        """Another program had the terminal, and the app takes it back."""
        self._ways.append("lend")
        self._feed()
        self._stream.feed("\x1b[2J\x1b[H" + "of the shell 漢字 " * self._dice.randrange(200))
        here.app.redraw()

    async def _glyphs(self, here: Running) -> None:
        glyphs = self._dice.choice(("ascii", "unicode"))
        self._ways.append(glyphs)
        await here.app._preferences.change("glyphs", glyphs)

    async def _theme(self, here: Running) -> None:
        here.app.theme = self._dice.choice(sorted(here.app.available_themes))
        self._ways.append(here.app.theme)

    async def _select(self, here: Running) -> None:
        self._ways.append("select")
        size = here.app.size
        places = [(self._dice.randrange(size.width), self._dice.randrange(size.height)) for _ in range(2)]
        await here.pilot.mouse_down(offset=places[0])
        await here.pilot.hover(offset=places[1])
        await here.pilot.mouse_up(offset=places[1])


def _waits(widget: Widget) -> bool:
    return widget._repaint_required or widget._layout_required or widget._scroll_required


def _terminal(size: tuple[int, int]) -> pyte.Screen:
    """One that does not wrap, as the app has it."""
    screen = pyte.Screen(*size)
    screen.reset_mode(DECAWM >> 5, private=True)
    return screen


def _cells(screen: pyte.Screen) -> list[list[Any]]:
    """Its cells; half of a wide letter that was written over is blank, as in terminals, and not in pyte."""
    rows = []
    for y in range(screen.lines):
        row = [screen.buffer[y][x] for x in range(screen.columns)]
        wide = [cell_len(one.data[:1]) == 2 for one in row]
        for x, one in enumerate(row):
            if (wide[x] and (x + 1 == len(row) or row[x + 1].data)) or (not one.data and not (x and wide[x - 1])):
                row[x] = one._replace(data=" ")
        rows.append(row)
    return rows
