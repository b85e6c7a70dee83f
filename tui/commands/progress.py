"""A line on standard error that says how far something long is; nothing where nobody looks at it."""

import sys
import time

from tui.figures import progress_words
from tui.streams import is_lines_only, print_note

_WIDTH = 24


class ProgressLine:
    """Redrawn in its place on a terminal that can do that; elsewhere it is silent, so that a log is not filled.

    Args:
        label: what is being done, such as "Q4_K_M".
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = False
        self._terminal = sys.stderr.isatty() and not is_lines_only()
        self._drawn_at = 0.0

    def show(self, done: int, total: int | None, per_s: float | None = None, note: str = "") -> None:
        """Draw how much of `total` bytes is done, at most ten times a second."""
        now = time.monotonic()
        if not self._terminal or now - self._drawn_at < 0.1:
            return
        self._draw(now, self._line(done, total, per_s, note))

    def show_percent(self, percent: int) -> None:
        """Draw how much of something is done that is not counted in bytes, at most ten times a second."""
        self.show_words(f"{percent} %")

    def show_words(self, words: str) -> None:
        """Draw how far it is in words, at most ten times a second."""
        now = time.monotonic()
        if self._terminal and now - self._drawn_at >= 0.1:
            self._draw(now, f"{self._label}  {words}"[:78])

    def _draw(self, now: float, line: str) -> None:
        self._drawn_at, self._shown = now, True
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)

    def _line(self, done: int, total: int | None, per_s: float | None, note: str) -> str:
        filled = min(round(done / total * _WIDTH), _WIDTH) if total else 0
        bar = ["▓" * filled + "░" * (_WIDTH - filled)] if total else []
        return "  ".join([self._label, *bar, *progress_words(done, total, per_s), *([note] if note else [])])[:78]

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Say something below what is drawn."""
        self.end()
        print_note(text, prefix="")
