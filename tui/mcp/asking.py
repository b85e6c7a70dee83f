"""What a server asks of us while it works, from the SDK's shapes to the hooks and back: one question at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as sdk
from mcp.client import ClientRequestContext

from tui.mcp.clock import Deadlines
from tui.mcp.form import fields_of
from tui.mcp.hooks import ElicitAnswer, ElicitRequest, FormRequest, Hooks, SampleRefusal, SampleRequest, UrlRequest
from tui.mcp.translation import sampling_contents

_MOST_WAITING = 4
_MOST_MESSAGE = 4_000
_REFUSED = -1
"""The code of the specification for what the person does not want."""


class _TooManyError(Exception):
    """A server asks for more at once than a person is shown."""


class Asking:
    """Asks the person on behalf of one server; its methods are callbacks of the SDK's client."""

    def __init__(self, server: str, hooks: Hooks, deadlines: Deadlines) -> None:
        self._server = server
        self._hooks = hooks
        self._deadlines = deadlines
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def elicit(
        self, context: ClientRequestContext, params: sdk.ElicitRequestParams
    ) -> sdk.ElicitResult | sdk.ErrorData:
        """Ask for what a form holds, or for a visit to a page."""
        request: ElicitRequest
        message = params.message[:_MOST_MESSAGE]
        if isinstance(params, sdk.ElicitRequestURLParams):
            request = UrlRequest(self._server, message, params.url[:_MOST_MESSAGE])
        else:
            request = FormRequest(self._server, message, fields_of(params.requested_schema))
        try:
            answer = await self.ask(request)
        except _TooManyError:
            return _too_many()
        if answer.action != "accept" or isinstance(request, UrlRequest):
            return sdk.ElicitResult(action=answer.action)
        values: dict[str, Any] = {
            name: [*value] if isinstance(value, tuple) else value for name, value in answer.values.items()
        }
        return sdk.ElicitResult(action="accept", content=values)

    async def ask(self, request: ElicitRequest) -> ElicitAnswer:
        """Ask the person; the server's time stands still."""
        async with self._in_turn():
            return await self._hooks.elicit(request)

    async def sample(
        self, context: ClientRequestContext, params: sdk.CreateMessageRequestParams
    ) -> sdk.CreateMessageResult | sdk.ErrorData:
        """Let a model answer, if the hook does."""
        preferences = params.model_preferences
        request = SampleRequest(
            server=self._server,
            contents=sampling_contents(params.messages),
            system=params.system_prompt or "",
            most_tokens=params.max_tokens,
            temperature=params.temperature,
            stop=tuple(params.stop_sequences or ()),
            models=tuple(hint.name for hint in (preferences and preferences.hints) or () if hint.name),
        )
        try:
            async with self._in_turn():
                answer = await self._hooks.sample(request)
        except _TooManyError:
            return _too_many()
        if isinstance(answer, SampleRefusal):
            return sdk.ErrorData(code=_REFUSED, message=answer.reason)
        return sdk.CreateMessageResult(
            role="assistant",
            content=sdk.TextContent(type="text", text=answer.text),
            model=answer.model,
            stop_reason=answer.stop_reason,
        )

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        if self._waiting > _MOST_WAITING:
            raise _TooManyError
        self._waiting += 1
        try:
            with self._deadlines.person():
                async with self._turn:
                    yield
        finally:
            self._waiting -= 1


def _too_many() -> sdk.ErrorData:
    return sdk.ErrorData(code=sdk.INVALID_REQUEST, message="Too many questions at once.")
