"""What a turn may differ in from the next one of its conversation: values only."""

from tui.chat.questions import NO_ANSWERS, SendingAnswers
from tui.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Compaction:
    """What a summary is to be made of, and by whom; `TurnOptions.at` says where it stands.

    Attributes:
        words: what the person tells the summariser besides; "" for nothing.
        model: id or name of who writes it; "" for the chat's model, or the one that answered last if that takes more.
        for_model: id of who is asked next, so that the rest fits into its window; "" for the chat's model.
    """

    words: str = ""
    model: str = ""
    for_model: str = ""


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """What a turn may differ in from the next one of its conversation.

    Attributes:
        model: id of the model that answers; "" for the conversation's.
        settings: `ChatSettings` as JSON text; "" for the conversation's.
        at: id of a message anywhere in the tree: a prompt is answered again, or a new one stands beside it; behind a
            reply a new one follows. "" for the end of the branch that is shown.
        shown: the turn's branch is the one that is shown from now on.
        goes_on: the reply `at` was cut off: the new one, beside it, begins with what there is of it and goes on.
        origin: how the reply comes about, as `Origin` in JSON; "" for a model's own answer.
        answers: what was answered to the questions about it.
        compaction: what is to be summed up, instead of a prompt that is answered; None for nothing.
        tools: the model may call what is switched on in the chat; not where several answer side by side, as each call
            would be asked about as often.
        schema: JSON schema as JSON text that the answer has to fit, which is a JSON value then; "" for any answer.
        beside: the turns in which the same prompt goes to other models as soon as this one is saved: a question about
            the price is about all of them, and is not asked again.
    """

    model: str = ""
    settings: str = ""
    at: str = ""
    shown: bool = True
    goes_on: bool = False
    origin: str = ""
    answers: SendingAnswers = NO_ANSWERS
    compaction: Compaction | None = None
    tools: bool = True
    schema: str = ""
    beside: tuple["TurnOptions", ...] = ()


NEXT_TURN = TurnOptions()
"""The turn at the end of the branch that is shown, as the conversation has it."""
