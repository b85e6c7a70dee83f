"""The embedded model as a model of the engine: chat completions with a child process that is started when it is needed.

Must not know where GGUF files are or how the child is run; that is `tui.agent.providers.local`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from typing_extensions import override

from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import ModelMessage, ModelNoticeEvent, ModelResponse
from tui.agent.models import check_allow_model_requests
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.openai import OpenAIModel
from tui.agent.models.target import Target
from tui.agent.providers import Provider, custom_vendor
from tui.agent.providers.local import LocalAddress, LocalServer
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage
from tui.agent.wire.notices import notify
from tui.agent.wire.policy import RequestPolicy

__all__ = ["LocalModel"]

_GONE = frozenset({"network", "stream_cut", "malformed", "timeout", "server"})
"""Kinds of failure behind which the child may have died."""

_POLICY = RequestPolicy(silence_s=600, content_s=600, retries=0)
"""Reading a long prompt takes a slow machine minutes; and a dead child is started anew, not asked again."""


class LocalModel(Model):
    """The model that a `LocalServer` serves. Making one starts nothing."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    @property
    @override
    def model_name(self) -> str:
        """The file's name, such as "smollm2-135m"."""
        return self._server.file.name

    @property
    @override
    def system(self) -> str:
        return "local"

    @property
    @override
    def mixes_thoughts(self) -> bool:
        return True

    @property
    @override
    def constrains_text(self) -> bool:
        return True

    @override
    def target(self) -> Target:
        """What this model can take of a history; it need not run for that."""
        return self._at(LocalAddress("http://127.0.0.1", "")).target()

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        async with self._running() as model:
            try:
                return await model.request(messages, model_settings, model_request_parameters)
            except ModelAPIError as error:
                raise await self._explained(error) from error

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        async with self._running() as model:
            try:
                async with model.request_stream(messages, model_settings, model_request_parameters) as stream:
                    yield stream
            except ModelAPIError as error:
                raise await self._explained(error) from error

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[OpenAIModel]:
        check_allow_model_requests()
        loading = False

        def report(message: str) -> None:
            nonlocal loading
            loading = True
            notify(ModelNoticeEvent("loading", message))

        async with self._server.in_use(report) as address:
            if loading:  # a slow machine takes as long again to read the conversation, and that is no longer loading
                report(f"{self.model_name} is reading the conversation…")
            yield self._at(address)

    def _at(self, address: LocalAddress) -> OpenAIModel:
        vendor = custom_vendor("local", address.base_url, label=self.model_name, local=True)
        # The child ends a connection after an answer, and may do so in the moment in which it is used again.
        vendor = replace(vendor, quirks=replace(vendor.quirks, headers=(("connection", "close"),)))
        return OpenAIModel(self.model_name, provider=Provider(vendor, api_key=address.key, policy=_POLICY))

    async def _explained(self, error: ModelAPIError) -> ModelAPIError:
        """The error itself, or, when the child has died, the one that says so."""
        ending = await self._server.why_gone() if error.kind in _GONE else None
        if ending is None:
            return error
        return self._server.error(
            f"The server of {self.model_name} {ending}.", "What came so far is kept. Send again: it starts anew."
        )
