"""How long a key takes to be seen while files are listed: `python -m tests.bench.completion [--files 2000]`.

From a key's arrival to the first frame with its letter: in a plain text, and in a word behind "@" over a folder of so
many files. Keys come 250 ms apart; what is found and drawn for the list comes behind the echo.
"""

import argparse
import asyncio
import os
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from textual.events import Key

from tests.support.app import Running, running
from tui.app.widgets.completion import CompletionRows
from tui.chat.folder_scan import FolderScan

PLAIN, PATH = "plainword", "@modulete"
FOLDERS = 40
APART_S = 0.25


def make_files(folder: Path, count: int) -> None:
    """Files with names of a usual project."""
    for number in range(FOLDERS):
        (folder / f"package_{number}").mkdir()
    for number in range(count - FOLDERS):
        (folder / f"package_{number % FOLDERS}" / f"module_{number}_test.py").touch()


class Echo:
    """Notes when a frame is drawn."""

    def __init__(self, here: Running) -> None:
        self._here = here
        self.drawn = asyncio.Event()
        display = here.app._display

        def noted(*arguments: Any) -> None:
            display(*arguments)
            self.drawn.set()

        here.app._display = noted  # type: ignore[method-assign,assignment]

    async def press(self, letter: str) -> tuple[float, float]:
        """Milliseconds until a frame shows a letter: on the clock, and of CPU."""
        area, before = self._here.composer.area, self._here.composer.area.text
        began, cpu = perf_counter(), process_time()
        self._here.app.post_message(Key("at" if letter == "@" else letter, letter))
        while area.text == before or not self.drawn.is_set():
            self.drawn.clear()
            await self.drawn.wait()
        return (perf_counter() - began) * 1_000, (process_time() - cpu) * 1_000


async def type_word(here: Running, echo: Echo, word: str, rounds: int) -> list[tuple[float, float, float]]:
    """Milliseconds to the echo of each letter but the first, of CPU until then, and of CPU behind it."""
    figures: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        here.composer.text = ""
        await asyncio.sleep(APART_S)
        for number, letter in enumerate(word):
            echoed = await echo.press(letter)
            began = process_time()
            await asyncio.sleep(APART_S)
            if number:
                figures.append((*echoed, (process_time() - began) * 1_000))
    return figures


def report(title: str, figures: list[tuple[float, float, float]]) -> None:
    """Print median and 95 % of each."""
    columns = [
        f"{statistics.median(values):7.2f} {statistics.quantiles(values, n=20)[-1]:7.2f}"
        for values in zip(*figures, strict=True)
    ]
    print(f"  {title:<16}{'   '.join(columns)}", flush=True)


async def measure(files: int, rounds: int) -> None:
    """Type in a chat whose working folder has so many files."""
    with TemporaryDirectory() as home, TemporaryDirectory() as work:
        make_files(Path(work), files)
        os.chdir(work)
        began = process_time()
        FolderScan(Path(), deep=True).advance(60.0)
        print(f"{files:,} files, read in {(process_time() - began) * 1_000:.0f} ms of CPU; median and 95 % in ms:")
        print("                     echo              CPU until it      CPU behind it")
        async with running(Path(home)) as here:
            echo = Echo(here)
            report("in a text", await type_word(here, echo, PLAIN, rounds))
            figures = await type_word(here, echo, PATH, rounds)
            assert here.app.chat.query_one(CompletionRows).lines
            report("behind @", figures)


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="*", default=[2_000, 20_000])
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    for files in arguments.files:
        asyncio.run(measure(files, arguments.rounds))


if __name__ == "__main__":
    main()
