"""Work that goes on beside everything else, as workers of the app or of a screen."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.worker import Worker

Work = Callable[[], Coroutine[Any, Any, None]]


def begin(node: "DOMNode", work: Work, group: str, *, exclusive: bool = False) -> "Worker[None]":
    """Run something as a worker of `node`, and end it with the node; a failure ends the worker alone.

    It takes a function, not a coroutine: the app may end before a worker's first step, and a coroutine that nobody
    awaits is a warning of Python's, and a failed test.
    """
    return node.run_worker(work, group=group, exclusive=exclusive, exit_on_error=False)
