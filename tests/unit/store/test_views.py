"""What other programs read: names that stay, values that say what the app says, also while the app writes."""

import re
import shlex
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.library import MODEL, NOON, conversation, prompt, reply
from tui.store import branches, conversations, folders, picks
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.records import Attachment, Conversation, UsageScope
from tui.store.usage import usage_rows

MANUAL = (Path(__file__).parents[3] / ".github" / "manual" / "library.md").read_text(encoding="utf-8")
LIBRARY = "~/.local/share/chinwag/chats.db"
EXAMPLES = re.findall(rf'^sqlite3 -readonly {re.escape(LIBRARY)} "(.*?)"$', MANUAL, re.MULTILINE | re.DOTALL)
USAGE = '{"input": 10, "cached": 4, "output": 2, "requests": 1}'


def write(connection: sqlite3.Connection) -> Conversation:
    """A chat with a file, two answers to one prompt, the second one shown, and a title that a model made."""
    chat = conversation("A chat")
    asked = prompt(chat, "Why?")
    first = replace(reply(chat, asked, "Because."), usage=USAGE, price=Decimal("0.25"), first_token_ms=7)
    conversations.start_turn(
        connection, chat, asked, first, "", [Attachment("h", asked.id, "a.txt", "text/plain", b"")]
    )
    conversations.finish_reply(connection, first, NOON)
    again = replace(reply(chat, asked, "Why not?"), thinking="Hm.", model="ollama:qwen3:30b")
    branches.add_beside(connection, again)
    conversations.add_tags(connection, [chat.id], ["trip", "rome"])
    folders.set_pinned(connection, [chat.id], True)
    conversations.add_side_call(connection, chat.id, "title", model=MODEL, usage=USAGE, price=None, at=NOON)
    return chat


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    database = Database(tmp_path / "chats.db")
    await database.open()
    await database.run(write)
    await database.close()
    return tmp_path / "chats.db"


