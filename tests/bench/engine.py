"""Times `run_stream` over a long scripted stream, beside pydantic-ai's current release in the same run.

    python tests/bench/engine.py [--tokens 50000] [--rounds 3]

CHINWAG_PYDANTIC_AI_CURRENT names a Python that has `pydantic-ai-slim`; without it only our own figures are shown. Each
measurement runs in a process of its own, with both engines in turn, so that neither warms anything up for the other.
The model is each engine's own FunctionModel, and streams the same tokens without ever waiting: what is measured is what
the engine adds.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

VIEWS = {
    "events": "run(event_stream_handler=), each event",
    "pieces": "stream_text(delta=True, debounce_by=None)",
    "grouped": "stream_text(delta=True), groups of 0.1 s",
    "growing": "stream_text(debounce_by=None), growing text",
    "result": "run_stream, the result only",
}


def _tokens(count: int) -> Callable[..., AsyncIterator[str]]:
    async def stream(messages: object, info: object) -> AsyncIterator[str]:
        for _ in range(count):
            yield "word "

    return stream


async def _read(agent: Any, view: str, ours: bool) -> int:
    """Read a stream in one way; returns how much was seen."""
    seen = 0
    if view == "events":

        async def handler(ctx: object, events: AsyncIterator[object]) -> None:
            nonlocal seen
            async for _ in events:
                seen += 1

        await agent.run("Count", event_stream_handler=handler)
        return seen
    async with agent.run_stream("Count") as result:
        if view == "result":
            return len(await (result.get_data() if ours else result.get_output()))
        if view == "growing":
            items = result.stream_text(debounce_by=None)
        else:
            items = result.stream_text(delta=True, **({"debounce_by": None} if view == "pieces" else {}))
        async for _ in items:
            seen += 1
    return seen


def measure(engine: str, view: str, count: int) -> dict[str, float]:
    """Seconds and memory of one stream; meant for a process of its own."""
    ours = engine == "chinwag"
    started = time.perf_counter()
    if ours:
        from tui.agent import Agent
        from tui.agent.models.function import FunctionModel
    else:
        from pydantic_ai import Agent  # type: ignore[import-not-found,no-redef]  # in the other environment
        from pydantic_ai.models.function import FunctionModel  # type: ignore[import-not-found,no-redef]
    imported_s = time.perf_counter() - started
    if view == "import":
        return {"import_s": imported_s, "modules": len(sys.modules)}
    asyncio.run(_read(Agent(FunctionModel(stream_function=_tokens(100))), view, ours))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    agent = Agent(FunctionModel(stream_function=_tokens(count)))
    started = time.perf_counter()
    asyncio.run(_read(agent, view, ours))
    return {
        "seconds": time.perf_counter() - started,
        "grown_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024,
    }


def _in_a_process(python: str, engine: str, view: str, count: int) -> dict[str, float]:
    repository = Path(__file__).resolve().parents[2]
    command = [python, str(Path(__file__).resolve()), "--measure", engine, view, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=repository, env=_environment(repository))
    if done.returncode:
        raise SystemExit(f"{engine} {view}: {done.stderr.strip()}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _environment(repository: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(repository), "LOGFIRE_IGNORE_NO_CONFIG": "1"}


def _best(python: str, engine: str, view: str, count: int, rounds: int) -> dict[str, float]:
    """The median of several processes."""
    runs = [_in_a_process(python, engine, view, count) for _ in range(rounds)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def compare(count: int, rounds: int) -> None:
    """Print all figures."""
    pythons = {"chinwag": sys.executable}
    if other := os.environ.get("CHINWAG_PYDANTIC_AI_CURRENT"):
        pythons["pydantic-ai"] = other
    print(f"{count} tokens, median of {rounds}".ljust(52) + "".join(name.rjust(22) for name in pythons))
    for view, words in VIEWS.items():
        figures = {name: _best(python, name, view, count, rounds) for name, python in pythons.items()}
        row = "".join(f"{count / each['seconds']:>10,.0f}/s {each['grown_mb']:>6.1f} MB" for each in figures.values())
        factor = ""
        if "pydantic-ai" in figures:
            factor = f"  {figures['pydantic-ai']['seconds'] / figures['chinwag']['seconds']:.1f}x"
        print(f"{words:<52}{row}{factor}", flush=True)
    row = "".join(
        f"{_best(python, name, 'import', 0, rounds)['import_s'] * 1000:>19.0f} ms" for name, python in pythons.items()
    )
    print(f"{'import of the agent and its FunctionModel':<52}{row}")
    print("microseconds for each token (pieces)")
    for length in (1_000, 10_000, 50_000, 100_000):
        row = "".join(
            f"{_best(python, name, 'pieces', length, rounds)['seconds'] / length * 1e6:>22.1f}"
            for name, python in pythons.items()
        )
        print(f"{length:>12,} tokens".ljust(52) + row, flush=True)


def main() -> None:
    """Compare, or, as a process of its own, measure one thing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=3, metavar=("ENGINE", "VIEW", "TOKENS"))
    options = parser.parse_args()
    if options.measure is None:
        compare(options.tokens, options.rounds)
        return
    engine, view, count = options.measure
    print(json.dumps(measure(engine, view, int(count))))


if __name__ == "__main__":
    main()
