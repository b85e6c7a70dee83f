"""The server where machines meet: one connection to PostgreSQL, and what is asked of it. Knows the driver.

All of it runs in the thread that made the connection. Whoever pushes holds a lock until the transaction ends, so that
the order of `seq` is that of commits, and a cursor never passes over what is still to come.
"""

import logging
import socket
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from select import select
from typing import TYPE_CHECKING, Any, LiteralString

from tui import __version__
from tui.dataclass import dataclass
from tui.store.sharing_checks import checked
from tui.store.sharing_records import Cell, Wanted, pieces
from tui.sync.address import SharedAddress
from tui.sync.hub_schema import STEPS, VERSION
from tui.sync.problems import SharingError, missing_extra, newer_hub, translated

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

CHANNEL = "chinwag"
MISSING_AFTER_S = 60
"""A machine that was not heard of for so long streams nothing any more, as far as the others see."""

_LOCK = 0x4348_5747
_COLUMNS: LiteralString = "kind, key, field, chat, clock, machine, value, payload"
_ARRAYS: LiteralString = (
    "%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bytea[]"
)
_PIECE, _PIECE_BYTES = 500, 256 << 10
_PAGE_ROWS = 5_000
_IDLE, _IDLE_S = "idle_in_transaction_session_timeout", 30
"""How long the server waits, in a transaction, until something has come whole; others wait for who holds the lock."""
_SLOWEST_BYTES_S = 10_000
"""A line that is slower is taken for one that is dead."""


@dataclass(frozen=True, slots=True)
class HubFacts:
    """What a hub is, for a person.

    Attributes:
        encrypted: the connection is.
        version: of the schema; 0 where there is none yet.
        last: number of the last change.
    """

    hub: str
    server: str
    encrypted: bool
    version: int
    last: int