def rows(path: Path, query: str) -> list[dict[str, object]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def test_chats_and_messages_are_as_the_app_shows_them(path: Path) -> None:
    (chat,) = rows(path, "SELECT * FROM v_chats")
    asked, first, again = rows(path, "SELECT * FROM v_messages ORDER BY number")
    assert (chat["title"], chat["provider"], chat["model"], chat["messages"]) == ("A chat", "openai", "gpt-5.6", 3)
    assert (chat["created_at"], chat["deleted_at"]) == ("2026-11-22T12:00:00.123Z", None)
    assert (chat["pinned"], chat["archived"], chat["unread"], chat["tags"]) == (1, 0, 0, "rome trip")
    assert chat["last_message_id"] == again["id"]
    assert [(one["role"], one["text"], one["files"]) for one in (asked, first, again)] == [
        ("user", "Why?", 1), ("assistant", "Because.", 0), ("assistant", "Why not?", 0),
    ]  # fmt: skip
    shown = rows(path, "SELECT * FROM v_shown")
    assert {one["message_id"] for one in shown} == {asked["id"], again["id"]} and len(shown) == 2
    assert {one["chat_id"] for one in shown} == {chat["id"]}
    assert asked["parent_id"] is None and first["parent_id"] == again["parent_id"] == asked["id"]
    assert (first["input_tokens"], first["cached_tokens"], first["output_tokens"], first["price_usd"]) == (
        10,
        4,
        2,
        0.25,
    )
    assert first["reasoning_tokens"] is None and first["first_token_ms"] == 7 and first["estimated"] == 0
    assert (again["provider"], again["model"], again["thinking"]) == ("ollama", "qwen3:30b", "Hm.")
    assert again["created_at"] == "2026-11-22T12:00:01.123Z" and again["price_usd"] is None


async def test_what_was_paid_is_what_the_report_says(path: Path) -> None:
    database = Database(path)
    await database.open()

    def fork(connection: sqlite3.Connection) -> None:
        chat = conversation("A fork")
        asked = prompt(chat)
        conversations.save_conversation(connection, chat)
        copied = replace(reply(chat, asked, "copy"), usage='{"input": 1, "copied": true}')
        conversations.append(connection, [asked, copied])
        folders.delete(connection, [chat.id], NOON)

    await database.run(fork)
    (total,) = await database.read(usage_rows, UsageScope(), ())
    await database.close()
    (found,) = rows(path, "SELECT sum(input_tokens) AS input, sum(price_usd) AS price FROM v_usage")
    assert (found["input"], found["price"]) == (20, 0.25) and total.price == Decimal("0.25")
    assert [one["purpose"] for one in rows(path, "SELECT purpose FROM v_usage ORDER BY 1")] == [
        "reply",
        "reply",
        "title",
    ]


async def test_a_reply_that_was_deleted_for_good_and_comes_back_is_paid_for_once(path: Path) -> None:
    """Also where an older Chinwag has made the view."""
    with closing(connect(path)) as connection:
        connection.execute("DROP VIEW v_usage")
        connection.execute("CREATE VIEW v_usage AS SELECT * FROM side_calls")
    database = Database(path)
    await database.open()

    def keep_twice(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO side_calls (conversation_id, purpose, model, usage, price, problem, created_at)"
            " SELECT conversation_id, 'deleted', model, usage, price, '', created_at FROM messages WHERE kind = 'reply'"
        )

    await database.run(keep_twice)
    await database.close()
    (found,) = rows(path, "SELECT sum(input_tokens) AS input, sum(price_usd) AS price FROM v_usage")
    assert (found["input"], found["price"]) == (20, 0.25)


def test_the_columns_are_those_of_the_readme(path: Path) -> None:
    told = dict(re.findall(r"^\| `(v_\w+)` \| [^|]+ \| (.*) \|$", MANUAL, re.MULTILINE))
    assert list(told) == ["v_chats", "v_messages", "v_shown", "v_usage"]
    for view, columns in told.items():
        names = re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", columns))
        found = {str(row["name"]) for row in rows(path, f"PRAGMA table_info({view})")}
        assert found - set(names) == ({one for one in found if one.endswith("_tokens")} if view == "v_usage" else set())
        assert set(names) <= found


async def test_the_examples_of_the_readme_run_while_the_app_writes(path: Path) -> None:
    database = Database(path)
    await database.open()
    await database.run(picks.record, "prompt", MODEL, [], blind=False, at=NOON)
    outputs = [_run(path, query) for query in EXAMPLES]
    await database.run(picks.record, "another", MODEL, [], blind=False, at=NOON)  # no reader stands in the way
    await database.close()
    assert len(outputs) == 3
    assert outputs[0] == "A chat|Why?"
    assert outputs[1].splitlines() == ["2026-11|ollama|qwen3:30b||", "2026-11|openai|gpt-5.6|4|0.25"]
    assert outputs[2] == "Why?\nWhy not?"


def _run(path: Path, query: str) -> str:
    """The output of an example, by the program that it names, or where there is none by Python's."""
    if shutil.which("sqlite3"):
        command = shlex.split(f'sqlite3 -readonly {path} "{query}"')
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    found = rows(path, query)
    return "\n".join("|".join("" if one is None else str(one) for one in row.values()) for row in found)


def test_a_circle_in_a_damaged_tree_ends(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE messages SET parent_id = (SELECT id FROM messages WHERE number = 3) WHERE number = 1"
        )
        connection.execute("UPDATE messages SET usage = 'no JSON', created_at = 'x', model = x'ff' WHERE number = 2")
        connection.execute("UPDATE messages SET id = CAST(id AS BLOB) WHERE number = 2")
        connection.execute("UPDATE conversations SET active_leaf = (SELECT id FROM messages WHERE number = 2)")
    counts = {view: len(rows(path, f"SELECT * FROM {view}")) for view in ("v_messages", "v_shown", "v_usage")}
    assert counts == {"v_messages": 3, "v_shown": 3, "v_usage": 3}
