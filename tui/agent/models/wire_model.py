"""A model behind an HTTP API: one request, its retries, and what is left out of it when the provider refuses it.

A dialect says what a request looks like (`WireModel.http_request`) and what each event means (`WireStream.read`).
"""

import asyncio
import re
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelMessage, ModelNoticeEvent, ModelResponse
from tui.agent.models import check_allow_model_requests
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.fit import fit
from tui.agent.models.media import has_files
from tui.agent.models.target import Target
from tui.agent.models.tool_choice import request_tools
from tui.agent.models.tool_names import ToolNames
from tui.agent.models.wire_stream import WireStream
from tui.agent.providers.provider import Provider, provider_of
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage
from tui.agent.wire.notices import notify
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.reply import Reply, send
from tui.agent.wire.request import HttpRequest
from tui.agent.wire.retries import with_retries
from tui.agent.wire.unknown_settings import about_a_setting, without_refused_setting

_MOST_RELAXATIONS = 4
_MANY_TOOLS = 100
SENT_PLAIN = " Sending the history again, as plain text only."
"""Ends the notice that a provider does not read something; what it said of that stands before it."""
_THINKING_S = 600.0
_THINKS = re.compile(r"(^|/)(o\d|gpt-5|gpt-oss|grok-4)|gemini-(2\.5|[3-9])|reason|think|magistral|\b(r1|qwq)\b")
"""Names of models that think without being told to."""


