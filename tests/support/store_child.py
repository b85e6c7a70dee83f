"""A Chinwag without a screen, for tests that kill it: `python -m tests.support.store_child TASK PATH [...]`.

It prints a line after each thing that the library has acknowledged, so a test never has to guess by the clock.
"""

import asyncio
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from tests.support.library import NOON, conversation, prompt, reply
from tui.chat.library_search import LibrarySearch
from tui.errors import StoreError
from tui.store import conversations, migrations
from tui.store.database import Database


def say(*words: object) -> None:
    print(*words, flush=True)


async def stream(database: Database, *_: str) -> None:
    """Save a prompt, then checkpoint a reply that grows by a word each time, until somebody kills us."""
    await database.open()
    chat = conversation()
    asked = prompt(chat, "the prompt")
    answer = reply(chat, asked)
    await database.run(conversations.start_turn, chat, asked, answer, database.owner)
    say(chat.id)
    for words in range(1, 1_000_000):
        await database.run(conversations.checkpoint, answer.id, "word " * words, "thought " * words, b"[]")
        say(words)


async def write(database: Database, name: str, count: str, shared: str, *_: str) -> None:
    """Write turns to a conversation of our own and to one that others write to as well, when told to begin."""
    await database.open()
    say("ready")
    sys.stdin.readline()
    mine = conversation(name)
    for number in range(int(count)):
        for chat in (mine, replace(conversation("shared"), id=shared)):
            asked = prompt(chat, f"{name} {number}")
            answer = reply(chat, asked)
            await database.run(conversations.start_turn, chat, asked, answer, database.owner)
            await database.run(conversations.checkpoint, answer.id, "half", "", b"[]")
            done = replace(answer, state="done", text="whole")
            await database.run(conversations.finish_reply, done, NOON)
        await database.read(conversations.newest)
    await database.close()
    say("done")


async def fill(database: Database, *_: str) -> None:
    """Meet a full disk in mid-stream, say what we were told, then find space again."""
    assert database.path
    await database.open()
    chat = conversation()
    asked = prompt(chat, "the prompt")
    answer = reply(chat, asked)
    await database.run(conversations.start_turn, chat, asked, answer, database.owner)
    await database.run(conversations.checkpoint, answer.id, "before", "", b"[]")
    used_bytes = database.path.with_name("chats.db-wal").stat().st_size
    hard: int = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (used_bytes + 10_000, hard))
    for _attempt in range(2):
        try:
            await database.run(conversations.checkpoint, answer.id, "x" * 1_000_000, "", b"[]")
        except StoreError as error:
            say(error.message)
    say((await database.read(conversations.branch, chat.id))[-1].text)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await database.run(conversations.finish_reply, replace(answer, state="done", text="after"), NOON)
    say((await database.read(conversations.branch, chat.id))[-1].text)
    await database.close()


async def migrate(database: Database, fatal: str, *_: str) -> None:
    """Kill ourselves before the n-th statement of the migrations; 0 says how many there are."""
    plain, statements = migrations.migrate, 0

    def count(statement: str) -> None:
        nonlocal statements
        statements += 1
        if statements == int(fatal):
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(count)
        plain(connection)
        connection.set_trace_callback(None)

    vars(sys.modules["tui.store.database"])["migrate"] = watched
    await database.open()
    await database.close()
    say(str(statements))


async def index(database: Database, *_: str) -> None:
    """Build the index of an older library, and say how far it is after each slice, until somebody kills us."""
    await database.open()
    await LibrarySearch(database).build(lambda progress: say(progress.done))
    say("built")


TASKS: dict[str, Callable[..., Awaitable[None]]] = {
    "stream": stream, "write": write, "fill": fill, "migrate": migrate, "index": index
}  # fmt: skip


async def main(task: str, path: str, *arguments: str) -> None:
    await TASKS[task](Database(Path(path)), *arguments)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
