"""Putting a stream's deltas together: a piece in the wrong part is a garbled answer or a wrong tool call."""

import time
from typing import Any

import pytest

from tui.agent.exceptions import UnexpectedModelBehavior
from tui.agent.messages import (
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)
from tui.agent.parts import ModelResponsePartsManager


@pytest.fixture
def manager() -> ModelResponsePartsManager:
    return ModelResponsePartsManager()


def _call(
    manager: ModelResponsePartsManager, part: Any, name: Any = None, args: Any = None, call_id: Any = None
) -> Any:
    return manager.handle_tool_call_delta(vendor_part_id=part, tool_name=name, args=args, tool_call_id=call_id)


@pytest.mark.parametrize("part", ["content", None])
def test_text_starts_and_grows(manager: ModelResponsePartsManager, part: str | None) -> None:
    assert manager.handle_text_delta(vendor_part_id=part, content="") == PartStartEvent(0, TextPart(""))
    assert manager.handle_text_delta(vendor_part_id=part, content="Hel") == PartDeltaEvent(0, TextPartDelta("Hel"))
    assert manager.handle_text_delta(vendor_part_id=part, content="lo") == PartDeltaEvent(0, TextPartDelta("lo"))
    assert manager.get_parts() == [TextPart("Hello")]


def test_a_start_event_keeps_what_it_said(manager: ModelResponsePartsManager) -> None:
    started = manager.handle_text_delta(vendor_part_id=None, content="a")
    manager.handle_text_delta(vendor_part_id=None, content="b")
    assert started == PartStartEvent(0, TextPart("a"))


def test_ids_keep_two_texts_apart(manager: ModelResponsePartsManager) -> None:
    manager.handle_text_delta(vendor_part_id=1, content="one")
    manager.handle_text_delta(vendor_part_id=2, content="two")
    assert manager.handle_text_delta(vendor_part_id=1, content="!") == PartDeltaEvent(0, TextPartDelta("!"))
    assert manager.get_parts() == [TextPart("one!"), TextPart("two")]


def test_without_an_id_text_after_a_call_is_a_new_part(manager: ModelResponsePartsManager) -> None:
    manager.handle_text_delta(vendor_part_id=None, content="a")
    _call(manager, None, "t", "{}")
    assert manager.handle_text_delta(vendor_part_id=None, content="b") == PartStartEvent(2, TextPart("b"))


def test_what_the_provider_wants_back_stays_with_the_text(manager: ModelResponsePartsManager) -> None:
    manager.handle_text_delta(vendor_part_id=0, content="a", id="i", provider_name="p", provider_details={"x": 1})
    manager.handle_text_delta(vendor_part_id=0, content="b", id="j", provider_details={"y": 2})
    (part,) = manager.get_parts()
    assert isinstance(part, TextPart)
    assert (part.content, part.id, part.provider_name, part.provider_details) == ("ab", "i", "p", {"x": 1, "y": 2})


def test_thoughts_grow_and_get_their_signature(manager: ModelResponsePartsManager) -> None:
    assert manager.handle_thinking_delta(vendor_part_id=0, content="H") == PartStartEvent(0, ThinkingPart("H"))
    assert manager.handle_thinking_delta(vendor_part_id=0, content="m") == PartDeltaEvent(0, ThinkingPartDelta("m"))
    signed = manager.handle_thinking_delta(vendor_part_id=0, signature="s", provider_name="p")
    assert signed == PartDeltaEvent(0, ThinkingPartDelta(None, "s", "p"))
    assert manager.get_parts() == [ThinkingPart("Hm", None, "s", "p")]


def test_thoughts_may_be_nothing_but_a_signature(manager: ModelResponsePartsManager) -> None:
    event = manager.handle_thinking_delta(vendor_part_id=None, signature="sealed", id="i", provider_details={"x": 1})
    assert event == PartStartEvent(0, ThinkingPart("", "i", "sealed"))
    (part,) = manager.get_parts()
    assert isinstance(part, ThinkingPart)
    assert part.provider_details == {"x": 1}


