"""The calls of tools that wait for a person: which of them the keys are for, and when a key is an answer.

It is none in the first moment after a card came into view, whatever brought it there: nobody has read it yet. Nor is
it while the card's end, where the call is named and the keys are, is not in view: then it only brings that there.
"""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Literal

from textual.events import Key
from textual.message import Message
from textual.scroll_view import ScrollView

from tui.app.keymap.keymap import Keymap
from tui.app.transcript.events import ToolAnswered
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.transcript.focus import MessageFocus
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.message_rows import MessageRows
    from tui.app.transcript.part_rows import PartRows
    from tui.app.transcript.scroll_place import ScrollPlace
    from tui.chat.tools.questions import ToolQuestion

DEAF_S = 0.3
"""How long no key answers after a card has come into view, or after another one was answered."""

Answer = Literal["allow", "allow_chat", "deny", "stop"]
ANSWERS: tuple[Answer, ...] = ("allow", "allow_chat", "deny", "stop")


@dataclass(slots=True)
class _Card:
    """A call that waits.

    Attributes:
        since: when it came into view; None while it is not there.
        awaited: it is in view as soon as the screen is drawn.
    """

    rows: "MessageRows"
    part: "PartRows"
    question: "ToolQuestion"
    since: float | None = None
    awaited: bool = False


