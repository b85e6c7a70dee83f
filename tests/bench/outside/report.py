"""What the rounds found, as the Markdown of .github/PERFORMANCE.md and README.md: medians and ratios."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.outside.apps import APPS, OURS, RAW, ROWS, TEXTUAL
from tests.bench.outside.rounds import FAST_TOKENS, LONGEST_S, RATE, TOKENS

BEGIN, END = "<!-- speed: written by tests.bench.outside -->\n", "<!-- end of speed -->\n"
ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, and what is wanted of it.

    Attributes:
        name: as `rounds` has it, with its unit.
        digits: behind the point.
        most: times the figure of bare Textual.
        most_raw: times that of the bare terminal.
        more: above that of bare Textual.
        limit: whatever the floors take.
    """

    name: str
    digits: int = 2
    most: float | None = None
    most_raw: float | None = None
    more: float | None = None
    limit: float | None = None

    def goal(self) -> str:
        """In words."""
        wanted = (
            ("≤ {}×", self.most),
            ("≤ {}× bare terminal", self.most_raw),
            ("≤ bare + {}", self.more),
            ("≤ {}", self.limit),
        )
        return ", ".join(text.format(f"{value:g}") for text, value in wanted if value is not None) or "–"

    def met(self, ours: float, textual: float, raw: float | None) -> bool:
        """Whether all of it is so."""
        limits = [
            self.most and self.most * textual,
            self.most_raw and raw and self.most_raw * raw,
            self.more and self.more + textual,
            self.limit,
        ]
        return all(ours <= limit for limit in limits if limit)


FIGURES = (
    Row("first paint, s"),
    Row("usable, s", most=1.35),
    Row("launch CPU, s", most=1.35),
    Row("launch CPU until quiet, s"),
    Row("memory idle, MB", 0, most=1.4),
    Row("idle CPU, %", 1, more=0.5),
    Row("key idle p50, ms", 1, most=1.3),
    Row("key idle p95, ms", 1, most=1.3),
    Row("request, ms", 0),
    Row("first token, ms", 0),
    Row("token lag p50, ms", 0),
    Row("token lag p95, ms", 0, most=0.6),
    Row("marks seen, %", 0),
    Row("key in stream p50, ms", 1, most=0.35),
    Row("key in stream p95, ms", 1, most=0.35, limit=40),
    Row("stream CPU, s", most=0.5, most_raw=4),
    Row("stream output, kB", 0),
    Row("fast complete, s", most=0.2, most_raw=4),
    Row("fast CPU, s", most=0.2),
    Row("memory after, MB", 0),
)
_SHORT = {
    "usable, s": "from the start to a prompt that takes keys, s",
    "memory idle, MB": "memory then, MB",
    "key in stream p50, ms": f"from a key to its letter while {RATE} tokens a second come in, ms",
    "stream CPU, s": f"CPU for {TOKENS:,} tokens that come so, s",
    "fast complete, s": f"{FAST_TOKENS:,} tokens as fast as they are taken, s",
}
_TIMES_ONLY = ("marks seen, %", "idle CPU, %")
Found = Mapping[tuple[str, str], Mapping[str, float]]


def medians(rounds: Sequence[Mapping[str, Any]]) -> Found:
    """The median of each figure, by what was measured and of which program."""
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for one in rounds:
        kept = found.setdefault((one["row"], one["app"]), {})
        for name, value in one["figures"].items():
            kept.setdefault(name, []).append(value)
    return {key: {name: median(values) for name, values in kept.items()} for key, kept in found.items()}


def _value(row: Row, figures: Mapping[str, float]) -> str:
    value = figures.get(row.name)
    if value is None:
        return "–"
    over = "> " if row.name == "fast complete, s" and value >= LONGEST_S else ""
    return f"{over}{value:,.{row.digits}f}"


def _ratio(row: Row, figures: Mapping[str, float], floor: Mapping[str, float]) -> str:
    value, least = figures.get(row.name), floor.get(row.name)
    return f"{value / least:.2f}×" if value is not None and least and row.name not in _TIMES_ONLY else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _whole(found: Found, peers: Sequence[str]) -> str:
    """All figures of all programs, ours with their goals."""
    ours, textual = found.get((ALONE, OURS.name), {}), found.get((ALONE, TEXTUAL.name), {})
    raw = found.get((ALONE, RAW.name), {})
    rows = []
    for row in FIGURES:
        cells = [row.name, row.goal(), _value(row, ours), _ratio(row, ours, textual), _value(row, textual)]
        if row.goal() != "–" and row.name in ours and row.name in textual:
            cells[3] += " ✓" if row.met(ours[row.name], textual[row.name], raw.get(row.name)) else " ✗"
        for name in peers:
            ratio = _ratio(row, found[ALONE, name], textual)
            cells.append(_value(row, found[ALONE, name]) + (f" ({ratio})" if ratio else ""))
        rows.append(cells)
    return _table(["", "goal", OURS.name, "ratio", TEXTUAL.name, *peers], rows)


def _elsewhere(found: Found) -> str:
    """Ours in other places, each beside bare Textual there."""
    places = [place for place in (ALONE, *ROWS) if (place, OURS.name) in found and (place, TEXTUAL.name) in found]
    if len(places) < 2:
        return ""
    rows = []
    for row in FIGURES:
        cells = [row.name]
        for place in places:
            ours, floor = found[place, OURS.name], found[place, TEXTUAL.name]
            ratio = _ratio(row, ours, floor)
            cells.append(_value(row, ours) + (f" ({ratio})" if ratio else ""))
        rows.append(cells)
    return "\n" + _table(["", *(place.replace("-", " ") for place in places)], rows)


def report(result: Mapping[str, Any]) -> tuple[str, str]:
    """What goes into .github/PERFORMANCE.md, and into README.md."""
    found = medians(result["rounds"])
    apps = list(dict.fromkeys(app for row, app in found if row == ALONE))
    peers = [app for app in apps if app not in (OURS.name, TEXTUAL.name)]
    counts = Counter((one["row"], one["app"]) for one in result["rounds"])
    loads = [one["load"] for one in result["rounds"]]
    least, most = min(counts.values()), max(counts.values())
    many = "one round" if most == 1 else f"medians of {least if least == most else f'{least} to {most}'} rounds"
    conditions = f"{result['conditions']}; load average {min(loads):.1f} to {max(loads):.1f}; {many}, in turns"
    browser = "".join(f"{line}\n" for line in result.get("browser", ()))
    whole = (
        f"{conditions}; × is the ratio to bare Textual.\n\n"
        + _whole(found, peers)
        + _elsewhere(found)
        + (f"\n{browser}" if browser else "")
    )
    named = [app.name for app in APPS.values() if app.name in apps and app != RAW]
    rows = [row for row in FIGURES if row.name in _SHORT]
    short = _table(
        ["", *named], [[_SHORT[row.name], *(_value(row, found[ALONE, app]) for app in named)] for row in rows]
    )
    return whole, f"{conditions}.\n\n{short}"


def write_into(path: Path, text: str) -> None:
    """Put it between the two marks of a file."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{path} has no place for the table: {BEGIN.strip()} and {END.strip()}")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