def test_without_an_id_thoughts_go_on_in_the_last_part(manager: ModelResponsePartsManager) -> None:
    manager.handle_thinking_delta(vendor_part_id=None, content="a")
    manager.handle_thinking_delta(vendor_part_id=None, content="b")
    manager.handle_text_delta(vendor_part_id=None, content="t")
    manager.handle_thinking_delta(vendor_part_id=None, content="c")
    assert manager.get_parts() == [ThinkingPart("ab"), TextPart("t"), ThinkingPart("c")]


def test_a_call_is_a_part_once_it_has_name_and_arguments(manager: ModelResponsePartsManager) -> None:
    assert _call(manager, 0, "t") is None
    assert manager.get_parts() == []
    assert _call(manager, 0, None, "") == PartStartEvent(0, ToolCallPart("t", ""))
    assert _call(manager, 0, None, "{}", "i") == PartDeltaEvent(0, ToolCallPartDelta(None, "{}", "i"))
    assert manager.get_parts() == [ToolCallPart("t", "{}", "i")]


def test_an_unfinished_call_holds_its_place(manager: ModelResponsePartsManager) -> None:
    _call(manager, "a", "t")
    assert manager.handle_text_delta(vendor_part_id="b", content="x") == PartStartEvent(1, TextPart("x"))
    assert _call(manager, "a", None, "{}") == PartStartEvent(0, ToolCallPart("t", "{}"))
    assert manager.get_parts() == [ToolCallPart("t", "{}"), TextPart("x")]


def test_two_calls_may_be_streamed_in_turns(manager: ModelResponsePartsManager) -> None:
    _call(manager, 0, "a", '{"x"', "i")
    _call(manager, 1, "b", '{"y"', "j")
    _call(manager, 0, None, ":1}")
    _call(manager, 1, None, ":2}")
    assert manager.get_parts() == [ToolCallPart("a", '{"x":1}', "i"), ToolCallPart("b", '{"y":2}', "j")]


def test_without_an_id_a_name_begins_a_new_call(manager: ModelResponsePartsManager) -> None:
    _call(manager, None, "a", "{")
    _call(manager, None, None, "}")
    _call(manager, None, "b", "{}")
    assert manager.get_parts() == [ToolCallPart("a", "{}"), ToolCallPart("b", "{}")]


def test_a_name_may_come_in_pieces_and_arguments_as_dicts(manager: ModelResponsePartsManager) -> None:
    _call(manager, 0, "get_")
    _call(manager, 0, "city", {"a": 1})
    _call(manager, 0, None, {"b": 2})
    assert manager.get_parts() == [ToolCallPart("get_city", {"a": 1, "b": 2})]


def test_a_whole_call_begins_a_part_or_replaces_one(manager: ModelResponsePartsManager) -> None:
    first = manager.handle_tool_call_part(vendor_part_id=0, tool_name="t", args={"a": 1}, tool_call_id="i")
    assert first == PartStartEvent(0, ToolCallPart("t", {"a": 1}, "i"))
    again = manager.handle_tool_call_part(vendor_part_id=0, tool_name="t", args={"a": 2}, provider_details={"s": 1})
    assert again == PartStartEvent(0, ToolCallPart("t", {"a": 2}))
    other = manager.handle_tool_call_part(vendor_part_id=None, tool_name="u", args="{}")
    assert other == PartStartEvent(1, ToolCallPart("u", "{}"))
    part = manager.get_parts()[0]
    assert isinstance(part, ToolCallPart)
    assert part.provider_details == {"s": 1}


