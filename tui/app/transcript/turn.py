"""What the transcript shows, as plain values: the screen makes them from messages and events, the view draws them.

Knows neither rows of the library nor the session; raw text goes in, and is cleaned where it is drawn.
"""

from dataclasses import dataclass
from typing import Literal

from tui.chat.replies.events import Failure, Waiting
from tui.store.records import MessageState

TurnKind = Literal["prompt", "reply", "switch"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message, or the line that says that another model answers from here on.

    Attributes:
        id: the message's id; a switch has one of its own, such as "switch:<id of the prompt below it>".
        kind: whose words these are; a "switch" has no text.
        text: raw Markdown; while a reply streams, what has come before the turn was shown.
        thinking: the reply's thoughts, raw.
        model: short name of the model that answers; for a switch, the one that answers from here on.
        previous_model: for a switch, the model that answered before.
        note: for a switch, what is not sent or lost, such as "1 thought not sent · cache cold"; for a reply that was
            stopped, who did it, such as "by you"; for one that its model ended early, why.
        time: local time of day, "14:02".
        state: "streaming" while text may still come.
        input_tokens, output_tokens: of the reply; None when unknown, and then drawn as "—".
        estimated: draw "≈" before the token figures.
        first_token_s, total_s: seconds; None when unknown.
        price_text: ready to print, such as "$0.06", "≈ $0.05" or "free"; "" when unknown.
        thinking_s: seconds the model thought; None when unknown.
        thinking_tokens: None when unknown; then estimated from the thoughts' length.
        failure: why no complete answer came, for the state "failed".
        waiting: what the reply waits for; None as soon as it goes on.
        started: `time.monotonic()` at the start of the request, for "streaming 4.2 s"; None when not streaming.
    """

    id: str
    kind: TurnKind
    text: str = ""
    thinking: str = ""
    model: str = ""
    previous_model: str = ""
    note: str = ""
    time: str = ""
    state: MessageState = "done"
    input_tokens: int | None = None
    output_tokens: int | None = None
    estimated: bool = False
    first_token_s: float | None = None
    total_s: float | None = None
    price_text: str = ""
    thinking_s: float | None = None
    thinking_tokens: int | None = None
    failure: Failure | None = None
    waiting: Waiting | None = None
    started: float | None = None
