"""What MCP servers ask of the person: forms, pages to visit, sign-ins, answers of a model; and what they write to logs.

Each request waits here until whoever draws it has answered. Where nobody looks, it is declined at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from tui.chat.usage import StoredUsage, text_tokens
from tui.dataclass import dataclass
from tui.errors import ChinwagError
from tui.text import storable

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.library import Library
    from tui.mcp.hooks import ElicitAnswer, ElicitRequest, SampleAnswer, SampleRefusal, SampleRequest

PURPOSE = "sampling"
"""What answers of a model to a server are counted under."""

_MOST_WAITING = 3
"""Requests of one server that may wait for the person at once."""
_LOG_LINES, _LOG_CHARS = 500, 2_000
_MOST_OUTPUT = 4_000
"""Tokens of an answer to a server."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The person should visit a page to sign in to a server; nothing waits for an answer."""

    server: str
    url: str


@dataclass(frozen=True, slots=True)
class SampleGrant:
    """The person lets a model answer, once.

    Attributes:
        model: id of the model.
        conversation_id: the chat beside which it is asked, and counted.
    """

    model: str
    conversation_id: str


@dataclass(frozen=True, slots=True)
class SampleCost:
    """What an answer to a server would take; all of it is an estimate.

    Attributes:
        input: tokens that go in.
        output: tokens that may come out at most.
        price: US dollars for all of it; 0 where nothing is to be paid, None when unknown.
    """

    input: int
    output: int
    price: Decimal | None


Request: TypeAlias = "ElicitRequest | SampleRequest | SignIn"
Answer: TypeAlias = "ElicitAnswer | SampleGrant | SampleRefusal | None"


@dataclass(eq=False, slots=True)
class WaitingRequest:
    """A request of a server, with the place of its answer."""

    request: Request
    _answer: "asyncio.Future[Answer]" = field(repr=False)

    @property
    def over(self) -> bool:
        """Whether it was answered, or nobody waits for an answer any more."""
        return self._answer.done()

    def answer(self, answer: Answer) -> None:
        """Answer it; what is over stays as it is."""
        if not self._answer.done():
            self._answer.set_result(answer)

    async def wait(self) -> Answer:
        """The answer, as soon as it is there."""
        return await self._answer


