"""How fast is the library at 10,000 conversations? `python tests/bench/store.py [--conversations N] [--rounds N]`.

Each line stands beside its floor: the same statement on a bare sqlite3 connection with the same durability, on the
same file system, in the same run. What is above the floor is the price of the thread, the transaction and the records.
"""

import argparse
import asyncio
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from tui.chat.library import Library

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.library import conversation, prompt, reply  # noqa: E402  the path has to be set first
from tui.store import conversations, unsent, usage  # noqa: E402
from tui.store.database import Database  # noqa: E402
from tui.store.records import Attachment, Conversation, Message, UnsentPrompt, UsageScope  # noqa: E402

WORDS = "words and more words " * 400  # 8.4 kB, a long answer
SPENT = "SELECT price FROM messages WHERE created_at >= ? AND created_at < ? AND price IS NOT NULL"
USED = (
    "SELECT date(created_at / 1000000, 'unixepoch', 'localtime'), model, count(*), group_concat(price, ' '),"
    " sum(json_extract(usage, '$.input')) FROM messages WHERE kind = 'reply' AND usage <> ''"
    " GROUP BY 1, 2"
)
USAGE = '{"input": 1200, "cached": 900, "output": 120, "reasoning": 40, "requests": 1}'
PAYLOAD = b"[" + b'"x",' * 2000 + b'"x"]'


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table, times in milliseconds."""

    name: str
    ours: list[float]
    floor: list[float]

    def __str__(self) -> str:
        ours, floor = statistics.median(self.ours), statistics.median(self.floor)
        p95 = sorted(self.ours)[int(len(self.ours) * 0.95)]
        return f"{self.name:<44}{ours:>9.3f}{p95:>9.3f}{floor:>9.3f}{ours / floor:>8.1f}x"


async def timed(rounds: int, work: Callable[[int], Awaitable[object]]) -> list[float]:
    """Milliseconds of each round."""
    spent = []
    for number in range(rounds):
        start = time.perf_counter()
        await work(number)
        spent.append((time.perf_counter() - start) * 1000)
    return spent


def timed_bare(rounds: int, work: Callable[[int], object]) -> list[float]:
    """Milliseconds of each round, without a loop."""
    spent = []
    for number in range(rounds):
        start = time.perf_counter()
        work(number)
        spent.append((time.perf_counter() - start) * 1000)
    return spent


def fill(connection: sqlite3.Connection, count: int) -> list[Conversation]:
    """`count` conversations of four messages each, in one transaction."""
    chats = []
    for number in range(count):
        chat = conversation(f"Conversation {number}", minutes=-number)
        last: Message | None = None
        conversations.save_conversation(connection, chat)
        for _ in range(2):
            asked = prompt(chat, "why? " * 20, parent=last)
            answer = reply(chat, asked, "because " * 100)
            last = replace(answer, price=Decimal("0.0012"), usage=USAGE, first_token_ms=500, total_ms=2_000)
            conversations.append(connection, [asked, last])
        chats.append(conversations.set_active_leaf(connection, chat.id, last.id if last else None))
    return chats


class Floor:
    """A bare connection to a file with the same rows, and one statement per operation."""

    def __init__(self, source: Path, path: Path) -> None:
        self.path = path
        with sqlite3.connect(source) as original, sqlite3.connect(path) as copy:
            original.backup(copy)
        original.close()
        copy.close()
        self.connection = self.connect()

    def connect(self) -> sqlite3.Connection:
        """With the same durability as ours."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def open(self, _: int) -> None:
        connection = self.connect()
        connection.execute("SELECT count(*) FROM conversations LIMIT 1").fetchone()
        connection.close()

    def insert(self, number: int) -> None:
        stamp = number + time.time_ns()
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute(
            "INSERT INTO conversations VALUES (?, 't', 'prompt', 'm', '{}', NULL, 1, 1, NULL)", (f"c{stamp}",)
        )
        self.connection.executemany(
            "INSERT INTO messages (id, conversation_id, kind, state, payload, text, thinking, model, settings, usage,"
            " failure, created_at) VALUES (?, ?, ?, 'done', '[]', '', '', '', '', '', '', 1)",
            [(f"{kind}{stamp}", f"c{stamp}", kind) for kind in ("prompt", "reply")],
        )
        self.connection.execute("COMMIT")

    def update(self, message_id: str) -> None:
        new = f"{time.time_ns()} {WORDS}"  # SQLite writes nothing when nothing changed
        self.connection.execute("UPDATE messages SET text = ?, payload = ? WHERE id = ?", (new, PAYLOAD, message_id))

    def draft(self, text: str) -> None:
        self.connection.execute("UPDATE unsent SET text = ? WHERE id = 'draft'", (text,))

    def query(self, statement: str, *values: object) -> None:
        self.connection.execute(statement, values).fetchall()


async def measure(folder: Path, count: int, rounds: int) -> list[Line]:
    """Fill a library and time each operation and its floor."""
    path = folder / "chats.db"
    database = Database(path)
    await database.open()
    chats = await database.run(fill, count)
    await database.close()
    floor = Floor(path, folder / "floor.db")
    lines = [Line("open and close the library", await timed(20, lambda _: opened(path)), timed_bare(20, floor.open))]

    await database_lines(database := Database(path), floor, chats, rounds, lines)
    await database.close()
    floor.connection.close()
    return lines