class Approvals:
    """The cards of a layout.

    Attributes:
        clock: seconds that only grow.
        keymap: the keys that answer.
        taken: the keys came here from where the person writes, and go back there when nothing waits any more.
    """

    def __init__(
        self,
        view: ScrollView,
        layout: "TranscriptLayout",
        place: "ScrollPlace",
        focus: "MessageFocus",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.clock = clock
        self.taken = False
        self._keymap = Keymap()
        self._view = view
        self._layout = layout
        self._place = place
        self._focus = focus
        self._cards: list[_Card] = []
        self._at = 0
        self._answered_at = float("-inf")
        place.moved = self.look

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._cards)

    @property
    def keymap(self) -> Keymap:
        """The keys that answer."""
        return self._keymap

    @keymap.setter
    def keymap(self, keymap: Keymap) -> None:
        self._keymap = keymap
        self.refresh()

    # What waits

    def changed(self) -> None:
        """Messages came or went, or one is otherwise: look what waits."""
        known = {id(card.part): card for card in self._cards}
        current = self._cards[self._at].part if self._cards else None
        cards: list[_Card] = []
        for rows in self._layout.messages:
            for part in rows.parts if rows.streaming else ():
                if part.question is not None:
                    card = known.get(id(part))
                    same = card is not None and card.question is part.question
                    cards.append(card if card is not None and same else _Card(rows, part, part.question))
        if not cards and not self._cards:
            return
        self._cards = cards
        # Its number falls to the one below it when the current one is answered.
        at = next((number for number, card in enumerate(cards) if card.part is current), self._at)
        self._at = max(0, min(at, len(cards) - 1))
        self.refresh()
        if (here := self._here) is not None and current is not None and here.part is not current:
            self._show(here)  # the one before was answered here: the next one is to be read
        self.look()
        if self._view.is_attached:
            self._view.refresh_bindings()

    def refresh(self) -> None:
        """Draw on each card which one it is, and whether the keys are for it."""
        keys = tuple((id, self._keymap.shown(id)) for id in (f"approval.{answer}" for answer in ANSWERS))
        here, room = self._here, max(1, self._place.height)
        way = "" if self._view.has_focus else self._keymap.shown("layout.answer_tool")
        if not self._cards:
            return
        from tui.app.transcript.approval_card import CardPlace

        with self._place.kept():
            for number, card in enumerate(self._cards):
                to_it = way if number == self._at else ""
                card.part.place_card(CardPlace(number + 1, len(self._cards), card is here, room, keys, to_it))
                card.rows.moved()
            self._layout.all_changed()

    @property
    def _here(self) -> _Card | None:
        """The card that the keys are for: the current one, while the keys are for its message."""
        card = self._cards[self._at] if self._cards else None
        return card if card is not None and self._view.has_focus and self._focus.rows is card.rows else None

    @property
    def here(self) -> "ToolQuestion | None":
        """What the keys answer."""
        return self._here.question if self._here is not None else None

    @property
    def sign_row(self) -> int | None:
        """The row with the sign of the focus, where that is on a card."""
        return self._rows_of(self._here)[0] if self._here is not None else None

    def waits(self, question: "ToolQuestion") -> bool:
        """Whether something is still asked."""
        return any(card.question is question for card in self._cards)

    # What is in view

    def look(self) -> None:
        """Look which cards are in view; each came there when the screen is drawn next."""
        for card in self._cards:
            if not self._in_view(card):
                card.since, card.awaited = None, False
            elif card.since is None and not card.awaited:
                card.awaited = True
                self._view.call_after_refresh(self._note_drawn, card)

    def hidden(self) -> None:
        """Nothing was in view: something lay over it, or the window was not looked at."""
        for card in self._cards:
            card.since, card.awaited = None, False
        self.look()

    def _note_drawn(self, card: _Card) -> None:
        if card.awaited and self._in_view(card):
            card.since = self.clock()
        card.awaited = False

    def _rows_of(self, card: _Card) -> tuple[int, int]:
        """The first row of a card, and the one below it."""
        index = self._layout.find(card.rows.message.id) or 0
        start = self._layout.start(index) + (card.rows.start_of(card.part) or 0)
        return start, start + card.part.height

    def _in_view(self, card: _Card) -> bool:
        """Whether all that decides is in view, or as much of it as there is room for."""
        view, height = self._view, self._place.height
        if not height or not view.is_attached or not view.screen.is_active or not view.app.app_focus:
            return False
        start, end = self._rows_of(card)
        first = max(start + card.part.decisive, end - height)
        return self._place.top <= first and end <= self._place.top + height

    def _show(self, card: _Card) -> None:
        """Bring its end into view, and all of it where there is room."""
        (start, end), top, height = self._rows_of(card), self._place.top, self._place.height
        if end - start >= height:
            self._place.go_to(end - height)
        elif start < top or end > top + height:
            self._place.go_to(max(0, start - 1) if start < top else end - height)

    # The keys

    def take(self, *, writing: bool) -> None:
        """Take the keys for the current card, which is brought into view; `writing` if from where the person writes."""
        if not self._cards:
            return
        card = self._cards[self._at]
        index = self._layout.find(card.rows.message.id)
        if index is None:
            return
        self._view.focus(scroll_visible=False)
        self._focus.set(index)
        self.taken = writing
        if not self._in_view(card):
            self._place.go_to(max(0, self._rows_of(card)[0] - 1))
        self.refresh()

    def can(self, action: str) -> bool:
        """Whether a command applies now."""
        card = self._here
        if card is None:
            return False
        match action:
            case "allow_chat":
                return card.question.for_chat
            case "next" | "previous":
                return len(self._cards) > 1 and self._is_at_edge(card, down=action == "next")
            case _:
                return True

    def _is_at_edge(self, card: _Card, *, down: bool) -> bool:
        """Whether there is nothing more of a card to scroll to."""
        start, end = self._rows_of(card)
        return end <= self._place.top + self._place.height if down else self._place.top <= start

    def admit(self, event: Key) -> None:
        """Stop a key that is no answer, before it is anything else."""
        card = self._here
        answers = {key for answer in ANSWERS for key in self._keymap[f"approval.{answer}"]}
        if card is None:
            if event.key in answers and self.clock() - self._answered_at < DEAF_S:
                event.stop().prevent_default()  # pressed twice: it is no command of the messages
            return
        answers -= set() if card.question.for_chat else set(self._keymap["approval.allow_chat"])
        pressed_at = self.clock() - (Message().time - event.time)  # it may have waited for its turn
        if event.key not in answers and event.key != "enter":  # Enter is no answer, nor anything else on a card
            return
        if event.key in answers and not self._in_view(card):
            self._show(card)
        elif event.key in answers and not self._is_deaf(card, pressed_at):
            return
        event.stop().prevent_default()

    def _is_deaf(self, card: _Card, now: float) -> bool:
        self.look()
        since = card.since
        return since is None or now - since < DEAF_S or now - self._answered_at < DEAF_S

    def approve(self, action: str) -> None:
        """Go to another card, or answer the current one, where that can be done now."""
        card = self._here
        if card is None:
            return
        if action in ("next", "previous"):
            self._step(1 if action == "next" else -1)
        elif not self._is_deaf(card, self.clock()) and action in ANSWERS and self.can(action):
            from tui.chat.message_parts import ToolCallContent

            self._answered_at = self.clock()
            call = card.part.content
            assert isinstance(call, ToolCallContent)
            self._view.post_message(ToolAnswered(card.rows.message.id, call.call_id, action, card.question))

    def _step(self, step: int) -> None:
        self._at = (self._at + step) % len(self._cards)
        card = self._cards[self._at]
        index = self._layout.find(card.rows.message.id)
        if index is not None:
            self._focus.set(index)
        self._show(card)
        self.refresh()

    def click(self, part: "PartRows | None", action: str) -> None:
        """A key of a card was clicked."""
        at = next((number for number, card in enumerate(self._cards) if card.part is part), None)
        if at is not None:
            self._view.focus(scroll_visible=False)
            self._at = at
            self.refresh()
            self.approve(action)
