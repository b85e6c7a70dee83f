"""Time to open the tree of a chat, and from a key to its frame: `python -m tests.bench.tree`.

Three chats of so many branches: all of them answers to one prompt, each behind the one before it (every prompt was
edited once), and a long chat with a branch at every turn. The floor is a tree of five branches.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from tests.support.app import Running, running
from tests.support.library import conversation, prompt, reply
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.tree import TreeDialog, TreeRows
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Conversation, Message

SIZE = (120, 40)
KEYS = 60


def fan(chat: Conversation, branches: int) -> list[Message]:
    """Answers to one prompt."""
    first = prompt(chat, "What now?")
    return [first, *(reply(chat, first, f"Answer {number}, {WORDS}") for number in range(branches))]


def nested(chat: Conversation, branches: int) -> list[Message]:
    """Each turn was written twice, and the second one goes on."""
    rows: list[Message] = []
    above: Message | None = None
    for number in range(branches):
        for again in range(2):
            asked = prompt(chat, f"Prompt {number}.{again}, {WORDS}", parent=above)
            rows += [asked, reply(chat, asked, f"Answer {number}.{again}, {WORDS}")]
        above = rows[-1]
    return rows


def comb(chat: Conversation, branches: int) -> list[Message]:
    """A long chat whose answers were each had twice, of which the first one goes on."""
    rows: list[Message] = []
    above: Message | None = None
    for number in range(branches):
        asked = prompt(chat, f"Prompt {number}, {WORDS}", parent=above)
        above = reply(chat, asked, f"Answer {number}, {WORDS}")
        rows += [asked, above, reply(chat, asked, f"Other answer {number}, {WORDS}")]
    return rows


WORDS = "the importer waits a little longer each time and never in step, so that nothing comes at once"
SHAPES: dict[str, Callable[[Conversation, int], list[Message]]] = {"fan": fan, "nested": nested, "comb": comb}


async def stored(home: Path, rows: Callable[[Conversation], list[Message]]) -> str:
    """The id of a chat of these rows."""
    database = Database(home / "chats.db")
    await database.open()
    chat = conversation("tree", model="fake:one")
    messages = rows(chat)
    await database.run(conversations.save_conversation, chat)
    await database.run(conversations.append, messages)
    await database.run(conversations.set_active_leaf, chat.id, messages[-1].id)
    await database.close()
    return chat.id


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    began = perf_counter()
    await work()
    return (perf_counter() - began) * 1000


async def measure(shape: str, branches: int) -> tuple[int, float, float, float]:
    """How many messages there are; milliseconds to open the tree, of a key (median), and of the slowest key."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        id = await stored(home, lambda chat: SHAPES[shape](chat, branches))
        async with running(home, ScriptedModel(), size=SIZE) as here:
            here.app.chat.open_chat(id)
            await here.until(lambda: here.app.chat.presenter.id == id, "the chat")
            here.transcript.focus()
            await here.pilot.pause()
            opened = await timed(lambda: _open(here))
            rows = here.app.screen.query_one(TreeRows)
            times = []
            for number in range(KEYS):
                step = -1 if number < KEYS / 2 else 1
                times.append(await timed(partial(_step, here, rows, step)))
            return len(rows.lines), opened, statistics.median(times), max(times)


async def _open(here: Running) -> None:
    here.app.chat.action_command("tree")
    await here.until(lambda: isinstance(here.app.screen, TreeDialog) and "● " in here.screen(), "the tree")


async def _step(here: Running, rows: TreeRows, step: int) -> None:
    rows.action_move(step)
    await here.pilot.pause()
    here.app.screen._compositor.render_strips(here.app.size)


async def main(branches: int) -> None:
    """Print a line for each shape."""
    print(f"{'':8} {'messages':>9} {'open':>9} {'key':>9} {'slowest':>9}")
    for shape in SHAPES:
        for count in (5, branches):
            messages, opened, key, slowest = await measure(shape, count)
            print(f"{shape:8} {messages:9} {opened:6.0f} ms {key:6.1f} ms {slowest:6.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--branches", type=int, default=500)
    asyncio.run(main(parser.parse_args().branches))
