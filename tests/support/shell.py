"""The command line in this process, as a test calls it."""

from collections.abc import Callable
from typing import NamedTuple

SUCCESS = "success (no tool calls)"
"""What the model `test:test` answers."""


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Chinwag = Callable[..., Ran]
"""Call it with arguments; `piped` is what stands in standard input."""
