"""Products of many cases: a part of them in the suite, all of them in a few rounds (`--rounds`)."""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

ALL = 3
"""So many rounds try every case."""


def part_of(cases: Iterable[T], rounds: int, first: int = 0) -> list[T]:
    """Every third case in one round, the same ones each time; all of them in three rounds and more.

    `first` is where it begins to count, for one that takes another part than its neighbours.
    """
    return [case for number, case in enumerate(cases, first) if number % ALL < rounds]
