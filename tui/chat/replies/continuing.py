"""A reply that goes on with one that was cut off: what is asked, the seam between the two, and both as one. Pure.

A model that cannot be given the beginning of its answer is asked to repeat its last words before it goes on: they show
where the seam is, be it in the middle of a word or of a block of code, and are not shown twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.store.records import Message

if TYPE_CHECKING:
    from tui.agent.messages import Citation, ModelMessage, TextPart

_LAST_WORDS = 80
_CHANCE = 12
"""Characters that two texts may have in common without one of them repeating the other."""


def ask_to_go_on(begun: str) -> str:
    """What asks a model to go on with an answer that was cut off."""
    return (
        "Your answer was cut off. Go on with it exactly where it stopped. First repeat its last words, which stand"
        " between the lines below, letter by letter; then write on in the same sentence, list or code, as if there had"
        " been no break: no remark, no apology, no new beginning, and no line around it.\n"
        f"-----\n{last_words(begun)}\n-----"
    )


def last_words(begun: str) -> str:
    """How a text ends, without blanks behind it; from a whole word on, unless that is very long."""
    text = begun.rstrip()
    if len(text) <= _LAST_WORDS:
        return text
    end = text[-_LAST_WORDS:]
    return end.partition(" ")[2] or end


class Seam:
    """Puts what comes behind what was there: nothing of it twice, no blank missing or doubled.

    Args:
        begun: what was there.
        asked: whether the model was asked to go on, and so repeats the last words; known when something comes.

    Attributes:
        base: what was there, without blanks at its end; what `take` gives follows it as it is.
    """

    def __init__(self, begun: str, asked: Callable[[], bool]) -> None:
        self.base = begun.rstrip()
        self._blanks = begun[len(self.base) :]
        self._last = last_words(begun)
        self._asked = asked
        self._held: str | None = ""  # None when it is known where the new begins

    def take(self, text: str) -> str:
        """More has come: what of it can be shown."""
        if self._held is None:
            return text
        self._held += text
        return self._decided(self._held, ended=False)

    def end(self) -> str:
        """Nothing more comes: what was held back and is new."""
        return self._decided(self._held, ended=True) if self._held else ""

    def reset(self) -> None:
        """What has come was none of the answer."""
        self._held = ""

    def _decided(self, held: str, *, ended: bool) -> str:
        asked = self._asked()
        for repeated in (self.base, self._last) if asked else (self.base,):
            at = _behind(repeated, held)
            if at is None or (at < 0 and ended and not asked):
                continue
            if at < 0 and not ended:
                return ""
            self._held = None
            return held[at:] if at >= 0 else ""
        if not asked:
            self._held = None
            return held
        if not ended and held.strip() and held.lstrip() in self._last:
            return ""
        self._held = None
        again = self._repeated(held.lstrip())
        return held.lstrip()[again:] if again else self._glued(held)

    def _repeated(self, text: str) -> int:
        """How many characters a text repeats of the end of what was there, where a model has begun further on."""
        longest = min(len(text), len(self._last))
        return next((size for size in range(longest, _CHANCE, -1) if self.base.endswith(text[:size])), 0)

    def _glued(self, text: str) -> str:
        """The words of a model that did not repeat anything, of which nobody knows whether a blank belongs before."""
        if self._blanks:
            return self._blanks + text.lstrip()
        before, after = self.base[-1:], text[:1]
        return f" {text}" if after.isalnum() and (before.isalnum() or before in ".,;:!?)") else text


def _behind(known: str, text: str) -> int | None:
    """Where a text goes on behind `known`, with which it begins but for its blanks.

    Returns:
        -1 while it is too short to tell; None when it begins with something else.
    """
    at = 0
    for letter in known:
        if letter.isspace():
            continue
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return -1
        if text[at] != letter:
            return None
        at += 1
    return at


def begun_messages(row: Message) -> "list[ModelMessage]":
    """The engine's messages of a reply that was cut off; they end with a response that has its last words."""
    from tui.agent.messages import ModelResponse, TextPart
    from tui.chat.replies.messages import messages_of, text_of

    found = messages_of(row)
    last = found[-1] if found else None
    spoken = isinstance(last, ModelResponse) and any(isinstance(part, TextPart) for part in last.parts)
    if spoken and text_of(found) == row.text:
        return found
    return [ModelResponse([TextPart(row.text)], row.model, row.created_at)]


def begun_text(row: Message) -> str:
    """The words of a reply that was cut off, as its model wrote them: without links to what it cites."""
    from tui.agent.messages import TextPart

    parts = (part for message in begun_messages(row) for part in message.parts)
    return "\n\n".join(part.content for part in parts if isinstance(part, TextPart) and part.content)


def joined_messages(
    begun: "Sequence[ModelMessage]", came: "Iterable[ModelMessage]", added: str
) -> "list[ModelMessage]":
    """One reply of the two.

    Args:
        begun: of `begun_messages`.
        came: what the run brought.
        added: what follows the last words of `begun`, without the blanks at their end.
    """
    from tui.agent.messages import ModelResponse, TextPart

    *earlier, first = begun
    messages = list(came)
    assert isinstance(first, ModelResponse)
    last = max(index for index, part in enumerate(first.parts) if isinstance(part, TextPart))
    words = first.parts[last]
    assert isinstance(words, TextPart)
    whole = words.content.rstrip() + added
    for place, message in enumerate(messages):
        texts = [part for part in message.parts if isinstance(part, TextPart)]
        if not isinstance(message, ModelResponse) or not texts:
            continue
        others = [part for part in message.parts if part is not texts[0]]
        cited = [*(words.citations or ()), *_cited_behind(texts[0], whole)]
        text = replace(words, content=whole, citations=cited or None)
        if place == 0:  # its thoughts came before the words, which go on in the same breath
            behind = others[message.parts.index(texts[0]) :]
            before = others[: message.parts.index(texts[0])]
            return [*earlier, replace(message, parts=[*first.parts[:last], *before, text, *behind]), *messages[1:]]
        rest = [replace(message, parts=others)] if others else []
        joined = replace(first, parts=[*first.parts[:last], text])
        return [*earlier, joined, *messages[:place], *rest, *messages[place + 1 :]]
    return [*begun, *messages]


def _cited_behind(came: "TextPart", whole: str) -> "list[Citation]":
    """The pages that a text cites, by their places in the whole one, whose end it is."""
    moved = len(whole) - len(came.content)
    ends_it = whole.endswith(came.content[max(0, -moved) :].lstrip())
    return [
        replace(one, start=max(0, one.start + moved), end=one.end + moved)
        if ends_it and one.start is not None and one.end is not None and one.end + moved > 0
        else replace(one, start=None, end=None)
        for one in came.citations or ()
    ]
