"""A response that comes over the wire: JSON events → part events, up to an end that the provider has confirmed.

Knows no dialect: what an event means is what a subclass says in `read`.
"""

import uuid
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Iterable, Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, ClassVar

from typing_extensions import override

from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import Citation, ModelResponseStreamEvent, PartDeltaEvent, PartStartEvent
from tui.agent.models.base import StreamedResponse
from tui.agent.wire.events import JsonEvent
from tui.agent.wire.json import as_text, size_of, storable
from tui.agent.wire.refusals import event_error, is_error
from tui.agent.wire.reply import Reply
from tui.agent.wire.text import SurrogateJoiner, sound
from tui.agent.wire.thoughts import Piece, ThinkSplitter

Events = Iterator[ModelResponseStreamEvent]

_MOST_PARTS = 4096
"""Parts and tool calls of one answer; a real one has dozens."""
_MOST_SEARCHES = 50


class WireStream(StreamedResponse):
    """A response that comes over the wire. A dialect implements `read` and calls what stands below it.

    Attributes:
        tool_names: the real names of tools by those that were sent in their place.
    """

    splits_think: ClassVar[bool] = False
    """Whether `<think>` at the start of the text opens thoughts."""

    def __init__(self, reply: Reply, *, unopened_thoughts: bool = True) -> None:
        super().__init__()
        self.context = reply.context
        self.provider_name = reply.context.provider
        self._reply = reply
        self._model_name = reply.context.model
        self._timestamp = datetime.now(tz=UTC)
        self.tool_names: Mapping[str, str] = {}
        self._complete = False
        self._chars = 0
        self._parts = 0
        self._kept = 0
        self._noted: dict[str, int] = {}
        self._calls_begun: set[Hashable] = set()
        self._joiners: dict[Hashable, SurrogateJoiner] = {}
        self._splitter = ThinkSplitter(unopened=unopened_thoughts) if self.splits_think else None
        self._inner: AsyncGenerator[ModelResponseStreamEvent, None] | None = None

    # What a dialect implements.

    @abstractmethod
    def read(self, event: JsonEvent) -> Iterable[ModelResponseStreamEvent]:
        """What one event of the wire means. Unknown events and missing fields mean nothing; no event is an error."""

    # What a dialect calls.

    def ended(self, *, nothing_follows: bool = False) -> None:
        """The provider said that the answer is complete; what it may still send counts, unless nothing follows."""
        self._complete = True
        if nothing_follows:
            self._reply.finish()

    def note(self, **details: Any) -> None:
        """Keep further things that the provider said, in place of those before; None is nothing."""
        known = {name: sound(storable(value)) for name, value in details.items() if value is not None}
        for name, value in known.items():
            size = size_of(value)
            self.keep(size - self._noted.get(name, 0))
            self._noted[name] = size
        if known:
            self.vendor_details = {**(self.vendor_details or {}), **known}

    def note_one_more(self, name: str, value: Any) -> None:
        """Keep one more of the things that the provider said under a name."""
        self.keep(size_of(value))
        details = self.vendor_details = self.vendor_details or {}
        details.setdefault(name, []).append(sound(storable(value)))

    def keep(self, size: int) -> None:
        """Count what is kept beside the words of the answer, in characters.

        Raises:
            ModelAPIError: it is too much.
        """
        self._kept += size
        if self._kept > self._reply.policy.reply_limit_chars:
            raise self._too_much()

    def error(self, value: Any, name: str = "") -> ModelAPIError:
        """The error that an error object, or an exception of the framing by that name, stands for."""
        if self._reply.request_id and isinstance(value, dict):
            value = {"request_id": self._reply.request_id, **value}
        named = {"type": name, **value} if isinstance(value, dict) and name else value
        return event_error(self.context, named, self._reply.status)

    def identify(self, value: Mapping[str, Any], id_key: str = "id", model_key: str = "model") -> None:
        """Keep the response's id and the model's exact name, if the object has them."""
        self.provider_response_id = self.provider_response_id or sound(as_text(value.get(id_key))) or None
        self._model_name = sound(as_text(value.get(model_key))) or self._model_name

    def text(self, content: str, slot: Hashable | None = None, **details: Any) -> Events:
        """Text of the answer, as a delta."""
        content = self._joined(("text", slot), content)
        if details:
            self.keep(size_of(details))
        if self._splitter is not None:
            yield from self._split(self._splitter.push(content))
        elif content or details:
            yield self._parts_manager.handle_text_delta(vendor_part_id=slot, content=content, **sound(details))

    def searched(self, query: str) -> None:
        """Keep, once, what the provider has searched the web for."""
        known = (self.vendor_details or {}).get("searches", ())
        if query and len(known) < _MOST_SEARCHES and query not in known:
            self.note_one_more("searches", query)

    def cite(
        self, url: str, title: str, start: int | None = None, end: int | None = None, slot: Hashable | None = None
    ) -> None:
        """Keep a page that a text cites, by the text's slot, or with None the last text; see `Citation`.

        Places that are none, as some servers send them, are left out.
        """
        if url:
            known = start is not None and end is not None and 0 <= start < end
            place = (start, end) if known else (None, None)
            if self._parts_manager.add_citation(slot, Citation(sound(url), sound(title), *place)):
                self.keep(size_of([url, title]))

    def thinking(self, content: str, slot: Hashable | None = None, **details: Any) -> Events:
        """Thoughts, as a delta, or the signature on them."""
        if content and self._splitter is not None:
            yield from self._split(self._splitter.settle())
        yield from self._thoughts(self._joined(("thinking", slot), content), slot, **details)

    def tool_call(
        self, slot: Hashable, name: str | None = None, args: str | dict[str, Any] | None = None, call_id: str = ""
    ) -> Events:
        """A piece of a tool call; one that begins without an id gets one."""
        if self._splitter is not None:
            yield from self._split(self._splitter.settle())
        if slot not in self._calls_begun:
            self._calls_begun.add(slot)
            self._count_part()
            call_id = call_id or f"call_{uuid.uuid4().hex}"
        if name or call_id or isinstance(args, dict):
            self.keep(size_of([name, call_id, args if isinstance(args, dict) else None]))
        if isinstance(args, str):
            args = self._joined(("args", slot), args)
        event = self._parts_manager.handle_tool_call_delta(
            vendor_part_id=slot, tool_name=self._real(name), args=sound(args), tool_call_id=sound(call_id) or None
        )
        if event is None:  # it has no name yet
            self.keep(size_of(args))
        else:
            yield event

    def whole_tool_call(
        self, slot: Hashable, name: str, args: str | dict[str, Any], call_id: str = "", **details: Any
    ) -> Events:
        """A tool call that came at once; without an id it gets one."""
        if self._splitter is not None:
            yield from self._split(self._splitter.settle())
        self.keep(size_of([name, call_id, details, args if isinstance(args, dict) else None]))
        yield self._parts_manager.handle_tool_call_part(
            vendor_part_id=slot,
            tool_name=self._real(name) or "",
            args=sound(args),
            tool_call_id=sound(call_id) or f"call_{uuid.uuid4().hex}",
            **sound(details),
        )

    def _real(self, name: str | None) -> str | None:
        return self.tool_names.get(name, sound(name)) if name else name

    def _thoughts(self, content: str, slot: Hashable | None, **details: Any) -> Events:
        if details:
            self.keep(size_of(details))
        if content or details:
            yield self._parts_manager.handle_thinking_delta(
                vendor_part_id=slot, content=content or None, **{**self.origin(), **sound(details)}
            )

    def _split(self, pieces: list[Piece]) -> Events:
        for kind, content in pieces:
            match kind:
                case "text":
                    yield self._parts_manager.handle_text_delta(vendor_part_id=None, content=content)
                case "thought":
                    yield from self._thoughts(content, None)
                case "turn":
                    yield self._parts_manager.handle_text_as_thinking(content=content, **self.origin())

    def origin(self) -> dict[str, Any]:
        """What thoughts are marked with, so that only the model that had them gets them back."""
        return {"provider_name": self.context.provider, "provider_details": {"model": self.context.model}}

    def _joined(self, slot: Hashable, content: str) -> str:
        if not content:
            return ""
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
        except ModelAPIError as error:
            self.charge(error)
            raise
        self._event_iterator = self._from(first, self._inner)

    def charge(self, error: ModelAPIError) -> None:
        """Tell in an error what the provider has counted before it."""
        if self._usage.request_tokens is not None:
            error.usage = self._usage.copy()

    async def _from(
        self, first: list[ModelResponseStreamEvent], rest: AsyncGenerator[ModelResponseStreamEvent, None]
    ) -> AsyncGenerator[ModelResponseStreamEvent, None]:
        for event in first:
            yield event
        async with aclosing(rest):
            async for event in rest:
                yield event

    @override
    def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        return self._events()

    async def _events(self) -> AsyncGenerator[ModelResponseStreamEvent, None]:
        self._reply.words_awaited()
        async with aclosing(self._reply), aclosing(self._reply.events()) as events:
            async for event in events:
                if event.is_end:
                    self._complete = True
                    continue
                for part in self.read(event):
                    yield self._counted(part)
                if is_error(event.value) or event.is_exception or event.name == "error":
                    raise self.error(event.value, event.name)
                if event.is_whole and not self._complete and not self._chars:
                    raise self._reply.not_an_answer(event.value)
        if self._complete:  # else what is held back is half a tag or half an emoji
            for part in self._rest():
                yield part
        self.note(skipped_events=self._reply.skipped_events or None, request_id=self._reply.request_id or None)
        if self._reply.skipped_events and not self._chars and not self._parts_manager.get_parts():
            raise self.context.error("malformed", f"{self.context.label} sent nothing but events that are not JSON.")
        if not self._complete:
            place = "in the middle of the answer" if self._chars else "before the first word"
            raise self.context.error(
                "stream_cut",
                f"{self.context.label} stopped {place}.",
                request_id=self._reply.request_id,
            )

    def _rest(self) -> Events:
        for slot, joiner in self._joiners.items():
            rest = joiner.flush()
            if rest and isinstance(slot, tuple) and slot[0] != "args":
                kind, part = slot
                yield from self._thoughts(rest, part) if kind == "thinking" else self._ending(rest, part)
        if self._splitter is not None:
            yield from self._split(self._splitter.flush())

    def _ending(self, rest: str, slot: Hashable | None) -> Events:
        if self._splitter is not None:
            yield from self._split(self._splitter.push(rest))
        else:
            yield self._parts_manager.handle_text_delta(vendor_part_id=slot, content=rest)

    def _counted(self, event: ModelResponseStreamEvent) -> ModelResponseStreamEvent:
        visible = _size(event)
        if visible:  # a signature, or a fragment without text, is nothing that anybody waits for
            self._reply.content_arrived()
        if isinstance(event, PartStartEvent):
            self._count_part()
        self._chars += visible
        if self._chars > self._reply.policy.reply_limit_chars:
            raise self._too_much()
        return event

    def _count_part(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise self.context.error("limit", f"The answer of {self.context.label} has too many parts and was stopped.")

    def _too_much(self) -> ModelAPIError:
        megabytes = self._reply.policy.reply_limit_chars >> 20
        return self.context.error("limit", f"The answer of {self.context.label} passed {megabytes} MB and was stopped.")

    @override
    async def aclose(self) -> None:
        """Stop reading and close the HTTP response at once."""
        try:
            await super().aclose()
            if self._inner is not None:
                await self._inner.aclose()
        finally:  # who is stopped in between leaves no connection open either
            await self._reply.aclose()

    @property
    @override
    def model_name(self) -> str:
        """The model's exact name as the provider gives it, or the one that was asked for."""
        return self._model_name

    @property
    @override
    def timestamp(self) -> datetime:
        return self._timestamp


def _size(event: ModelResponseStreamEvent) -> int:
    match event:
        case PartStartEvent(part=part):
            content = getattr(part, "content", None) or getattr(part, "args", None) or getattr(part, "tool_name", None)
        case PartDeltaEvent(delta=delta):
            content = getattr(delta, "content_delta", None) or getattr(delta, "args_delta", None)
    return len(content) if isinstance(content, str) else bool(content)