class ServerRequests:
    """The requests of all servers; what is asked for is given to them by who listens.

    Args:
        library: counts what a model's answer has used.
        catalog: knows the models.
    """

    def __init__(self, library: "Library", catalog: "Catalog") -> None:
        self._library = library
        self._catalog = catalog
        self._waiting: list[WaitingRequest] = []
        self._listeners: list[Callable[[], None]] = []
        self._logs: dict[str, deque[str]] = {}

    # For whoever draws them.

    @property
    def waiting(self) -> tuple[WaitingRequest, ...]:
        """What is not answered yet, the oldest first."""
        return tuple(self._waiting)

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call a function whenever another request waits, or one is over; returns what ends that.

        When nobody listens any more, all that waits is declined.
        """
        self._listeners.append(changed)

        def end() -> None:
            if changed in self._listeners:
                self._listeners.remove(changed)
            if not self._listeners:
                for one in self._waiting:
                    one.answer(None)

        return end

    def log_of(self, server: str) -> Sequence[str]:
        """The last lines that a server wrote to its log, the oldest first; raw."""
        return tuple(self._logs.get(server, ()))

    async def cost(self, request: "SampleRequest", model: str) -> SampleCost:
        """What it would take to let a model answer.

        Raises:
            ChinwagError: there is no such model.
        """
        info = self._catalog.find(model)
        most = _most_output(request)
        count = text_tokens(request.system) + text_tokens(sample_text(request))
        if info.free or info.local:
            return SampleCost(count, most, Decimal(0))
        await self._catalog.load_prices()
        price = self._catalog.price(self._catalog.find(model), StoredUsage(input=count, output=most), datetime.now(UTC))
        return SampleCost(count, most, price)

    # For the servers; see `tui.mcp.hooks.Hooks`.

    async def elicit(self, request: "ElicitRequest") -> "ElicitAnswer":
        """Ask the person."""
        from tui.mcp.hooks import ElicitAnswer

        if not self._has_room(request.server):
            return ElicitAnswer("decline")
        answer = await self._ask(request)
        return answer if isinstance(answer, ElicitAnswer) else ElicitAnswer("cancel")

    async def sample(self, request: "SampleRequest") -> "SampleAnswer | SampleRefusal":
        """Ask the person, and then a model, once; it is counted beside the chat at hand."""
        from tui.mcp.hooks import SampleAnswer, SampleRefusal

        granted = await self._ask(request) if self._has_room(request.server) else None
        if not isinstance(granted, SampleGrant):
            return granted if isinstance(granted, SampleRefusal) else SampleRefusal()
        from tui.chat.side_calls import SideCall, ask_beside

        text = sample_text(request)
        most_input = text_tokens(request.system) + text_tokens(text) + 1
        call = SideCall(PURPOSE, granted.model, request.system, text, most_input, _most_output(request))
        try:
            answer = await ask_beside(self._library, self._catalog, granted.conversation_id, call)
        except ChinwagError as error:
            return SampleRefusal(error.message)
        if not answer.strip():
            return SampleRefusal("The model has not answered.")
        return SampleAnswer(answer, granted.model)

    async def authorize(self, server: str, url: str) -> None:
        """Let the person see where to sign in to a server.

        Raises:
            McpError: nobody is there.
        """
        if not self._listeners:
            from tui.mcp.values import McpError

            raise McpError(f"{server} wants you to sign in.", "Start Chinwag, and open /tools.")
        if not any(one.request == SignIn(server, url) for one in self._waiting):
            self._drop_sign_ins(server)  # a newer address takes the place of an older one
            self._add(SignIn(server, url))

    def log(self, server: str, level: str, text: str) -> None:
        """Keep a line; the oldest ones go."""
        lines = self._logs.setdefault(server, deque(maxlen=_LOG_LINES))
        lines.extend(f"{level}: {storable(line)[:_LOG_CHARS]}" for line in text.splitlines() or [""])

    # Waiting.

    def _has_room(self, server: str) -> bool:
        """Whether the person is there, and the server does not ask for too much at once."""
        return bool(self._listeners) and sum(one.request.server == server for one in self._waiting) < _MOST_WAITING

    async def _ask(self, request: Request) -> Answer:
        """What the person says; None when they went away without a word."""
        waiting = self._add(request)
        try:
            return await waiting.wait()
        finally:  # the server may have gone away
            self._remove(waiting)

    def _add(self, request: Request) -> WaitingRequest:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting = WaitingRequest(request, answer)
        self._waiting.append(waiting)
        if isinstance(request, SignIn):
            answer.add_done_callback(lambda _: self._remove(waiting))
        self._tell()
        return waiting

    def _remove(self, waiting: WaitingRequest) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            waiting.answer(None)
            self._tell()

    def _drop_sign_ins(self, server: str) -> None:
        for one in self.waiting:
            if isinstance(one.request, SignIn) and one.request.server == server:
                one.answer(None)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _most_output(request: "SampleRequest") -> int:
    return min(request.most_tokens, _MOST_OUTPUT) if request.most_tokens > 0 else _MOST_OUTPUT


def sample_text(request: "SampleRequest") -> str:
    """All that a server wants a model to read beside the system prompt; files are named, and not sent."""
    said = [
        (one.role or "user", one.text if one.kind == "text" else f"[{one.media_type or one.kind} is not sent]")
        for one in request.contents
    ]
    if len(said) == 1:
        return said[0][1]
    return "\n\n".join(f"{role}: {text}" for role, text in said)
