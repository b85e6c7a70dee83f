"""The messages of a branch as the transcript lists them, with the lines between them.

Lines say where the model changes, what a summary stands for (folded away until somebody wants to read it), and what is
not sent at all any more. Knows rows and a reply under way, and neither library nor models.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.app.transcript.message import TranscriptMessage
from tui.chat.replies.extent import sent_part
from tui.figures import counted
from tui.store.records import switch_lines

if TYPE_CHECKING:
    from tui.chat.branches import Siblings
    from tui.chat.replies.turn import LiveReply
    from tui.store.records import Message, SwitchLine

ORIGINALS = "originals"
LEFT_OUT = "left-out"
"""Ids of the line that stands for what was summed up, and of the one below what is not sent."""


END_SWITCH = "switch:end"
"""Id of the line at the end that says who answers next."""


def line_id(line: "SwitchLine") -> str:
    """Id of the line of a switch."""
    return END_SWITCH if line.before is None else f"switch:{line.before}"


class MessageList:
    """What is listed now, and what is said on its lines; a message that has not changed is made once.

    Attributes:
        shown: from the top; of a reply under way without the text that came since it was listed.
        unfolded: the messages that a summary stands for are listed, too.
    """

    def __init__(self) -> None:
        self.shown: tuple[TranscriptMessage, ...] = ()
        self.unfolded = False
        self._notes: dict[str, str] = {}

    def show(
        self, records: "Sequence[Message]", model: str, siblings: "Siblings", live: "LiveReply | None", sent_from: str
    ) -> None:
        """List a branch as it is now.

        Args:
            records: oldest first.
            model: id of the model that answers next.
            siblings: say where a message stands among those beside it.
            live: the reply of the branch that is under way in this window.
            sent_from: as for `sent_part`.
        """
        from tui.app.transcript.from_messages import transcript_message

        known = {message.id: message for message in self.shown}

        def shown(record: "Message") -> TranscriptMessage:
            written = live if live is not None and live.reply_id == record.id else None
            message = known.get(record.id) or transcript_message(record, written)
            branch = siblings.place(record.id)
            return message if message.branch == branch else replace(message, branch=branch)

        self.shown = listed(records, model, shown, self._notes, opened=self.unfolded, sent_from=sent_from)

    def find(self, id: str) -> TranscriptMessage | None:
        """A message or line by its id; looked for from the end, where what changes stands."""
        return next((message for message in reversed(self.shown) if message.id == id), None)

    def streaming(self, live: "LiveReply | None") -> TranscriptMessage | None:
        """The message of the reply under way in this window, or else of the last one that another writes."""
        if live is None:
            return next((message for message in reversed(self.shown) if message.state == "streaming"), None)
        message = self.find(live.reply_id)
        return message if message is not None and message.state == "streaming" else None

    def replace(self, message: TranscriptMessage) -> None:
        """Put a message in the place of that of its id."""
        self.shown = tuple(message if shown.id == message.id else shown for shown in self.shown)

    def forget(self, ids: Iterable[str]) -> None:
        """Have messages made anew from their rows when they are listed next."""
        stale = frozenset(ids)
        self.shown = tuple(message for message in self.shown if message.id not in stale)

    def clear(self) -> None:
        """Another conversation: nothing of this one is known any more."""
        self.shown, self._notes, self.unfolded = (), {}, False

    # What is said on the lines of switches.

    @property
    def notes_missing(self) -> bool:
        """Whether a line of a switch is shown that nobody has looked at."""
        return any(message.kind == "switch" and message.id not in self._notes for message in self.shown)

    def not_noted(self, lines: Iterable["SwitchLine"]) -> list["SwitchLine"]:
        """Those of these lines that nobody has looked at."""
        return [line for line in lines if line_id(line) not in self._notes]

    def note(self, line: "SwitchLine", text: str) -> TranscriptMessage | None:
        """Keep what is said on a line, "" for nothing; returns the line as it is shown now, if that is another."""
        self._notes[line_id(line)] = text
        shown = self.find(line_id(line))
        if not text or shown is None:
            return None
        noted = replace(shown, note=text)
        self.replace(noted)
        return noted

    def forget_end_note(self) -> None:
        """What the next model does not get of the branch may be something else now."""
        self._notes.pop(END_SWITCH, None)

    def begin_turn(self, prompt_id: str) -> None:
        """The line at the end becomes the line above this prompt."""
        if END_SWITCH in self._notes:
            self._notes[f"switch:{prompt_id}"] = self._notes.pop(END_SWITCH)


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
