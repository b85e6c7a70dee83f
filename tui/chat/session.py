"""What a person does in one conversation: send a prompt, or have the last one answered again.

What a caller gets is an async iterator of `ChatEvent`s that runs on the caller's own loop. A provider's failure is an
event; a bug is not caught. Knows neither screen nor SQL nor HTTP.
"""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.loading import imported
from tui.chat.replies.events import ChatEvent
from tui.chat.replies.titles import title_of
from tui.chat.replies.turn import Turn
from tui.errors import UsageError
from tui.store.records import Conversation, Message
from tui.text import storable

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog


class ChatSession:
    """One turn of one conversation.

    Args:
        conversation: as the caller knows it; what the library knows of it is newer and wins.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        conversation: Conversation,
        library: Library,
        catalog: "Catalog",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversation = conversation
        self._library = library
        self._catalog = catalog
        self._clock = clock
        self._stopping = False
        self._turn: Turn | None = None

    def stop(self) -> None:
        """End the reply soon: what came so far is kept, and `ReplyStopped` is the last event."""
        self._stopping = True
        if self._turn is not None:
            self._turn.stop()

    @property
    def outcome(self) -> ChatEvent | None:
        """The event with which the turn ended, also when it was cancelled and nobody could be told."""
        return None if self._turn is None else self._turn.outcome

    async def send(self, text: str) -> AsyncGenerator[ChatEvent, None]:
        """Send a prompt, and report what happens until the reply is done, stopped or failed."""
        await imported("tui.agent.agent")
        from tui.chat.replies.messages import prompt_payload

        text = storable(text)
        conversation, branch = await self._opened()
        now = datetime.now(UTC)
        parent = branch[-1].id if branch else None
        prompt = Message(
            id=new_id(), conversation_id=conversation.id, parent_id=parent, kind="prompt", state="done",
            payload=prompt_payload(text, now), text=text, thinking="", model="", settings="", usage="", price=None,
            failure="", thinking_ms=None, first_token_ms=None, total_ms=None, created_at=now,
        )  # fmt: skip
        if not branch and conversation.title_by == "prompt":
            conversation = replace(conversation, title=title_of(text))
        async with aclosing(self._run(conversation, branch, prompt, new_prompt=True)) as events:
            async for event in events:
                yield event

    async def retry(self) -> AsyncGenerator[ChatEvent, None]:
        """Answer the last prompt of the branch again, with a reply beside the old one.

        Raises:
            UsageError: there is no prompt yet.
        """
        conversation, branch = await self._opened()
        last = next((number for number in reversed(range(len(branch))) if branch[number].kind == "prompt"), None)
        if last is None:
            raise UsageError("There is nothing to answer yet.", "Write a prompt first.")
        async with aclosing(self._run(conversation, branch[:last], branch[last], new_prompt=False)) as events:
            async for event in events:
                yield event

    async def _opened(self) -> tuple[Conversation, tuple[Message, ...]]:
        conversation = await self._library.current(self._conversation)
        if conversation.active_leaf is None:
            return conversation, ()
        opened = await self._library.open(conversation.id)
        return opened.conversation, opened.messages

    async def _run(
        self, conversation: Conversation, earlier: tuple[Message, ...], prompt: Message, *, new_prompt: bool
    ) -> AsyncGenerator[ChatEvent, None]:
        self._turn = turn = Turn(conversation, earlier, prompt, self._library, self._catalog, self._clock)
        if self._stopping:
            turn.stop()
        async with aclosing(turn.events(new_prompt=new_prompt)) as events:
            async for event in events:
                yield event
