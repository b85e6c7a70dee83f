"""The cards of a reply without a (whole) answer: it failed, waits, was stopped or cut off; rows in, nothing drawn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from tui.app.transcript.headers import Timings
from tui.app.transcript.markdown.wrap import wrap_spans
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.row import COMING, TEXT_START, Row, Span, fit, width_of
from tui.chat.replies.events import Failure, Waiting
from tui.figures import tokens
from tui.text import clean, clean_line, portable

_SEPARATOR = " · "
_LEAST_WIDTH = 8
_COUNTDOWN_CELLS = 40
CARD_KEYS = {
    "model": "other_model", "retry": "retry", "key": "up_or_key", "copy": "copy", "continue_reply": "continue_reply",
}  # fmt: skip
"""The actions whose keys a card names, each with the command of the messages that has the key."""
_GO_ON = ("C", "go on", "continue_reply")


def card_of(message: TranscriptMessage, column: int, timings: Timings, *, partial: bool) -> list[Row]:
    """The card that a reply needs, no rows when it needs none; `partial` when some of its answer came."""
    if message.failure is not None:
        return failure_rows(message.failure, column, partial=partial, can_go_on=message.can_go_on)
    if message.waiting is not None:
        return waiting_rows(message.waiting, message.model, column, timings)
    if message.state == "interrupted":
        return stopped_rows(message)
    return cut_off_rows(message) if message.note and message.state == "done" else []


def key_helps(failure: Failure | None) -> bool:
    """Whether another key could help: it was refused, or there is none."""
    return failure is not None and bool(failure.provider) and failure.kind in ("auth", "no_model")


def failure_rows(failure: Failure, column: int, *, partial: bool, can_go_on: bool = False) -> list[Row]:
    """The card of a reply that failed: what, who, why, what to do, and the keys."""
    where = _SEPARATOR.join([clean_line(part) for part in (failure.provider, failure.model) if part])
    reference = _SEPARATOR.join([str(part) for part in (failure.code, clean_line(failure.request_id, 40)) if part])
    text = clean(f"{failure.message.strip()} {failure.hint.strip()}".strip())
    title = Span(f"✗ {clean_line(failure.title)}", "wrong strong")
    keys = [("m", "other model", "model"), ("r", "retry", "retry")]
    keys += [_GO_ON] if can_go_on else []
    if key_helps(failure):
        keys.insert(0, ("k", "change key" if failure.kind == "auth" else "add key", "key"))
    keys.append(("y", "copy", "copy") if partial else ("y", "copy report", "copy"))
    rows = [title_row([title, Span(f"   {where}", "muted")], Span(reference, "muted"), column)]
    return on_card([*rows, *text_rows(text, column), key_row(keys)], "bar-wrong")


def report_of(failure: Failure) -> str:
    """A failure as text to send to somebody who can help."""
    parts = [failure.title, failure.message, failure.hint, f"{failure.provider} {failure.model}"]
    parts += [str(part) for part in (failure.code, failure.request_id) if part]
    return portable("\n".join(part for part in parts if part.strip()))


_WAITING = {
    "retry": "Waiting to try again", "loading": "Loading the model", "failover": "Asking another server",
    "tools": "Starting the tools",
}  # fmt: skip


def waiting_rows(waiting: Waiting, model: str, column: int, timings: Timings) -> list[Row]:
    """The card of a reply that waits for a retry, for a model to load or for servers of tools."""
    title = Span(f"◷ {_WAITING[waiting.kind]}", "care strong")
    left = None if waiting.delay_s is None else max(0.0, waiting.delay_s - timings.waited_s)
    right = Span("" if left is None else f"retry in {left:.0f}s", "")
    who = Span(f"   {clean_line(model)}" if model and waiting.kind != "tools" else "", "muted")
    rows = [title_row([title, who], right, column), *text_rows(clean(waiting.message), column)]
    if waiting.delay_s:
        done = round(_COUNTDOWN_CELLS * (1 - (left or 0.0) / waiting.delay_s))
        rows.append(Row((Span("━" * done, "bar-care"), Span("─" * (_COUNTDOWN_CELLS - done), "rule"))))
    rows.append(Row((Span("esc", "key-always"), Span(" stop waiting", "muted"))))
    return on_card(rows, "bar-care")


def stopped_rows(message: TranscriptMessage) -> list[Row]:
    """The lines below a reply that a person stopped, or that the app's end cut short."""
    kept = ""
    if message.output_tokens is not None:
        kept = f"  {tokens(message.output_tokens, estimated=message.estimated)} tokens kept"
    # Without a note it was not stopped: Chinwag itself ended in the middle.
    title = f"■ Stopped {clean_line(message.note)}" if message.note else "! Interrupted"
    row = Row((Span(title, "care strong"), Span(kept, "muted")))
    return [row, _unfinished_keys(message)]


def cut_off_rows(message: TranscriptMessage) -> list[Row]:
    """The lines below a reply that its model or provider ended early, for the reason in the message's note."""
    title = Row((Span("! Cut off", "care strong"), Span(f"  {clean_line(message.note)}", "muted")))
    return [title, _unfinished_keys(message)]


def _unfinished_keys(message: TranscriptMessage) -> Row:
    go_on = [_GO_ON] if message.can_go_on else []
    return key_row([*go_on, ("r", "retry", "retry"), ("m", "other model", "model")])


def key_row(keys: Sequence[tuple[str, str, str]]) -> Row:
    """A line of keys, each (key, label, action); warm where they work, which is on the focused message.

    While one writes, escape goes to the last message in view, and it says so.
    """
    spans: list[Span] = []
    for key, label, action in keys:
        spans += [Span(key, "key", f"do:{action}"), Span(f" {label}", "muted", f"do:{action}"), Span("   ")]
    return Row((*spans, Span("after esc", COMING)))


def title_row(left: list[Span], right: Span, column: int) -> Row:
    """A line with something at its right end, which stays whole."""
    room = column - TEXT_START - 1
    space = room - width_of(left) - width_of([right])
    if space < 2:
        left = fit(left, max(_LEAST_WIDTH, room - width_of([right]) - 2))
        space = max(2, room - width_of(left) - width_of([right]))
    return Row((*left, Span(" " * space), right))


def text_rows(text: str, column: int, style: str = "") -> list[Row]:
    """Clean text, wrapped."""
    spans = [Span(part, style) for line in text.expandtabs(4).split("\n") for part in (line, "\n")][:-1]
    return wrapped_rows(spans, column)


def wrapped_rows(spans: Sequence[Span], column: int) -> list[Row]:
    """Spans, of which one of a line feed ends a line, wrapped."""
    wrapped = wrap_spans(spans, max(_LEAST_WIDTH, column - TEXT_START - 1))
    return [Row(tuple(line), join=join) for line, join in wrapped]


def on_card(rows: Sequence[Row], bar: Literal["bar-wrong", "bar-care"]) -> list[Row]:
    """The rows on a card with a bar in its colour."""
    return [replace(row, sign=Span("▌ ", bar), ground="card") for row in rows]
