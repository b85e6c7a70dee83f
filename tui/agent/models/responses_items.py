"""Which item of a response an event of the Responses API speaks of, though servers give one item several ids.

OpenAI names an item by its id throughout. OpenRouter, vLLM, LiteLLM and mistral.rs give it another one in
`output_item.done`, in `response.completed`, or with every delta, and a call another `call_id` as well; llama.cpp sends
no `output_index`; some count the index wrong by one, or give all items the same. Knows no parts and no text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.agent.wire.json import as_object, as_text


@dataclass(slots=True, eq=False)
class OutputItem:
    """An item as far as it has come.

    Attributes:
        number: of this item in the response, in the order in which items began.
        kind: its `type`, such as "message", "reasoning" or "function_call".
        index: its `output_index`, or None where the server sends none.
        ids: every `id` and `call_id` that it went by.
        name: of the function, for a call.
        call_id: of a call, as it was first told; "" until then.
        pieces: the deltas.
        channel: for thoughts, whether their "summary" or their "text" is shown; "" until some came.
        finished: it came whole.
        signed: for thoughts, whether their `encrypted_content` came.
    """

    number: int
    kind: str
    index: int | None
    ids: set[str] = field(default_factory=set)
    name: str = ""
    call_id: str = ""
    pieces: list[str] = field(default_factory=list)
    channel: str = ""
    finished: bool = False
    signed: bool = False

    @property
    def streamed(self) -> str:
        """What its deltas say so far."""
        return "".join(self.pieces)

    def learn(self, value: dict[str, Any]) -> None:
        """Take over the ids and the name from an item of the wire."""
        call_id = as_text(value.get("call_id"))
        self.ids |= {one for one in (as_text(value.get("id")), call_id) if one}
        self.call_id = self.call_id or call_id
        self.name = self.name or as_text(value.get("name"))

    def may_be(self, value: dict[str, Any]) -> bool:
        """Whether an item of the wire is of the same kind, and calls the same function."""
        name = as_text(value.get("name"))
        return as_text(value.get("type")) == self.kind and (not name or not self.name or name == self.name)

    def has_id_of(self, value: dict[str, Any]) -> bool:
        """Whether it went by one of the ids of an item of the wire."""
        return bool(self.ids & {as_text(value.get("id")), as_text(value.get("call_id"))})


class OutputItems:
    """The items of one response."""

    def __init__(self) -> None:
        self._items: list[OutputItem] = []

    @property
    def calls(self) -> int:
        """How many functions are called."""
        return sum(item.kind == "function_call" for item in self._items)

    def of_delta(self, kind: str, event: dict[str, Any]) -> OutputItem:
        """The item of that kind that a delta continues; a new one if there is none."""
        item_id, index = as_text(event.get("item_id")), _index(event)
        ours = [item for item in self._items if item.kind == kind]
        found = [item for item in ours if item_id in item.ids]
        if not found:
            found = [item for item in ours if (item.index == index if index is not None else not item.finished)]
        item = found[-1] if found else self._begin(kind, index)
        item.ids |= {item_id} if item_id else set()
        return item

    def begun(self, event: dict[str, Any]) -> OutputItem:
        """The item that `output_item.added` tells of; the index of a finished item, or of another call, is reused."""
        value, index = as_object(event.get("item")), _index(event)
        call_id = as_text(value.get("call_id"))
        candidates = [item for item in self._items if item.may_be(value) and not item.finished]
        found = [item for item in candidates if item.has_id_of(value)] or [
            item
            for item in candidates
            if index is not None and item.index == index and (not call_id or item.call_id in ("", call_id))
        ]
        return self._learned(found, value, index)

    def done(self, event: dict[str, Any]) -> OutputItem:
        """The item that `output_item.done` tells of; it may have been finished before, or be new."""
        value, index = as_object(event.get("item")), _index(event)
        candidates = [item for item in self._items if item.may_be(value)]
        found = [item for item in candidates if item.has_id_of(value)]
        if not found and index is not None:
            at_index = [item for item in candidates if item.index == index]
            found = [item for item in at_index if not item.finished] or [
                item for item in at_index if item.kind != "function_call" or item.streamed == value.get("arguments")
            ]
        elif not found:
            found = [item for item in candidates if not item.finished]
        return self._learned(found, value, index)

    def whole(self, output: Sequence[Any]) -> list[tuple[OutputItem, dict[str, Any]]]:
        """The items of a whole response, each with the one that streamed before, or a new one.

        Those that went by the same id are the same; then those whose place is the index that was streamed; then, for
        servers that leave items out at the end, those of one kind in their order.
        """
        values = [as_object(value) for value in output]
        rules: tuple[Callable[[OutputItem, int], bool], ...] = (
            lambda item, place: item.has_id_of(values[place]),
            lambda item, place: item.index == place,
            lambda item, place: True,
        )
        left = list(self._items)
        found: dict[int, OutputItem] = {}
        for rule in rules:
            for place, value in enumerate(values):
                if place not in found and (
                    same := next((item for item in left if item.may_be(value) and rule(item, place)), None)
                ):
                    found[place] = same
                    left.remove(same)
        return [
            (self._learned([found[place]] if place in found else [], value, place), value)
            for place, value in enumerate(values)
        ]

    def _learned(self, found: Sequence[OutputItem], value: dict[str, Any], index: int | None) -> OutputItem:
        item = found[0] if found else self._begin(as_text(value.get("type")), index)
        item.learn(value)
        return item

    def _begin(self, kind: str, index: int | None) -> OutputItem:
        item = OutputItem(len(self._items), kind, index)
        self._items.append(item)
        return item


def _index(event: dict[str, Any]) -> int | None:
    index = event.get("output_index")
    return index if isinstance(index, int) else None
