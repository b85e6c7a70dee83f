"""`chinwag models`: every model that can be used now, with window and prices."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.bootstrap import compose, open_catalog
from tui.commands.exit_code import ExitCode
from tui.commands.table import table
from tui.errors import UsageError
from tui.figures import tokens, unit_price
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo

_HEADINGS = ("MODEL", "WINDOW", "IN $/M", "OUT $/M", "NOTE")
_TALLY_HEADINGS = ("MODEL", "PICKED", "OF", "BLIND")


def add_arguments(parser: ArgumentParser) -> None:
    """Which of them."""
    help = "only models whose id, label or alias holds all of these words"
    parser.add_argument("filter", nargs="*", metavar="FILTER", help=help)
    help = "how often each model's answer was picked where several had answered (see: /compare in the app)"
    parser.add_argument("--tally", action="store_true", help=help)


async def run(arguments: Namespace) -> int:
    """Ask the providers what they offer, and print what matches."""
    from tui.config import load_config

    if arguments.tally:
        return await _print_tally(arguments)
    async with open_catalog(load_config(arguments.config)) as catalog:
        offered = await catalog.refresh()
        problems = catalog.problems
    for problem in problems.values():
        print_note(clean_line(problem))
    found = [info for info in offered if _matches(info, arguments.filter)]
    if not found:
        raise UsageError(f'No model matches "{" ".join(arguments.filter)}".', "See all of them: chinwag models")
    print_output(table([_HEADINGS, *map(_row, found)], right=(1, 2, 3)))
    return ExitCode.OK


async def _print_tally(arguments: Namespace) -> int:
    async with compose(arguments.config) as services:
        tally = await services.library.tally()
    found = [one for one in tally if all(word.lower() in one.model.lower() for word in arguments.filter)]
    if not found:
        print_note("No answer was picked yet where several had answered. Compare models in the app: /compare.")
        return ExitCode.OK
    rows = [(one.model, f"{one.won}", f"{one.compared}", f"{one.blind_won} of {one.blind_compared}") for one in found]
    print_output(table([_TALLY_HEADINGS, *rows], right=(1, 2, 3)))
    return ExitCode.OK


def _matches(info: "ModelInfo", filter: list[str]) -> bool:
    searched = " ".join((info.id, info.provider_label, *info.tags)).lower()
    return all(word.lower() in searched for word in filter)


def _row(info: "ModelInfo") -> tuple[str, str, str, str, str]:
    prices = ("free", "free") if info.free else (unit_price(info.input_price), unit_price(info.output_price))
    return (info.id, tokens(info.window), *prices, info.note)
