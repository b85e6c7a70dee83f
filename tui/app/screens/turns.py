"""Stored messages as the turns that the transcript draws. Pure; knows the rows' values, not where they come from."""

import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.app.transcript.turn import Turn
from tui.chat.replies.failures import failure_from_json
from tui.chat.usage import StoredUsage
from tui.figures import money
from tui.store.records import Message, switch_lines

if TYPE_CHECKING:
    from tui.chat.replies.replies import LiveReply

_CUT_OFF = {"length": "at the longest answer allowed", "content_filter": "by the provider's content filter"}
"""Why a model ended early, as far as a person can do something about it."""

END_SWITCH = "switch:end"
"""Id of the line at the end that says who answers next."""


def short_name(model_id: str) -> str:
    """A model's name without its provider: "gpt-5.6" of "openai:gpt-5.6"."""
    return model_id.partition(":")[2] or model_id


def clock_text(moment: datetime) -> str:
    """Local time of day, "14:02"."""
    return moment.astimezone().strftime("%H:%M")


def price_text(dollars: Decimal | None, *, estimated: bool = False) -> str:
    """A reply's price for its line of provenance: "$0.06", "≈$0.05", "free", or "" when unknown."""
    if dollars is None:
        return ""
    return "free" if dollars == 0 else money(dollars, estimated=estimated)


def turn_of(message: Message, live: "LiveReply | None" = None) -> Turn:
    """One message as a turn; a reply under way shows what has come so far."""
    if message.kind == "prompt":
        return Turn(message.id, "prompt", message.text, time=clock_text(message.created_at))
    if live is not None:
        return _live_turn(message, live)
    usage = StoredUsage.from_json(message.usage)
    return Turn(
        message.id,
        "reply",
        message.text,
        message.thinking,
        model=short_name(message.model),
        note=_note(message),
        time=clock_text(message.created_at),
        # A row that says "streaming" while nothing is under way here is being written by another Chinwag.
        state="interrupted" if message.state == "streaming" else message.state,
        input_tokens=usage.input,
        output_tokens=usage.output,
        estimated=usage.estimated,
        first_token_s=_seconds(message.first_token_ms),
        total_s=_seconds(message.total_ms),
        price_text=price_text(message.price, estimated=usage.estimated),
        thinking_s=_seconds(message.thinking_ms),
        thinking_tokens=usage.reasoning,
        failure=failure_from_json(message.failure),
    )


def _note(message: Message) -> str:
    if message.state == "interrupted":
        return "" if message.total_ms is None else "by you"  # a crash leaves no time
    return _CUT_OFF.get(message.finish_reason, "") if message.state == "done" else ""


def _live_turn(message: Message, live: "LiveReply") -> Turn:
    return Turn(
        message.id,
        "reply",
        live.text,
        live.thinking,
        model=short_name(message.model),
        time=clock_text(message.created_at),
        state="streaming",
        waiting=live.waiting,
        started=time.monotonic() - (live.reading.total_s or 0.0),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def switch_turn(id: str, before: str, after: str, note: str = "") -> Turn:
    """The line that says that another model answers from here on; models as ids."""
    names = (before, after) if short_name(before) == short_name(after) else (short_name(before), short_name(after))
    return Turn(id, "switch", previous_model=names[0], model=names[1], note=note)


def turns_of(messages: Sequence[Message], model: str, live: "LiveReply | None" = None) -> list[Turn]:
    """The turns of a branch, with a line wherever the next reply comes from another model than the one before.

    Args:
        messages: the branch, oldest first.
        model: id of the model that answers next.
        live: the reply under way, which is then among the messages.
    """
    lines = {line.before: line for line in switch_lines(messages, model)}
    turns: list[Turn] = []
    for message in messages:
        if line := lines.get(message.id):
            turns.append(switch_turn(f"switch:{message.id}", line.previous, line.model))
        turns.append(turn_of(message, live if live and message.id == live.reply_id else None))
    if line := lines.get(None):
        turns.append(switch_turn(END_SWITCH, line.previous, line.model))
    return turns
