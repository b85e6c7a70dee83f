"""The question that comes before a prompt is sent: one line, or two, just above the composer, with its keys."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.keymap.keymap import Keymap
from tui.app.styles import BLANK, StyledText, fit, join, key_hint, styled
from tui.dataclass import dataclass
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.questions import Choice, SendingQuestion

DEAF_S = 0.3
"""How long no key answers after a question has appeared: a fast typist has not read it yet."""
ALONE_S = 0.4
"""A letter that another one follows within this time begins what is written next, and answers nothing."""
_GAP = 2
_START = 2


class QuestionCard(StyledText, can_focus=True):
    """Asks, and reports what was chosen. Not there while there is no question.

    What is typed goes to the composer; so does every letter that comes before anybody can have read the question.

    Attributes:
        question: None for none.
        keymap: the keys that are named.
    """

    DEFAULT_CSS = "QuestionCard { height: auto; display: none; background: $surface; &:focus { background: $panel; } }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("question")]

    question: reactive["SendingQuestion | None"] = reactive(None, layout=True, bindings=True)
    keymap: reactive[Keymap] = reactive(Keymap)

    @dataclass
    class Answered(Message):
        """What was chosen: the action of a `Choice`, or "dismiss"."""

        action: str

    @dataclass
    class Left(Message):
        """The person writes on; `typed` is what was typed here and belongs there."""

        typed: str

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self._asked_at = 0.0
        self._letter = ""  # an answer, unless another one follows at once

    def watch_question(self, question: "SendingQuestion | None") -> None:
        """Be there with a question, and without one not."""
        self.display = question is not None
        self._asked_at = self.clock()
        self._letter = ""

    @property
    def _choices(self) -> tuple["Choice", ...]:
        return self.question.choices if self.question is not None else ()

    @property
    def _deaf(self) -> bool:
        return self.clock() - self._asked_at < DEAF_S

    # Keys and mouse.

    async def _on_key(self, event: events.Key) -> None:
        # Before the bindings: in the first moment a letter is not an answer yet, and Enter is none.
        action = next((id for id in self._ids() if event.key in self.keymap[id]), "").removeprefix("question.")
        letter = event.character if event.is_printable and event.character else ""
        if letter and (self._deaf or self._letter or not action):
            self._take(event)
            typed, self._letter = self._letter + letter, ""
            self.post_message(self.Left(typed))
        elif letter:
            self._take(event)
            self._letter = letter
            self.set_timer(ALONE_S, partial(self._answer_alone, action))
        elif action and (self._deaf or self._letter):
            self._take(event)

    def _answer_alone(self, action: str) -> None:
        if self._letter:
            self._letter = ""
            self.action_answer(action)

    def _take(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    def _ids(self) -> list[str]:
        return [*(f"question.{choice.action}" for choice in self._choices), "question.dismiss"]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the question offers can be chosen."""
        if action == "answer":
            return parameters[0] == "dismiss" or parameters[0] in {choice.action for choice in self._choices}
        return True

    def action_answer(self, action: str) -> None:
        """Report what was chosen."""
        self.post_message(self.Answered(action))

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; a click beside the keys is for reading on."""
        event.stop()
        self.focus()
        for hint, action, row, start in self._places(self.content_size.width):
            if row == event.y and start <= event.x < start + hint.cell_length:
                self.action_answer(action)

    # Drawing.

    def _text(self, width: int) -> list[Content]:
        """What is asked, in as many rows as it takes."""
        text = clean_line(self.question.text, 300) if self.question is not None else ""
        return join([styled("?", "care"), styled(text, "strong")]).wrap(max(width - _START, 1))

    def _hints(self) -> list[tuple[Content, str]]:
        found: list[tuple[str, str]] = [(choice.action, choice.label) for choice in self._choices]
        found.append(("dismiss", "back"))
        return [(key_hint(self.keymap.shown(f"question.{action}"), label), action) for action, label in found]

    def _places(self, width: int) -> list[tuple[Content, str, int, int]]:
        """The keys: what is drawn, what it does, in which row and from which cell on; beside the text if they fit."""
        hints, text = self._hints(), self._text(width)
        together = sum(hint.cell_length for hint, _ in hints) + _GAP * len(hints)
        row, start = len(text) - 1, _START + text[-1].cell_length + _GAP
        if start + together - _GAP > width:
            row, start = len(text), _START
        placed: list[tuple[Content, str, int, int]] = []
        for hint, action in hints:
            if start > _START and start + hint.cell_length > width:
                row, start = row + 1, _START
            placed.append((hint, action, row, start))
            start += hint.cell_length + _GAP
        return placed

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._places(width)[-1][2] + 1

    @override
    def render(self) -> Content:
        width = self.content_size.width
        lines = self._text(width)
        for hint, _, row, start in self._places(width):
            while len(lines) <= row:
                lines.append(BLANK)
            gap = start - _START - lines[row].cell_length
            lines[row] = Content.assemble(lines[row], " " * max(gap, 0), hint)
        bar = styled("▌ ", "bar-care")
        return Content("\n").join([Content.assemble(bar, fit(line, width - _START)) for line in lines])
