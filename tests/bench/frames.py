"""What a frame of a reply costs, with and without each way of making it cheap: `python -m tests.bench.frames`.

The whole app, 120x40. Each frame a dozen tokens come in, the meter goes on with every third, and what would
be written to a terminal is made and counted. All cases go by turns in one run; CPU is that of the process.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any
from unittest.mock import patch

from rich.console import Console
from textual._compositor import Compositor, CompositorUpdate
from textual.app import App
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.widget import Widget

from tests.bench.transcript import CHARS_PER_TOKEN, text_of
from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.view import Transcript
from tui.app.tty.painter import Painter
from tui.chat.message_parts import TextContent

TOKENS_PER_FRAME = 12
CONSOLE = Console(color_system="truecolor")
UNMOVED = "no row moved by the terminal"
_of_textual = Compositor.render_partial_update


class Written:
    """Counts what a terminal would get."""

    def __init__(self) -> None:
        self.size_bytes = 0

    def take(self, _screen: object, update: object) -> None:
        """In the place of Textual's own, which writes nothing without a terminal."""
        if isinstance(update, CompositorUpdate):
            self.size_bytes += len(update.render_segments(CONSOLE).encode())


CASES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "as it is": nullcontext,
    UNMOVED: nullcontext,
    "all that was drawn is written": lambda: patch.object(Painter, "over", lambda _, update, moving: update),
    "all widgets in the rectangle are drawn": lambda: patch.object(Compositor, "render_partial_update", _of_textual),
    "all rows of the scroll bar are made": lambda: patch.object(ScrollBar, "render_lines", Widget.render_lines),
    "rows through Textual's cache": lambda: patch.object(Transcript, "render_lines", ScrollView.render_lines),
}


async def measured(here: Running, case: str, frames: int) -> tuple[float, float]:
    """Milliseconds of CPU, and bytes, a frame."""
    app, layout = here.app, here.app.chat.layout_view
    transcript, written = layout.transcript, Written()
    transcript.load([])
    transcript.add(TranscriptMessage(id="reply", kind="reply", state="streaming"))
    text, step = text_of("md", frames * TOKENS_PER_FRAME), TOKENS_PER_FRAME * CHARS_PER_TOKEN
    with CASES[case](), patch.object(App, "_display", written.take):
        app._sync_available = case != UNMOVED
        app.screen.refresh()
        await here.pilot.pause()
        written.size_bytes, began = 0, process_time()
        for number in range(frames):
            transcript.append("reply", 0, TextContent(text[number * step : (number + 1) * step]))
            transcript.drawer.draw()
            if number % 3 == 0:
                layout.meter.reading = replace(layout.meter.reading, tokens_per_s=float(number), streaming=True)
            await here.pilot.pause()
        took_s = process_time() - began
    return took_s / frames * 1000, written.size_bytes / frames


async def main(frames: int, rounds: int) -> None:
    """Print one line for each case."""
    found: dict[str, list[tuple[float, float]]] = {case: [] for case in CASES}
    with tempfile.TemporaryDirectory() as home:
        async with running(Path(home), ScriptedModel(["Hi."]), size=(120, 40)) as here:
            await here.ask("Hello")
            for _ in range(rounds):
                for case, results in found.items():
                    results.append(await measured(here, case, frames))
    for case, results in found.items():
        cpu, size = (median(one) for one in zip(*results, strict=True))
        print(f"{case:42} {cpu:6.2f} ms CPU a frame   {size:7.0f} bytes", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frames", type=int, default=100)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    asyncio.run(main(chosen.frames, chosen.rounds))
