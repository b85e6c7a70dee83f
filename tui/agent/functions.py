"""Functions of the program, of any make: how they are called, what they are named, where their annotations are."""

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["call_function", "function_name", "underlying_function"]


async def call_function(function: Callable[..., Any], /, *by_position: Any, **by_name: Any) -> Any:
    """Call a function of the program: await it, or run it in a thread if it is not asynchronous.

    A thread sees the context variables of this task. It cannot be stopped: if the task is cancelled, it runs on.
    """
    if inspect.iscoroutinefunction(underlying_function(function)):
        return await function(*by_position, **by_name)
    content = await asyncio.to_thread(function, *by_position, **by_name)
    return await content if inspect.isawaitable(content) else content


def function_name(function: Callable[..., Any]) -> str:
    """The name of a function, of the one inside a `functools.partial`, of a callable object's class."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__)


def underlying_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """What has the annotations: the function inside a `functools.partial`, the method of a class or callable object."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function):
        return function
    if isinstance(function, type):
        return function.__init__  # type: ignore[misc,no-any-return]  # (a class's own, for its annotations only)
    called: Callable[..., Any] = function.__call__  # type: ignore[operator]  # (a callable object's own method)
    return called
