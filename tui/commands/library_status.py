"""`chinwag library status`: whether the library is shared, when it last met the server, and what waits."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tui.bootstrap import library_file
from tui.commands.exit_code import ExitCode
from tui.commands.library_server import Server, configured_server
from tui.commands.stoppable import stoppable
from tui.commands.table import json_text, table
from tui.errors import ChinwagError
from tui.figures import counted, local_time
from tui.streams import print_note, print_output

if TYPE_CHECKING:
    from tui.store.sharing_records import SharingState
    from tui.sync.hub import HubFacts, Machine


class SharingReport(NamedTuple):
    """How a library stands with the others.

    Attributes:
        server: None where the configuration names none.
        state: None where this library was never shared.
        facts: None where the server cannot be reached; `problem` says why.
    """

    server: Server | None
    state: "SharingState | None"
    facts: "HubFacts | None" = None
    machines: "tuple[Machine, ...]" = ()
    problem: str = ""
    hint: str = ""

    @property
    def waiting(self) -> str:
        """What was not told yet."""
        if self.state is None:
            return "everything"
        if not self.state.seeded:
            return "all that was there before it was shared"
        return counted(self.state.pending, "change") if self.state.pending else "nothing"

    @property
    def last_try(self) -> str:
        """Why the last exchange did not go well, where it is not what is wrong now."""
        return self.state.problem if self.state is not None and not self.problem else ""

    @property
    def alone(self) -> str:
        """What is said where the configuration names no server."""
        return (
            "none; it is on this machine alone" if self.state is None else "not any more: config.toml names no server"
        )

    @property
    def facts_shown(self) -> list[str]:
        """What the server is."""
        if self.facts is None:
            return []
        encrypted = "encrypted" if self.facts.encrypted else "not encrypted, on this machine"
        there = f"format {self.facts.version}" if self.facts.version else "no library there yet"
        return [f"PostgreSQL {self.facts.server.partition(' ')[0]}", encrypted, there]

    @property
    def waits_shown(self) -> list[str]:
        """What waits to go to and fro, and since when."""
        hear = [f"to hear: {counted(self.to_hear, 'change')}"] if self.to_hear else []
        machines = [counted(len(self.machines), "machine")] if self.machines else []
        tried = [f"last try: {self.last_try}"] if self.last_try else []
        return [f"to tell: {self.waiting}", *hear, *machines, f"last met: {self.last_met}", *tried]

    @property
    def to_hear(self) -> int:
        """How many changes of the others are not here yet, at most."""
        if self.facts is None:
            return 0
        known = self.state is not None and self.state.hub == self.facts.hub
        return max(0, self.facts.last - (self.state.cursor if known and self.state else 0))

    @property
    def last_met(self) -> str:
        """When the last exchange went well; the server knows it where this machine has said nothing else since."""
        if self.state is None:
            return "never"
        own = [one.silent_s for one in self.machines if one.id == self.state.machine]
        seen = datetime.fromtimestamp((self.state.seen_at or 0) / 1_000_000, UTC)
        if own:
            seen = max(seen, datetime.now(UTC) - timedelta(seconds=own[0]))
        return local_time(seen) if seen.year > 1970 else "never"


def add_arguments(parser: ArgumentParser) -> None:
    """As what."""
    parser.add_argument("--json", action="store_true", help="for programs")


async def run(arguments: Namespace) -> int:
    """Print it; exit code 1 when it is shared and the server cannot be used."""
    standing = await standing_of(arguments.config)
    if arguments.json:
        print_output(json_text(_facts(standing)))
    elif standing.server is None and standing.state is None:
        print_note("The library is on this machine alone.", prefix="")
        print_note('To share it, name a PostgreSQL server in config.toml: [library] url = "postgresql://…"', prefix="")
    else:
        print_output(table(_lines(standing)))
        if standing.server is None:
            print_note("What changes is noted for the others still; to end that: chinwag library end", prefix="")
        if standing.problem:
            print_note(f"{standing.problem}\n{standing.hint}")
    return ExitCode.FAILED if standing.problem else ExitCode.OK


async def standing_of(config: Path | None) -> SharingReport:
    """Look at the library and ask the server, which may take some seconds."""
    server = await configured_server(config)
    state = await stoppable(lambda _: _state(library_file()))
    if server is None:
        return SharingReport(None, state)

    def ask(_: object) -> "tuple[HubFacts, tuple[Machine, ...]]":
        with server.connected() as hub:
            facts = hub.facts()
            return facts, tuple(hub.machines()) if facts.version else ()

    try:
        return SharingReport(server, state, *await stoppable(ask))
    except ChinwagError as error:
        return SharingReport(server, state, problem=error.message, hint=error.hint)


def _state(file: Path) -> "SharingState | None":
    from contextlib import closing

    from tui.store.faults import in_words
    from tui.store.opening import connect_to_read
    from tui.store.sharing import state

    if not file.exists():
        return None
    with in_words(file, "read"), closing(connect_to_read(file)) as connection:
        return state(connection)


def _lines(standing: SharingReport) -> Iterator[tuple[str, str]]:
    server, facts, state = standing.server, standing.facts, standing.state
    yield "shared", server.address.shown if server else standing.alone
    if facts is not None:
        yield "server", ", ".join(standing.facts_shown)
    yield "last met", standing.last_met
    if standing.last_try:
        yield "last try", standing.last_try
    yield "to tell", standing.waiting
    if facts is not None:
        yield "to hear", counted(standing.to_hear, "change") if standing.to_hear else "nothing"
    for machine in standing.machines:
        own = " (this one)" if state is not None and machine.id == state.machine else ""
        yield "machine", f"{machine.name}{own}, Chinwag {machine.program}, heard of {_ago(machine.silent_s)}"


def _ago(seconds: float) -> str:
    if seconds < 60:
        return "just now"
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), name)} ago"
    return ""


def _facts(standing: SharingReport) -> dict[str, object]:
    server, state, facts = standing.server, standing.state, standing.facts
    return {
        "shared": server is not None,
        "url": server.address.shown if server else None,
        "reachable": None if server is None else facts is not None,
        "problem": standing.problem,
        "server": asdict(facts) if facts else None,
        "library": asdict(state) if state else None,
        "to_hear": standing.to_hear,
        "machines": [asdict(machine) for machine in standing.machines],
    }
