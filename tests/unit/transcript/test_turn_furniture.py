"""The lines around a turn: who wrote it, what it cost, what went wrong. Numbers there must be honest at every width."""

from dataclasses import replace

import pytest

from tui.app.transcript.body import RowCache
from tui.app.transcript.chrome import (
    Moment,
    count,
    failure_rows,
    reply_head,
    seconds,
    stopped_rows,
    switch_rows,
    thought_head,
    waiting_rows,
)
from tui.app.transcript.lines import TurnLines
from tui.app.transcript.rows import width_of
from tui.app.transcript.turn import Turn
from tui.chat.replies.events import Failure, Waiting

REPLY = Turn(
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
STILL = Moment()


@pytest.mark.parametrize(
    ("column", "line"),
    [
        (88, "claude-sonnet-5  14:02 · 77.9k → 214 · TTFT 0.6 s · 3.1 s · $0.06"),
        (76, "claude-sonnet-5  14:02 · 77.9k → 214 · 3.1 s · $0.06"),
        (56, "claude-sonnet-5  14:02 · 77.9k → 214 · 3.1 s · $0.06"),
        (54, "claude-sonnet-5"),
        (12, "claude-s…"),
    ],
)
def test_fields_go_one_by_one_and_the_name_never(column: int, line: str) -> None:
    assert reply_head(REPLY, column, STILL)[0].text == line


def test_a_long_name_costs_the_first_fields_first() -> None:
    line = reply_head(replace(REPLY, model="a-very-long-name-of-a-model-of-some-vendor"), 88, STILL)[0].text
    assert line == "a-very-long-name-of-a-model-of-some-vendor  14:02 · 77.9k → 214 · 3.1 s · $0.06"


def test_estimates_are_marked_and_the_unknown_is_never_zero() -> None:
    assert "≈ 77.9k → ≈ 214" in reply_head(replace(REPLY, estimated=True), 88, STILL)[0].text
    unknown = Turn("r", "reply", model="m", time="14:02")
    assert reply_head(unknown, 88, STILL)[0].text == "m  14:02 · — → — · — · cost —"


def test_a_reply_under_way_shows_its_stopwatch_and_an_open_mark() -> None:
    row = reply_head(replace(REPLY, state="streaming"), 88, Moment(elapsed_s=4.21))[0]
    assert row.text == "claude-sonnet-5  14:02 · streaming 4.2 s"
    assert row.sign is not None
    assert row.sign.text == "◇ "


def test_a_reply_from_which_nothing_comes_says_for_how_long() -> None:
    streaming = replace(REPLY, state="streaming")
    assert "no data" not in reply_head(streaming, 88, Moment(elapsed_s=9.9, silent_s=9.9))[0].text
    silent = reply_head(streaming, 88, Moment(elapsed_s=14, silent_s=12.9))[0]
    assert silent.text == "claude-sonnet-5  14:02 · streaming 14.0 s · no data for 12 s"


def test_silence_is_counted_from_the_last_piece_and_not_while_a_retry_is_waited_for() -> None:
    lines = TurnLines(replace(REPLY, state="streaming", started=100.0), RowCache(), 88)
    lines.furnish(111.0)
    assert lines.row(0).text.endswith("no data for 11 s")
    lines.clock.heard = 105.0
    lines.furnish(111.0)
    assert lines.row(0).text.endswith("streaming 11.0 s")


def test_thoughts_fold_to_one_line_and_show_their_last_while_they_come() -> None:
    turn = replace(REPLY, thinking_tokens=96)
    folded = thought_head(turn, "a\nb", folded=True, moment=Moment(thought_s=1.8), column=60)
    assert [row.text for row in folded] == ["▸ thought for 1.8 s · 96 tok"]
    live = thought_head(REPLY, "first\nsecond line", folded=True, moment=Moment(thinking_s=3.2), column=60)
    assert [row.text for row in live] == ["▸ thinking 3.2 s · ≈ 4 tok ▍", "│ second line"]
    long = thought_head(REPLY, "one two three four", folded=True, moment=Moment(thinking_s=1), column=18)
    assert long[1].text == "│ …three four"


def test_a_switch_names_both_models_and_what_is_lost() -> None:
    turn = Turn("s", "switch", model="gpt-5.6", previous_model="claude-sonnet-5", note="1 thought not sent")
    row = switch_rows(turn, 88)[0]
    assert row.text.startswith(" claude-sonnet-5 → gpt-5.6  1 thought not sent ───")
    assert width_of(row.runs) == 86
    assert width_of(switch_rows(turn, 30)[0].runs) == 28


def test_a_failure_says_what_who_and_which_keys_work() -> None:
    failure = Failure(
        "quota", "Out of credit", "Refused: “[b]no[/b]\x1b[2J”.", "Add credit.", "anthropic", "sonnet", 400, "req_1"
    )
    rows = failure_rows(failure, 80, partial=False)
    assert rows[0].text.startswith("✗ Out of credit   anthropic · sonnet")
    assert rows[0].text.endswith("400 · req_1")
    assert rows[1].text == "Refused: “[b]no[/b]␛[2J”. Add credit."
    assert rows[-1].text == "m other model   r retry   y copy report"
    assert {run.act for run in rows[-1].runs if run.act} == {"do:model", "do:retry", "do:copy"}


def test_a_wait_counts_down() -> None:
    waiting = Waiting("r", "retry", "The server is busy.", 20, 1, 3)
    rows = waiting_rows(waiting, "gpt-5.6", 80, Moment(waited_s=6))
    assert rows[0].text.startswith("◷ Waiting to try again   gpt-5.6 ")
    assert rows[0].text.endswith("retry in 14 s")
    assert rows[2].text == "━" * 12 + "─" * 28
    assert "retry in 0 s" in waiting_rows(waiting, "gpt-5.6", 80, Moment(waited_s=60))[0].text


def test_a_stopped_reply_says_what_is_kept() -> None:
    rows = stopped_rows(replace(REPLY, state="interrupted", note="by you", output_tokens=38))
    assert rows[0].text == "■ Stopped by you  38 tokens kept"


def test_a_reply_that_ended_with_the_app_is_not_said_to_be_stopped() -> None:
    assert stopped_rows(replace(REPLY, state="interrupted", output_tokens=None))[0].text == "! Interrupted"


def test_figures_have_units_and_few_digits() -> None:
    assert [seconds(0.64), seconds(59.9), seconds(72)] == ["0.6 s", "59.9 s", "1 m 12 s"]
    assert [count(412), count(77_912), count(999_999), count(1_250_000)] == ["412", "77.9k", "1.0M", "1.2M"]
