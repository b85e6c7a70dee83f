"""A Chinwag without a screen, for tests that kill it: `python -m tests.support.store_child TASK PATH [...]`.

It prints a line after each thing that the library has acknowledged, so a test never has to guess by the clock.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from tests.support.library import NOON, conversation, prompt, reply
from tui.store import conversations
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


TASKS: dict[str, Callable[..., Awaitable[None]]] = {"stream": stream, "write": write}


async def main(task: str, path: str, *arguments: str) -> None:
    await TASKS[task](Database(Path(path)), *arguments)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
