"""The lines around a message's text: who wrote it and what it cost. Figures there must be honest at every width."""

from dataclasses import replace

import pytest

from tui.app.transcript.headers import (
    Timings,
    attachment_rows,
    folded_rows,
    left_out_rows,
    notice_rows,
    prompt_head,
    reply_head,
    switch_rows,
    thought_rows,
    tool_rows,
)
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.row import width_of
from tui.chat.message_parts import AttachmentContent, NoticeContent, ThinkingContent, ToolCallContent

REPLY = TranscriptMessage(
    "r",
    "reply",
    model="claude-sonnet-5",
    time="14:02",
    input_tokens=77_900,
    output_tokens=214,
    first_token_s=0.6,
    total_s=3.1,
    price_text="$0.06",
)
STILL = Timings()
READ = ToolCallContent("1", "read_file", '{"path": "tests/test_retry.py"}', "x = 1", "done", 0.3)


@pytest.mark.parametrize(
    ("column", "line"),
    [
        (88, "claude-sonnet-5  14:02 · 77.9k → 214 · TTFT 0.6s · 3.1s · $0.06"),
        (76, "claude-sonnet-5  14:02 · 77.9k → 214 · 3.1s · $0.06"),
        (56, "claude-sonnet-5  14:02 · 77.9k → 214 · 3.1s · $0.06"),
        (54, "claude-sonnet-5"),
        (12, "claude-s…"),
    ],
)
def test_fields_go_one_by_one_and_the_name_never(column: int, line: str) -> None:
    assert reply_head(REPLY, column, STILL)[0].text == line


def test_a_long_name_costs_the_first_fields_first() -> None:
    line = reply_head(replace(REPLY, model="a-very-long-name-of-a-model-of-some-vendor"), 88, STILL)[0].text
    assert line == "a-very-long-name-of-a-model-of-some-vendor  14:02 · 77.9k → 214 · 3.1s · $0.06"


def test_estimates_are_marked_and_the_unknown_is_never_zero() -> None:
    assert "≈77.9k → ≈214" in reply_head(replace(REPLY, estimated=True), 88, STILL)[0].text
    unknown = TranscriptMessage("r", "reply", model="m", time="14:02", total_s=3.1)
    assert reply_head(unknown, 88, STILL)[0].text == "m  14:02 · — → — · 3.1s · cost —"


def test_a_reply_of_another_program_has_no_row_of_dashes() -> None:
    imported = TranscriptMessage("r", "reply", model="m", time="14:02")
    assert reply_head(imported, 88, STILL)[0].text == "m  14:02"


def test_a_reply_under_way_shows_its_stopwatch_and_an_open_mark() -> None:
    row = reply_head(replace(REPLY, state="streaming"), 88, Timings(elapsed_s=4.21))[0]
    assert row.text == "claude-sonnet-5  14:02 · streaming 4.2s"
    assert row.sign is not None
    assert row.sign.text == "◇ "


def test_a_reply_from_which_nothing_comes_says_for_how_long() -> None:
    streaming = replace(REPLY, state="streaming")
    assert "no data" not in reply_head(streaming, 88, Timings(elapsed_s=9.9, silent_s=9.9))[0].text
    silent = reply_head(streaming, 88, Timings(elapsed_s=14, silent_s=12.9))[0]
    assert silent.text == "claude-sonnet-5  14:02 · streaming 14.0s · no data for 12s"


def test_thoughts_fold_to_one_line_and_show_their_last_while_they_come() -> None:
    folded = thought_rows(ThinkingContent("a\nb", 1.8, 96), 60, folded=True)
    assert [row.text for row in folded] == ["▸ thought for 1.8s · 96 tok"]
    live = thought_rows(ThinkingContent("first\n**second** line"), 60, folded=True, running_s=3.2)
    assert [row.text for row in live] == ["▸ thinking 3.2s · ≈5 tok ▍", "│ second line"]
    long = thought_rows(ThinkingContent("one two three four"), 18, folded=True, running_s=1)
    assert long[1].text == "│ …three four"


def test_a_tool_call_says_what_was_called_with_what_and_how_it_ended() -> None:
    def line(call: ToolCallContent, running_s: float | None = None) -> str:
        return tool_rows(call, 80, folded=True, running_s=running_s)[0].text

    assert line(READ) == "▸ ✓ read_file  tests/test_retry.py  0.3s"
    assert line(replace(READ, state="failed")) == "▸ ✗ read_file  tests/test_retry.py  failed · 0.3s"
    assert line(replace(READ, state="interrupted")) == "▸ ■ read_file  tests/test_retry.py  stopped"
    assert line(replace(READ, state="running", result=""), 3.14) == "▸ ◷ read_file  tests/test_retry.py  running 3.1s"
    assert line(replace(READ, duration_s=None)) == "▸ ✓ read_file  tests/test_retry.py"
    assert line(ToolCallContent("1", "now", "{}", "", "done")) == "✓ now", "there is nothing to unfold"