class WireModel(Model):
    """A model behind an HTTP API."""

    default_provider: ClassVar[str]
    """The vendor whose API this is."""

    optional_keys: ClassVar[tuple[str, ...]] = ()
    """Keys of the body that a reply can do without, should this model refuse them."""

    offers_unused: ClassVar[bool] = True
    """Whether tools may be offered that the model must not call; else a request that forbids it offers none."""

    def __init__(self, model_name: str, *, provider: str | Provider | None = None) -> None:
        """Make a model.

        Args:
            model_name: its id with the provider.
            provider: a vendor's name, or a provider with an address and a key of its own; None for the API's vendor.

        Raises:
            UserError: the provider is unknown, or its key is missing.
        """
        self._model_name = model_name
        self._provider = provider_of(self.default_provider if provider is None else provider)

    # What a dialect implements.

    @abstractmethod
    @override
    def target(self) -> Target: ...

    @abstractmethod
    def http_request(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> HttpRequest:
        """The request for a history that fits `target`."""

    @abstractmethod
    def stream(self, reply: Reply) -> WireStream:
        """The reader of an answer."""

    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without a setting that the provider says it does not know, or None when the error is another one."""
        return without_refused_setting(body, error, self.optional_keys)

    # What a run calls.

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        stream = await self._open(messages, model_settings, model_request_parameters, stream=False)
        async with aclosing(stream):
            try:
                async for _ in stream:
                    pass
            except ModelAPIError as error:
                stream.charge(error)
                raise
        return stream.get(), stream.usage()

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """Ask, and read the answer while it comes; leaving the context closes the HTTP response at once."""
        stream = await self._open(messages, model_settings, model_request_parameters, stream=True)
        async with aclosing(stream):
            yield stream

    @property
    @override
    def model_name(self) -> str:
        return self._model_name

    @property
    @override
    def system(self) -> str:
        return self._provider.name

    @property
    @override
    def base_url(self) -> str | None:
        return self._provider.base_url

    @property
    @override
    def takes_beginnings(self) -> bool:
        return bool(self._provider.vendor.quirks.prefill)

    @property
    def provider(self) -> Provider:
        """Who is called."""
        return self._provider

    async def _open(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings | None,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> WireStream:
        check_allow_model_requests()

        async def ask() -> WireStream:
            return await self._ask(messages, settings or ModelSettings(), parameters, stream=stream)

        return await self._provider.at_base_url(ask)

    async def _ask(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> WireStream:
        """Send the history, and once more in its plainest form if the provider refuses it."""
        names = ToolNames.of(parameters, messages)

        def build(minimal: bool) -> HttpRequest:
            request = self.fitted_request(messages, settings, parameters, names, stream=stream, minimal=minimal)
            return _with_extras(request, settings)

        # Reading a PDF, scaling an image, base64 and many tools take their time, which is not the loop's.
        in_thread = has_files(messages) or len(parameters.function_tools) > _MANY_TOOLS
        full = await asyncio.to_thread(build, False) if in_thread else build(False)
        try:
            return await self._send_relaxed(full, settings, names.real)
        except ModelHTTPError as error:
            # What a model cannot read, servers refuse with any status; a missing address is no matter of the history.
            wrong = error.kind == "bad_request" and error.status_code in (400, 422)
            if not wrong and error.kind != "unsupported_input":
                raise
            plain = await asyncio.to_thread(build, True) if in_thread else build(True)
            if plain.body == full.body:
                raise
            message = error.message + SENT_PLAIN
            notify(ModelNoticeEvent(kind="retry", message=message, delay_s=0.0, attempt=1, attempts=1))
            return await self._send_relaxed(plain, settings, names.real)

    def fitted_request(
        self,
        messages: Sequence[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        names: ToolNames,
        *,
        stream: bool,
        minimal: bool = False,
    ) -> HttpRequest:
        """The request for any history, with every tool by the name that is sent."""
        offer = request_tools(parameters, settings)
        offered = bool(offer.tools) and (offer.mode != "none" or self.offers_unused)
        fitted = fit(messages, self.target(), tools_offered=offered, minimal=minimal)
        return self.http_request(
            names.messages(fitted.messages), names.settings(settings), names.parameters(parameters), stream=stream
        )

    async def _send_relaxed(
        self, request: HttpRequest, settings: ModelSettings, names: Mapping[str, str]
    ) -> WireStream:
        """Send a request, dropping one setting after the other that the provider refuses."""
        for _ in range(_MOST_RELAXATIONS):
            try:
                return await self._sent(request, settings, names)
            except ModelHTTPError as error:
                body = self.relaxed(request.body or {}, error) if about_a_setting(error) else None
                if body is None:
                    raise
                request = replace(request, body=body)
        return await self._sent(request, settings, names)

    async def _sent(self, request: HttpRequest, settings: ModelSettings, names: Mapping[str, str]) -> WireStream:
        context = self._provider.request_context(self._model_name)
        policy = _policy(self._provider.policy, settings, self._model_name)

        async def attempt() -> WireStream:
            stream = self.stream(await send(request, context, policy, self._provider.client))
            stream.tool_names = names
            try:
                await stream.start()
            except BaseException:
                await stream.aclose()
                raise
            return stream

        return await with_retries(attempt, policy)


def _with_extras(request: HttpRequest, settings: ModelSettings) -> HttpRequest:
    headers = {**request.headers, **settings.get("extra_headers", {})}
    body = dict(request.body or {})
    for key, value in settings.get("extra_body", {}).items():
        both = isinstance(value, dict) and isinstance(body.get(key), dict)
        body[key] = {**body[key], **value} if both else value
    return replace(request, headers=headers, body=body)


def _policy(policy: RequestPolicy, settings: ModelSettings, model_name: str) -> RequestPolicy:
    """The provider's policy, longer for models that think, or as the settings' time-out says."""
    timeout = settings.get("timeout")
    if timeout is None:
        effort = settings.get("thinking")
        thinks = _THINKS.search(model_name.lower()) if effort is None else effort not in ("off", "minimal")
        if not thinks:
            return policy
        # Some APIs send not a byte before the first word of the answer, however long the model thinks.
        return replace(
            policy, silence_s=max(policy.silence_s, _THINKING_S), content_s=max(policy.content_s, _THINKING_S)
        )
    if isinstance(timeout, int | float):
        return replace(policy, silence_s=float(timeout), content_s=float(timeout))
    read_s = timeout.read or policy.silence_s
    return replace(
        policy,
        connect_s=timeout.connect or policy.connect_s,
        silence_s=read_s,
        content_s=max(policy.content_s, read_s),
    )
