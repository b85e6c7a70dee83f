"""What all adapters share: one request, its retries, and a stream that ends in an answer or in an error.

A dialect says what a request looks like (`WireModel.call`) and what each event means (`WireStream.take`).
"""

import re
import uuid
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Iterable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import (
    ModelMessage,
    ModelNoticeEvent,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
)
from tui.agent.models import Model, ModelRequestParameters, StreamedResponse, check_allow_model_requests, notify
from tui.agent.models._failures import Asked, event_failure, is_error
from tui.agent.models._history import Target, sendable
from tui.agent.models._http import DONE, Arrived, Call, Reply, send
from tui.agent.models._refusals import about_a_setting, without_refused
from tui.agent.models._retries import Patience, with_retries
from tui.agent.models._text import SurrogateJoiner, ThinkSplitter, sound
from tui.agent.models._values import words
from tui.agent.providers import Provider
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage

Events = Iterator[ModelResponseStreamEvent]
_MOST_RELAXATIONS = 4
_THINKING_S = 600.0
_THINKS = re.compile(r"(^|/)(o\d|gpt-5|gpt-oss|grok-4)|gemini-(2\.5|[3-9])|reason|think|magistral|\b(r1|qwq)\b")
"""Names of models that think without being told to."""


class WireStream(StreamedResponse):
    """A response that comes over the wire. A dialect implements `take` and calls what stands below it."""

    splits_think: ClassVar[bool] = False
    """Whether `<think>` at the start of the text opens thoughts."""

    def __init__(self, reply: Reply, asked: Asked, patience: Patience) -> None:
        super().__init__()
        self.asked = asked
        self.provider_name = asked.provider
        self._reply = reply
        self._patience = patience
        self._model_name = asked.model
        self._timestamp = datetime.now(tz=UTC)
        self._complete = False
        self._chars = 0
        self._joiners: dict[Hashable, SurrogateJoiner] = {}
        self._splitter = ThinkSplitter() if self.splits_think else None
        self._inner: AsyncGenerator[ModelResponseStreamEvent, None] | None = None

    # What a dialect implements.

    @abstractmethod
    def take(self, arrived: Arrived) -> Iterable[ModelResponseStreamEvent]:
        """What one event of the wire means. Unknown events and missing fields mean nothing; no event is an error."""
        raise NotImplementedError

    # What a dialect calls.

    def ended(self, *, nothing_follows: bool = False) -> None:
        """The provider said that the answer is complete; what it may still send counts, unless nothing follows."""
        self._complete = True
        if nothing_follows:
            self._reply.finish()

    def note(self, **details: Any) -> None:
        """Keep further things that the provider said; None is nothing."""
        known = {name: sound(value) for name, value in details.items() if value is not None}
        if known:
            self.vendor_details = {**(self.vendor_details or {}), **known}

    def failure(self, value: Any, name: str = "") -> ModelAPIError:
        """The error that an error object, or an exception of the framing by that name, stands for."""
        if self._reply.request_id and isinstance(value, dict):
            value = {"request_id": self._reply.request_id, **value}
        named = {"type": name, **value} if isinstance(value, dict) and name else value
        return event_failure(self.asked, named)

    def identify(self, value: Mapping[str, Any], id_key: str = "id", model_key: str = "model") -> None:
        """Keep the response's id and the model's exact name, if the object has them."""
        self.provider_response_id = self.provider_response_id or sound(words(value.get(id_key))) or None
        self._model_name = sound(words(value.get(model_key))) or self._model_name

    def text(self, content: str, slot: Hashable | None = None, **details: Any) -> Events:
        """Text of the answer, as a delta."""
        content = self._joined(("text", slot), content)
        if self._splitter is not None:
            thoughts, content = self._splitter.push(content)
            yield from self._thoughts(thoughts, None)
        if content or details:
            yield self._parts_manager.handle_text_delta(vendor_part_id=slot, content=content, **sound(details))

    def thinking(self, content: str, slot: Hashable | None = None, **details: Any) -> Events:
        """Thoughts, as a delta, or what seals them."""
        yield from self._thoughts(self._joined(("thinking", slot), content), slot, **details)

    def tool_call(
        self, slot: Hashable, name: str | None = None, args: str | dict[str, Any] | None = None, call_id: str = ""
    ) -> Events:
        """A piece of a tool call."""
        if isinstance(args, str):
            args = self._joined(("args", slot), args)
        event = self._parts_manager.handle_tool_call_delta(
            vendor_part_id=slot, tool_name=sound(name), args=sound(args), tool_call_id=sound(call_id) or None
        )
        if event is not None:
            yield event

    def whole_tool_call(
        self, slot: Hashable, name: str, args: str | dict[str, Any], call_id: str = "", **details: Any
    ) -> Events:
        """A tool call that came at once; without an id it gets one."""
        yield self._parts_manager.handle_tool_call_part(
            vendor_part_id=slot,
            tool_name=sound(name),
            args=sound(args),
            tool_call_id=sound(call_id) or f"call_{uuid.uuid4().hex}",
            **sound(details),
        )

    def _thoughts(self, content: str, slot: Hashable | None, **details: Any) -> Events:
        if content or details:
            yield self._parts_manager.handle_thinking_delta(
                vendor_part_id=slot, content=content or None, **{**self.seal(), **sound(details)}
            )

    def seal(self) -> dict[str, Any]:
        """What thoughts are marked with, so that they are sent back to nobody but the model that had them."""
        return {"provider_name": self.asked.provider, "provider_details": {"model": self.asked.model}}

    def _joined(self, slot: Hashable, content: str) -> str:
        joiner = self._joiners.get(slot)
        if joiner is None:
            joiner = self._joiners[slot] = SurrogateJoiner()
        return joiner.push(content)

    # The stream.

    async def start(self) -> None:
        """Read up to the first piece of the answer, so that whatever fails before it can be tried again.

        Raises:
            ModelAPIError: the stream failed before its first token.
        """
        self._inner = self._events()
        try:
            first = [await anext(self._inner)]
        except StopAsyncIteration:
            first = []
        self._event_iterator = self._from(first, self._inner)

    async def _from(
        self, first: list[ModelResponseStreamEvent], rest: AsyncGenerator[ModelResponseStreamEvent, None]
    ) -> AsyncGenerator[ModelResponseStreamEvent, None]:
        for event in first:
            yield event
        async with aclosing(rest):
            async for event in rest:
                yield event

    def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        return self._events()

    async def _events(self) -> AsyncGenerator[ModelResponseStreamEvent, None]:
        async with aclosing(self._reply), aclosing(self._reply.values()) as values:
            async for arrived in values:
                if arrived.value is DONE:
                    self._complete = True
                    continue
                for event in self.take(arrived):
                    yield self._counted(event)
                if is_error(arrived.value) or arrived.is_exception or arrived.name == "error":
                    raise self.failure(arrived.value, arrived.name)
                if arrived.whole and not self._complete and not self._chars:
                    raise self._reply.is_no_answer(arrived.value)
        if self._complete:  # else what is held back is half a tag or half an emoji
            for event in self._rest():
                yield event
        self.note(skipped_events=self._reply.skipped_events or None, request_id=self._reply.request_id or None)
        if self._reply.skipped_events and not self._chars and not self._parts_manager.get_parts():
            raise self.asked.failed("malformed", f"{self.asked.label} sent nothing but events that are not JSON.")
        if not self._complete:
            raise self.asked.failed(
                "stream_cut",
                f"{self.asked.label} stopped in the middle of the answer.",
                request_id=self._reply.request_id,
            )

    def _rest(self) -> Events:
        for slot, joiner in self._joiners.items():
            rest = joiner.flush()
            if rest and isinstance(slot, tuple) and slot[0] != "args":
                kind, part = slot
                yield from self._thoughts(rest, part) if kind == "thinking" else self._plain(rest, part)
        if self._splitter is not None:
            thoughts, text = self._splitter.flush()
            yield from self._thoughts(thoughts, None)
            yield from self._plain(text, None)

    def _plain(self, content: str, slot: Hashable | None) -> Events:
        if content:
            yield self._parts_manager.handle_text_delta(vendor_part_id=slot, content=content)

    def _counted(self, event: ModelResponseStreamEvent) -> ModelResponseStreamEvent:
        self._reply.content_arrived()
        self._chars += _size(event)
        if self._chars > self._patience.reply_limit_chars:
            raise self.asked.failed(
                "limit",
                f"The answer of {self.asked.label} passed {self._patience.reply_limit_chars >> 20} MB and was stopped.",
            )
        return event

    async def aclose(self) -> None:
        """Stop reading and close the HTTP response at once."""
        await super().aclose()
        if self._inner is not None:
            await self._inner.aclose()
        await self._reply.aclose()

    @property
    def model_name(self) -> str:
        """The model's exact name as the provider gives it, or the one that was asked for."""
        return self._model_name

    @property
    def timestamp(self) -> datetime:
        """When the answer began to arrive."""
        return self._timestamp


