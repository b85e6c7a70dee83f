"""Who won over the months: a number that nobody could count again, so that it must be right and must not break."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tui.store import picks
from tui.store.database import Database
from tui.store.records import ModelTally

NOW = datetime(2026, 11, 9, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "chats.db")
    await database.open()
    return database


async def pick(database: Database, prompt: str, winner: str, *others: str, blind: bool = False) -> None:
    await database.run(lambda connection: picks.record(connection, prompt, winner, others, blind=blind, at=NOW))


async def test_a_changed_mind_counts_once(database: Database) -> None:
    await pick(database, "p1", "a:one", "b:two")
    await pick(database, "p1", "b:two", "a:one", blind=True)
    await pick(database, "p2", "b:two", "a:one", "c:three")
    await pick(database, "p3", "a:one", "c:three")
    assert await database.read(picks.tally) == (
        ModelTally("b:two", 2, 2, 1, 1),
        ModelTally("a:one", 1, 3, 0, 1),
        ModelTally("c:three", 0, 2, 0, 0),
    )
    await database.close()


@pytest.mark.parametrize("others", ["", "{}", "[1, null]", "[[[", "\x00"])
async def test_a_damaged_row_counts_for_what_it_still_says(database: Database, others: str) -> None:
    await pick(database, "p1", "a:one", "b:two")
    await database.run(lambda connection: connection.execute("UPDATE picks SET others = ?", (others,)) and None)
    assert await database.read(picks.tally) == (ModelTally("a:one", 1, 1, 0, 0),)
    await database.close()


async def test_one_model_against_itself_is_one_comparison(database: Database) -> None:
    await pick(database, "p1", "a:one", "a:one", "b:two")
    assert await database.read(picks.tally) == (ModelTally("a:one", 1, 1, 0, 0), ModelTally("b:two", 0, 1, 0, 0))
    await database.close()
