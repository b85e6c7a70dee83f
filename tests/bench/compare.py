"""Keys beside four streams and beside one: `python -m tests.bench.compare`.

The whole app on a library of its own, 200x50. Each model streams 100 tokens a second of four characters; meanwhile keys
are typed where the next prompt is written, ten a second at uneven times. Measured is the time from the key to the end
of the redraw that shows it, in the chat with one reply and in a comparison with four, by turns in the same run. The
95th percentile beside four is to stay within twice that beside one; on a machine that does other things, the seconds
that are the process's own say more.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

from textual.events import Key

from tests.bench.transcript import CHARS_PER_TOKEN, text_of
from tests.support.app import Running, running
from tests.support.scripted import Pause, Piece, ScriptedCatalog, ScriptedModel
from tui.app.chat.compare.screen import CompareScreen
from tui.app.widgets.prompt_area import PromptArea

TOKENS_PER_S = 100
KEYS_PER_S = 10
NAMES = ("one", "two", "three", "four")


def pieces(seconds: float) -> Iterator[Piece]:
    """An answer as it comes from a server: a token every hundredth of a second."""
    text = text_of("md", int(seconds * TOKENS_PER_S))
    for start in range(0, len(text), CHARS_PER_TOKEN):
        yield Pause(1 / TOKENS_PER_S)
        yield text[start : start + CHARS_PER_TOKEN]


async def echo(here: Running, area: PromptArea) -> tuple[float, float]:
    """Seconds from one key to the end of the redraw that shows it, and those of them that this process took."""
    drawn, written = asyncio.Event(), len(area.text)
    began, cpu = perf_counter(), process_time()
    here.app.post_message(Key("x", "x"))
    while len(area.text) == written:  # noqa: ASYNC110  the very moment of the change
        await asyncio.sleep(0)
    area.call_after_refresh(drawn.set)
    await drawn.wait()
    return perf_counter() - began, process_time() - cpu


async def typed(here: Running, area: PromptArea, seconds: float) -> tuple[list[tuple[float, float]], float]:
    """The echoes of keys while streams come in, and the share of a core that all of it takes."""
    chance = random.Random(1)
    found: list[tuple[float, float]] = []
    began, cpu = perf_counter(), process_time()
    while perf_counter() - began < seconds:
        await asyncio.sleep(chance.uniform(0.5, 1.5) / KEYS_PER_S)
        found.append(await echo(here, area))
    return found, (process_time() - cpu) / (perf_counter() - began)


async def beside(streams: int, seconds: float, *, compared: bool) -> tuple[list[tuple[float, float]], float]:
    """The echoes beside so many streams, in a comparison or in the chat."""
    models = {f"fake:{name}": ScriptedModel(list(pieces(seconds + 6))) for name in NAMES[:streams]}
    with tempfile.TemporaryDirectory() as home:
        async with running(Path(home), catalog=ScriptedCatalog(models, window=100_000), size=(200, 50)) as here:
            if not compared:
                await here.send("Why?")
                await here.until(lambda: here.app.chat.presenter.running)
                area: PromptArea = here.composer.area
            else:
                await here.send(f"/compare {','.join(models)} Why?")
                await here.until(lambda: isinstance(here.app.screen, CompareScreen))
                screen = here.app.screen
                assert isinstance(screen, CompareScreen)
                await here.until(lambda: all(column.state == "streaming" for column in screen.comparison.columns))
                area = screen.dock.writer.area
                await here.pilot.press("g")
            await asyncio.sleep(2)
            measured = await typed(here, area, seconds)
            here.replies.stop_all()
            await here.until(lambda: not here.replies.running)
            return measured


def row(name: str, echoes: list[tuple[float, float]], cpu: list[float]) -> tuple[float, float]:
    """Print one line; returns the 95th percentiles of all seconds and of those of this process."""
    (half, _), (wall, own) = (
        [statistics.quantiles(one, n=20)[index] for one in zip(*echoes, strict=True)] for index in (9, 18)
    )
    print(
        f"{name:26} {len(echoes):4} keys   p50 {half * 1000:6.1f} ms   p95 {wall * 1000:6.1f} ms"
        f" ({own * 1000:5.1f} ms of them its own)   {statistics.mean(cpu) * 100:4.0f} % of a core",
        flush=True,
    )
    return wall, own


async def main(seconds: float, rounds: int) -> int:
    """Print one line for each case, and how four streams compare with one."""
    found: dict[bool, tuple[list[tuple[float, float]], list[float]]] = {False: ([], []), True: ([], [])}
    for number in range(2 * rounds):  # by turns: what else the machine does meets both
        compared = bool(number % 2)
        echoes, cpu = await beside(4 if compared else 1, seconds / rounds, compared=compared)
        found[compared][0].extend(echoes)
        found[compared][1].append(cpu)
    one, four = row("chat, one stream", *found[False]), row("comparison, four streams", *found[True])
    print(f"four beside one: {four[0] / one[0]:.2f} ({four[1] / one[1]:.2f} of its own time)")
    return 0 if four[0] <= 2 * one[0] else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--rounds", type=int, default=4)
    chosen = options.parse_args()
    sys.exit(asyncio.run(main(chosen.seconds, chosen.rounds)))
