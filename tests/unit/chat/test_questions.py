"""What is asked before a prompt is sent: a dear or a hopeless request that goes out unasked costs money and time."""

from decimal import Decimal

import pytest

from tui.chat.questions import (
    SEND_ANYWAY,
    HeldError,
    SendingAnswers,
    SendingEstimate,
    SendingQuestion,
    SendingRules,
    question_before,
)

RULES = SendingRules(confirm_above=Decimal("0.5"))
DEAR = SendingEstimate("big", prompt=12_000, history=400_000, price=Decimal("1.24"), cache="cold", can_compact=True)
LONG = SendingEstimate("small", prompt=1_000, history=77_400, window=32_000, can_compact=True, leave_out=12)


def actions(question: SendingQuestion | None) -> list[str]:
    return [choice.action for choice in question.choices] if question else []


def test_what_is_cheap_and_fits_goes_out_unasked() -> None:
    assert question_before(SendingEstimate("one", prompt=10, window=100, price=Decimal("0.5")), RULES) is None
    assert question_before(SendingEstimate("one", prompt=10), RULES) is None, "nothing is known of it"


def test_the_price_is_asked_about_in_one_line() -> None:
    question = question_before(DEAR, RULES)
    assert question is not None and question.text == "≈ 412k tokens, cache cold, ≈ $1.24"
    assert actions(question) == ["send", "compact"]


@pytest.mark.parametrize("above", [Decimal(0), Decimal(-1), Decimal("1.24")])
def test_nobody_is_asked_at_or_below_the_limit_and_never_with_0(above: Decimal) -> None:
    assert question_before(DEAR, SendingRules(confirm_above=above)) is None


def test_what_does_not_fit_can_be_compacted_left_out_or_go_elsewhere() -> None:
    question = question_before(LONG, RULES)
    assert question is not None and question.text == "≈ 78.4k tokens do not fit into the 32k of small"
    assert actions(question) == ["compact", "leave_out", "larger", "send"] and question.wanted == ">79k"


def test_nothing_is_offered_that_does_not_help() -> None:
    assert actions(question_before(SendingEstimate("small", prompt=40_000, window=32_000), RULES)) == ["larger", "send"]


def test_a_provider_that_has_refused_it_is_believed() -> None:
    question = question_before(SendingEstimate("small", prompt=10, history=900, window=32_000, refused=True), RULES)
    assert question is not None and "has refused" in question.text


def test_each_question_is_asked_once_one_after_the_other() -> None:
    both = SendingEstimate("small", prompt=1_000, history=77_400, window=32_000, price=Decimal(2))
    first = question_before(both, RULES)
    assert first is not None and first.kind == "window"
    answers = SendingAnswers().allowing(first.kind)
    second = question_before(both, RULES, answers)
    assert second is not None and second.kind == "cost"
    assert question_before(both, RULES, answers.allowing(second.kind)) is None
    assert question_before(both, RULES, SEND_ANYWAY) is None


def test_a_budget_is_asked_about_first() -> None:
    spent = SendingQuestion("limit", "Spent $5.00 of $5.00 today", ())
    assert question_before(LONG, SendingRules(limit=lambda turn: spent)) is spent
    large = SendingEstimate("one", prompt=100, history=800, window=1_000, can_compact=True)
    by_itself = SendingRules(compact_above=0.8, limit=lambda turn: spent)
    assert question_before(large, by_itself) is spent, "a summary is paid for, too"
    once = question_before(large, by_itself, SendingAnswers().allowing("limit"))
    assert once is not None and once.automatic


def test_above_a_share_of_the_window_it_is_summed_up_first_and_only_once() -> None:
    rules = SendingRules(compact_above=0.8)
    large = SendingEstimate("one", prompt=100, history=800, window=1_000, can_compact=True)
    question = question_before(large, rules)
    assert question is not None and question.automatic and actions(question) == ["compact"]
    assert question_before(large, rules, SendingAnswers(compacted=True)) is None
    assert (
        question_before(SendingEstimate("one", prompt=100, history=600, window=1_000, can_compact=True), rules) is None
    )
    assert question_before(SendingEstimate("one", prompt=900, window=1_000), rules) is None, (
        "there is nothing to sum up"
    )


def test_on_the_command_line_it_says_what_and_how_to_go_on() -> None:
    question = question_before(DEAR, RULES)
    assert question is not None
    assert HeldError(question).sentence == (
        "Not sent: ≈ 412k tokens, cache cold, ≈ $1.24. Send it all the same with --anyway."
    )
