"""`chinwag doctor server`: what a provider's servers do of what a chat asks for, found by asking a model of them."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from tui.bootstrap import open_catalog
from tui.commands.exit_code import ExitCode
from tui.errors import ChinwagError, UsageError
from tui.model_id import ModelId
from tui.streams import print_output
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.agent.providers import Provider
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.server_check import ServerFinding
    from tui.config import Config

_MARKS = {"good": "✓", "fact": "·", "bad": "✗"}


def add_arguments(parser: ArgumentParser) -> None:
    """Whom to ask."""
    help = "a provider's name, or the base URL of a server; of several servers under one name each is asked"
    parser.add_argument("provider", metavar="PROVIDER", help=help)
    parser.add_argument(
        "--model",
        default="",
        metavar="NAME",
        help="which of its models (default: the configured one, or the one used last, or the first that answers)",
    )


async def run(arguments: Namespace) -> int:
    """Print each finding as it is made; exit code 1 when something is wrong."""
    from tui.chat.server_check import check_server
    from tui.config import load_config

    bad = False
    config = load_config(arguments.config)
    async with open_catalog(config) as catalog:
        servers = await _servers(catalog, arguments.provider)
        rather = _models_of_it(config, arguments.provider)
        for server in servers:
            if len(servers) > 1:
                print_output(f"{clean_line(server.place)}\n")
            async with aclosing(check_server(server, arguments.model, rather=rather)) as findings:
                async for finding in findings:
                    _print(finding)
                    bad = bad or finding.state == "bad"
    return ExitCode.FAILED if bad else ExitCode.OK


def _models_of_it(config: "Config", provider: str) -> list[str]:
    """The models of a provider that a person is known to want, without its name, the surest one first."""
    from tui.config import load_state

    state = load_state()
    ids = [ModelId.parse(id) for id in (config.model or "", *state.favourites, *state.recent_models)]
    named = [name for one in config.providers if one.name == provider for name in one.models]
    return [*(one.name for one in ids[:1] if one.provider == provider), *named,
            *(one.name for one in ids[1:] if one.provider == provider)]  # fmt: skip


def _print(finding: "ServerFinding") -> None:
    line = f"{_MARKS[finding.state]} {finding.subject.ljust(8)}  {clean_line(redact(finding.text), 300)}"
    print_output(f"{line}\n")


async def _servers(catalog: "Catalog", named: str) -> "Sequence[Provider]":
    """The servers of a provider, or the one at an address.

    Raises:
        UsageError: there is no such provider, and it is no address.
        ChinwagError: what it needs is not there.
    """
    from tui.agent.providers import (
        Provider,
        ServerPool,
        clean_base_url,
        custom_vendor,
        is_address,
        vendor_at,
        without_password,
    )
    from tui.chat.catalog.providers import provider_named

    found = provider_named(catalog.listings.providers, named)
    if found is None and "://" in named and is_address(address := clean_base_url(named)):
        known = vendor_at(address)
        return [Provider(custom_vendor(known.name if known else "server", address), base_url=address)]
    if found is None:
        raise UsageError(
            f'There is no provider "{without_password(named)}".',
            "Name one of config.toml, or an address such as http://…/v1.",
        )
    if not await catalog.listings.ready(found):
        problem = catalog.listings.key_problem(found) or f"There is no key or address for {found.vendor.label}."
        raise ChinwagError(problem, "See: chinwag keys")
    client = catalog.listings.client(found)
    return [server.provider for server in client.servers] if isinstance(client, ServerPool) else [client]
