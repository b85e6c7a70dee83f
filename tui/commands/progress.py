"""A line on standard error that says how far something long is; nothing where nobody looks at it."""

import sys
import time

from tui.figures import size, time_left
from tui.streams import print_note

_WIDTH = 24


class ProgressLine:
    """Redrawn in its place on a terminal; elsewhere it is silent, so that a log is not filled.

    Args:
        label: what is being done, such as "Q4_K_M".
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = False
        self._terminal = sys.stderr.isatty()
        self._drawn_at = 0.0

    def show(self, done: int, total: int | None, per_s: float | None = None, note: str = "") -> None:
        """Draw how much of `total` bytes is done, at most ten times a second."""
        now = time.monotonic()
        if not self._terminal or now - self._drawn_at < 0.1:
            return
        self._drawn_at, self._shown = now, True
        print(f"\r{self._line(done, total, per_s, note)}\x1b[K", end="", file=sys.stderr, flush=True)

    def _line(self, done: int, total: int | None, per_s: float | None, note: str) -> str:
        parts = [self._label]
        if total:
            filled = min(round(done / total * _WIDTH), _WIDTH)
            parts += ["▓" * filled + "░" * (_WIDTH - filled), f"{done * 100 // total} %"]
        parts.append(f"{size(done)} of {size(total)}" if total else size(done))
        if per_s:
            parts.append(f"{size(round(per_s))}/s")
            if total and total > done:
                parts.append(f"{time_left((total - done) / per_s)} left")
        return "  ".join([*parts, note] if note else parts)[:78]

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Say something below what is drawn."""
        self.end()
        print_note(text, prefix="")
