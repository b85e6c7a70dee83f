"""What is asked before a prompt is sent: one pure function looks at the next turn, and has a question or none.

Knows neither the library nor the screen: `guard` finds out what is asked about, and whoever sends shows the question.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Literal, get_args

from tui.dataclass import dataclass
from tui.errors import ChinwagError
from tui.figures import counted, money, tokens

QuestionKind = Literal["limit", "window", "cost"]
"""What was answered once is not asked again for the same prompt: see `question_before`."""
ChoiceAction = Literal["send", "compact", "leave_out", "larger"]

ROOM = 0.75
"""The share of a window that is aimed at where something has to go, so that there is room for an answer."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: what it does, and how it is called."""

    action: ChoiceAction
    label: str


@dataclass(frozen=True, slots=True)
class SendingQuestion:
    """A question about one prompt. That it is not to be sent is always an answer, and has no choice of its own.

    Attributes:
        text: what is the matter, in one line without a full stop.
        choices: what can be done, the most sensible first.
        wanted: what a switcher has to look for, for the choice "larger", such as ">78k".
        automatic: nobody need be asked: the first choice is what the person wants of all such turns.
    """

    kind: QuestionKind
    text: str
    choices: tuple[Choice, ...]
    wanted: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class SendingAnswers:
    """What was answered to the questions about one prompt.

    Attributes:
        allowed: kinds of questions that are not asked again.
        leave_out: the oldest messages are not to be sent, so that the rest fits.
        compacted: it was tried to sum up what is older; that is not begun by itself again.
        send_all: what an earlier turn has left out is sent again.
    """

    allowed: frozenset[QuestionKind] = frozenset()
    leave_out: bool = False
    compacted: bool = False
    send_all: bool = False

    def allowing(self, kind: QuestionKind) -> "SendingAnswers":
        """These, and "send" to one more."""
        return replace(self, allowed=self.allowed | {kind})


NO_ANSWERS = SendingAnswers()
SEND_ANYWAY = SendingAnswers(frozenset(get_args(QuestionKind)))


class HeldError(ChinwagError):
    """A prompt is not sent before its question is answered; nothing was saved."""

    def __init__(self, question: SendingQuestion) -> None:
        super().__init__(f"Not sent: {question.text}.", "Send it all the same with --anyway.")
        self.question = question


@dataclass(frozen=True, slots=True)
class SendingEstimate:
    """What would go out with a prompt; every count of tokens is an estimate.

    Attributes:
        model: short name of the model that is asked.
        prompt: tokens of the prompt itself, with its files.
        history: tokens of what goes out before it.
        answer: tokens of the answer that is expected; 0 where nobody can say.
        window: the model's context window in tokens; None when unknown.
        price: US dollars for all that goes in; None when unknown.
        answer_price: US dollars for the answer; None when unknown.
        cache: whether the provider has the history at hand; "" when nobody knows.
        refused: the provider has answered that it is too long, and nothing has been done about it.
        can_compact: there are turns that a summary could stand for.
        leave_out: how many of the oldest messages would have to go for the rest to fit; 0 where that does not help.
        beside: what goes out together with it, to other models.
        purpose: what it is for, such as "to sum up"; "" for an answer.
    """

    model: str
    prompt: int
    history: int = 0
    answer: int = 0
    window: int | None = None
    price: Decimal | None = None
    answer_price: Decimal | None = None
    cache: Literal["warm", "cold", ""] = ""
    refused: bool = False
    can_compact: bool = False
    leave_out: int = 0
    beside: tuple["SendingEstimate", ...] = ()
    purpose: str = ""

    @property
    def tokens(self) -> int:
        """How many would go in: the history and the prompt."""
        return self.history + self.prompt

    @property
    def all(self) -> tuple["SendingEstimate", ...]:
        """This turn, and those beside it."""
        return (self, *self.beside)

    @property
    def all_tokens(self) -> int:
        """Of all that goes in, to all models."""
        return sum(one.tokens for one in self.all)

    @property
    def all_sent_price(self) -> Decimal | None:
        """US dollars for all that goes in, to all models, as far as known; None when nothing is."""
        return _known_sum(one.price for one in self.all)

    @property
    def full_price(self) -> Decimal | None:
        """US dollars for this turn with its answer, as far as that is known; None when what goes in is not."""
        return None if self.price is None else self.price + (self.answer_price or 0)

    @property
    def all_full_price(self) -> Decimal | None:
        """The same for all models together, as far as known."""
        return _known_sum(one.full_price for one in self.all)

    @property
    def too_long(self) -> bool:
        """Whether it does not fit, by the estimate or by the provider's word."""
        return self.refused or (self.window is not None and self.tokens > self.window)


