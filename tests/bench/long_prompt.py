"""What a key costs in a long prompt: `python -m tests.bench.long_prompt`.

Keys arrive as fast as a terminal can send them, behind a paragraph of so many characters. Measured is the CPU time of
the process for each key, with its share of the frames that are drawn meanwhile.
"""

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from tests.support.app import Running, running

LENGTHS = (0, 500, 1_500, 5_000, 20_000)
TYPED = "and some more words " * 10


async def measure(here: Running, length: int) -> float:
    """Milliseconds of CPU for each key."""
    here.composer.text = ("word and more " * (length // 14 + 1))[:length]
    await here.pilot.pause()
    area, began = here.composer.area, process_time()
    await here.type(TYPED)
    await here.until(lambda: len(area.text) == length + len(TYPED), "the last key")
    taken = process_time() - began
    here.composer.clear()
    await here.pilot.pause()
    return taken * 1_000 / len(TYPED)


async def main() -> None:
    """Print one line for each length."""
    with TemporaryDirectory() as folder:
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = folder
        async with running(Path(folder), size=(80, 24)) as here:
            for length in LENGTHS:
                print(f"{length:7,} characters  {await measure(here, length):6.2f} ms CPU for each key")


if __name__ == "__main__":
    asyncio.run(main())
