"""What is asked before a prompt is sent can be read to its end on the narrowest terminal."""

from tui.app.widgets.question_card import QuestionCard
from tui.chat.questions import Choice, SendingQuestion

TEXT = "This turn would take about $0.31 of which $0.12 are left of your limit of $5.00 for today; what now?"


def test_a_long_question_takes_the_rows_that_it_needs_and_the_keys_stand_behind_it() -> None:
    card = QuestionCard()
    card.set_reactive(QuestionCard.question, SendingQuestion("limit", TEXT, (Choice("send", "send"),)))
    for width in (30, 40, 60, 80, 200):
        rows = [row.plain for row in card._text(width)]
        assert " ".join(" ".join(rows).split()) == f"? {TEXT}"
        assert all(len(row) <= width - 2 for row in rows)
        first_key_row = card._places(width)[0][2]
        assert first_key_row in (len(rows) - 1, len(rows))
