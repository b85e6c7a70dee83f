"""Whether processes that a test knows by their id still live."""

import asyncio
import os
import time
from pathlib import Path


async def gone(pid: int) -> None:
    """Return when a process has ended; whether anybody has reaped it is not its own business."""

    def wait() -> None:
        while alive(pid):
            time.sleep(0.01)

    await asyncio.to_thread(wait)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):  # it may end between the two
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
