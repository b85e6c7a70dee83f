"""Chinwag with a bug in one place: `python -m tests.support.crashing_chinwag ...`, and the variable CRASH says where.

It is "module:function:n", or "module:class.method:n": the n-th call there breaks down, and all that follow. The message
and a local variable hold what looks like a key.
"""

import importlib
import inspect
import os
import sys
from functools import reduce
from typing import Any, NoReturn

from tui.cli import main


def break_down(place: str, number: int) -> None:
    """Put the bug where it belongs."""
    module, _, names = place.partition(":")
    *path, name = names.split(".")
    owner: Any = reduce(getattr, path, importlib.import_module(module))
    real, calls = getattr(owner, name), 0

    def broken(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        return real(*given, **named) if calls < number else _bug()

    async def broken_later(*given: Any, **named: Any) -> Any:
        return await broken(*given, **named)

    setattr(owner, name, broken_later if inspect.iscoroutinefunction(real) else broken)


def _bug() -> NoReturn:
    key = "sk-canary-in-a-local-0123456789"
    raise ZeroDivisionError(f"with sk-canary-in-a-message-0123456789 and {key[:0]}no more")


if __name__ == "__main__":
    where, _, count = os.environ["CRASH"].rpartition(":")
    break_down(where, int(count))
    sys.exit(main())
