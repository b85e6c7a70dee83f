"""The fences of one text: which blocks belong to each, and which of the long ones are folded. Draws nothing."""

from collections.abc import Sequence

from tui.app.transcript.markdown.code import FOLD_LINES, FOLDED_LINES
from tui.app.transcript.markdown.render import Fold
from tui.app.transcript.markdown.splitter import Block


class CodeFolds:
    """Long code folds to its first lines, if it came whole: what streams in under the reader's eyes stays open.

    A fence is known by the number of its first block.

    Args:
        blocks: of the text; it grows.
        folding: long code is folded until the reader opens it.
    """

    def __init__(self, blocks: Sequence[Block], *, folding: bool) -> None:
        self._blocks = blocks
        self._folding = folding
        self._toggled: set[int] = set()
        self._firsts: list[int] = []  # for each block the first one of its fence, or itself

    def first(self, index: int) -> int:
        """The first block of the fence that a block belongs to."""
        for number in range(len(self._firsts), index + 1):
            block = self._blocks[number]
            self._firsts.append(self._firsts[-1] if block.kind == "code" and block.joined and number else number)
        return self._firsts[index]

    def members(self, first: int) -> range:
        """The blocks of a fence."""
        end = first + 1
        while end < len(self._blocks) and self._blocks[end].kind == "code" and self._blocks[end].joined:
            end += 1
        return range(first, end)

    def source(self, index: int) -> str:
        """All lines of a block's fence, as they came."""
        members = self.members(self.first(index))
        return "\n".join([self._blocks[number].raw or self._blocks[number].source for number in members])

    def is_long(self, index: int) -> bool:
        """Whether a block belongs to a fence that can be folded: then its first block alone has enough lines."""
        block = self._blocks[self.first(index)]
        return block.kind == "code" and _lines(block) > FOLD_LINES

    def is_folded(self, index: int) -> bool:
        """Whether a block belongs to a fence that is folded."""
        return self._folding != (self.first(index) in self._toggled) and self.is_long(index)

    def fold_of(self, index: int) -> Fold | None:
        """The state of the fence that a block belongs to; None when it cannot be folded."""
        if not self.is_long(index):
            return None
        first, folded = self.first(index), self.is_folded(index)
        count = sum([_lines(self._blocks[number]) for number in self.members(first)])
        rest = "\n".join(self.source(first).split("\n")[FOLDED_LINES:]) if folded and index == first else ""
        return Fold(count, folded, rest)

    def long_ones(self) -> list[int]:
        """The first block of each fence that can be folded."""
        return [number for number in range(len(self._blocks)) if self.first(number) == number and self.is_long(number)]

    def set(self, first: int, *, folded: bool) -> bool:
        """Fold a fence, or open it; whether that changed anything."""
        if self.is_folded(first) == folded:
            return False
        self._toggled ^= {first}
        return True


def _lines(block: Block) -> int:
    return block.source.count("\n") + 1
