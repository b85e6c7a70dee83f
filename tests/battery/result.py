"""What a battery counts: trials and misses by what was tried, figures, and what could not be tried here."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest


@dataclass
class Row:
    """One kind of trial."""

    tried: int = 0
    missed: int = 0
    skipped: int = 0
    figures: list[str] = field(default_factory=list)


@dataclass
class Result:
    """The counts of a run, in the order in which they came up."""

    rows: dict[str, Row] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)
    skips: set[str] = field(default_factory=set)

    @contextmanager
    def trial(self, what: str, how: str = "") -> Iterator[None]:
        """One trial of a kind; what it raises or asserts is a miss, and the battery goes on.

        Args:
            what: the row of the table.
            how: told with a miss, so that it can be tried again: the payload, the number of the round.
        """
        row = self._row(what)
        try:
            yield
        except pytest.skip.Exception as reason:
            row.skipped += 1
            self.skips.add(f"{what}: {reason}")
            return
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  each is counted and shown
            self._miss(what, how, traceback.format_exc(limit=-6))
        row.tried += 1

    def count(self, what: str, tried: int, *missed: str) -> None:
        """So many trials of a kind at once, of which these were missed."""
        self._row(what).tried += tried
        for how in missed:
            self._miss(what, how, "")

    def figure(self, what: str, text: str) -> None:
        """Show a figure beside a row, such as "12 MB"."""
        self._row(what).figures.append(text)

    def table(self) -> str:
        """The rows, and below them the first misses and what was skipped, why."""
        width = max([30, *(len(what) for what in self.rows)])
        lines = [f"{'':{width}}   tried  missed"]
        for what, row in self.rows.items():
            skipped = [f"{row.skipped:,} skipped"] if row.skipped else []
            more = ", ".join([*skipped, *row.figures])
            lines.append(f"{what:{width}}{row.tried:>8,}{row.missed:>8,}   {more}".rstrip())
        lines += [f"- skipped: {skip}" for skip in sorted(self.skips)]
        lines += [f"\nMISSED {miss}" for miss in self.misses[:20]]
        if len(self.misses) > 20:
            lines.append(f"\nand {len(self.misses) - 20:,} more misses")
        return "\n".join(lines)

    def _row(self, what: str) -> Row:
        return self.rows.setdefault(what, Row())

    def _miss(self, what: str, how: str, why: str) -> None:
        self._row(what).missed += 1
        self.misses.append(": ".join(part for part in (what, how) if part) + (f"\n{why}" if why else ""))
