"""What the transcript shows, as plain values: made from stored messages and events, drawn by the view.

Knows neither rows of the library nor replies; raw text goes in, and is cleaned where it is drawn.
"""

from typing import TYPE_CHECKING, Literal

from tui.chat.branches import ALONE
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.chat.branches import Place
    from tui.chat.message_parts import MessageContent
    from tui.chat.replies.events import Failure, Waiting
    from tui.store.records import MessageState

LINES = ("switch", "left_out")
"""Kinds that only say something: nothing can be done with them."""


@dataclass(frozen=True, slots=True)
class TranscriptMessage:
    """One message, or a line between messages: another model answers from here on, or not all of it is sent.

    Attributes:
        id: the message's id; a switch has one of its own, such as "switch:<id of the message below it>".
        kind: who wrote it; a line has no parts: a "switch", one below what is "left_out", or one that stands for
            messages that are "folded" away, as the model gets a summary of them.
        parts: what it consists of, in the order in which it came; of a streaming reply what had come when it was shown.
        model: short name of the model that answers; for a switch, the one that answers from here on.
        previous_model: for a switch, the model that answered before.
        note: for a switch, what is not sent or lost, such as "1 thought not sent · cache cold"; for a reply that was
            stopped, who did it, such as "by you"; for one that its model ended early, why; for one that streams, where
            else it does; else what a line says.
        label: what a reply is that is no ordinary one, such as "summary".
        opened: the messages that a line stands for are shown below it.
        time: local time of day, "14:02".
        state: "streaming" while more may come.
        input_tokens, output_tokens: of the reply; None when unknown, and then drawn as "—".
        estimated: draw "≈" before the token figures.
        first_token_s, total_s: seconds; None when unknown.
        price_text: ready to print, such as "$0.06", "≈$0.05" or "free"; "" when unknown.
        failure: why no complete answer came, for the state "failed".
        waiting: what the reply waits for; None as soon as it goes on.
        headless: the line with its model and figures stands elsewhere.
        started: `time.monotonic()` at the start of the request, for "streaming 4.2s"; None when not streaming.
        can_go_on: it is a reply that was cut off, with which its model could go on.
        branch: its place among the messages that stand where it does, "‹2/3›".
    """

    id: str
    kind: Literal["prompt", "reply", "switch", "left_out", "folded"]
    parts: tuple["MessageContent", ...] = ()
    model: str = ""
    previous_model: str = ""
    note: str = ""
    label: str = ""
    opened: bool = False
    time: str = ""
    state: "MessageState" = "done"
    input_tokens: int | None = None
    output_tokens: int | None = None
    estimated: bool = False
    first_token_s: float | None = None
    total_s: float | None = None
    price_text: str = ""
    failure: "Failure | None" = None
    waiting: "Waiting | None" = None
    headless: bool = False
    started: float | None = None
    can_go_on: bool = False
    branch: "Place" = ALONE