@pytest.mark.parametrize("column", [24, 40, 60, 100])
def test_a_tool_call_stays_on_its_line_and_keeps_its_name(column: int) -> None:
    call = ToolCallContent("1", "run_shell", '{"command": "' + "pytest " * 40 + '"}', "", "running")
    row = tool_rows(call, column, folded=True, running_s=3.1)[0]
    assert width_of(row.spans) <= column - 3
    assert "run_shell" in row.text


def test_a_file_shows_its_name_and_size_and_an_unknown_size_is_not_zero() -> None:
    assert (
        attachment_rows(AttachmentContent("plan.pdf", "application/pdf", 214_000), 60)[0].text == "@ plan.pdf  214 kB"
    )
    assert attachment_rows(AttachmentContent("https://a.b/c.png", "", None), 60)[0].text == "@ https://a.b/c.png"
    assert attachment_rows(AttachmentContent("x" * 99 + ".pdf", "", 12), 40)[0].text.endswith("…  12 B")


def test_a_notice_wraps_and_loses_nothing() -> None:
    rows = notice_rows(NoticeContent("1 image is left out: this model takes none."), 30)
    assert " ".join(row.text for row in rows) == "1 image is left out: this model takes none."
    assert {span.style for row in rows for span in row.spans} == {"muted"}


def test_a_switch_names_both_models_and_what_is_lost() -> None:
    message = TranscriptMessage(
        "s", "switch", model="gpt-5.6", previous_model="claude-sonnet-5", note="1 thought not sent"
    )
    row = switch_rows(message, 88)[0]
    assert row.text.startswith(" claude-sonnet-5 → gpt-5.6  1 thought not sent ───")
    assert width_of(row.spans) == 86
    assert width_of(switch_rows(message, 30)[0].spans) == 28


def test_a_summary_says_so_and_has_the_figures_of_a_reply_unless_a_person_wrote_it() -> None:
    assert reply_head(replace(REPLY, label="summary"), 88, STILL)[0].text.startswith("claude-sonnet-5  summary · 14:02")
    words = TranscriptMessage("r", "reply", model="one", time="14:02", label="summary, edited by you")
    assert reply_head(words, 88, STILL)[0].text == "one  summary, edited by you · 14:02"


def test_messages_that_are_folded_away_open_by_a_click_anywhere_on_their_line() -> None:
    folded = TranscriptMessage("originals", "folded", note="12 earlier messages, of which the model gets a summary")
    (row,) = folded_rows(folded, 88)
    assert row.text == "▸ 12 earlier messages, of which the model gets a summary   space open"
    assert {span.action for span in row.spans} == {"do:originals"}
    (row,) = folded_rows(replace(folded, opened=True), 60)
    assert row.text.startswith("▾ 12 earlier") and width_of(row.spans) <= 60


@pytest.mark.parametrize("column", [88, 30, 12])
def test_what_is_not_sent_is_a_line_as_wide_as_the_page(column: int) -> None:
    (row,) = left_out_rows(TranscriptMessage("left-out", "left_out", note="12 earlier messages are not sent"), column)
    assert width_of(row.spans) == column - 2 and row.text.lstrip().startswith("12")


@pytest.mark.parametrize("column", [20, 38, 56, 76, 100])
@pytest.mark.parametrize("kind", ["prompt", "reply", "streaming"])
def test_the_place_among_branches_stands_at_the_right_end_at_every_width(kind: str, column: int) -> None:
    message = replace(REPLY, branch=(2, 13))
    if kind == "prompt":
        (row,) = prompt_head(replace(message, kind="prompt"), column)
    else:
        state = "streaming" if kind == "streaming" else "done"
        (row,) = reply_head(replace(message, state=state), column, Timings(elapsed_s=3.0))  # type: ignore[arg-type]
    assert row.text.endswith(" ‹2/13›") and width_of(row.spans) == column - 3
    actions = {span.text: span.action for span in row.spans}
    assert (actions["‹2"], actions["13›"]) == ("do:previous_branch", "do:next_branch")


def test_a_message_alone_has_no_place() -> None:
    (row,) = prompt_head(replace(REPLY, kind="prompt"), 76)
    assert "‹" not in row.text
