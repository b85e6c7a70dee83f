"""A long chat opens without making its messages: they must stand where they would, whoever looks at them first."""

from dataclasses import replace
from itertools import product

import pytest

from tui.app.transcript import tool_text, unmade
from tui.app.transcript.layout import TranscriptLayout
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.message_rows import MessageRows
from tui.app.transcript.row_cache import RowCache
from tui.chat.message_parts import (
    AttachmentContent,
    MessageContent,
    NoticeContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)

CALL = ToolCallContent("1", "read_file", '{"path": "a.py"}', "x = 1", "done", 0.3)
CODE = TextContent("Look:\n\n```python\n" + "x = 1\n" * 60 + "```\n\nSo it is.")
PARTS: tuple[MessageContent, ...] = (
    TextContent(""),
    TextContent("A word, " * 90),
    CODE,
    ThinkingContent(""),
    ThinkingContent("hm\nhm"),
    CALL,
    replace(CALL, arguments="{}", result="", state="interrupted"),
)
FILE = AttachmentContent("a.png", "image/png", 5, "ab")


def message(parts: tuple[MessageContent, ...], kind: str = "reply") -> TranscriptMessage:
    return TranscriptMessage("r", "prompt" if kind == "prompt" else "reply", parts, model="m")


def rows_of(shown: TranscriptMessage, column: int = 60) -> MessageRows:
    return MessageRows(shown, RowCache(), column, 0.0)


@pytest.mark.parametrize("kind", ["prompt", "reply"])
@pytest.mark.parametrize("column", [20, 60, 100])
def test_it_is_as_high_before_its_rows_are_made_as_after(kind: str, column: int) -> None:
    for parts in [(), *product(PARTS, repeat=1), *product(PARTS, repeat=2), *product(PARTS, repeat=3)]:
        rows = rows_of(message(parts, kind), column)
        height, source, sources = rows.height, rows.source, rows.sources
        assert not rows.made
        assert len(rows.parts) == len(parts)
        assert (rows.height, rows.source, rows.sources) == (height, source, sources), parts


def test_after_another_width_and_in_another_place_among_those_beside_it_too() -> None:
    rows, as_before = rows_of(message(PARTS)), rows_of(message(PARTS))
    assert as_before.parts
    for one in (rows, as_before):
        one.resize(30, 1.0)
        one.update(replace(one.message, branch=(2, 3)), 1.0)
    assert not rows.made
    assert rows.height == as_before.height
    assert rows.row(0).text == as_before.row(0).text
    assert "‹2/3›" in rows.row(0).text


@pytest.mark.parametrize(
    "shown",
    [
        message((FILE,), "prompt"),
        message((replace(CALL, files=(FILE,)),)),
        message((NoticeContent("Noted. " * 30),)),
        replace(message(PARTS), state="interrupted"),
        replace(message(PARTS), note="cut off"),
        replace(message(()), state="streaming"),
        TranscriptMessage("s", "switch", model="m", previous_model="n"),
    ],
)
def test_what_only_its_rows_tell_is_made_at_once(shown: TranscriptMessage) -> None:
    assert rows_of(shown).made


def test_one_that_becomes_such_is_made_then() -> None:
    rows = rows_of(message(PARTS))
    rows.update(replace(rows.message, note="cut off"), 1.0)
    assert rows.made
    assert any("cut off" in rows.row(number).text for number in range(rows.height))


def test_of_a_long_chat_only_what_is_looked_at_is_made() -> None:
    layout = TranscriptLayout()
    layout.load([replace(message((CODE,)), id=str(number)) for number in range(500)])
    while layout.make_exact(layout.height - 40, layout.height, 0)[1]:
        pass
    assert layout.messages[-1].made
    assert {rows.made for rows in layout.messages[:-40]} == {False}
    before = layout.start(100)
    assert layout.messages[50].parts  # as a search does that found something there
    assert layout.start(100) == before


def test_find_lays_out_a_call_once_however_many_letters_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[ToolCallContent] = []
    real = tool_text.call_sources

    def noted(call: ToolCallContent) -> list[str]:
        laid_out.append(call)
        return real(call)

    monkeypatch.setattr(unmade, "call_sources", noted)
    rows = rows_of(message((CALL,)))
    assert rows.sources == rows.sources and not rows.made
    assert laid_out == [CALL]
