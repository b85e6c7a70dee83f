"""Work on a library whose disk fails at some write: `python -m tests.support.disk_child TASK PATH AT FAILURE [...]`.

It prints a line for each thing that the library has acknowledged: its kind, then a text that must be there from now on.
What is refused is said, too, and done again with a disk that has room. At the end it says how many writes there were.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, cast

from tests.support.disk import Disk, Failure
from tests.support.library import NOON, conversation, prompt, reply
from tui.chat.ids import new_id
from tui.chat.importing import run as import_chats
from tui.chat.library import Library
from tui.chat.library_search import LibrarySearch
from tui.chat.temporary import TemporaryLibrary
from tui.errors import StoreError
from tui.store import conversations, unsent
from tui.store.database import Database
from tui.store.faults import in_words
from tui.store.records import Attachment, UnsentPrompt
from tui.store.replacing import alone_with
from tui.store.replacing import vacuum as write_anew

T = TypeVar("T")
LONG = "word " * 800
"""Some pages of the file."""


def say(*words: object) -> None:
    print(*words, flush=True)


class Work:
    """What a task has: the disk, and a library that is open where the disk allows it."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.disk = disk
        self.database = Database(path)

    async def done(self, step: Callable[[], Awaitable[T]]) -> T:
        """Do it, again with room on the disk where it was refused."""
        try:
            return await step()
        except StoreError as error:
            say("refused", error.message)
            self.disk.heal()
            return await step()

    async def open(self) -> None:
        """Open the library."""

        async def step() -> None:
            self.database = Database(self.path)
            await self.database.open()
            if self.database.notice:
                raise StoreError(self.database.notice)

        await self.done(step)


async def migrate(work: Work, *_: str) -> None:
    """Open an older library."""
    await work.open()


async def turns(work: Work, *_: str) -> None:
    """Two turns of a chat, with checkpoints."""
    await work.open()
    chat = conversation("turns")
    parent = None
    for number in range(2):
        asked = prompt(chat, f"prompt {number} {LONG}", parent=parent)
        answer = reply(chat, asked)
        await work.done(
            lambda asked=asked, answer=answer: work.database.run(  # type: ignore[misc]  # mypy cannot infer defaults
                conversations.start_turn, chat, asked, answer, work.database.owner
            )
        )
        say("there", f"prompt {number}")
        for count in range(1, 4):
            text = f"reply {number} {LONG * count}"
            await work.done(
                lambda answer=answer, text=text: work.database.run(  # type: ignore[misc]
                    conversations.checkpoint, answer.id, text, "", b"[]"
                )
            )
            say("there", f"reply {number}")
        whole = replace(answer, state="done", text=f"reply {number} whole {LONG}")
        await work.done(
            lambda whole=whole: work.database.run(conversations.finish_reply, whole, NOON)  # type: ignore[misc]
        )
        say("there", f"reply {number} whole")
        parent = whole


async def queue(work: Work, *_: str) -> None:
    """Three prompts are written, change their order, and one is sent."""
    await work.open()
    chat = conversation("queue")
    waiting: list[UnsentPrompt] = []
    for number in range(3):
        id = new_id()
        data = f"file {number} ".encode() * 4_000
        file = Attachment(sha256(data).hexdigest(), id, "f.txt", "text/plain", data)
        row = UnsentPrompt(id, chat.id, number, f"waits {number} {LONG}", chat.model, "{}", NOON, (file,))
        waiting.append(row)
        await work.done(
            lambda row=row: work.database.run(  # type: ignore[misc]
                unsent.save, [(row, lambda: row.files)], work.database.owner
            )
        )
        say("there", f"waits {number}")
    order = [row.id for row in reversed(waiting)]
    await work.done(lambda: work.database.run(unsent.save, [], work.database.owner, (), order))
    first = waiting[-1]
    asked = replace(prompt(chat, first.text), id=first.id, created_at=NOON + timedelta(minutes=1))
    answer = reply(chat, asked)
    await work.done(lambda: work.database.run(conversations.start_turn, chat, asked, answer, work.database.owner))
    say("sent", "waits 2")


async def bring(work: Work, export: str, *_: str) -> None:
    """Import chats of another program."""
    await work.open()
    report = await import_chats(Library(work.database), [Path(export)])
    if report.problem:
        say("refused", report.problem.message)
        work.disk.heal()
        report = await import_chats(Library(work.database), [Path(export)])
    for entry in report.entries:
        say("there", f"[{entry.title}]")


async def keep(work: Work, *_: str) -> None:
    """Keep a temporary chat with two branches."""
    await work.open()
    library = Library(work.database)
    memory = Database(None)
    await memory.open()
    temporary = TemporaryLibrary(memory, library)
    chat = temporary.new("fake:one")
    asked = prompt(chat, f"kept prompt {LONG}")
    first, second = (reply(chat, asked, f"kept reply {number} {LONG}") for number in range(2))
    await memory.run(conversations.start_turn, chat, asked, first, memory.owner)
    await memory.run(conversations.start_reply, second, memory.owner)
    await work.done(lambda: temporary.keep(chat.id))
    say("there", "kept prompt")
    await memory.close()


async def index(work: Work, *_: str) -> None:
    """Open an older library, and let its words be found."""
    await work.open()
    await work.done(LibrarySearch(work.database).build)


async def vacuum(work: Work, *_: str) -> None:
    """Write the library anew."""

    async def step() -> None:
        with in_words(work.path, "written anew"), alone_with(work.path):
            write_anew(work.path, lambda done, total: None)

    await work.done(step)


TASKS: dict[str, Callable[..., Awaitable[None]]] = {
    "migrate": migrate, "turns": turns, "queue": queue, "bring": bring, "keep": keep, "index": index,
    "vacuum": vacuum,
}  # fmt: skip


async def main(task: str, path: str, at: str, failure: str, *more: str) -> None:
    work = Work(Path(path), Disk(int(at), cast(Failure, failure)))
    await TASKS[task](work, *more)
    await work.database.close()
    say("writes", work.disk.writes)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
