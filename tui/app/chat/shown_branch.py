"""The branch that is shown, as it is stored: which prompt, which answer, and what of it is missing. Pure."""

from functools import cached_property
from typing import TYPE_CHECKING

from tui.chat.replies.extent import is_summary, is_usable

if TYPE_CHECKING:
    from tui.store.records import Message


class ShownBranch:
    """Messages of one conversation that follow each other; another one takes its place when one of them changes.

    Attributes:
        records: oldest first; of a reply under way its beginning.
    """

    def __init__(self, records: "tuple[Message, ...]" = ()) -> None:
        self.records = records

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids of its messages."""
        return frozenset(record.id for record in self.records)

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the person wrote, oldest first."""
        return tuple(record.text for record in self.records if record.kind == "prompt")

    def find(self, message_id: str) -> "Message | None":
        """A message by its id; None when it stands in no such branch."""
        return next((record for record in self.records if record.id == message_id), None)

    def prompt_at(self, message_id: str = "") -> "Message | None":
        """A prompt by its id or by that of its answer, or the last one; None when there is none."""
        found: Message | None = None
        for record in self.records:
            found = record if record.kind == "prompt" else found
            if record.id == message_id:
                return found
        return None if message_id else found

    @property
    def unanswered(self) -> "Message | None":
        """The last prompt, if no word of an answer to it came."""
        last = self.records[-1] if self.records else None
        empty = last is not None and last.kind == "reply" and not last.text and not is_summary(last)
        return self.prompt_at() if empty else None

    def summary(self, message_id: str) -> "Message | None":
        """A summary that came to its end, by its id; None when it is none."""
        found = self.find(message_id)
        return found if found is not None and is_summary(found) and is_usable(found) else None

    def is_last(self, message_id: str) -> bool:
        """Whether a message is the last prompt or the answer to it."""
        return any(record.id == message_id for record in self.records[-2:])

    @property
    def failed(self) -> bool:
        """Whether the last answer failed."""
        return bool(self.records) and self.records[-1].state == "failed"

    @property
    def streams(self) -> bool:
        """Whether the last answer is being written, in this window or in another."""
        return bool(self.records) and self.records[-1].state == "streaming"

    def model_of(self, message_id: str) -> str:
        """Id of the model that was asked for a reply; "" when it is none."""
        found = self.find(message_id)
        return found.model if found is not None else ""

    def with_turn(self, prompt: "Message", reply: "Message") -> "ShownBranch":
        """The branch of a turn that begins in it: what followed the place where it begins has left it."""
        above = next((number for number, record in enumerate(self.records, 1) if record.id == prompt.parent_id), 0)
        return ShownBranch((*self.records[:above], prompt, reply))

    def with_reply(self, reply: "Message") -> "ShownBranch":
        """The same branch, with a reply as it is now."""
        return ShownBranch(tuple(reply if record.id == reply.id else record for record in self.records))
