"""A Chinwag in the middle of a reply, for a test that kills it: `python -m tests.support.reply_child LIBRARY`.

It prints `id ID` once the prompt is saved, then `arrived N` and `saved N` as words come and as the disk has taken them.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.scripted import Pause, ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import PromptSaved, TextDelta
from tui.chat.replies.turn import Turn
from tui.store.database import Database

WORDS_PER_S = 100


class TellingDatabase(Database):
    """Says what it has saved."""

    async def run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = await super().run(work, *args, **kwargs)
        if work.__name__ == "checkpoint":
            print("saved", len(args[1].split()), flush=True)
        return result


async def main(path: Path) -> None:
    database = TellingDatabase(path)
    await database.open()
    library = Library(database)
    catalog = ScriptedCatalog({"fake:endless": ScriptedModel(["word ", Pause(1 / WORDS_PER_S)] * 100_000)})
    turn = Turn(library.new("fake:endless"), library, catalog, Prompt("Tell me everything."))
    words = 0
    async for event in turn.events():
        if isinstance(event, PromptSaved):
            print("id", event.conversation.id, flush=True)
        elif isinstance(event, TextDelta):
            words += len(event.text.split())
            print("arrived", words, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
