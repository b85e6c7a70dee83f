"""With a key of every provider at hand: whom the program looks up, and what it starts.

Each round asks one provider, with keys of all the others in the environment: only its own host may be looked up. The
app is opened with all of them, where it finds keys and lists models by itself.
"""

import asyncio
import json
import sys
from pathlib import Path
from random import Random
from typing import Any

from tests.battery.result import Result
from tests.support.doors import host_of
from tests.support.forked import ran
from tests.support.homes import home
from tests.support.pty import Terminal
from tui.agent.providers.vendor import Vendor
from tui.agent.providers.vendors import VENDORS

DESCRIPTION = "no host is looked up but that of the provider that is asked; nothing is started"
ASKED = [vendor for vendor in VENDORS.values() if vendor.key_env and not vendor.local and host_of(vendor.base_url)]
ROUNDS, SHORT = len(ASKED), 1
KEYS = {name: f"canary-{vendor.name}-0123456789" for vendor in VENDORS.values() for name in vendor.key_env}
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_AUDITED = (sys.executable, "-m", "tests.support.audited")


def run(rounds: int, seed: int) -> Result:
    """Ask so many providers, in an order of the seed."""
    result = Result()
    order = Random(seed).sample(ASKED, len(ASKED))
    for number in range(rounds):
        vendor = order[number % len(order)]
        with home() as folder, result.trial("one provider is asked", vendor.name):
            _ask(vendor, folder / "notes")
    with home() as folder, result.trial("the app finds keys and lists models"):
        asyncio.run(_open(folder / "notes"))
    return result


def _ask(vendor: Vendor, notes: Path) -> None:
    done = ran(str(notes), "-m", f"{vendor.name}:some-model", "-p", "hi", program=_AUDITED, more=KEYS)
    assert done.returncode == 1, done.stderr
    hosts, programs = _noted(notes)
    assert hosts - _HERE == {host_of(vendor.base_url)}, hosts
    assert not programs, programs


async def _open(notes: Path) -> None:
    async with Terminal(str(notes), program=_AUDITED, size=(120, 40), **KEYS) as screen:
        await screen.sees("Ask anything")
        screen.press("\x0c")
        await screen.sees("Switch model")
        screen.press("\x1b[B")
        screen.press("r")
        await screen.sees("did not|cannot be|could not|No connection|no models|not reach")
        screen.press("\x1b")
        await screen.sees_no_more("Switch model")
        screen.press("\x11")
        assert await screen.gone() == 0
    hosts, programs = _noted(notes)
    known = {host_of(vendor.base_url) for vendor in VENDORS.values()}
    known |= {host.replace("-runtime", "") for host in known}  # where Bedrock lists its models
    assert len(hosts - _HERE) > 3, f"it looked up only {hosts}"
    assert not hosts - _HERE - known, hosts - known
    assert not programs, programs


def _noted(notes: Path) -> tuple[set[str], list[Any]]:
    """Hosts that were looked up, and programs that were started."""
    lines = [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
    return {words[0] for kind, *words in lines if kind == "host"}, [rest for kind, *rest in lines if kind != "host"]
