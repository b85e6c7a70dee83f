"""The rows that were drawn last, kept within bounds, and those of small pictures. Knows nothing of what they show."""

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.transcript.row import Row


class RowCache:
    """The drawn rows of the blocks that were shown last.

    Args:
        limit_rows: how many are kept, an empty one for each block included.

    Attributes:
        pictures: the rows of each image that is shown small, by the hash of its content; none for one that cannot be.
    """

    def __init__(self, limit_rows: int = 8_000) -> None:
        self.pictures: dict[str, list[Row]] = {}
        self._limit = limit_rows
        self._count = 0
        self._blocks: OrderedDict[tuple[int, int], list[Row]] = OrderedDict()

    def __len__(self) -> int:
        return self._count

    def get(self, key: tuple[int, int]) -> list["Row"] | None:
        """The rows of a block, by its text's and its own number; None when they must be drawn."""
        rows = self._blocks.get(key)
        if rows is not None:
            self._blocks.move_to_end(key)
        return rows

    def put(self, key: tuple[int, int], rows: list["Row"]) -> None:
        """Keep a block's rows, and forget those that were not looked at for longest."""
        self.discard(key)
        self._blocks[key] = rows
        self._count += len(rows) + 1
        while self._count > self._limit and len(self._blocks) > 1:
            _, old = self._blocks.popitem(last=False)
            self._count -= len(old) + 1

    def discard(self, key: tuple[int, int]) -> None:
        """Forget a block's rows."""
        old = self._blocks.pop(key, None)
        if old is not None:
            self._count -= len(old) + 1

    def clear(self) -> None:
        """Forget everything: the width has changed."""
        self._blocks.clear()
        self._count = 0
