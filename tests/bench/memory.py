"""What long use holds: `python -m tests.bench.memory [--openings 120] [--turns 129]`.

Resident memory and objects that are alive after a collection, while dialogs are opened and closed, and while a chat
grows by turns of which every third is stopped, every fifth goes to another model and every seventh sees a resize.
Openings leave nothing, turns the texts that are shown; "another chat" is what stays when these are gone.
"""

import argparse
import asyncio
import gc
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.transcript import text_of
from tests.support.app import Running, running
from tests.support.scripted import Piece, ScriptedModel, Thought

ROUNDS = 4
KEYS = ("f1", "ctrl+l", "ctrl+p")


def resident_mb() -> float:
    """Resident memory of this process."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def alive() -> Counter[str]:
    """How many objects of each type nothing has let go of."""
    gc.collect()
    return Counter(type(one).__qualname__ for one in gc.get_objects())


class Ledger:
    """Prints a line for each stage, and at the end which objects became more."""

    def __init__(self, title: str) -> None:
        self._first = alive()
        print(title)
        self.note("start")

    def note(self, stage: str) -> None:
        """Print what is held now."""
        now = alive()
        print(f"  {stage:<16}{resident_mb():7.1f} MB  {now.total():8,} objects", flush=True)
        self._last = now

    def close(self) -> None:
        """Print what there is more of than at the start."""
        grown = ", ".join(f"{name} +{count:,}" for name, count in (self._last - self._first).most_common(6))
        print(f"  grown: {grown}")


async def openings(count: int) -> None:
    """Open and close dialogs."""
    with TemporaryDirectory() as home:
        async with running(Path(home), ScriptedModel(["Hello " * 50])) as here:
            await here.ask("Hi")
            await _open(here, len(KEYS))
            ledger = Ledger(f"{count} openings of a dialog")
            for number in range(ROUNDS):
                await _open(here, count // ROUNDS)
                ledger.note(f"after {(number + 1) * (count // ROUNDS)}")
            ledger.close()


async def _open(here: Running, count: int) -> None:
    for number in range(count):
        await here.pilot.press(KEYS[number % len(KEYS)])
        await here.until(lambda: here.app.screen is not here.app.chat, "the dialog")
        await here.pilot.press("escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")


def _script(number: int) -> list[Piece]:
    text = text_of("md", 300 + number % 7 * 40)
    pieces: list[Piece] = [Thought("I think about it. " * 20), *(text[at : at + 40] for at in range(0, len(text), 40))]
    return [*pieces, asyncio.Event()] if number % 3 == 0 else pieces


async def turns(count: int) -> None:
    """Let a chat grow."""
    models = [ScriptedModel(*(_script(number) for number in range(count))) for _ in range(2)]
    with TemporaryDirectory() as home:
        async with running(Path(home), *models) as here:
            await _turn(here, models, 0)
            ledger = Ledger(f"{count} turns with stops, switches and resizes")
            for number in range(1, count):
                await _turn(here, models, number)
                if number % (count // ROUNDS) == 0:
                    ledger.note(f"after {number}")
            await here.pilot.press("ctrl+n")
            await here.until(lambda: not here.app.chat.presenter.prompts, "another chat")
            await here.pilot.pause()
            ledger.note("another chat")
            ledger.close()


async def _turn(here: Running, models: list[ScriptedModel], number: int) -> None:
    if number % 5 == 4:
        here.app.chat.use_model("fake:two" if number % 2 else "fake:one")
    if number % 7 == 6:
        await here.pilot.resize_terminal(90 + number % 4 * 10, 40)
    await here.send(f"Question {number}")
    await here.until(lambda: sum(len(model.asked) for model in models) > number, "the request")
    while here.replies.running:
        await here.pilot.pause()
        for model in models:
            if model.reached.is_set():  # it waits, to be stopped
                model.reached.clear()
                await here.pilot.press("escape")
    await here.settled()
    for asked in (asked for model in models for asked in model.asked):
        asked.messages.clear()  # a scripted model remembers all that it was asked


async def main(opened: int, asked: int) -> None:
    """Print what was asked for."""
    if opened:
        await openings(opened)
    if asked:
        await turns(asked)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--openings", type=int, default=120)
    options.add_argument("--turns", type=int, default=129)
    chosen = options.parse_args()
    asyncio.run(main(chosen.openings, chosen.turns))
