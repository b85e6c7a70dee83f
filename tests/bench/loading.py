"""What does each thing cost that a start leaves for later? `python -m tests.bench.loading [--runs N]`.

CPU, resident memory and modules of what the first prompt brings, group by group in that order, each on top of the first
frame and of the groups before; the median of several processes. The floor is the frame itself.
"""

import argparse
import asyncio
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from operator import attrgetter
from pathlib import Path
from typing import Any

GROUPS = {
    "what the app loads with Enter": (
        "tui.app.chat.action_runner", "tui.app.chat.sender", "tui.app.chat.actions", "tui.app.chat.reply_events",
        "tui.app.chat.tool_answers", "tui.app.transcript.from_messages", "tui.app.transcript.message_rows",
    ),
    "the turn": ("tui.chat.replies.turn", "tui.chat.replies.switching"),
    "pydantic": ("annotated_types", "pydantic_core", "pydantic.fields", "pydantic", "pydantic.type_adapter"),
    "the engine's messages": ("tui.agent.messages",),
    "their schema": ("tui.agent.messages:ModelMessagesTypeAdapter.rebuild",),
    "the engine": ("tui.agent.tools", "tui.agent.agent"),
    "httpx": ("anyio", "httpcore", "httpx", "anyio._backends._asyncio"),
    "one API": ("tui.agent.models.openai",),
    "markdown-it": ("markdown_it",),
    "the lexer of Python": ("pygments.lexers:PythonLexer",),
    "the prices' module": ("genai_prices",),
    "the prices": ("genai_prices.data_snapshot:get_snapshot",),
    "certificates, with the first https": ("ssl:create_default_context",),
}  # fmt: skip


def _resident_mb() -> float:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


async def measure() -> dict[str, tuple[float, float, int]]:
    """CPU in ms, MB and modules of the first frame and of each group; meant for a process of its own."""
    from tui.app.app import ChatApp
    from tui.bootstrap import compose
    from tui.collector import rest_collector

    rest_collector()
    figures: dict[str, tuple[float, float, int]] = {}
    async with compose() as services, ChatApp(services, warm_up=False).run_test(size=(120, 40)):
        figures["until the first frame"] = (time.process_time() * 1000, _resident_mb(), len(sys.modules))
        for name, steps in GROUPS.items():
            began_s, began_mb, began = time.process_time(), _resident_mb(), len(sys.modules)
            for step in steps:
                module, _, function = step.partition(":")
                loaded = importlib.import_module(module)
                if function:
                    attrgetter(function)(loaded)()
            spent_ms = (time.process_time() - began_s) * 1000
            figures[name] = (spent_ms, _resident_mb() - began_mb, len(sys.modules) - began)
    return figures


def _in_a_process() -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as home:
        places = {f"CHINWAG_{name}_DIR": f"{home}/{name.lower()}" for name in ("CONFIG", "DATA", "STATE", "CACHE")}
        command = [sys.executable, "-m", "tests.bench.loading", "--measure"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **places})
    figures: dict[str, list[float]] = json.loads(done.stdout)
    return figures


def main(runs: int) -> None:
    """Print the table."""
    found: list[dict[str, Any]] = [_in_a_process() for _ in range(runs)]
    print(f"{'median of ' + str(runs):<42}{'CPU ms':>8}{'MB':>8}{'modules':>9}")
    for name in found[0]:
        cpu_ms, mb, modules = (statistics.median(one[name][at] for one in found) for at in range(3))
        print(f"{name:<42}{cpu_ms:>8.0f}{mb:>8.1f}{modules:>9.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(asyncio.run(measure())))
    else:
        main(options.runs)
