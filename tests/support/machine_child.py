"""A machine that shares its library, without a screen: `python -m tests.support.machine_child LIBRARY URL`.

Each line of standard input is something to do; a line comes back when the library has it:

- `turn CHAT`: a turn behind what is shown of the chat -> `saved CHAT PROMPT REPLY MILLISECONDS` (since 1970)
- `edit CHAT NUMBER`: change what several machines may change of a chat -> `edited`
- `forget`: make a chat, and delete it for good -> `forgot CHAT`
- `look`: how it stands -> `looks CONDITION WAITING DIGEST`
- `time COUNT`: so many turns of one chat -> `took CPU MILLISECONDS`: of the program for each of them, and of each
- `watch CHAT`: from now on, `sees MILLISECONDS REPLY STATE LENGTH` when the last message of a chat has changed
"""

import asyncio
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from tests.support.library import conversation, prompt, reply
from tui.store import branches, conversations, folders
from tui.store.database import Database
from tui.store.journal import Journal
from tui.store.records import Conversation, Message
from tui.sync.address import read_address
from tui.sync.runner import Runner

MODELS = ("openai:gpt-5.6", "anthropic:claude-sonnet-5", "demo:guide")
WORDS = "It was the best of machines, it was the worst of networks. " * 20


def say(*words: object) -> None:
    print(*words, flush=True)


class Machine:
    """One library, and what is done to it."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._database = Database(path)
        self._heard = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._runner = Runner(path, read_address(url), "", self._tell) if url != "-" else None

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self._heard.set)

    async def run(self) -> None:
        await self._database.open()
        if self._runner is not None:
            self._database.after_write = self._runner.wake
            self._runner.start()
        say("ready")
        lines: asyncio.Queue[str] = asyncio.Queue()
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        while line := await lines.get():
            name, *given = line.split()
            await getattr(self, name)(*given)
        if self._runner is not None:
            await asyncio.to_thread(self._runner.stop, 2.0)
        await self._database.close()

    def _read(self, lines: "asyncio.Queue[str]") -> None:
        for line in sys.stdin:
            self._loop.call_soon_threadsafe(lines.put_nowait, line)
        self._loop.call_soon_threadsafe(lines.put_nowait, "")

    async def turn(self, id: str) -> None:
        chat, last = await self._chat(id)
        asked, answer = await self._turn(chat, last)
        say("saved", id, asked.id, answer.id, time.time() * 1000)

    async def _chat(self, id: str) -> tuple[Conversation, Message | None]:
        shown = await self._database.read(conversations.branch, id)
        if found := await self._database.read(folders.some, [id]):
            return found[0], shown[-1] if shown else None
        return replace(conversation("A chat of several machines"), id=id), None

    async def _turn(self, chat: Conversation, last: Message | None) -> tuple[Message, Message]:
        now = datetime.now(UTC)
        asked = replace(prompt(chat, f"Why is that? {now}", parent=last), created_at=now)
        answer = replace(reply(chat, asked), created_at=now)
        run = self._database.run
        await run(conversations.start_turn, chat, asked, answer, self._database.owner)
        for part in (1, 2, 3):
            await run(conversations.checkpoint, answer.id, WORDS[: 300 * part], "", b"[]", '{"output": 9}')
        done = replace(
            answer, state="done", text=f"{WORDS} {now}", usage='{"input": 3, "output": 9}', price=Decimal("0.01"),
            total_ms=5,
        )  # fmt: skip
        await run(conversations.finish_reply, done, datetime.now(UTC))
        return asked, done

    async def edit(self, id: str, text: str) -> None:
        number, run = int(text), self._database.run
        match number % 6:
            case 0:
                await run(folders.set_pinned, [id], number % 4 == 0)
            case 1:
                await run(folders.change_tags, [(id, f"tag{number % 5}")], [(id, f"tag{number % 3}")])
            case 2:
                await run(conversations.rename, id, f"Title {number}")
            case 3:
                await run(conversations.set_model, id, MODELS[number % 3])
            case 4:
                await run(folders.delete, [id], datetime.now(UTC))
                await run(folders.restore, [id])
            case 5:
                _, last = await self._chat(id)
                if last is not None:
                    await run(branches.trash_branch, id, last.id, datetime.now(UTC))
                    await run(branches.restore_branch, id, last.id)
        say("edited")

    async def forget(self) -> None:
        chat = conversation("To be forgotten")
        await self._turn(chat, None)
        await self._database.run(folders.delete, [chat.id], datetime.now(UTC))
        await self._database.run(folders.delete_for_good, [chat.id])
        say("forgot", chat.id)

    async def look(self) -> None:
        assert self._runner is not None
        say("looks", *await asyncio.to_thread(self._look, self._runner))

    def _look(self, runner: Runner) -> tuple[str, int, str]:
        journal = Journal(self._path)
        try:
            digest = sha256(repr(journal.digests()).encode()).hexdigest()[:16]
            return runner.status.condition, journal.state.pending if journal.is_begun else -1, digest
        finally:
            journal.close()

    async def time(self, count: str) -> None:
        chat, took, cpu = conversation("To be timed"), [], time.process_time()
        for _ in range(int(count)):
            _, last = await self._chat(chat.id)
            began = time.perf_counter()
            await self._turn(chat, last)
            took.append((time.perf_counter() - began) * 1000)
        say("took", (time.process_time() - cpu) * 1000 / len(took), *took)

    async def watch(self, id: str) -> None:
        self._watching = asyncio.create_task(self._watch(id))
        say("watching")

    async def _watch(self, id: str) -> None:
        seen = ""
        while True:
            await self._heard.wait()
            self._heard.clear()
            shown = await self._database.read(conversations.branch, id)
            if shown and (last := f"{shown[-1].id} {shown[-1].state} {len(shown[-1].text)}") != seen:
                seen = last
                say("sees", time.time() * 1000, last)


async def main(library: str, url: str) -> None:
    await Machine(Path(library), url).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
