"""Speed as it is seen from outside, of this program, two floors and its peers: `python -m tests.bench.outside`.

Each program runs in a terminal of 120 columns and 40 rows, with a home of its own, and talks to the same model server
on this machine. In a round it starts, is typed into while nothing happens, streams a reply with keys beside it, and
takes one as fast as it can. Rounds go in turns, so that all have the same noise. `--rows` measures this program and
bare Textual elsewhere, too: on a slow line, in a long chat, in a search, beside four streams, in a comparison, in a
browser. Linux only.

    python -m tests.bench.outside --runs 5 --rows all --peers FOLDER --out speed.json --write

FOLDER has an environment for each peer (`FOLDER/oterm/bin/oterm`, `elia/bin/elia`, `llm/bin/llm`,
`opencode/node_modules/.bin/opencode`); one that is not there is left out. `--also NAME=COMMAND`, with {url} and {model}
in it, adds any other program.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.outside.apps import APPS, ROOT, ROWS, GivenProgram, Place, Program
from tests.bench.outside.report import ALONE, report, write_into
from tests.bench.outside.rounds import Figures, Journal, Round, model_server

PLACES = (ROOT / ".github" / "PERFORMANCE.md", ROOT / "README.md")


class Bench:
    """Goes through the rounds; each program finds its home in each as it was after its first start."""

    def __init__(self, folder: Path, journal: Journal, peers: Path) -> None:
        self._folder, self._journal, self._peers = folder, journal, peers
        self._ready: dict[Program, dict[str, str]] = {}
        self._number = 0

    def run(self, app: Program) -> Figures | None:
        """One round; None, and a line that says why, where it did not come to its end."""
        self._number += 1
        place = Place(self._folder / "home", self._journal.url, self._peers)
        shutil.rmtree(place.home, ignore_errors=True)
        try:
            if app not in self._ready:
                place.home.mkdir()
                more = dict(app.set_up(place))
                Round(app, self._journal, place, more, 0).first_start()
                shutil.copytree(place.home, self._kept(app), symlinks=True)
                self._ready[app] = more
            else:
                shutil.copytree(self._kept(app), place.home, symlinks=True)
            return Round(app, self._journal, place, self._ready[app], self._number).measure()
        except (OSError, LookupError) as error:
            print(f"{app.name}: {error!s:.2000}", file=sys.stderr, flush=True)
            return None

    def _kept(self, app: Program) -> Path:
        return self._folder / f"kept-{hash(app)}"


def conditions() -> str:
    """What a figure depends on."""
    python, textual = platform.python_version(), version("textual")
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {python}, Textual {textual}"


def in_a_browser() -> list[str]:
    """The table of `tests.bench.browser`."""
    command = [sys.executable, "-m", "tests.bench.browser", "--keys", "100"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        print(f"browser: {done.stderr.strip()}", file=sys.stderr)
    return [line for line in done.stdout.splitlines() if line.startswith("|")]


def wanted(options: argparse.Namespace) -> list[tuple[str, Program]]:
    """What is measured in each round."""
    also = [GivenProgram(name, line_given=command) for name, _, command in (one.partition("=") for one in options.also)]
    apps = [*(APPS[name] for name in options.apps), *also]
    for app in [app for app in apps if not app.present(options.peers)]:
        print(f"{app.name} is left out: there is no {app.command(Place(options.peers, '', options.peers))[0]}")
        apps.remove(app)
    rows = [*ROWS] if "all" in options.rows else [name for name in options.rows if name in ROWS]
    return [*((ALONE, app) for app in apps), *((row, app) for row in rows for app in ROWS[row])]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All rounds, as they are written into a file after each."""
    result: dict[str, Any] = {"conditions": conditions(), "rounds": []}
    chosen = wanted(options)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, model_server() as journal:
        bench = Bench(Path(folder), journal, options.peers)
        for number in range(options.runs):
            for row, app in chosen:
                load = os.getloadavg()[0]
                figures = bench.run(app)
                print(f"{number + 1} {row} {app.name} (load {load:.1f}): {_line(figures)}", flush=True)
                if figures is not None:
                    result["rounds"].append({"row": row, "app": app.name, "load": load, "figures": figures})
                    options.out.write_text(json.dumps(result, indent=1))
    if {"browser", "all"} & {*options.rows}:
        result["browser"] = in_a_browser()
        options.out.write_text(json.dumps(result, indent=1))
    return result


def _line(figures: Figures | None) -> str:
    return ", ".join(f"{name.partition(',')[0]} {value:.3g}" for name, value in (figures or {"nothing": 0}).items())


def main() -> None:
    """Measure, or report what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--apps", nargs="*", choices=APPS, default=[*APPS])
    parser.add_argument("--rows", nargs="*", choices=[*ROWS, "browser", "all"], default=[])
    parser.add_argument("--peers", type=Path, default=Path("peers"), metavar="FOLDER")
    parser.add_argument("--also", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--out", type=Path, default=Path("speed.json"), metavar="FILE")
    parser.add_argument("--report", type=Path, nargs="+", metavar="FILE", help="report what earlier runs measured")
    parser.add_argument("--write", action="store_true", help="put the tables into PERFORMANCE.md and README.md, too")
    options = parser.parse_args()
    options.peers = options.peers.absolute()
    results = [json.loads(path.read_text()) for path in options.report or ()] or [measure(options)]
    result = {key: value for one in results for key, value in one.items()}
    result["rounds"] = [figures for one in results for figures in one["rounds"]]
    if not result["rounds"]:
        raise SystemExit(f"No round came to its end, so there is nothing to report; {options.out} has what was found.")
    for path, text in zip(PLACES, report(result), strict=True):
        print(f"\n{path.name}:\n\n{text}")
        if options.write:
            write_into(path, text)


if __name__ == "__main__":
    main()
