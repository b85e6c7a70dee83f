"""A key that stays out of every text. Below everything that handles one: providers, configuration, credentials."""

from collections.abc import Callable
from typing import NoReturn

_heard: list[Callable[[str], object]] = []


def hear_of_secrets(listener: Callable[[str], object]) -> None:
    """Have every value told that a `Secret` is made of from now on, to who masks them in what is written down.

    One for the whole process, as its log is: a key may be made anywhere, and a bug may quote it anywhere.
    """
    _heard[:] = [listener]


class Secret:
    """A key or token that no `repr`, `str`, log line, traceback, pickle or copy shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        for listener in _heard:
            listener(value)

    def reveal(self) -> str:
        """The value itself, for the one place that sends or stores it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written down")
