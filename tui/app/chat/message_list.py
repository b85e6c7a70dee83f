"""The messages of a branch as the transcript lists them, with the lines between them. Pure; the presenter keeps it.

Lines say where the model changes, what a summary stands for (folded away until somebody wants to read it), and what is
not sent at all any more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.app.transcript.message import TranscriptMessage
from tui.chat.replies.extent import sent_part
from tui.figures import counted
from tui.store.records import switch_lines

if TYPE_CHECKING:
    from tui.store.records import Message, SwitchLine

ORIGINALS = "originals"
LEFT_OUT = "left-out"
"""Ids of the line that stands for what was summed up, and of the one below what is not sent."""


END_SWITCH = "switch:end"
"""Id of the line at the end that says who answers next."""


def line_id(line: "SwitchLine") -> str:
    """Id of the line of a switch."""
    return END_SWITCH if line.before is None else f"switch:{line.before}"


def listed(
    records: Sequence["Message"],
    model: str,
    shown: Callable[["Message"], TranscriptMessage],
    notes: Mapping[str, str],
    *,
    opened: bool,
    sent_from: str = "",
) -> tuple[TranscriptMessage, ...]:
    """All that is listed, from the top.

    Args:
        records: the branch, oldest first.
        model: id of the model that answers next.
        shown: a message as it is shown.
        notes: what is said on the lines of switches, by their ids.
        opened: whether messages that a summary stands for are listed, too.
        sent_from: as for `sent_part`.
    """
    extent = sent_part(records, sent_from)
    lines = {line.before: line for line in switch_lines(records, model)}
    found: list[TranscriptMessage] = []
    if extent.covered:
        found.append(_originals(extent.covered, opened=opened))
    hidden = 0 if opened else extent.covered
    for index, record in enumerate(records[hidden:], start=hidden):
        if extent.left_out and index == extent.first:
            found.append(_left_out(extent.left_out))
        if line := lines.get(record.id):
            found.append(_switch(line, notes))
        found.append(shown(record))
    if line := lines.get(None):
        found.append(_switch(line, notes))
    return tuple(found)


def _originals(number: int, *, opened: bool) -> TranscriptMessage:
    note = f"{counted(number, 'earlier message')}, of which the model gets a summary"
    return TranscriptMessage(ORIGINALS, "folded", note=note, opened=opened)


def _left_out(number: int) -> TranscriptMessage:
    verb = "is" if number == 1 else "are"
    return TranscriptMessage(LEFT_OUT, "left_out", note=f"{counted(number, 'earlier message')} {verb} not sent")


def _switch(line: "SwitchLine", notes: Mapping[str, str]) -> TranscriptMessage:
    from tui.app.transcript.from_messages import switch_message

    return switch_message(line_id(line), line.previous, line.model, notes.get(line_id(line), ""))
