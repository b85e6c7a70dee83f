"""Chinwag that tells what it holds: `python -m tests.support.counting_chinwag ...`.

At each SIGUSR1 it adds a line of JSON to the file that the variable COUNTS names: tasks, threads, objects after a
collection, and the connections of the HTTP client that are at work, that wait for the next request, and that their
server has closed meanwhile (they go with the next request).
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from collections import Counter
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
        **_connections(),
    }
    with Path(os.environ["COUNTS"]).open("a") as file:
        file.write(json.dumps(found) + "\n")


def _connections() -> dict[str, int]:
    """Those of all routes, as their pools see them."""
    found = Counter({f"connections, {state}": 0 for state in ("busy", "idle", "left by the server")})
    client = sys.modules.get("tui.agent.wire.client")  # not loaded before the first request
    for one in [one for http in client._clients.values() for one in _of(http)] if client else []:
        state = "busy" if not one.is_idle() else "left by the server" if one.has_expired() else "idle"
        found[f"connections, {state}"] += 1
    return dict(found)


def _of(client: Any) -> list[Any]:
    return [one for pool in client._transport._pools.values() for one in pool._pool.connections]


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, count)
    sys.exit(main())
