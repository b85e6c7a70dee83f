"""The cards of replies without a whole answer: a person must see what happened, and which keys help."""

from tui.app.transcript.cards import cut_off_rows, failure_rows, report_of, stopped_rows, waiting_rows
from tui.app.transcript.headers import Timings
from tui.app.transcript.message import TranscriptMessage
from tui.chat.replies.events import Failure, Waiting

FAILURE = Failure(
    "quota", "Out of credit", "Refused: “[b]no[/b]\x1b[2J”.", "Add credit.", "anthropic", "sonnet", 400, "req_1"
)


def test_a_failure_says_what_who_and_which_keys_work() -> None:
    rows = failure_rows(FAILURE, 80, partial=False)
    assert rows[0].text.startswith("✗ Out of credit   anthropic · sonnet")
    assert rows[0].text.endswith("400 · req_1")
    assert rows[1].text == "Refused: “[b]no[/b]␛[2J”. Add credit."
    assert rows[-1].text == "m other model   r retry   y copy report   after esc"
    assert {span.action for span in rows[-1].spans if span.action} == {"do:model", "do:retry", "do:copy"}


def test_a_report_has_all_that_support_asks_for() -> None:
    assert report_of(FAILURE).split("\n") == [
        "Out of credit", "Refused: “[b]no[/b]␛[2J”.", "Add credit.", "anthropic sonnet", "400", "req_1",
    ]  # fmt: skip


def test_a_wait_counts_down() -> None:
    waiting = Waiting("r", "retry", "The server is busy.", 20, 1, 3)
    rows = waiting_rows(waiting, "gpt-5.6", 80, Timings(waited_s=6))
    assert rows[0].text.startswith("◷ Waiting to try again   gpt-5.6 ")
    assert rows[0].text.endswith("retry in 14s")
    assert rows[2].text == "━" * 12 + "─" * 28
    assert "retry in 0s" in waiting_rows(waiting, "gpt-5.6", 80, Timings(waited_s=60))[0].text


def test_a_stopped_reply_says_what_is_kept() -> None:
    stopped = TranscriptMessage("r", "reply", state="interrupted", note="by you", output_tokens=38, estimated=True)
    assert stopped_rows(stopped)[0].text == "■ Stopped by you  ≈38 tokens kept"


def test_a_reply_that_ended_with_the_app_is_not_said_to_be_stopped() -> None:
    assert stopped_rows(TranscriptMessage("r", "reply", state="interrupted"))[0].text == "! Interrupted"


def test_a_reply_that_was_cut_off_says_why() -> None:
    cut = TranscriptMessage("r", "reply", note="at the longest answer allowed")
    assert cut_off_rows(cut)[0].text == "! Cut off  at the longest answer allowed"