def _size(event: ModelResponseStreamEvent) -> int:
    match event:
        case PartStartEvent(part=part):
            content = getattr(part, "content", None) or getattr(part, "args", None)
        case PartDeltaEvent(delta=delta):
            content = getattr(delta, "content_delta", None) or getattr(delta, "args_delta", None)
    return len(content) if isinstance(content, str) else 0


class WireModel(Model):
    """A model behind an HTTP API."""

    def __init__(self, model_name: str, provider: Provider) -> None:
        self._model_name = model_name
        self._provider = provider

    # What a dialect implements.

    @abstractmethod
    def target(self) -> Target:
        """What this model can take of a history."""
        raise NotImplementedError

    @abstractmethod
    def call(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        *,
        stream: bool,
    ) -> Call:
        """The request for a history that `sendable` has made fit."""
        raise NotImplementedError

    @abstractmethod
    def stream(self, reply: Reply, asked: Asked, patience: Patience) -> WireStream:
        """The reader of an answer."""
        raise NotImplementedError

    def relaxed(self, body: Mapping[str, Any], error: ModelHTTPError) -> dict[str, Any] | None:
        """The body without a setting that the provider says it does not know, or None when the error is another one."""
        return without_refused(body, error, self.optional_keys)

    optional_keys: ClassVar[tuple[str, ...]] = ()
    """Keys of the body that a reply can do without, should this model refuse them."""

    # What a run calls.

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        """Ask, and wait for the whole answer."""
        stream = await self._open(messages, model_settings, model_request_parameters, stream=False)
        async with aclosing(stream):
            async for _ in stream:
                pass
        return stream.get(), stream.usage()

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
    def model_name(self) -> str:
        """The model's id with its provider."""
        return self._model_name

    @property
    def system(self) -> str:
        """The provider's short name."""
        return self._provider.name

    @property
    def base_url(self) -> str | None:
        """Where requests go."""
        return self._provider.base_url

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
        """Send the history, and once more in its plainest form if the provider refuses it."""
        check_allow_model_requests()
        settings = settings or ModelSettings()
        offered = bool(parameters.function_tools or parameters.result_tools)

        def call(minimal: bool) -> Call:
            fit = sendable(messages, self.target(), tools_offered=offered, minimal=minimal)
            return _with_extras(self.call(fit.messages, settings, parameters, stream=stream), settings)

        full = call(False)
        try:
            return await self._relaxing(full, settings)
        except ModelHTTPError as error:
            # What a model cannot read, servers refuse with any status; a missing address is no matter of the history.
            wrong = error.kind == "bad_request" and error.status_code in (400, 422)
            if not wrong and error.kind != "unsupported_input":
                raise
            plain = call(True)
            if plain.body == full.body:
                raise
            message = f"{error.message} Sending the history again, as plain text only."
            notify(ModelNoticeEvent(kind="retry", message=message, delay_s=0.0, attempt=1, attempts=1))
            return await self._relaxing(plain, settings)

    async def _relaxing(self, call: Call, settings: ModelSettings) -> WireStream:
        """Send a request, dropping one setting after the other that the provider refuses."""
        for _ in range(_MOST_RELAXATIONS):
            try:
                return await self._sent(call, settings)
            except ModelHTTPError as error:
                body = self.relaxed(call.body or {}, error) if about_a_setting(error) else None
                if body is None:
                    raise
                call = replace(call, body=body)
        return await self._sent(call, settings)

    async def _sent(self, call: Call, settings: ModelSettings) -> WireStream:
        asked = self._provider.asked(self._model_name)
        patience = _patience(self._provider.patience, settings, self._model_name)

        async def attempt() -> WireStream:
            stream = self.stream(await send(call, asked, patience, self._provider.client), asked, patience)
            try:
                await stream.start()
            except BaseException:
                await stream.aclose()
                raise
            return stream

        return await with_retries(attempt, patience)


