"""How high each block of a text is, and where it starts: estimates until it is drawn. Pure."""

from bisect import bisect_right
from itertools import accumulate


class BlockHeights:
    """Rows of the blocks below each other, with the gaps above them."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._exact: list[bool] = []
        self._starts: list[int] = [0]  # of each block, as far as they are up to date

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def append(self, estimate: int) -> None:
        """One more block, not drawn yet."""
        self._heights.append(estimate)
        self._exact.append(False)

    def is_exact(self, index: int) -> bool:
        """Whether a block was drawn since its height was estimated."""
        return self._exact[index]

    def set(self, index: int, height: int, *, exact: bool) -> None:
        """A block was drawn, or its height is an estimate again."""
        self._exact[index] = exact
        if self._heights[index] != height:
            self._heights[index] = height
            del self._starts[index + 1 :]

    def scale(self, ratio: float) -> None:
        """All heights are estimates again, in proportion to what they were."""
        self._exact = [False] * len(self._heights)
        self._heights = [max(1, round(height * ratio)) if height > 2 else height for height in self._heights]
        self._starts = [0]

    def start(self, index: int) -> int:
        """The row where a block starts; for the number of blocks, where the next one would."""
        if len(self._starts) <= index:
            known = len(self._starts) - 1
            more = accumulate(self._heights[known:index], initial=self._starts[-1])
            next(more)
            self._starts += more
        return self._starts[index]

    @property
    def total(self) -> int:
        """All rows."""
        return self.start(len(self._heights))

    def at(self, row: int) -> int:
        """The block at a row; -1 above the first."""
        self.start(len(self._heights))
        return bisect_right(self._starts, row, 0, len(self._heights)) - 1
