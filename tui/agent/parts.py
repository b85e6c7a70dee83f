"""Puts the deltas of a stream together to whole parts. Knows no provider: adapters say what came, it says what changed.

Pieces of text are kept in lists and joined when somebody asks, so that a token costs the same at the end of a long
answer as at its start.
"""

from collections.abc import Hashable
from typing import Any, TypeVar

from tui.agent.exceptions import UnexpectedModelBehavior
from tui.agent.messages import (
    Citation,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)

__all__ = ["ModelResponsePartsManager"]


class _Pieces:
    """A text that grows."""

    def __init__(self, first: str) -> None:
        self._pieces = [first]

    def add(self, piece: str) -> None:
        self._pieces.append(piece)

    def joined(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0]


class _GrowingText:
    kind = "text"

    def __init__(self, content: str, part_id: str | None, provider_name: str | None) -> None:
        self.content = _Pieces(content)
        self.id = part_id
        self.provider_name = provider_name
        self.provider_details: dict[str, Any] | None = None
        self.citations: dict[Citation, None] = {}

    def part(self) -> TextPart:
        return TextPart(
            self.content.joined(),
            citations=list(self.citations) or None,
            id=self.id,
            provider_name=self.provider_name,
            provider_details=self.provider_details,
        )


class _GrowingThinking:
    kind = "thinking"

    def __init__(self, content: str, part_id: str | None) -> None:
        self.content = _Pieces(content)
        self.id = part_id
        self.signature: str | None = None
        self.provider_name: str | None = None
        self.provider_details: dict[str, Any] | None = None

    def part(self) -> ThinkingPart:
        return ThinkingPart(
            self.content.joined(),
            self.id,
            self.signature,
            self.provider_name,
            provider_details=self.provider_details,
        )


class _GrowingCall:
    """A tool call; it becomes a part when its name and some arguments have come, be they empty."""

    kind = "tool call"

    def __init__(self) -> None:
        self.tool_name: str | None = None
        self.json_args: _Pieces | None = None
        self.dict_args: dict[str, Any] | None = None
        self.tool_call_id: str | None = None
        self.id: str | None = None
        self.provider_name: str | None = None
        self.provider_details: dict[str, Any] | None = None

    @property
    def whole(self) -> bool:
        return self.tool_name is not None and (self.json_args is not None or self.dict_args is not None)

    def apply(self, delta: ToolCallPartDelta) -> None:
        """Take a piece in; one that does not fit changes nothing."""
        self._check(delta)
        if delta.tool_name_delta:
            self.tool_name = (self.tool_name or "") + delta.tool_name_delta
        if isinstance(delta.args_delta, str):
            if self.json_args is None:
                self.json_args = _Pieces(delta.args_delta)
            else:
                self.json_args.add(delta.args_delta)
        elif delta.args_delta is not None:
            self.dict_args = {**(self.dict_args or {}), **delta.args_delta}
        self.tool_call_id = delta.tool_call_id or self.tool_call_id

    def _check(self, delta: ToolCallPartDelta) -> None:
        args, call_id = delta.args_delta, delta.tool_call_id
        mixed = self.dict_args is not None if isinstance(args, str) else args is not None and self.json_args is not None
        if mixed or (call_id and self.tool_call_id not in (None, call_id)):
            delta.apply(self.so_far())  # raises

    def so_far(self) -> ToolCallPart | ToolCallPartDelta:
        """The call, or what is there of it."""
        if self.whole:
            return self.part()
        args = self.json_args.joined() if self.json_args is not None else self.dict_args
        return ToolCallPartDelta(self.tool_name, args, self.tool_call_id)

    def part(self) -> ToolCallPart:
        args = self.json_args.joined() if self.json_args is not None else self.dict_args or {}
        return ToolCallPart(
            self.tool_name or "",
            args,
            self.tool_call_id,
            id=self.id,
            provider_name=self.provider_name,
            provider_details=self.provider_details,
        )


_Growing = _GrowingText | _GrowingThinking | _GrowingCall
_G = TypeVar("_G", _GrowingText, _GrowingThinking, _GrowingCall)