def _with_extras(call: Call, settings: ModelSettings) -> Call:
    headers = {**call.headers, **settings.get("extra_headers", {})}
    body = dict(call.body or {})
    for key, value in settings.get("extra_body", {}).items():
        both = isinstance(value, dict) and isinstance(body.get(key), dict)
        body[key] = {**body[key], **value} if both else value
    return replace(call, headers=headers, body=body)


def _patience(patience: Patience, settings: ModelSettings, model_name: str) -> Patience:
    """The provider's patience, longer for models that think, or as the settings' time-out says."""
    timeout = settings.get("timeout")
    if timeout is None:
        effort = settings.get("thinking")
        thinks = _THINKS.search(model_name.lower()) if effort is None else effort not in ("off", "minimal")
        if not thinks:
            return patience
        # Some APIs send not a byte before the first word of the answer, however long the model thinks.
        return replace(
            patience, silence_s=max(patience.silence_s, _THINKING_S), content_s=max(patience.content_s, _THINKING_S)
        )
    if isinstance(timeout, int | float):
        return replace(patience, silence_s=float(timeout), content_s=float(timeout))
    read_s = timeout.read or patience.silence_s
    return replace(
        patience,
        connect_s=timeout.connect or patience.connect_s,
        silence_s=read_s,
        content_s=max(patience.content_s, read_s),
    )
