"""A model that several servers of one provider have: the one that is best to ask is asked, and the next if it fails.

Never after the first token: who reads would see two answers. Which one is best is the business of `providers.pool`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TypeVar

from typing_extensions import override

from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import ModelMessage, ModelNoticeEvent, ModelRequest, ModelResponse, UserPromptPart
from tui.agent.models.base import ModelRequestParameters, StreamedResponse
from tui.agent.models.wire_model import WireModel
from tui.agent.models.wrapper import WrapperModel
from tui.agent.providers.listing import look_at
from tui.agent.providers.pool import PooledServer, ServerPool
from tui.agent.providers.provider import Provider
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage
from tui.agent.wire.notices import notify
from tui.agent.wire.retries import with_retries

_Answer = TypeVar("_Answer", ModelResponse, StreamedResponse)
_Ask = Callable[[WireModel, AsyncExitStack], Awaitable[_Answer]]
"""Asks one server; what it opens stays open as long as the stack."""


class PooledModel(WrapperModel):
    """The model at all of its servers, which are of one kind.

    Why another server than the first choice has answered is in a response's details under "servers", a sentence each.
    """

    def __init__(self, pool: ServerPool, model: Callable[[Provider], WireModel]) -> None:
        """Make it.

        Args:
            pool: the servers.
            model: makes the model of one of them.
        """
        self._pool = pool
        self._models = {server: model(server.provider) for server in pool.servers}
        super().__init__(self._models[pool.servers[0]])

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        usage = Usage()

        async def ask(model: WireModel, _: AsyncExitStack) -> ModelResponse:
            nonlocal usage
            response, usage = await model.request(messages, model_settings, model_request_parameters)
            return response

        async with AsyncExitStack() as stack:
            return await self._asked(messages, ask, stack), usage

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """Ask, and read the answer of the first server that begins one."""

        async def ask(model: WireModel, opened: AsyncExitStack) -> StreamedResponse:
            stream = model.request_stream(messages, model_settings, model_request_parameters)
            return await opened.enter_async_context(stream)

        async with AsyncExitStack() as stack:
            yield await self._asked(messages, ask, stack)

    async def _asked(self, messages: list[ModelMessage], ask: _Ask[_Answer], stack: AsyncExitStack) -> _Answer:
        """The answer of the first server that begins one; it counts as busy until the stack is left."""
        chat: int = beginning_of(messages)
        told: set[str] = set()  # another try that comes to the same says it no more

        async def attempt() -> _Answer:
            servers: list[PooledServer] = self._pool.order(self.model_name, chat)
            notes = [*self._diverted(servers, chat)]
            for server, other in zip(servers, [*servers[1:], None], strict=True):
                try:
                    await look_at(self._pool, server)
                    if server.has(self.model_name) is False and other is not None:
                        continue
                    answer = await self._at_work(server, ask, stack)
                except ModelAPIError as error:
                    if not self._pool.failed(server, error, self.model_name):
                        raise
                    if other is None:
                        several = f"None of the {len(servers)} servers answers. " if len(servers) > 1 else ""
                        error.message = several + error.message
                        raise
                    notes.append(f"{other.place} instead of {server.place}: {error.message}")
                    if notes[-1] not in told:
                        told.add(notes[-1])
                        notify(ModelNoticeEvent("failover", notes[-1]))
                else:
                    self._pool.answered(server, chat)
                    if notes:
                        answer.vendor_details = {**(answer.vendor_details or {}), "servers": notes}
                    return answer
            raise AssertionError("there is a server")

        return await with_retries(attempt, self._pool.policy)

    async def _at_work(self, server: PooledServer, ask: _Ask[_Answer], stack: AsyncExitStack) -> _Answer:
        async with AsyncExitStack() as mine:
            mine.enter_context(server.at_work())
            answer = await ask(self._models[server], mine)
            mine.enter_context(self._noting_failure(server))
            await stack.enter_async_context(mine.pop_all())
        return answer

    @contextmanager
    def _noting_failure(self, server: PooledServer) -> Iterator[None]:
        """Have the next request go elsewhere when an answer breaks off; this one is not asked for again."""
        try:
            yield
        except ModelAPIError as error:
            self._pool.failed(server, error, self.model_name)
            raise

    def _diverted(self, servers: list[PooledServer], chat: Hashable) -> Iterator[str]:
        """Why another server than the first choice is asked, as a sentence; nothing when it is the first choice."""
        choice = self._pool.own(chat) or next(one for one in self._pool.servers if one in servers)
        if choice is not servers[0] and choice.has(self.model_name) is not False:
            reason = choice.problem or f"{choice.place} is busy with another answer."
            yield f"{servers[0].place} instead of {choice.place}: {reason}"


def beginning_of(messages: Iterable[ModelMessage]) -> int:
    """What tells one chat from others for a server's cache of prompts, which holds how a history begins.

    A hash: what was said in a chat stays in memory no longer than the chat itself.
    """
    requests = (message for message in messages if isinstance(message, ModelRequest))
    prompts = (part for request in requests for part in request.parts if isinstance(part, UserPromptPart))
    content = next((prompt.content for prompt in prompts), "")
    return hash(content if isinstance(content, str) else tuple(item for item in content if isinstance(item, str)))
