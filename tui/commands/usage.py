"""`chinwag usage`: what was used and spent, by model, provider, day, month, tag or chat."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tui.bootstrap import open_catalog, open_library
from tui.commands.changing import require_writable
from tui.commands.choosing import CHAT_HELP, chosen_chat, named_chat
from tui.commands.exit_code import ExitCode
from tui.commands.progress import ProgressLine
from tui.commands.table import table
from tui.errors import ConfigError, StoreError
from tui.figures import UNKNOWN, counted, rate, tokens
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.chat.library import Library
    from tui.chat.usage_report import By, Sums, UsageReport

_FORMATS = ("table", "csv", "json")


def add_arguments(parser: ArgumentParser) -> None:
    """Which table, from when on, and as what."""
    from tui.chat.usage_report import VIEWS

    add = parser.add_argument
    add("--by", choices=VIEWS, default="model", help="one line for each of them (default: model)")
    add("--chat", metavar="CHAT", type=named_chat, help=f"only one chat: {CHAT_HELP}")
    add(
        "--since", type=_day, metavar="DAY",
        help='first day: "today", "month", a number of days such as 7d, or a date such as 2026-11-01 (default: all)',
    )  # fmt: skip
    add("--format", choices=_FORMATS, default="table", help="a table to read, or exact figures (default: table)")
    add("--json", dest="format", action="store_const", const="json", help="the same as --format json: all tables")
    add("--reprice", action="store_true", help="first look for prices that are unknown; those that are known stay")


async def run(arguments: Namespace) -> int:
    """Print it."""
    from tui.chat.usage_files import write_csv, write_json
    from tui.chat.usage_report import OF_CHATS, since

    async with open_library() as (library, notice):
        print_note(notice)
        if arguments.reprice:
            await _reprice(library, arguments.config)
        else:
            await _price_killed(library, arguments.config)
        scope = since(arguments.since)
        if arguments.chat:
            scope = replace(scope, conversation_id=(await chosen_chat(library, arguments.chat)).id)
        wanted = arguments.by in OF_CHATS or arguments.format == "json"
        report = await library.usage.read(scope, chats=wanted)
    if arguments.format == "csv":
        print_output(write_csv(report, arguments.by))
    elif arguments.format == "json":
        print_output(write_json(report) + "\n")
    elif not report.figures.rows:
        print_note("No model was asked anything in that time.", prefix="")
    else:
        print_output(_table(report, arguments.by))
        _print_remarks(report, arguments.by)
    return ExitCode.OK


async def _price_killed(library: "Library", config_path: Path | None) -> None:
    """Price what a killed program has left without one; the catalogue is needed for nothing else here."""
    from tui.chat.killed_replies import price_killed
    from tui.config import load_config

    with suppress(StoreError, ConfigError):  # they stand there as unknown, and are said
        if await library.usage.killed_replies():
            async with open_catalog(load_config(config_path)) as catalog:
                await price_killed(library, catalog)


async def _reprice(library: "Library", config_path: Path | None) -> None:
    from tui.chat.repricing import reprice
    from tui.config import load_config

    require_writable(library)
    line = ProgressLine("Looking for prices")
    async with open_catalog(load_config(config_path)) as catalog:
        try:
            found = await reprice(library, catalog, lambda done, total: line.show_percent(100 * done // total))
        finally:
            line.end()
    print_note(found.sentence, prefix="")


def _table(report: "UsageReport", by: "By") -> str:
    head = (by, "replies", "in", "cached", "out", "reasoning", "tok/s", "cost")
    lines = [(line.label or line.key or UNKNOWN, line.sums) for line in report.lines(by)]
    rows = [head, *(_row(label, sums) for label, sums in lines), _row("all", report.total)]
    return table(rows, right=range(1, len(head)))


def _row(label: str, sums: "Sums") -> tuple[str, ...]:
    cached = UNKNOWN if sums.cached_percent is None else f"{sums.cached_percent}%"
    estimated = sums.estimated > 0
    return (
        label,
        f"{sums.replies:,}",
        tokens(sums.input, estimated=estimated),
        cached,
        tokens(sums.output, estimated=estimated),
        tokens(sums.reasoning),
        rate(sums.tokens_per_s),
        sums.price_text,
    )


def _print_remarks(report: "UsageReport", by: "By") -> None:
    """What the table cannot say in a line."""
    from tui.chat.usage_report import SEVERAL_TAGS, purpose_noun

    if by == "tag" and report.counted_twice:
        print_note(SEVERAL_TAGS, prefix="")
    side = [f"{line.sums.side_calls:,} {purpose_noun(line)} ({line.sums.price_text})" for line in report.purposes()]
    if side:
        print_note(f"also counted: {', '.join(side)}", prefix="")
    if unpriced := report.total.unpriced:
        unknown = f"{counted(unpriced, 'answer')} of unknown price ({UNKNOWN} or ?) not in the sum"
        print_note(f"{unknown}; --reprice looks for it again", prefix="")


def _day(text: str) -> date:
    """The day that was typed.

    Raises:
        ArgumentTypeError: it is none.
    """
    today = date.today()
    match text.strip().casefold():
        case "today":
            return today
        case "month":
            return today.replace(day=1)
        case days if days.endswith("d") and days[:-1].isdecimal():
            return today - timedelta(days=min(int(days[:-1][:6]), 36_500))
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ArgumentTypeError(f'"{text[:30]}" is no day: say today, month, 7d or a date such as {today}') from None
