"""What was sent before, for the arrow up: a place in it, and what was being written when it was left. Pure."""

from collections.abc import Sequence

_REMEMBERED = 200


class PromptHistory:
    """The prompts of a chat, and the unsent one below them."""

    def __init__(self) -> None:
        self._past: list[str] = []
        self._place = 0  # in `_past`; its length while none of it is shown
        self._unsent = ""

    def load(self, texts: Sequence[str]) -> None:
        """Take the prompts of another chat, the oldest first."""
        self._past = list(texts)[-_REMEMBERED:]
        self._place = len(self._past)

    def add(self, text: str) -> None:
        """Remember a prompt that left the composer, and go to the end."""
        if text.strip() and (not self._past or self._past[-1] != text):
            self._past.append(text)
            del self._past[:-_REMEMBERED]
        self._place = len(self._past)
        self._unsent = ""

    @property
    def has_earlier(self) -> bool:
        """Whether anything was sent at all; at the first one, the step up does nothing."""
        return bool(self._past)

    @property
    def has_later(self) -> bool:
        """Whether an earlier prompt is shown."""
        return self._place < len(self._past)

    def unsent_below(self, shown: str) -> str | None:
        """What was being written when an earlier prompt was looked up; None where that is not what is `shown`."""
        return self._unsent if self.has_later and self._past[self._place] == shown else None

    def step(self, step: int, written: str) -> str | None:
        """The prompt one further up (-1) or down (1), below the last one what was written; None beyond the first."""
        self._place = min(self._place, len(self._past))
        if self._place == len(self._past):
            self._unsent = written
        if self._place + step < 0:
            return None
        self._place += step
        return self._past[self._place] if self._place < len(self._past) else self._unsent
