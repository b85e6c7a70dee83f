"""A long reply must not get slower as it grows: what a token costs is the same at the start and at the end."""

import asyncio
import time

from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ReplyDone
from tui.chat.replies.replies import Replies


async def seconds_for(library: Library, tokens: int) -> float:
    replies = Replies(library, ScriptedCatalog({"fake:one": ScriptedModel(["word "] * tokens)}))
    conversation = library.new("fake:one")
    ended = asyncio.Event()
    replies.subscribe(lambda _, event: ended.set() if isinstance(event, ReplyDone) else None)
    began = time.process_time()
    replies.send(conversation, Prompt("go"))
    await ended.wait()
    return time.process_time() - began


async def test_a_token_costs_the_same_in_a_long_reply_as_in_a_short_one(library: Library) -> None:
    await seconds_for(library, 1_000)  # imports
    short = min([await seconds_for(library, 5_000) for _ in range(2)]) / 5_000
    long = min([await seconds_for(library, 40_000) for _ in range(2)]) / 40_000
    assert long < short * 3
