"""Long tries of one promise each, for anybody: `python -m tests.battery NAME [--rounds N] [--seed S]`.

`list` shows all of them, `all` runs them one after the other. Exit code 1 where anything was missed; a battery that
needs something that is not here is skipped, and says so. Each is a module of this folder:

- `DESCRIPTION`: one line
- `ROUNDS`, `SHORT`: how often it goes round by hand, and in the suite (`tests/fault/test_batteries.py`; 0: not there)
- `run(rounds, seed)`: tries, and returns the `Result`; the same seed tries the same. It has a home of its own
  (`tests.support.homes`), and no network but this machine's.
"""

import argparse
import importlib
import pkgutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

import pytest

from tests.battery.result import Result
from tests.support.homes import home


class Battery(Protocol):
    """A module of this folder."""

    DESCRIPTION: str
    ROUNDS: int
    SHORT: int

    def run(self, rounds: int, seed: int) -> Result:
        """Try so many rounds, chosen by the seed."""


def batteries() -> dict[str, Battery]:
    """All there are, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = {name: importlib.import_module(f"tests.battery.{name}") for name in names if name != "__main__"}
    return {name: cast(Battery, module) for name, module in modules.items() if hasattr(module, "DESCRIPTION")}


def main(given: Sequence[str] | None = None) -> int:
    """Run what is asked for; 1 where something was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.battery", description="Long tries of one promise each.")
    parser.add_argument("name", help="a battery, or list, or all")
    parser.add_argument("--rounds", type=int, help="how often it goes round; each has a number of its own")
    parser.add_argument("--seed", type=int, default=1, help="which tries are chosen, where there are too many (1)")
    asked = parser.parse_args(given)
    known = batteries()
    if asked.name == "list":
        print("\n".join(f"{name:<14}{one.DESCRIPTION} ({one.ROUNDS} rounds)" for name, one in known.items()))
        return 0
    if asked.name not in (*known, "all"):
        parser.error(f"there is no battery {asked.name!r}; there are {', '.join(known)}")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a script has begun in the background
    missed = 0
    for name in known if asked.name == "all" else [asked.name]:
        rounds = asked.rounds or known[name].ROUNDS
        print(f"{name}: {known[name].DESCRIPTION}; {rounds} rounds, seed {asked.seed}", flush=True)
        start = time.monotonic()
        try:
            with home():
                result = known[name].run(rounds, asked.seed)
        except pytest.skip.Exception as reason:
            print(f"skipped: {reason}\n", flush=True)
            continue
        print(f"{result.table()}\n{time.monotonic() - start:.0f} s\n", flush=True)
        missed += len(result.misses)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
