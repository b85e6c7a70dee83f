"""A message made of parts: each must be there, in its place, under its own clock, and folded as the reader left it."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import pytest

from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.message_rows import MessageRows
from tui.app.transcript.openables import has_outputs, outputs
from tui.app.transcript.row_cache import RowCache
from tui.chat.message_parts import (
    AttachmentContent,
    MessageContent,
    NoticeContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)
from tui.chat.replies.events import Failure, Waiting

LIVE = TranscriptMessage("r", "reply", model="m", state="streaming", started=100.0)
CALL = ToolCallContent("1", "read_file", '{"path": "a.py"}', "x = 1", "done", 0.3)


def rows_of(message: TranscriptMessage, now: float = 100.0) -> MessageRows:
    return MessageRows(message, RowCache(), 60, now)


def reply(*parts: MessageContent) -> TranscriptMessage:
    return TranscriptMessage("r", "reply", parts, model="m")


def texts(rows: MessageRows) -> list[str]:
    while rows.make_exact(0, 1 << 30, 0)[1]:
        pass
    return [rows.row(number).text for number in range(rows.height)]


def drawn(rows: MessageRows, now: float) -> list[str]:
    rows.advance(inf, now)
    return texts(rows)


def test_parts_stand_in_the_order_in_which_they_came() -> None:
    thoughts, notice = ThinkingContent("hm", 1.8, 9), NoticeContent("Noted.")
    assert texts(rows_of(reply(TextContent("First."), thoughts, CALL, TextContent("Last."), notice)))[1:] == [
        "",
        "First.",
        "",
        "▸ thought for 1.8s · 9 tok",
        "▸ ✓ read_file  a.py  0.3s",
        "",
        "Last.",
        "",
        "Noted.",
    ]


def test_texts_around_a_tool_call_are_not_glued_together() -> None:
    rows = rows_of(reply(TextContent("- one"), CALL, TextContent("- two")))
    assert texts(rows)[2:] == ["• one", "", "▸ ✓ read_file  a.py  0.3s", "", "• two"]
    assert rows.source == "- one\n\n- two"


def test_a_prompt_shows_its_files_and_then_its_words_as_they_were_typed() -> None:
    parts = (AttachmentContent("a.png", "image/png", 1_234), TextContent("# not a heading"))
    assert texts(rows_of(TranscriptMessage("p", "prompt", parts))) == ["you", "@ a.png  1.2 kB", "# not a heading"]


def test_empty_texts_and_thoughts_take_no_row() -> None:
    rows = rows_of(reply(ThinkingContent(""), TextContent(""), TextContent("words"), TextContent("")))
    assert texts(rows)[1:] == ["", "words"]


def test_a_long_output_folds_and_can_be_shown_and_opened_as_a_whole() -> None:
    output = "\n".join(f"line {number}" for number in range(250))
    rows = rows_of(reply(replace(CALL, result=output, server="files", approval="rule")))
    assert texts(rows)[1:] == ["▸ ✓ files · read_file  a.py  0.3s · allowed by rule"] and has_outputs(rows)
    rows.toggle(rows.parts[0], 100.0)
    shown = texts(rows)
    assert shown[-2:] == ["│ line 19", "│ … 230 more lines  o open"]
    assert rows.row(len(shown) - 1).spans[0].action == "whole"
    rows.show_whole_at(len(shown) - 1)
    assert texts(rows)[-1] == "│ line 249" and rows.parts[0].sources[-1] == output
    (opened,) = outputs(rows)
    assert (opened.kind, opened.source) == ("output", output)
    one_line = rows_of(reply(replace(CALL, result="x" * 100_000)))
    one_line.toggle(None, 100.0)
    assert texts(one_line)[-1].startswith("│ … 96,000 more characters")
    assert not has_outputs(rows_of(reply(CALL)))


def test_files_of_a_tool_stand_below_its_line() -> None:
    file = AttachmentContent("plot.png", "image/png", 1_234, "00")
    rows = rows_of(reply(replace(CALL, files=(file,))))
    assert texts(rows)[1:] == ["▸ ✓ read_file  a.py  0.3s", "@ plot.png  1.2 kB"]
    assert rows.row(2).spans[1].action == "file:00"


def test_a_tool_call_opens_to_its_arguments_and_its_result() -> None:
    call = ToolCallContent("1", "f", '{"a": 1.10, "text": "' + "long " * 20 + '", "empty": {}}', "two\nlines", "done")
    rows = rows_of(reply(call))
    rows.toggle(rows.parts[0], 100.0)
    shown = texts(rows)[1:]
    assert shown[0].startswith("▾ ✓ f  a=1.1, text=long")
    assert shown[1].split() == ["json", "c", "copy"]
    assert [line.strip() for line in shown[2:4]] == ["{", '"a": 1.10,']
    assert shown[4].strip().startswith('"text": "long long')
    assert shown[4].endswith("›")
    assert shown[5:] == ['   "empty": {}', " }", "│ two", "│ lines"]
    assert rows.codes()[0][1].startswith('{\n  "a": 1.10,')
    rows.toggle(rows.parts[0], 100.0)
    assert len(texts(rows)) == 2


@pytest.mark.parametrize("result", ["```\nx\n```", "`" * 9, '{"fence": "````"}', "{not json", '"a word"'])
def test_a_result_cannot_break_out_of_its_block(result: str) -> None:
    rows = rows_of(reply(replace(CALL, result=result), TextContent("after")))
    rows.toggle(None, 100.0)
    assert texts(rows)[-1] == "after"
    assert not any(row.startswith("after") for row in texts(rows)[:-1])


def test_one_key_opens_everything_that_folds_and_folds_it_again() -> None:
    rows = rows_of(reply(ThinkingContent("one"), CALL, ThinkingContent("two"), TextContent("end")))
    rows.toggle(rows.parts[2], 100.0)
    assert [part.folded for part in rows.parts] == [True, True, False, False]
    rows.toggle(None, 100.0)
    assert [part.folded for part in rows.parts] == [True, True, True, False]
    rows.toggle(None, 100.0)
    assert not any(part.folded for part in rows.parts)


def test_each_thought_has_a_clock_of_its_own_that_ends_with_what_follows() -> None:
    rows = rows_of(LIVE)
    rows.append(0, ThinkingContent("first"), 101.0)
    assert drawn(rows, 101.0)[1].startswith("▸ thinking 0.0s")
    assert drawn(rows, 103.0)[1].startswith("▸ thinking 2.0s")
    rows.put(1, ToolCallContent("1", "f", "{}"), 104.0)
    assert drawn(rows, 106.5)[1:3] == ["▸ thought for 3.0s · ≈1 tok", "◷ f  running 2.5s"]
    rows.put(1, ToolCallContent("1", "f", "{}", "", "done", 2.5), 107.0)
    rows.append(2, ThinkingContent("then"), 107.0)
    rows.append(3, TextContent("answer"), 108.0)
    assert drawn(rows, 108.0)[1:] == [
        "▸ thought for 3.0s · ≈1 tok",
        "✓ f  2.5s",
        "▸ thought for 1.0s · ≈1 tok",
        "",
        "answer▍",
    ]


def test_the_mark_of_the_streams_end_is_where_the_next_text_comes() -> None:
    rows = rows_of(LIVE)
    assert drawn(rows, 100.0)[1:] == ["", "▍"]
    rows.append(0, TextContent("one"), 101.0)
    assert drawn(rows, 101.0)[1:] == ["", "one▍"]
    rows.put(1, replace(CALL, state="running", result=""), 102.0)
    assert "▍" not in "".join(drawn(rows, 102.0))
    rows.put(1, CALL, 103.0)
    assert drawn(rows, 103.0)[-2:] == ["", "▍"]


def test_tools_run_side_by_side() -> None:
    rows = rows_of(LIVE)
    rows.put(0, ToolCallContent("1", "slow", "{}"), 100.0)
    rows.put(1, ToolCallContent("2", "fast", "{}"), 100.0)
    rows.put(1, ToolCallContent("2", "fast", "{}", "", "done", 1.0), 101.0)
    assert drawn(rows, 102.0)[1:3] == ["◷ slow  running 2.0s", "✓ fast  1.0s"]


def test_what_still_runs_when_the_reply_is_stopped_was_stopped() -> None:
    rows = rows_of(LIVE)
    rows.append(0, ThinkingContent("hm"), 101.0)
    rows.put(1, ToolCallContent("1", "f", "{}"), 102.0)
    rows.update(replace(LIVE, state="interrupted", note="by you"), 103.0)
    assert texts(rows)[1:3] == ["▸ thought for 1.0s · ≈1 tok", "■ f  stopped"]


def test_text_of_an_earlier_part_may_still_come() -> None:
    rows = rows_of(LIVE)
    rows.append(0, TextContent("one"), 100.0)
    rows.append(1, TextContent("two"), 100.0)
    rows.append(0, TextContent(" more"), 100.0)
    assert drawn(rows, 100.0)[1:] == ["", "one more", "", "two▍"]


@pytest.mark.parametrize(
    "stored",
    [
        (ThinkingContent("hm", 2.0), TextContent("an answer"), replace(CALL, duration_s=None), TextContent("end")),
        (TextContent("rewritten"), ThinkingContent("hm"), TextContent("more")),
        (TextContent("an answer\n\nend"),),
        (),
    ],
    ids=["the same", "other order", "one text", "nothing"],
)
def test_a_finished_reply_looks_as_if_it_had_been_loaded(stored: tuple[MessageContent, ...]) -> None:
    rows = rows_of(LIVE)
    rows.append(0, ThinkingContent("hm"), 100.0)
    rows.append(1, TextContent("an "), 102.0)
    rows.append(1, TextContent("answer"), 102.0)
    rows.put(2, CALL, 103.0)
    rows.append(3, TextContent("end"), 103.0)
    drawn(rows, 103.0)
    message = reply(*stored)
    rows.show(message, 104.0)
    measured = [line.replace("  0.3s", "").replace("thought for 2.0s", "thought") for line in drawn(rows, 104.0)]
    assert measured == [line.replace("thought for 2.0s", "thought") for line in texts(rows_of(message))]


def test_what_was_measured_stays_when_the_store_does_not_know_it() -> None:
    rows = rows_of(LIVE)
    rows.put(0, CALL, 100.0)
    rows.show(reply(replace(CALL, duration_s=None)), 101.0)
    assert texts(rows)[1] == "▸ ✓ read_file  a.py  0.3s"


def test_an_open_thought_stays_open_when_the_reply_ends() -> None:
    rows = rows_of(LIVE)
    rows.append(0, ThinkingContent("why"), 100.0)
    rows.toggle(rows.parts[0], 100.0)
    rows.append(1, TextContent("answer"), 100.0)
    drawn(rows, 100.0)
    rows.show(reply(ThinkingContent("why", 1.0), TextContent("answer")), 101.0)
    assert texts(rows)[1:] == ["▾ thought for 1.0s · ≈1 tok", "│ why", "", "answer"]


def test_late_text_of_a_reply_that_is_shown_as_stored_changes_nothing() -> None:
    rows = rows_of(reply(TextContent("stored")))
    rows.append(0, TextContent(" late"), 100.0)
    rows.append(1, ThinkingContent("late"), 100.0)
    rows.put(1, CALL, 100.0)
    assert drawn(rows, 100.0)[1:] == ["", "stored"]


def test_a_folded_thought_costs_no_drawing_and_is_complete_when_it_opens() -> None:
    rows = rows_of(LIVE)
    for number in range(3):
        rows.append(0, ThinkingContent(f"thought {number}\n\n"), 100.0)
        rows.advance(inf, 100.0)
    assert not rows.pending
    rows.toggle(rows.parts[0], 100.0)
    assert rows.pending
    assert [line for line in drawn(rows, 100.0) if "thought " in line] == ["│ thought 0", "│ thought 1", "│ thought 2"]


def test_silence_is_counted_from_the_last_piece_and_not_while_a_retry_is_waited_for() -> None:
    rows = rows_of(LIVE)
    assert drawn(rows, 111.0)[0].endswith("no data for 11s")
    rows.append(0, TextContent("x"), 111.0)
    assert drawn(rows, 116.0)[0].endswith("streaming 16.0s")
    rows.update(replace(LIVE, waiting=Waiting("r", "retry", "Busy.", 60)), 117.0)
    assert "no data" not in drawn(rows, 150.0)[0]


def test_a_card_stands_where_the_answer_would_be_or_below_what_came_of_it() -> None:
    failure = Failure("server", "Broken", "It broke.", "Retry.", "p", "m")
    failed = replace(reply(), state="failed", failure=failure)
    assert texts(rows_of(failed))[0].startswith("✗ Broken")
    partial = replace(failed, parts=(TextContent("half"),))
    assert [line.split("  ")[0] for line in texts(rows_of(partial))[:5]] == ["m", "", "half", "", "✗ Broken"]


@pytest.mark.parametrize(
    "parts",
    [
        [TextContent("word " * 60), CALL, TextContent("| a | b |\n|---|---|\n| 1 | 2 |")],
        [ThinkingContent("a\n\nb " * 40), NoticeContent("n " * 90), AttachmentContent("x" * 200, "", 1)],
    ],
)
def test_another_width_draws_what_would_have_been_drawn_there(parts: Sequence[MessageContent]) -> None:
    rows = rows_of(reply(*parts))
    rows.toggle(None, 100.0)
    texts(rows)
    rows.resize(34, 100.0)
    narrow = MessageRows(reply(*parts), RowCache(), 34, 100.0)
    narrow.toggle(None, 100.0)
    assert texts(rows) == texts(narrow)


def test_a_text_that_turns_out_to_be_thoughts_folds_above_the_answer() -> None:
    rows = rows_of(LIVE)
    rows.append(0, TextContent("It greets"), 101.0)
    assert "It greets" in "\n".join(drawn(rows, 101.5))
    rows.put(0, ThinkingContent("It greets me.", 1.5), 102.0)
    rows.append(1, TextContent("Hello."), 102.5)
    shown = "\n".join(drawn(rows, 103.0))
    assert "thought for 1.5s" in shown and "Hello." in shown
    assert "It greets" not in shown and rows.source == "Hello."
    rows.toggle(None, 103.0)
    assert "It greets me." in "\n".join(drawn(rows, 103.0))
