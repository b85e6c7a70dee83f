"""What does a start cost, beside a bare app of Textual? `python -m tests.bench.launch [--runs N] [--size 120x40]`.

Starts in turns, each in a terminal of its own and read there: until the prompt stands on the screen, and until a letter
typed at once is echoed; a model was chosen before, and nothing was ever said. The program itself tells what it has used
when it is asked by a signal: CPU of all its threads, memory, and modules. On a machine with other work even CPU is
noisy, so that the least of all runs stands beside the median. Compile first (`python -m compileall -q tui`), or every
start compiles anew.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.pty import Terminal

_TELL = """
import json, signal, sys, time

def tell(*_):
    kb = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
    ours = sum(name.partition(".")[0] == "tui" for name in sys.modules)
    told = {"CPU ms": time.process_time() * 1000, "RSS MB": kb / 1024, "modules": len(sys.modules), "of tui": ours}
    with open(TOLD, "w") as file:
        file.write(json.dumps(told) + chr(10))

signal.signal(signal.SIGUSR1, tell)
"""
_BARE = """
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown

class Bare(App):
    def compose(self):
        with VerticalScroll():
            yield Markdown()
        yield Input(placeholder="Ask anything")

    def on_mount(self):
        self.query_one(Input).focus()

Bare().run()
"""
_OURS = "import sys; from tui.cli import main; sys.exit(main())"
_CONFIG = 'model = "played:one"\n[providers.played]\napi = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\n'
_PROMPT, _ECHO = "sk anything", "ł"  # the cursor stands on the first letter


async def start(program: str, size: tuple[int, int], home: Path) -> dict[str, dict[str, float]]:
    """The figures at the first frame, and at the echo."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        os.mkfifo(told)
        command = (sys.executable, "-c", f"TOLD = {str(told)!r}\n{_TELL}\n{program}")
        places = {f"XDG_{kind}_HOME": str(home) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        terminal = Terminal(size=size, program=command, HOME=str(home), **places)
        terminal.start = subprocess.Popen
        began, figures = time.perf_counter(), {}
        async with terminal:
            for moment, seen in (("first frame", _PROMPT), ("echo", _ECHO)):
                if moment == "echo":
                    terminal.press(_ECHO)
                await terminal.writes(seen)
                wall_ms = (time.perf_counter() - began) * 1000
                terminal.process.send_signal(signal.SIGUSR1)
                figures[moment] = {"wall ms": wall_ms, **json.loads(await asyncio.to_thread(told.read_text))}
        return figures


async def measure(runs: int, size: tuple[int, int]) -> None:
    """Print the table."""
    programs = {"bare": _BARE, "chinwag": _OURS}
    seen: dict[str, list[dict[str, dict[str, float]]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "chinwag").mkdir()
        (Path(home) / "chinwag" / "config.toml").write_text(_CONFIG, encoding="utf-8")
        for run in range(runs + 1):  # the first makes the files
            for name, program in programs.items():
                figures = await start(program, size, Path(home))
                if run:
                    seen[name].append(figures)
    print(f"{'chinwag beside bare':<24}{'median':>21}{'least':>23}")
    for moment, told in seen["bare"][0].items():
        for figure in told:
            ours, bare = ([one[moment][figure] for one in seen[name]] for name in ("chinwag", "bare"))
            print(f"{f'{figure}, {moment}':<24}{beside(statistics.median, ours, bare)}{beside(min, ours, bare)}")


def beside(take: Callable[[list[float]], float], ours: list[float], bare: list[float]) -> str:
    """Both figures, and the ratio."""
    ratio = f"{take(ours) / take(bare):.2f}x" if take(bare) else ""
    return f"{take(ours):>9.0f}{take(bare):>7.0f}{ratio:>7}"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--size", default="120x40")
    chosen = parser.parse_args()
    columns, rows = map(int, chosen.size.split("x"))
    asyncio.run(measure(chosen.runs, (columns, rows)))


if __name__ == "__main__":
    main()
