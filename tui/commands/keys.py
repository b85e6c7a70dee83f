"""`chinwag keys`: for every provider, whether there is a key and where it comes from; never the key."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.commands.exit_code import ExitCode
from tui.commands.table import table
from tui.paths import config_dir
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.providers import ConfiguredProvider
    from tui.chat.credentials.lookup import KeyLookup

_FOUND, _ON_DEMAND, _MISSING = "✓", "?", "-"


def add_arguments(parser: ArgumentParser) -> None:
    """It has none of its own."""


async def run(arguments: Namespace) -> int:
    """Print a line for each provider that takes a key, those with one first; key commands are not run."""
    from tui.chat.catalog.providers import configured_providers
    from tui.chat.credentials.lookup import KeyLookup
    from tui.config import load_config

    keys = KeyLookup(config_dir() / "credentials.toml")
    providers = [each for each in configured_providers(load_config(arguments.config)).values() if _takes_key(each)]
    await keys.fetch_from_keyring(each.key_places for each in providers if not _key_command(each))
    rows = [_row(keys, provider) for provider in providers]
    rows.sort(key=lambda row: (_FOUND, _ON_DEMAND, _MISSING).index(row[0]))
    print_output(table(rows))
    print_note(clean_line(keys.problem("")))
    return ExitCode.OK


def _takes_key(provider: "ConfiguredProvider") -> bool:
    return bool(provider.vendor.needs_key or provider.key_places.variables or provider.configured)


def _key_command(provider: "ConfiguredProvider") -> tuple[str, ...]:
    return provider.configured.key_command if provider.configured else ()


def _row(keys: "KeyLookup", provider: "ConfiguredProvider") -> tuple[str, str, str, str]:
    places, vendor, command = provider.key_places, provider.vendor, _key_command(provider)
    key = keys.find(places)
    if key is not None:
        return _FOUND, provider.name, vendor.label, key.source
    if command:
        return _ON_DEMAND, provider.name, vendor.label, f"asked when needed: {command[0]}"
    if problem := keys.own_problem(places.provider):
        return _MISSING, provider.name, vendor.label, problem
    variables = " or ".join(places.variables) or "key_command"
    return _MISSING, provider.name, vendor.label, f"set {variables}" if vendor.needs_key else "needs none"
