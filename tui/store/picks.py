"""Which model's answer a person went on with where several had answered the same prompt. Plain SQL functions.

A pick outlives its conversation: it says something about models, not about what was asked.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from tui.bounds import json_value, microseconds
from tui.store.records import ModelTally
from tui.store.rows import as_text


def record(
    connection: sqlite3.Connection, prompt_id: str, winner: str, others: Sequence[str], *, blind: bool, at: datetime
) -> None:
    """Keep who won; another pick for the same prompt takes the place of the first.

    Args:
        connection: the writer's.
        prompt_id: what they had answered.
        winner: id of the model that was picked.
        others: ids of those that had answered, too.
        blind: their names were hidden.
        at: when.
    """
    connection.execute(
        "INSERT INTO picks (prompt_id, winner, others, blind, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (prompt_id) DO UPDATE SET winner = excluded.winner, others = excluded.others,"
        " blind = excluded.blind, created_at = excluded.created_at",
        (prompt_id, winner, json.dumps(list(others)), int(blind), microseconds(at)),
    )


def tally(connection: sqlite3.Connection) -> tuple[ModelTally, ...]:
    """How every model that was compared has done, the one that won most first."""
    found: dict[str, list[int]] = {}
    for winner, others, blind in connection.execute("SELECT winner, others, blind FROM picks"):
        compared = (as_text(winner), *_models(as_text(others)))
        for number, model in enumerate(dict.fromkeys(compared)):
            counts = found.setdefault(model, [0, 0, 0, 0])
            counts[0] += number == 0
            counts[1] += 1
            counts[2] += number == 0 and bool(blind)
            counts[3] += bool(blind)
    rows = [ModelTally(model, *counts) for model, counts in found.items()]
    return tuple(sorted(rows, key=lambda one: (-one.won, one.compared, one.model)))


def _models(text: str) -> list[str]:
    """What `record` wrote; none where something else stands there."""
    try:
        values = json_value(text.encode())
    except ValueError:
        return []
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
