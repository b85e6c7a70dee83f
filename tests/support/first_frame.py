"""Start the real program on an empty home, wait for its first frame, and print which packages and modules it has.

A program of its own, run by a test in a fresh interpreter. It goes the way of the command line, because what a command
loads before it opens the app counts, too; only the terminal is none. Nothing is typed, so that no warm-up begins.
"""

import json
import os
import sys
from typing import Any

from textual.app import App

from tui import cli, streams


async def look(app: Any, **_: Any) -> None:
    """Runs the app up to its first frame, in the place of `App.run_async`."""
    async with app.run_test(size=(120, 40)):
        names = [name for name, module in sys.modules.items() if module]  # without those that are barred
        loaded = sorted({name if name.startswith("tui.") else name.partition(".")[0] for name in names})
    print(json.dumps(loaded))


if __name__ == "__main__":
    os.environ["TERM"] = "xterm-256color"
    streams.require_terminal = lambda: None
    App.run_async = look  # type: ignore[method-assign, assignment]
    sys.exit(cli.main([]))
