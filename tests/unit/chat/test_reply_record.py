"""What a reply has used is on disk twice a second: whatever breaks at its end, limits go on counting it."""

from tests.support.library import conversation, prompt, reply
from tui.chat.library import Library
from tui.chat.replies.buffer import ReplyBuffer
from tui.chat.replies.record import CHECKPOINT_S, ReplyRecord
from tui.chat.usage import StoredUsage


async def test_an_ending_without_figures_keeps_those_of_the_last_checkpoint(library: Library) -> None:
    now, used = [0.0], StoredUsage(input=9, output=4)
    chat = conversation("c")
    row = reply(chat, prompt(chat, "Why?"))
    record = ReplyRecord(library, row, ReplyBuffer(row.id, lambda: now[0]), lambda: now[0])
    assert record.plain_ending("done").usage == StoredUsage()
    record.mark_changed()
    now[0] = CHECKPOINT_S
    assert record.checkpoint(lambda: used, list)
    await record.settled()
    assert record.plain_ending("done").usage == used
