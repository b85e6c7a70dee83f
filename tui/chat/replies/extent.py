"""Which messages of a branch go to the model: all of them, or a summary and what came after it, or only the newest.

Pure, on rows: the request, the estimates, the words about a switch and the lines of the transcript all ask here. The
messages themselves are never changed: what is not sent any more stays where it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from tui.chat.origin import Origin
from tui.dataclass import dataclass
from tui.store.records import Message

_ORIGIN = attrgetter("origin")


@dataclass(frozen=True, slots=True)
class Extent:
    """The part of a branch that is sent.

    Attributes:
        rows: what is sent as it is, oldest first, without summaries.
        summary: what is sent in the place of all that is older; None where nothing is.
        covered: how many messages from the start of the branch on the summary stands for.
        left_out: how many messages behind these are neither sent nor summarised.
        first: index in the branch of the first message that may be sent as it is.
        measured_from: index in the branch from which on a reply was asked with just this part, or with a beginning of
            it: what the provider counted there still holds.
    """

    rows: tuple[Message, ...]
    summary: Message | None = None
    covered: int = 0
    left_out: int = 0
    first: int = 0
    measured_from: int = 0

    def up_to(self, id: str) -> "Extent":
        """The same without what stands behind a message; all of it where that is not there."""
        end = next((index + 1 for index, message in enumerate(self.rows) if message.id == id), len(self.rows))
        return replace(self, rows=self.rows[:end])


def sent_part(branch: Sequence[Message], sent_from: str = "") -> Extent:
    """What of a branch goes to the model with the next prompt.

    The last summary that is complete counts; one that broke off is as if it were not there.

    Args:
        branch: oldest first.
        sent_from: `Origin.sent_from` of the reply that is to be made: one that is not in the branch leaves out all of
            it.
    """
    if not sent_from and not any(map(_ORIGIN, branch)):  # asked with each key: most have none
        return Extent(tuple(branch))
    places = {message.id: index for index, message in enumerate(branch)}
    summary, covered, left_from, measured_from = None, 0, 0, 0
    for index, message in enumerate(branch):
        if not message.origin:
            continue
        origin = Origin.from_json(message.origin)
        if origin.is_summary and is_usable(message) and places.get(origin.until, index) < index:
            summary, covered, measured_from = message, places[origin.until] + 1, index + 1
        elif not origin.is_summary and places.get(origin.sent_from, index) < index:
            left_from = places[origin.sent_from]
            measured_from = index
    if sent_from:
        left_from = places.get(sent_from, len(branch))
        measured_from = len(branch)
    first = max(covered, left_from)
    left_out = sum(not is_summary(message) for message in branch[covered:first])
    rows = tuple(message for message in branch[first:] if not is_summary(message))
    return Extent(rows, summary, covered, left_out, first, measured_from)


def is_summary(message: Message) -> bool:
    """Whether a message is a summary of others, be it one that broke off."""
    return bool(message.origin) and Origin.from_json(message.origin).is_summary


def is_usable(message: Message) -> bool:
    """Whether a summary says something, and came to its end."""
    return message.state == "done" and bool(message.text.strip())
