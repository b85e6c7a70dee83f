"""What is read of a conversation while its last reply comes to its end, here or in another window."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override

from tests.support.library import open_library
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.app.chat.chat_figures import ChatFigures
from tui.app.chat.chat_reader import ChatReader
from tui.chat.catalog.info import ModelInfo
from tui.chat.library import Library, OpenConversation
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ChatEvent, PromptSaved
from tui.chat.replies.replies import Replies
from tui.chat.replies.turn import Turn


class EndedMeanwhile(Library):
    """A library whose reply is written to its end just after its row was read the first time."""

    started: AsyncIterator[ChatEvent]
    reads = 0

    @override
    async def open(self, conversation_id: str) -> OpenConversation:
        opened = await super().open(conversation_id)
        self.reads += 1
        if self.reads == 1:
            async for _ in self.started:
                pass
        return opened


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[EndedMeanwhile]:
    database = await open_library(tmp_path / "chats.db")
    yield EndedMeanwhile(database)
    await database.close()


async def test_a_reply_that_ends_while_it_is_read_is_read_as_it_ended(library: EndedMeanwhile) -> None:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel(["All of it."])})
    replies = Replies(library, catalog)
    reader = ChatReader(library, replies, ChatFigures(library, replies, catalog, ModelInfo.unknown))
    chat = library.new("fake:one")
    library.started = Turn(chat, library, catalog, Prompt("Go")).events()
    assert isinstance(await anext(library.started), PromptSaved)
    read = await reader.read(chat.id)
    assert [(one.state, one.text) for one in read.records] == [("done", "Go"), ("done", "All of it.")]
    assert reader.live(read.records) is None and await reader.has_messages(chat.id)
    assert [read.siblings.place(one.id) for one in read.records] == [(1, 1), (1, 1)]
