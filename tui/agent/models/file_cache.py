"""Keeps the last things that were made of files, as every turn of a conversation sends its files again."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class FileCache(Generic[T]):
    """Results by a file's content.

    Args:
        size: how many are kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, data: bytes, extra: Hashable, make: Callable[[], T]) -> T:
        """The result for a file, made if need be; threads may ask at once, and may both make it then."""
        key = (hashlib.sha256(data).digest(), extra)
        if key in self._kept:
            return self._kept[key]
        made = self._kept[key] = make()
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return made
