"""The same as `machines`, with a real network between: two network namespaces, TLS, and a line that goes silent.

Nothing says that a line is down: no connection breaks, packets are lost, until the one or the other gives up.
"""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.battery.machines import Battle
from tests.battery.result import Result
from tests.support.machine_process import MachineProcess
from tests.support.postgres import Server, binaries, own_server
from tests.support.relay import Relay

DESCRIPTION = "two machines in network namespaces of their own, over TLS, while their lines go silent"
ROUNDS, SHORT = 200, 0

_NET = "10.213"
_BREAKS = ("nothing", "line silent", "line silent", "line silent", "server killed", "machine killed")


def run(rounds: int, seed: int) -> Result:
    """As many rounds, half of them with a line that is silent for up to two seconds; once for longer than all wait."""
    if binaries() is None or os.getuid() != 0 or not (shutil.which("ip") and shutil.which("openssl")):
        pytest.skip("needs root, ip, openssl and a PostgreSQL server")
    pytest.importorskip("psycopg")
    result, chance = Result(), random.Random(seed)
    with ExitStack() as stack:
        server = stack.enter_context(own_server())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lines = [stack.enter_context(_namespace(number)) for number in (1, 2)]
        authority = _encrypted(server, folder)
        database, children, homes = server.new_database(), [], []
        for number, line in enumerate(lines, start=1):
            relay = Relay(server.port, host=f"{_NET}.{number}.1")
            stack.callback(relay.close)
            address = f"{server.user}@{_NET}.{number}.1:{relay.port}/{database}?sslrootcert={authority}"
            homes.append(folder / f"home-{number}")
            homes[-1].mkdir()
            children.append(MachineProcess(homes[-1], f"postgresql://{address}", ("ip", "netns", "exec", line)))
            stack.callback(children[-1].kill)
        battle = Battle(children, chance, result)
        long = [40.0]

        def break_one(what: str) -> Callable[[], object]:
            return _break(what, server, lines, battle, long)

        battle.go(rounds, break_one, _BREAKS)
        result.count("connections that are encrypted", *_connections(server, database))
        for child in children:
            child.kill()
        for home in homes:
            battle.count(home)
    return result


def _break(what: str, server: Server, lines: list[str], battle: Battle, long: list[float]) -> Callable[[], object]:
    match what:
        case "line silent":
            line, seconds = battle.chance.choice(lines), battle.chance.random() * 2
            if long:
                seconds = long.pop()
            _ip("-n", line, "link", "set", "line", "down")

            def mend() -> None:
                time.sleep(seconds)
                _ip("-n", line, "link", "set", "line", "up")

            return mend
        case "server killed":
            server.kill()
            return server.start
        case "machine killed":
            battle.chance.choice(battle.children).kill()
    return lambda: None


@contextmanager
def _namespace(number: int) -> Iterator[str]:
    """A network namespace with a line to this machine, which has the address .1 of it."""
    name, end = f"chinwag-{os.getpid()}-{number}", f"chinwag{number}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", end, "type", "veth", "peer", "name", "line", "netns", name)
        _ip("addr", "add", f"{_NET}.{number}.1/24", "dev", end)
        _ip("link", "set", end, "up")
        _ip("-n", name, "addr", "add", f"{_NET}.{number}.2/24", "dev", "line")
        _ip("-n", name, "link", "set", "line", "up")
        yield name
    finally:
        _ip("netns", "del", name)


def _ip(*arguments: str) -> None:
    subprocess.run(("ip", *arguments), check=True, capture_output=True)


def _encrypted(server: Server, folder: Path) -> Path:
    """Give a server a certificate for the addresses of both lines; returns that of its authority."""
    folder.chmod(0o755)
    authority, key = folder / "ca.pem", folder / "ca.key"
    names = ",".join(f"IP:{_NET}.{number}.1" for number in (1, 2))
    (folder / "names").write_text(f"subjectAltName={names}")
    new = ("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    data = server.folder / "data"
    for command in (
        (*new, "-x509", "-days", "2", "-subj", "/CN=test authority", "-keyout", str(key), "-out", str(authority)),
        (*new, "-subj", "/CN=server", "-keyout", str(data / "server.key"), "-out", str(folder / "server.csr")),
        ("openssl", "x509", "-req", "-in", str(folder / "server.csr"), "-CA", str(authority), "-CAkey", str(key),
         "-CAcreateserial", "-days", "2", "-extfile", str(folder / "names"), "-out", str(data / "server.crt")),
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    for file in (data / "server.key", data / "server.crt"):
        file.chmod(0o600)
        shutil.chown(file, server.user)
    _ask(server, "postgres", "ALTER SYSTEM SET ssl = on")
    _ask(server, "postgres", "SELECT pg_reload_conf()")
    return authority


def _connections(server: Server, database: str) -> tuple[int, str] | tuple[int]:
    rows = _ask(
        server, database, "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL"
    )
    clear = sum(not encrypted for (encrypted,) in rows)
    return (len(rows), f"{clear} are not") if clear or not rows else (len(rows),)


def _ask(server: Server, database: str, statement: str) -> list[tuple[object, ...]]:
    import psycopg

    with psycopg.connect(
        host=str(server.folder), port=server.port, user=server.user, dbname=database, autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
