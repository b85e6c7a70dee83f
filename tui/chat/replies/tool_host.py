"""What a tool in a reply reaches: the person who is asked, what is on screen, and the library that keeps its files."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from tui.chat.library import Library
from tui.chat.prompt import PromptAttachment
from tui.chat.replies.buffer import ReplyBuffer
from tui.chat.replies.events import Waiting
from tui.chat.tools.questions import Approval, ToolAnswer, ToolQuestion
from tui.errors import StoreError


class ReplyTools:
    """The `ToolHost` of one reply.

    Args:
        buffer: of the reply.
        reply_id: of the same.
        library: keeps what tools return.
        wake: lets whoever waits for the buffer look at it.
    """

    def __init__(self, buffer: ReplyBuffer, reply_id: str, library: Library, wake: Callable[[], None]) -> None:
        self._buffer = buffer
        self._reply_id = reply_id
        self._library = library
        self._wake = wake
        self._open: dict[str, deque[asyncio.Future[ToolAnswer]]] = {}  # a model may use an id twice

    async def ask(self, question: ToolQuestion) -> ToolAnswer:
        """Show the question, and wait until it is answered."""
        future: asyncio.Future[ToolAnswer] = asyncio.get_running_loop().create_future()
        waiting = self._open.setdefault(question.call_id, deque())
        waiting.append(future)
        self._buffer.ask_about_tool(question)
        self._wake()
        try:
            return await future
        finally:
            if future in waiting:
                waiting.remove(future)

    def answer(self, call_id: str, answer: ToolAnswer) -> bool:
        """Answer what is asked about a call; False when nothing is."""
        for future in self._open.get(call_id, ()):
            if not future.done():
                future.set_result(answer)
                return True
        return False

    def allowed(self, call_id: str, approval: Approval) -> None:
        """A call runs from now on."""
        self._buffer.allow_tool(call_id, approval)
        self._wake()

    def progress(self, call_id: str, text: str) -> None:
        """How far a call is."""
        self._buffer.progress_tool(call_id, text)
        self._wake()

    def waiting(self, text: str) -> None:
        """What the reply waits for."""
        self._buffer.add_event(Waiting(self._reply_id, "tools", text))
        self._wake()

    async def keep(self, files: Sequence[PromptAttachment]) -> None:
        """Keep files with the reply's row; one that the disk refuses is known by its name, and has no content later."""
        with suppress(StoreError):
            await self._library.keep_files(self._reply_id, files)