@dataclass(frozen=True, slots=True)
class Machine:
    """One of those that share the library; `silent_s` is how long it was not heard of."""

    id: str
    name: str
    program: str
    silent_s: float


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of cells that were told.

    Attributes:
        cursor: of the last change.
        refused: those of which the hub has a later version, as it has them.
    """

    cursor: int
    refused: tuple[Cell, ...] = ()


class Hub:
    """One connection. Every method raises SharingError, but for those that say where they have to be called.

    Attributes:
        told: another machine has pushed something since it was set to False.
        speaks: there is something to read from the server.
    """

    def __init__(self, connection: "psycopg.Connection[Any]", address: SharedAddress, password: str) -> None:
        self._connection = connection
        self._address = address
        self._password = password
        self.told = self.speaks = False
        connection.add_notify_handler(self._note)

    @classmethod
    def connect(cls, address: SharedAddress, password: str = "", *, timeout_s: float = 5.0) -> "Hub":
        """Connect; the schema need not be there.

        Raises:
            SharingError: there is no driver, or no connection.
        """
        try:
            import psycopg
        except ImportError:
            raise missing_extra() from None
        given: dict[str, Any] = dict(address.parameters)
        if password:
            given["password"] = password
        given.setdefault("connect_timeout", str(max(2, round(timeout_s))))
        # What goes over a slow line is a part of the statement: see `_be_patient` for what is sent in a transaction.
        settings = f"-c statement_timeout=30min -c lock_timeout=15s -c {_IDLE}={_IDLE_S}s"
        try:
            connection = psycopg.connect(
                autocommit=True, application_name="chinwag", options=settings, client_encoding="utf8",
                keepalives_idle=20, keepalives_interval=5, keepalives_count=3, tcp_user_timeout=20_000, **given,
            )  # fmt: skip
        except psycopg.Error as error:
            raise translated(error, address, password) from None  # its own text may hold what was given
        return cls(connection, address, password)

    def close(self) -> None:
        """Close the connection; one that is broken already, too."""
        self._connection.close()

    def prepare(self) -> HubFacts:
        """Make the schema, or bring it up to date, and listen.

        Raises:
            SharingError: it is one of a newer Chinwag; nothing was changed.
        """
        facts = self.facts()
        if facts.version > VERSION:
            raise newer_hub(facts.version, VERSION)
        if facts.version < VERSION:
            with self._translated(), self._connection.transaction():
                self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                self._connection.execute("CREATE SCHEMA IF NOT EXISTS chinwag")
                for number, step in enumerate(STEPS, start=1):
                    if self._version() < number:
                        for statement in step:
                            self._connection.execute(statement)
                        self._connection.execute("UPDATE chinwag.meta SET version = %s", (number,))
            facts = self.facts()
        with self._translated():
            self._connection.execute(f"LISTEN {CHANNEL}")
        return facts

    def renew(self, hub: str) -> HubFacts:
        """Be another hub than `hub` from now on; it may be so already."""
        with self._translated():
            self._connection.execute("UPDATE chinwag.meta SET hub = gen_random_uuid() WHERE hub::text = %s", (hub,))
        return self.facts()

    def _version(self) -> int:
        row = self._connection.execute("SELECT to_regclass('chinwag.meta') IS NOT NULL").fetchone()
        if row is None or not row[0]:
            return 0
        row = self._connection.execute("SELECT version FROM chinwag.meta").fetchone()
        return int(row[0]) if row else 0

    def facts(self) -> HubFacts:
        """What it is; also where there is no schema yet."""
        with self._translated():
            server = str(self._connection.info.parameter_status("server_version") or "")
            encrypted = bool(self._connection.pgconn.ssl_in_use)
            version = self._version()
            if not version:
                return HubFacts("", server, encrypted, 0, 0)
            row = self._connection.execute(
                "SELECT hub::text, (SELECT coalesce(max(seq), 0) FROM chinwag.cells) FROM chinwag.meta"
            ).fetchone()
        hub, last = row if row else ("", 0)
        return HubFacts(hub, server, encrypted, version, last)

    # What is exchanged.

    def pull(self, after: int, limit_bytes: int) -> tuple[list[Cell], int]:
        """What came behind a change, in its order, at most so much but at least one; and the last change of it."""
        with self._translated():
            return self._pull(after, limit_bytes)

    def _pull(self, after: int, limit_bytes: int) -> tuple[list[Cell], int]:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS}, seq FROM (SELECT *, row_number() OVER (ORDER BY seq) AS place,"
            " sum(octet_length(value) + coalesce(octet_length(payload), 0) + 200) OVER (ORDER BY seq) AS so_far FROM"
            " (SELECT * FROM chinwag.cells WHERE seq > %s ORDER BY seq LIMIT %s) AS next) AS page"
            " WHERE so_far <= %s OR place = 1 ORDER BY seq",
            (after, _PAGE_ROWS, limit_bytes),
            binary=True,
        ).fetchall()
        return _cells(row[:-1] for row in rows), rows[-1][-1] if rows else after

    def fetch(self, wanted: Wanted) -> list[Cell]:
        """What is asked for by name, as it is now."""
        with self._translated():
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM chinwag.cells WHERE (chat = ANY(%s) AND chat <> '')"
                " OR (kind = 'conversation' AND key = ANY(%s))"
                " OR (kind = 'message' AND key = ANY(%s) AND field IN ('row', 'deleted_at')) ORDER BY seq",
                (list(wanted.chats), list(wanted.conversations), list(wanted.messages)),
                binary=True,
            ).fetchall()
        return _cells(rows)

    def contents(self, hashes: Collection[str]) -> dict[str, bytes]:
        """Files by their hashes, as far as they are there, and are what their hash says."""
        rows = self.read("SELECT hash, data FROM chinwag.contents WHERE hash = ANY(%s)", (list(hashes),))
        found = {hash: bytes(data) for hash, data in rows}
        for hash in [hash for hash, data in found.items() if sha256(data).hexdigest() != hash]:
            log.warning("a file on the server is not what its hash says, and is left out: %.64s", hash)
            del found[hash]
        return found

    def sizes(self, hashes: Collection[str]) -> dict[str, int]:
        """The same, how long they are, in bytes."""
        return dict(
            self.read("SELECT hash, octet_length(data) FROM chinwag.contents WHERE hash = ANY(%s)", (list(hashes),))
        )

    @contextmanager
    def pushing(self) -> Iterator[int]:
        """Hold the lock, in a transaction; gives the last change, behind which nothing can come before our own."""
        with self._translated(), self._connection.transaction():
            # Two statements: the second must see what was committed while the first one waited.
            yield self._last(f"SELECT pg_advisory_xact_lock({_LOCK})")

    def _last(self, before: LiteralString) -> int:
        """The last change, asked for behind another statement, in one message to the server."""
        cursor = self._connection.execute(f"{before}; SELECT coalesce(max(seq), 0) FROM chinwag.cells")
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    def _be_patient(self, size_bytes: int) -> None:
        """Have the server wait for something long, for the rest of the transaction."""
        if size_bytes > _PIECE_BYTES:
            seconds = _IDLE_S + size_bytes // _SLOWEST_BYTES_S
            self._connection.execute("SELECT set_config(%s, %s, true)", (_IDLE, f"{seconds}s"))

    def lacking(self, hashes: Collection[str]) -> set[str]:
        """Hashes of the files that are not there, or not as their hash says."""
        rows = self.read(
            "SELECT hash FROM chinwag.contents WHERE hash = ANY(%s) AND encode(sha256(data), 'hex') = hash",
            (list(hashes),),
        )
        return set(hashes) - {hash for (hash,) in rows}

    def keep(self, hash: str, data: bytes) -> None:
        """Store a file, inside `pushing`."""
        self._be_patient(len(data))
        self._connection.execute(
            "INSERT INTO chinwag.contents (hash, data) VALUES (%s, %b)"
            " ON CONFLICT (hash) DO UPDATE SET data = excluded.data",
            (hash, data),
        )

    def push(self, cells: Sequence[Cell]) -> Pushed:
        """Store cells, inside `pushing`; tell the others when it ends."""
        refused: list[Cell] = []
        for start, end in pieces(cells, _PIECE, _PIECE_BYTES):
            refused += self._push(cells[start:end])
        self._clear([cell for cell in cells if cell.is_gone])
        return Pushed(self._last(f"NOTIFY {CHANNEL}"), tuple(refused))

    def _push(self, cells: Sequence[Cell]) -> list[Cell]:
        """Store some; returns those of the hub that are later than what was told."""
        columns = [_array(column) for column in zip(*map(_values, cells), strict=True)]
        self._be_patient(sum(map(len, columns)))
        stored = self._connection.execute(
            f"INSERT INTO chinwag.cells AS known ({_COLUMNS}) SELECT {_COLUMNS} FROM unnest({_ARRAYS})"
            f" WITH ORDINALITY AS new ({_COLUMNS}, place) ORDER BY place"
            " ON CONFLICT (kind, key, field) DO UPDATE SET chat = excluded.chat, clock = excluded.clock,"
            " machine = excluded.machine, value = excluded.value, payload = excluded.payload, seq = excluded.seq"
            " WHERE (excluded.clock, excluded.machine) >= (known.clock, known.machine)",
            columns,
        )
        if stored.rowcount == len(cells):
            return []
        rows = self._connection.execute(
            f"SELECT {', '.join(f'known.{name}' for name in _COLUMNS.split(', '))} FROM chinwag.cells AS known"
            f" JOIN unnest({_ARRAYS}) AS new ({_COLUMNS}) USING (kind, key, field)"
            " WHERE (known.clock, known.machine) > (new.clock, new.machine)",
            columns,
            binary=True,
        ).fetchall()
        return _cells(rows)

    def _clear(self, gone: Sequence[Cell]) -> None:
        """Drop what went with rows that were deleted for good, and files that no message has any more."""
        if not gone:
            return
        chats = [cell.key for cell in gone if cell.kind == "conversation"]
        others = [cell for cell in gone if cell.kind != "conversation"]
        rows = self._connection.execute(
            "WITH dropped AS (DELETE FROM chinwag.cells WHERE (chat = ANY(%s) AND chat <> '' AND field <> 'gone')"
            " OR (field <> 'gone' AND (kind, key) IN (SELECT * FROM unnest(%s::text[], %s::text[])))"
            " RETURNING kind, field, value)"
            " SELECT DISTINCT unnest(chinwag.hashes(value)) FROM dropped WHERE kind = 'message' AND field = 'row'",
            (chats, [cell.kind for cell in others], [cell.key for cell in others]),
        ).fetchall()
        if rows:
            self._connection.execute(
                "DELETE FROM chinwag.contents WHERE hash = ANY(%s) AND NOT EXISTS (SELECT 1 FROM chinwag.cells"
                " WHERE kind = 'message' AND field = 'row' AND chinwag.hashes(value) @> ARRAY[hash])",
                ([row[0] for row in rows],),
            )

    def read(self, statement: "LiteralString", values: Sequence[Any] = ()) -> list[Any]:
        """Rows of a statement that only reads."""
        with self._translated():
            return self._connection.execute(statement, values, binary=True).fetchall()

    # Who else is there.

    def greet(self, machine: str) -> None:
        """Say that this machine is there."""
        with self._translated():
            self._connection.execute(
                "INSERT INTO chinwag.machines (machine, name, program, seen_at) VALUES (%s, %s, %s, now()) ON CONFLICT"
                " (machine) DO UPDATE SET name = excluded.name, program = excluded.program, seen_at = excluded.seen_at",
                (machine, socket.gethostname()[:80], __version__),
            )

    def machines(self) -> list[Machine]:
        """All that have ever shared the library, those heard of last first."""
        with self._translated():
            rows = self._connection.execute(
                "SELECT machine, name, program, extract(epoch FROM now() - seen_at)::float8 FROM chinwag.machines"
                " ORDER BY seen_at DESC"
            ).fetchall()
        return [Machine(*row) for row in rows]

    def alive(self) -> set[str]:
        """Ids of the machines that were heard of just now."""
        return {one.id for one in self.machines() if one.silent_s <= MISSING_AFTER_S}

    def wait(self, waker: socket.socket, timeout_s: float) -> None:
        """Wait until the server says something, or something can be read from `waker`; at most so long."""
        self.speaks = False
        if self.told:
            return
        with self._translated():
            server, other = self._connection.fileno(), waker.fileno()
            self.speaks = server in select([server, other], [], [], timeout_s)[0]

    def _note(self, notification: "psycopg.Notify") -> None:
        if notification.pid != self._connection.info.backend_pid:
            self.told = True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise translated(error, self._address, self._password) from error


def _values(cell: Cell) -> tuple[str | None, ...]:
    payload = None if cell.payload is None else f"\\x{cell.payload.hex()}"
    return (
        cell.kind, cell.key, cell.field, cell.chat, str(cell.clock), cell.machine, cell.value, payload
    )  # fmt: skip


def _array(values: Sequence[str | None]) -> str:
    """An array as PostgreSQL reads it; the driver's own way is a loop in Python for every value."""
    quoted = ("NULL" if one is None else '"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in values)
    return f"{{{','.join(quoted)}}}"


def _cells(rows: Iterable[Sequence[Any]]) -> list[Cell]:
    """Rows as they came, without those that make no sense."""
    found = []
    for kind, key, field, chat, clock, machine, value, payload in rows:
        data = None if payload is None else bytes(payload)
        if (cell := checked(Cell(kind, key, field, chat, clock, machine, value, data))) is not None:
            found.append(cell)
        else:
            log.warning("a change on the server makes no sense, and is left out: %s %.40r %.40r", kind, key, field)
    return found


__all__ = ["CHANNEL", "MISSING_AFTER_S", "Hub", "HubFacts", "Machine", "Pushed", "SharingError"]
