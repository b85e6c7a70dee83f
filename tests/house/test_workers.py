"""Work beside everything else is begun by a function: a coroutine that the app outruns is never awaited."""

from pathlib import Path

TUI = Path(__file__).parents[2] / "tui"


def test_workers_are_begun_in_one_place_which_takes_no_coroutines() -> None:
    beginning = [path for path in TUI.rglob("*.py") if ".run_worker(" in path.read_text(encoding="utf-8")]
    assert beginning == [TUI / "app" / "workers.py"]
