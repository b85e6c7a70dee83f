"""Chinwag that tells what it holds: `python -m tests.support.counting_chinwag ...`.

At each SIGUSR1 it adds a line of JSON to the file that the variable COUNTS names: tasks, threads, and objects after a
collection, by kind.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from tui.cli import main


def count(*_: Any) -> None:
    """Write a line."""
    gc.collect()
    found = {
        "tasks": len(asyncio.all_tasks(asyncio.get_running_loop())),
        "threads": threading.active_count(),
        "objects": len(gc.get_objects()),
    }
    with Path(os.environ["COUNTS"]).open("a") as file:
        file.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, count)
    sys.exit(main())
