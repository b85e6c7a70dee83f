"""The card of a call that waits for a person, around its arguments: what is called, where it leads, what to mind, keys.

Rows in, nothing drawn. Nothing that the model or a server wrote is cut here, but for names and a description.
"""

from tui.app.commands import BY_ID, DEFAULT_KEYS, key_text
from tui.app.transcript.cards import on_card, text_rows, title_row, wrapped_rows
from tui.app.transcript.row import TEXT_START, Row, Span, width_of
from tui.app.transcript.tool_change import change_rows
from tui.app.transcript.tool_text import tool_name
from tui.chat.message_parts import ToolCallContent
from tui.chat.tools.offer import BUILT_IN
from tui.chat.tools.questions import ToolQuestion
from tui.dataclass import dataclass
from tui.text import clean_line, revealed

_GAP = 3
_USUAL = {id: key_text(keys[0]) for id, keys in DEFAULT_KEYS.items() if BY_ID[id].scope == "approval" and keys}


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a card stands among those that wait.

    Attributes:
        number: from 1.
        count: how many there are.
        here: the keys are for this one.
        room: rows of the view: a card that has more says in its foot once more what it is about.
        keys: how they are printed, each with the id of its command; those of the table at first.
        way: the key that goes there from where the person writes; "" on all cards but the one to which it goes.
    """

    number: int = 1
    count: int = 1
    here: bool = True
    room: int = 24
    keys: tuple[tuple[str, str], ...] = tuple(_USUAL.items())
    way: str = ""


FIRST = CardPlace()


def card_head(call: ToolCallContent, question: ToolQuestion, column: int, place: CardPlace) -> list[Row]:
    """What stands above the arguments: what is asked, and what would change."""
    rows = [_title(call, question, column, place)]
    described = clean_line(question.description.strip().partition("\n")[0], 300)
    rows += text_rows(described, column, "muted") if described else []
    return on_card([*rows, *change_rows(question.arguments, column)], "bar-care")


def card_foot(
    call: ToolCallContent, question: ToolQuestion, column: int, place: CardPlace, *, again: bool
) -> list[Row]:
    """What stands below the arguments: where the call leads, what to mind, the keys.

    Args:
        call: that waits.
        question: what is asked about it.
        place: of the card.
        column: cells of the reading column.
        again: what is above is long: it is said once more what this is about.
    """
    rows = [_title(call, question, column, place)] if again else []
    if question.target:
        target = revealed(question.target).replace("\n", "␊").replace("\t", "␉")
        rows += wrapped_rows([Span("leads to " if question.sends else "in ", "muted"), Span(target, "strong")], column)
    rows += [row for text in _warnings(question) for row in text_rows(f"! {text}", column, "care")]
    return on_card([*rows, *_keys(question, column, place)], "bar-care")


def _title(call: ToolCallContent, question: ToolQuestion, column: int, place: CardPlace) -> Row:
    name = tool_name(call)
    if question.rounds:
        left = [
            Span("? Go on?", "care strong"),
            Span(f"   {question.rounds} rounds of tools so far; next is {name}", "muted"),
        ]
    else:
        own = "   built in" if question.server == BUILT_IN else ""
        left = [Span(f"? {name}", "care strong"), Span(" wants to run"), Span(own, "muted")]
    return title_row(left, Span(f"{place.number} of {place.count}" if place.count > 1 else ""), column)


def _warnings(question: ToolQuestion) -> list[str]:
    found = []
    if question.changed:
        found.append("It describes itself otherwise than when it last ran.")
    if question.foreign:
        found.append("Words from outside are in this chat, and may have asked for it.")
    if question.private and question.sends:
        found.append("Your own files or chats are in this chat, and could go out with it.")
    elif question.sends:
        own = question.server == BUILT_IN  # what a server does with them, nobody knows
        found.append("The arguments leave this machine." if own else "What it gets may leave this machine.")
    return found


def _keys(question: ToolQuestion, column: int, place: CardPlace) -> list[Row]:
    """The line of keys, warm on the card that they are for; more than one line where they do not fit."""
    rounds = bool(question.rounds)
    labels = [("allow", "go on" if rounds else "allow once")]
    labels += [("allow_chat", "allow in this chat")] if question.for_chat else []
    labels += [("deny", "answer now" if rounds else "deny…"), ("stop", "stop" if rounds else "deny and stop")]
    names = dict(place.keys)
    rows: list[Row] = []
    line: list[Span] = []
    for action, label in labels:
        click = f"answer:{action}"
        hint = [
            Span(names.get(f"approval.{action}", ""), "key" if place.here else "muted", click),
            Span(f" {label}", "muted", click),
        ]
        if line and width_of(line) + _GAP + width_of(hint) > column - TEXT_START - 1:
            rows.append(Row(tuple(line)))
            line = []
        line += [Span(" " * _GAP), *hint] if line else hint
    if place.way:
        first = Span(f"{place.way} first", "care")
        if width_of(line) + _GAP + width_of([first]) > column - TEXT_START - 1:
            rows.append(Row(tuple(line)))
            line = [first]
        else:
            line += [Span(" " * _GAP), first]
    rows.append(Row(tuple(line)))
    if not question.for_chat and not rounds:
        rows = [*text_rows("It is asked about each time, as it could carry words out.", column, "muted"), *rows]
    return rows
