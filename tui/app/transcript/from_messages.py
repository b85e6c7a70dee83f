"""Stored messages as the transcript shows them. Pure; knows the rows' values, not where they come from."""

import time
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from tui.app.transcript.message import TranscriptMessage
from tui.chat.branches import can_go_on
from tui.chat.message_parts import MessageContent, ToolCallContent
from tui.chat.origin import Origin
from tui.chat.replies.events import Waiting
from tui.chat.replies.failures import CUT_OFF, failure_from_json
from tui.chat.replies.meter import MeterReading
from tui.chat.stored_parts import stored_parts
from tui.chat.usage import StoredUsage
from tui.figures import day_text, money
from tui.model_id import ModelId
from tui.store.records import Message


class RunningReply(Protocol):
    """A reply under way, as it is at one moment."""

    @property
    def reply_id(self) -> str:
        """Id of the reply's row."""

    @property
    def parts(self) -> tuple[MessageContent, ...]:
        """What has come so far."""

    @property
    def reading(self) -> MeterReading:
        """The meter."""

    @property
    def waiting(self) -> Waiting | None:
        """Why nothing comes yet; None as soon as something does."""


def clock_text(moment: datetime) -> str:
    """Local time of day, "14:02"; of another day than today with its date, "9 Nov 14:02"."""
    local = time.localtime(moment.timestamp())  # three times as fast as datetimes: a long chat has thousands
    clock = f"{local.tm_hour:02}:{local.tm_min:02}"
    day = date(*local[:3])
    return clock if day == datetime.now().astimezone().date() else f"{day_text(day)} {clock}"


def price_text(dollars: Decimal | None, *, estimated: bool = False) -> str:
    """A reply's price for its line of provenance: "$0.06", "≈$0.05", "free", or "" when unknown."""
    if dollars is None:
        return ""
    return "free" if dollars == 0 else money(dollars, estimated=estimated)


def transcript_message(record: Message, live: RunningReply | None = None) -> TranscriptMessage:
    """One message; a reply under way shows what has come so far."""
    if record.kind == "prompt":
        return TranscriptMessage(record.id, "prompt", stored_parts(record), time=clock_text(record.created_at))
    if live is not None:
        return _running_message(record, live)
    usage = StoredUsage.from_json(record.usage)
    return TranscriptMessage(
        record.id,
        "reply",
        _open_calls(stored_parts(record)) if record.state == "streaming" else stored_parts(record),
        model=ModelId.parse(record.model).label,
        note=_note(record),
        label=_label(record),
        time=clock_text(record.created_at),
        state=record.state,  # "streaming" while nothing is under way here: another window writes it
        input_tokens=usage.input,
        output_tokens=usage.output,
        estimated=usage.estimated,
        first_token_s=_seconds(record.first_token_ms),
        total_s=_seconds(record.total_ms),
        price_text=price_text(record.price, estimated=usage.estimated),
        failure=failure_from_json(record.failure),
        can_go_on=can_go_on(record),
    )


def _open_calls(parts: tuple[MessageContent, ...]) -> tuple[MessageContent, ...]:
    """The parts of a reply that another window writes: a call without a result is under way there."""
    return tuple(
        replace(part, state="running") if isinstance(part, ToolCallContent) and part.state == "interrupted" else part
        for part in parts
    )


def _label(record: Message) -> str:
    origin = Origin.from_json(record.origin)
    if not origin.is_summary:
        return ""
    return "summary, edited by you" if origin.edited else "summary"


def _note(record: Message) -> str:
    if record.state == "interrupted":
        return "" if record.total_ms is None else "by you"  # a crash leaves no time
    if record.state == "streaming":
        return "in another window"
    return CUT_OFF.get(record.finish_reason, "") if record.state == "done" else ""


def _running_message(record: Message, live: RunningReply) -> TranscriptMessage:
    return TranscriptMessage(
        record.id,
        "reply",
        live.parts,
        model=ModelId.parse(record.model).label,
        label=_label(record),
        time=clock_text(record.created_at),
        state="streaming",
        waiting=live.waiting,
        started=time.monotonic() - (live.reading.total_s or 0.0),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def switch_message(id: str, before: str, after: str, note: str = "") -> TranscriptMessage:
    """The line that says that another model answers from here on; models as ids."""
    previous, next_one = ModelId.parse(before).label, ModelId.parse(after).label
    if previous == next_one:
        previous, next_one = before, after
    return TranscriptMessage(id, "switch", previous_model=previous, model=next_one, note=note)
