"""Messages under each other: rows must belong to the right message, and a change of one must not draw the others."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.transcript.layout import TranscriptLayout
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.row import Row
from tui.chat.message_parts import TextContent, ThinkingContent


def message(number: int, lines: int = 3) -> TranscriptMessage:
    text = TextContent("\n\n".join(f"message {number} line {line}" for line in range(lines)))
    return TranscriptMessage(f"m{number}", "reply", (ThinkingContent("hm"), text), model="m")


def layout_of(count: int) -> TranscriptLayout:
    layout = TranscriptLayout()
    layout.load([message(number) for number in range(count)])
    return layout


def drawn(layout: TranscriptLayout) -> dict[str, list[Row]]:
    """Every row of every message, by the message's id."""
    while layout.make_exact(0, layout.height, 0)[1]:
        pass
    return {rows.message.id: [rows.row(number) for number in range(rows.height)] for rows in layout.messages}


CHANGES: dict[str, Callable[[TranscriptLayout], object]] = {
    "insert": lambda layout: layout.insert(2, message(9)),
    "remove": lambda layout: layout.remove(2),
    "replace": lambda layout: layout.replace(2, message(9, lines=7)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_one_message_draws_no_other_one(change: str) -> None:
    layout = layout_of(6)
    before = drawn(layout)
    CHANGES[change](layout)
    after = drawn(layout)
    others = [id for id in before if id in after]
    assert len(others) >= 5
    for id in others:
        assert all(new is old for new, old in zip(after[id], before[id], strict=True)), "rows were drawn again"


operations = st.lists(
    st.tuples(st.sampled_from(["insert", "remove", "replace"]), st.integers(0, 99), st.integers(1, 9)), max_size=25
)


@given(operations)
def test_after_any_changes_it_is_as_if_it_had_been_loaded_like_that(changes: list[tuple[str, int, int]]) -> None:
    layout, expected = layout_of(4), [message(number) for number in range(4)]
    for number, (kind, place, lines) in enumerate(changes, 10):
        if kind == "insert":
            index = place % (len(expected) + 1)
            layout.insert(index, message(number, lines))
            expected.insert(index, message(number, lines))
        elif expected:
            index = place % len(expected)
            if kind == "remove":
                layout.remove(index)
                del expected[index]
            else:
                layout.replace(index, message(number, lines))
                expected[index] = message(number, lines)
        layout.locate(layout.height - 1)  # as a view does between the changes
    assert [layout.find(one.id) for one in expected] == list(range(len(expected)))
    loaded = TranscriptLayout()
    loaded.load(expected)
    assert drawn(layout) == drawn(loaded)
    assert layout.height == loaded.height
    assert [layout.locate(row) for row in range(layout.height)] == [loaded.locate(row) for row in range(loaded.height)]


def test_what_is_not_shown_is_not_found() -> None:
    layout = layout_of(2)
    layout.remove(0)
    assert layout.find("m0") is None
    assert layout.find(None) is None
    layout.load([])
    assert layout.find("m1") is None
    assert layout.height == 0
