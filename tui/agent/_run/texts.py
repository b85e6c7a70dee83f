"""The text of a run as it has arrived, from which every view reads at its own pace. Knows no run and no reader."""

from itertools import pairwise

from tui.agent.messages import ModelRequestEvent, PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

__all__ = ["BETWEEN_RESPONSES", "StreamedTexts"]

BETWEEN_RESPONSES = "\n\n"
"""Stands between the texts of two responses, when a model wrote some before it called a tool."""


class StreamedTexts:
    """The pieces of text of all responses, in order.

    Attributes:
        pieces: as they came; a piece that turned out to be no text is "".
        retracted: how often pieces have turned out to be none.
        changes: how many events have changed a response.
    """

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.retracted = 0
        self.changes = 0
        self._starts: list[int] = []
        self._first_of_part: dict[int, int] = {}  # of the response that is arriving: a part's index → its first piece
        self._new_response = False

    def add(self, event: object) -> None:
        """Take in an event of the run."""
        if isinstance(event, PartDeltaEvent):
            self.changes += 1
            if isinstance(event.delta, TextPartDelta):
                self._add(event.delta.content_delta)
        elif isinstance(event, PartStartEvent):
            self.changes += 1
            self._start(event)
        elif isinstance(event, ModelRequestEvent):
            self._first_of_part.clear()
            self._new_response = any(self.pieces)

    def by_part(self) -> list[str]:
        """The pieces, those of one part joined."""
        bounds = [*self._starts, len(self.pieces)]
        return ["".join(self.pieces[start:end]) for start, end in pairwise(bounds)]

    def _start(self, event: PartStartEvent) -> None:
        first = self._first_of_part.pop(event.index, None)
        if first is not None:  # the part is another one now
            end = next((start for start in self._starts if start > first), len(self.pieces))
            self.pieces[first:end] = [""] * (end - first)
            self.retracted += 1
        if isinstance(event.part, TextPart):
            self._first_of_part[event.index] = len(self.pieces)
            self._starts.append(len(self.pieces))
            self._add(event.part.content)

    def _add(self, text: str) -> None:
        if text:
            if self._new_response:
                text = BETWEEN_RESPONSES + text
                self._new_response = False
            self.pieces.append(text)