class ModelResponsePartsManager:
    """The parts of one response while it streams in.

    `vendor_part_id` says which part a delta belongs to: same id, same part. With None, text goes to the last part
    if that is text, thoughts likewise, and arguments without a name if that is a call; else a part begins.
    """

    def __init__(self) -> None:
        self._parts: list[_Growing] = []
        self._index_of: dict[Hashable, int] = {}

    def get_parts(self) -> list[ModelResponsePart]:
        """The parts so far, as new objects; a call whose name or arguments are still missing is not among them."""
        return [part.part() for part in self._parts if not isinstance(part, _GrowingCall) or part.whole]

    def handle_text_delta(
        self,
        *,
        vendor_part_id: Hashable | None,
        content: str,
        id: str | None = None,
        provider_name: str | None = None,
        provider_details: dict[str, Any] | None = None,
    ) -> ModelResponseStreamEvent:
        """Text has come.

        Args:
            vendor_part_id: see the class.
            content: the text; an empty one begins a part all the same.
            id: kept with the part; the first stays.
            provider_name: kept with the part.
            provider_details: kept with the part, merged with those before.

        Raises:
            UnexpectedModelBehavior: the part of that id is not text.
        """
        found = self._find(vendor_part_id, _GrowingText)
        if found is None:
            growing = _GrowingText(content, id, provider_name)
            growing.provider_details = provider_details
            return PartStartEvent(self._begin(vendor_part_id, growing), growing.part())
        index, growing = found
        growing.content.add(content)
        growing.id = growing.id or id
        growing.provider_name = provider_name or growing.provider_name
        growing.provider_details = _merged(growing.provider_details, provider_details)
        return PartDeltaEvent(index, TextPartDelta(content))

    def text_so_far(self, vendor_part_id: Hashable | None) -> str:
        """The text of a part, by its id, or with None of the last one that is text; "" when there is none."""
        found = self._cited(vendor_part_id)
        return found.content.joined() if found is not None else ""

    def add_citation(self, vendor_part_id: Hashable | None, citation: Citation) -> bool:
        """Add a page that a text cites, once; whether there is such a text, see `text_so_far`, and it was new."""
        found = self._cited(vendor_part_id)
        if found is None or citation in found.citations:
            return False
        found.citations[citation] = None
        return True

    def _cited(self, vendor_part_id: Hashable | None) -> _GrowingText | None:
        if vendor_part_id is None:
            return next((part for part in reversed(self._parts) if isinstance(part, _GrowingText)), None)
        found = self._find(vendor_part_id, _GrowingText)
        return found[1] if found is not None else None

    def handle_thinking_delta(
        self,
        *,
        vendor_part_id: Hashable | None,
        content: str | None = None,
        id: str | None = None,
        signature: str | None = None,
        provider_name: str | None = None,
        provider_details: dict[str, Any] | None = None,
    ) -> ModelResponseStreamEvent:
        """Thoughts have come, or the signature that closes them.

        Args:
            vendor_part_id: see the class.
            content: more thoughts, or None when only a signature came.
            id: the provider's id of the thoughts; the first stays.
            signature: replaces the one before.
            provider_name: who signs.
            provider_details: merged with those before.

        Raises:
            UnexpectedModelBehavior: the part of that id is no thinking.
        """
        found = self._find(vendor_part_id, _GrowingThinking)
        if found is None:
            growing = _GrowingThinking(content or "", id)
            index = self._begin(vendor_part_id, growing)
        else:
            index, growing = found
            if content:
                growing.content.add(content)
        growing.id = growing.id or id
        growing.signature = growing.signature if signature is None else signature
        growing.provider_name = provider_name or growing.provider_name
        growing.provider_details = _merged(growing.provider_details, provider_details)
        if found is None:
            return PartStartEvent(index, growing.part())
        return PartDeltaEvent(index, ThinkingPartDelta(content, signature, provider_name))

    def handle_text_as_thinking(
        self, *, content: str, provider_name: str | None = None, provider_details: dict[str, Any] | None = None
    ) -> PartStartEvent:
        """The last part's text turned out to be thoughts: they take its place.

        Args:
            content: what came of them since; without a text to replace, all of them.
            provider_name: whose thoughts they are.
            provider_details: kept with the part.
        """
        last = self._parts[-1] if self._parts else None
        text = last.content.joined() if isinstance(last, _GrowingText) else ""
        thoughts = _GrowingThinking(text + content, None)
        thoughts.provider_name, thoughts.provider_details = provider_name, provider_details
        if isinstance(last, _GrowingText):
            self._parts[-1] = thoughts
        else:
            self._begin(None, thoughts)
        return PartStartEvent(len(self._parts) - 1, thoughts.part())

    def handle_tool_call_delta(
        self,
        *,
        vendor_part_id: Hashable | None,
        tool_name: str | None,
        args: str | dict[str, Any] | None,
        tool_call_id: str | None,
        id: str | None = None,
        provider_name: str | None = None,
        provider_details: dict[str, Any] | None = None,
    ) -> ModelResponseStreamEvent | None:
        """A piece of a tool call has come.

        Args:
            vendor_part_id: see the class; with None, a `tool_name` begins a new call.
            tool_name: appended to the name so far.
            args: JSON text is appended, a dict is merged.
            tool_call_id: may come late, but may not change.
            id: kept with the part; the first stays.
            provider_name: kept with the part.
            provider_details: kept with the part, merged with those before.

        Returns:
            A start event once name and arguments are there, delta events from then on, None before.

        Raises:
            UnexpectedModelBehavior: the part of that id is no call, or the pieces do not fit together.
        """
        found = None if vendor_part_id is None and tool_name is not None else self._find(vendor_part_id, _GrowingCall)
        if found is None:
            growing = _GrowingCall()
            index = self._begin(vendor_part_id, growing)
        else:
            index, growing = found
        was_whole = growing.whole
        delta = ToolCallPartDelta(tool_name, args, tool_call_id)
        growing.apply(delta)
        growing.id = growing.id or id
        growing.provider_name = provider_name or growing.provider_name
        growing.provider_details = _merged(growing.provider_details, provider_details)
        if was_whole:
            return PartDeltaEvent(index, delta)
        return PartStartEvent(index, growing.part()) if growing.whole else None

    def handle_tool_call_part(
        self,
        *,
        vendor_part_id: Hashable | None,
        tool_name: str,
        args: str | dict[str, Any],
        tool_call_id: str | None = None,
        id: str | None = None,
        provider_name: str | None = None,
        provider_details: dict[str, Any] | None = None,
    ) -> ModelResponseStreamEvent:
        """A whole call has come; it replaces the part of that id, if there is one."""
        growing = _GrowingCall()
        growing.apply(ToolCallPartDelta(tool_name, args, tool_call_id))
        growing.id, growing.provider_name, growing.provider_details = id, provider_name, provider_details
        index = self._index_of.get(vendor_part_id) if vendor_part_id is not None else None
        if index is None:
            index = self._begin(vendor_part_id, growing)
        else:
            self._parts[index] = growing
        return PartStartEvent(index, growing.part())

    def _begin(self, vendor_part_id: Hashable | None, growing: _Growing) -> int:
        self._parts.append(growing)
        index = len(self._parts) - 1
        if vendor_part_id is not None:
            self._index_of[vendor_part_id] = index
        return index

    def _find(self, vendor_part_id: Hashable | None, kind: type[_G]) -> tuple[int, _G] | None:
        """The part to continue and its index, or None when one has to begin."""
        if vendor_part_id is None:
            last = self._parts[-1] if self._parts else None
            return (len(self._parts) - 1, last) if isinstance(last, kind) else None
        index = self._index_of.get(vendor_part_id)
        if index is None:
            return None
        part = self._parts[index]
        if not isinstance(part, kind):
            existing_part = part.so_far() if isinstance(part, _GrowingCall) else part.part()
            raise UnexpectedModelBehavior(f"Cannot apply a {kind.kind} delta to {existing_part=}")
        return index, part


def _merged(details: dict[str, Any] | None, more: dict[str, Any] | None) -> dict[str, Any] | None:
    return details if more is None else {**(details or {}), **more}