async def opened(path: Path) -> None:
    database = Database(path)
    await database.open()
    await database.close()


async def database_lines(
    database: Database, floor: Floor, chats: list[Conversation], rounds: int, lines: list[Line]
) -> None:
    """The operations of a running Chinwag."""
    await database.open()
    turns = []
    for number in range(rounds):
        chat = conversation(f"New {number}")
        asked = prompt(chat)
        turns.append((chat, asked, reply(chat, asked)))
    some = [chats[number * 7919 % len(chats)] for number in range(rounds)]

    async def start(number: int) -> None:
        await database.run(conversations.start_turn, *turns[number], database.owner)

    async def checkpoint(number: int) -> None:
        await database.run(conversations.checkpoint, turns[number][2].id, WORDS, "", PAYLOAD)

    async def draft(number: int) -> None:
        row = UnsentPrompt("draft", chats[0].id, None, f"{number} {WORDS[:2000]}", "", "", datetime.now(UTC))
        await database.run(unsent.save, [(row, (lambda: [image]) if number == 0 else None)], database.owner)

    image = Attachment("hash", "draft", "a.png", "image/png", b"x" * 10_000_000)
    floor.connection.execute("INSERT INTO unsent VALUES ('draft', 'c', '', NULL, '', '', '', 1)")
    await draft(0)

    async def finish(number: int) -> None:
        done = replace(turns[number][2], state="done", text=WORDS, payload=PAYLOAD)
        await database.run(conversations.finish_reply, done, datetime.now(UTC))

    midnight = datetime.combine(date.today(), datetime.min.time()).astimezone().timestamp()
    today = int(midnight * 1e6), int((midnight + 86_400) * 1e6)
    few = max(3, rounds // 20)
    leaf = "SELECT * FROM messages WHERE id = ?"
    lines += [
        Line("new conversation, prompt and empty reply", await timed(rounds, start), timed_bare(rounds, floor.insert)),
        Line(
            "checkpoint of 8 kB",
            await timed(rounds, checkpoint),
            timed_bare(rounds, lambda number: floor.update(some[number].active_leaf or "")),
        ),
        Line(
            "draft of 2 kB that has a file of 10 MB",
            await timed(rounds, lambda number: draft(number + 1)),
            timed_bare(rounds, lambda number: floor.draft(f"{number} {WORDS[:2000]}")),
        ),
        Line(
            "final row of a reply, 8 kB",
            await timed(rounds, finish),
            timed_bare(rounds, lambda number: floor.update(some[number].active_leaf or "")),
        ),
        Line(
            "newest 200 conversations",
            await timed(rounds, lambda _: database.read(conversations.newest, 200)),
            timed_bare(
                rounds,
                lambda _: floor.query(
                    "SELECT * FROM conversations WHERE deleted_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT 200"
                ),
            ),
        ),
        Line(
            "a page of 200 in the middle",
            await timed(rounds, lambda number: database.read(conversations.newest, 200, some[number])),
            timed_bare(
                rounds,
                lambda number: floor.query(
                    "SELECT * FROM conversations WHERE deleted_at IS NULL AND updated_at < ?"
                    " ORDER BY updated_at DESC, id DESC LIMIT 200",
                    int(some[number].updated_at.timestamp() * 1e6),
                ),
            ),
        ),
        Line(
            "open a conversation (its branch)",
            await timed(rounds, lambda number: database.read(conversations.branch, some[number].id)),
            timed_bare(rounds, lambda number: floor.query(leaf, some[number].active_leaf)),
        ),
        Line(
            "find by the beginning of an id",
            await timed(rounds, lambda number: database.read(conversations.with_prefix, some[number].id[:13])),
            timed_bare(rounds, lambda number: floor.query("SELECT * FROM conversations WHERE id = ?", some[number].id)),
        ),
        Line(
            "spent today",
            await timed(rounds, lambda _: Library(database).spent_today()),
            timed_bare(rounds, lambda _: floor.query(SPENT, *today)),
        ),
        Line(
            "used at all, all tables but that of chats",
            await timed(few, lambda _: database.read(usage.usage_figures, UsageScope(), chats=False)),
            timed_bare(few, lambda _: floor.query(USED)),
        ),
        Line(
            "used at all, all tables",
            await timed(few, lambda _: database.read(usage.usage_figures, UsageScope())),
            timed_bare(few, lambda _: floor.query(USED)),
        ),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = asyncio.run(measure(Path(folder), chosen.conversations, chosen.rounds))
        size = (Path(folder) / "chats.db").stat().st_size / 1e6
    print(
        f"{chosen.conversations:,} conversations of 4 messages, {size:.0f} MB; SQLite {sqlite3.sqlite_version},"
        f" Python {platform.python_version()}; {chosen.rounds} rounds; milliseconds"
    )
    print(f"{'':<44}{'median':>9}{'p95':>9}{'floor':>9}{'':>9}")
    print("\n".join(map(str, lines)))


if __name__ == "__main__":
    main()
