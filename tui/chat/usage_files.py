"""What was used and spent as CSV and JSON, for other programs: exact, and without a word of estimate."""

import asyncio
import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tui.chat.export import export_refusals
from tui.chat.usage_report import VIEWS, By, Sums, UsageLine, UsageReport
from tui.dataclass import dataclass
from tui.files import create_file, replace_file
from tui.formats.csv import harmless
from tui.text import clean_line

_FIELDS = (
    "replies", "side_calls", "input", "cached", "cache_written", "output", "reasoning", "dollars", "unpriced",
    "estimated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UsageFormat:
    """How usage is written: its name for people, the suffix of its files, and what makes the text of a report."""

    label: str
    suffix: str
    write: Callable[[UsageReport, By], str]


def write_csv(report: UsageReport, by: By) -> str:
    """One table with a head; what is unknown is an empty cell, prices are exact."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([by, *_FIELDS])
    for line in report.lines(by):
        label = clean_line(line.label, 200) if by == "chat" else clean_line(line.key, 200)
        writer.writerow([harmless(label), *(_cell(value) for value in _values(line.sums).values())])
    return out.getvalue()


def write_json(report: UsageReport) -> str:
    """All tables, the side calls and the total; what is unknown is null, prices are decimal text."""

    def table(lines: Iterable[UsageLine], name: str) -> list[dict[str, object]]:
        return [{name: clean_line(line.key, 200), **_named(line, name), **_values(line.sums)} for line in lines]

    return json.dumps(
        {
            "currency": "USD",
            "since": report.figures.scope.since.isoformat() if report.figures.scope.since else None,
            "until": report.figures.scope.until.isoformat() if report.figures.scope.until else None,
            "total": _values(report.total),
            **{f"{by}s": table(report.lines(by), by) for by in VIEWS},
            "side_calls": table(report.purposes(), "purpose"),
        },
        ensure_ascii=False,
        indent=2,
    )


async def export_usage(report: UsageReport, by: By, format: str, target: Path, *, overwrite: bool = False) -> None:
    """Write a report to a file; `format` is a name of `USAGE_FORMATS`. Raises ExportError."""

    def write() -> None:
        with export_refusals(target):
            text = USAGE_FORMATS[format].write(report, by)
            (replace_file if overwrite else create_file)(target, text.encode())

    await asyncio.to_thread(write)


USAGE_FORMATS: Mapping[str, UsageFormat] = {
    "csv": UsageFormat("CSV", ".csv", write_csv),
    "json": UsageFormat("JSON", ".json", lambda report, by: write_json(report) + "\n"),
}
"""Every format by its name."""


def _values(sums: Sums) -> dict[str, object]:
    price = None if sums.price is None else f"{sums.price:f}"
    return {name: price if name == "dollars" else getattr(sums, name) for name in _FIELDS}


def _named(line: UsageLine, name: str) -> dict[str, object]:
    return {"title": clean_line(line.label, 200)} if name == "chat" else {}


def _cell(value: object) -> object:
    return "" if value is None else value