def _known_sum(prices: Iterable[Decimal | None]) -> Decimal | None:
    known = [price for price in prices if price is not None]
    return sum(known, Decimal()) if known else None


Check = Callable[[SendingEstimate], SendingQuestion | None]
_COMPACT = Choice("compact", "compact")


@dataclass(frozen=True, slots=True)
class SendingRules:
    """When a person wants to be asked.

    Attributes:
        confirm_above: US dollars above which the price is asked about; 0 for never.
        compact_above: share of the window above which older turns are summed up first; 0 for never.
        limit: says whether a budget forbids a turn.
    """

    confirm_above: Decimal = Decimal(0)
    compact_above: float = 0.0
    limit: Check | None = None


def question_before(
    turn: SendingEstimate, rules: SendingRules, answers: SendingAnswers = NO_ANSWERS
) -> SendingQuestion | None:
    """What is to be asked before a turn; None when nothing is.

    Args:
        turn: what would go out.
        rules: of the person.
        answers: what was asked and answered already.
    """
    if rules.limit is not None and "limit" not in answers.allowed and (question := rules.limit(turn)) is not None:
        return question  # before anything is summed up by itself, which costs, too
    checks: tuple[tuple[QuestionKind, Check], ...] = (
        ("window", _window),
        ("cost", lambda turn: _cost(turn, rules.confirm_above)),
    )
    if not answers.compacted and _is_large(turn, rules.compact_above):
        text = f"≈ {tokens(turn.tokens)} tokens, over {rules.compact_above:.0%} of {tokens(turn.window)}"
        return SendingQuestion("window", text, (_COMPACT,), automatic=True)
    found = (check(turn) for kind, check in checks if kind not in answers.allowed)
    return next((question for question in found if question is not None), None)


def _is_large(turn: SendingEstimate, share: float) -> bool:
    return bool(share and turn.window and turn.can_compact and turn.tokens > share * turn.window)


def _window(turn: SendingEstimate) -> SendingQuestion | None:
    if not turn.too_long:
        return None
    size = f"≈ {tokens(turn.tokens)} tokens"
    if turn.refused:
        text = f"{turn.model} has refused this chat as too long ({size})"
    else:
        text = f"{size} do not fit into the {tokens(turn.window)} of {turn.model}"
    choices = [Choice("send", "send anyway")]
    if not turn.purpose:
        choices.insert(0, Choice("larger", "larger model"))
    if turn.leave_out:
        choices.insert(0, Choice("leave_out", f"leave out {counted(turn.leave_out, 'message')}"))
    if turn.can_compact:
        choices.insert(0, _COMPACT)
    return SendingQuestion("window", text, tuple(choices), wanted=f">{-(-turn.tokens // 1000)}k")


def _cost(turn: SendingEstimate, confirm_above: Decimal) -> SendingQuestion | None:
    price, answers = turn.all_full_price, sum(one.answer for one in turn.all)
    if price is None or confirm_above <= 0 or price <= confirm_above:
        return None
    unknown = any(one.price is None for one in turn.all)
    parts = [
        f"{len(turn.all)} models" if turn.beside else turn.purpose,
        f"≈ {tokens(turn.all_tokens)} tokens",
        f"{'answers' if turn.beside else 'answer'} ≈ {tokens(answers)}" if answers else "",
        f"cache {turn.cache}" if turn.cache and not turn.beside else "",
        f"≈ {money(price)}{' + ?' if unknown else ''}",
    ]
    choices = (Choice("send", "send"), *([_COMPACT] if turn.can_compact else []))
    return SendingQuestion("cost", ", ".join(part for part in parts if part), choices)