def test_what_the_provider_wants_back_stays_with_the_call(manager: ModelResponsePartsManager) -> None:
    manager.handle_tool_call_delta(
        vendor_part_id=0, tool_name="t", args=None, tool_call_id=None, id="i", provider_name="p"
    )
    manager.handle_tool_call_delta(
        vendor_part_id=0, tool_name=None, args="{}", tool_call_id=None, id="j", provider_details={"x": 1}
    )
    (part,) = manager.get_parts()
    assert isinstance(part, ToolCallPart)
    assert (part.id, part.provider_name, part.provider_details) == ("i", "p", {"x": 1})


PART = "part=ToolCallPart(tool_name='{name}', args={args!r}, tool_call_id={id!r}, part_kind='tool-call')"
SELF = "self=ToolCallPartDelta(tool_name_delta={name!r}, args_delta={args!r}, tool_call_id={id!r}, "
SELF += "part_delta_kind='tool_call')"


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        (
            {"name": "t", "args": "{"},
            {"args": {"a": 1}},
            "Cannot apply dict deltas to non-dict tool arguments "
            f"({PART.format(name='t', args='{', id=None)}, {SELF.format(name=None, args={'a': 1}, id=None)})",
        ),
        (
            {"name": "t", "args": {"a": 1}},
            {"args": "{"},
            "Cannot apply JSON deltas to non-JSON tool arguments "
            f"({PART.format(name='t', args={'a': 1}, id=None)}, {SELF.format(name=None, args='{', id=None)})",
        ),
        (
            {"name": "t", "args": "{", "call_id": "i"},
            {"name": "u", "args": "}", "call_id": "j"},
            "Cannot apply a new tool_call_id to a ToolCallPartDelta that already has one "
            f"({PART.format(name='tu', args='{}', id='i')}, {SELF.format(name='u', args='}', id='j')})",
        ),
        (
            {"args": {"a": 1}},
            {"args": "{"},
            "Cannot apply JSON deltas to non-JSON tool arguments "
            f"({SELF.format(name=None, args={'a': 1}, id=None).replace('self', 'delta')}, "
            f"{SELF.format(name=None, args='{', id=None)})",
        ),
    ],
)
def test_pieces_of_a_call_that_do_not_fit_are_refused_as_in_0_0_40(
    manager: ModelResponsePartsManager, first: dict[str, Any], then: dict[str, Any], message: str
) -> None:
    _call(manager, 0, **first)
    before = manager.get_parts()
    with pytest.raises(UnexpectedModelBehavior) as caught:
        _call(manager, 0, **then)
    assert str(caught.value) == message
    assert manager.get_parts() == before


def test_a_delta_for_a_part_of_another_kind_is_refused(manager: ModelResponsePartsManager) -> None:
    manager.handle_text_delta(vendor_part_id=0, content="x")
    _call(manager, 1, "t", "{}")
    with pytest.raises(UnexpectedModelBehavior, match=r"^Cannot apply a tool call delta to existing_part=TextPart\("):
        _call(manager, 0, "t", "{}")
    with pytest.raises(UnexpectedModelBehavior, match=r"^Cannot apply a text delta to existing_part=ToolCallPart\("):
        manager.handle_text_delta(vendor_part_id=1, content="x")
    with pytest.raises(UnexpectedModelBehavior, match=r"^Cannot apply a thinking delta to existing_part=TextPart\("):
        manager.handle_thinking_delta(vendor_part_id=0, content="x")


def test_a_token_costs_the_same_at_the_end_of_a_long_answer() -> None:
    def cost(tokens: int) -> float:
        manager = ModelResponsePartsManager()
        started = time.process_time()
        for _ in range(tokens):
            manager.handle_text_delta(vendor_part_id="content", content="token ")
        elapsed = time.process_time() - started
        (part,) = manager.get_parts()
        assert isinstance(part, TextPart) and len(part.content) == 6 * tokens
        return elapsed / tokens

    short = min(cost(2_000) for _ in range(3))
    long = min(cost(40_000) for _ in range(2))
    assert long < 5 * short
