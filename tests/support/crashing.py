"""Chinwag, with a bug: `python -m tests.support.crashing POINT ...` raises there, quoting all that it was given.

A point is a function on the way of a key, as "module:function" or "module:Class.method".
"""

import importlib
import sys
from typing import Any, NoReturn

POINTS = [
    "tui.agent.providers.provider:Provider.request_context",
    "tui.agent.wire.reply:_sent",
    "tui.agent.wire.client:RoutingTransport.handle_async_request",
    "tui.agent.wire.errors:network_error",
    "tui.chat.credentials.lookup:KeyLookup._checked",
    "tui.chat.credentials.lookup:KeyLookup.fetch",
    "tui.chat.catalog.catalog:Catalog.build",
    "tui.chat.replies.turn:Turn._prepare",
    "tui.chat.replies.failures:failure_to_json",
    "tui.store.conversations:start_turn",
]


def break_at(point: str) -> None:
    """Have a function raise, with its arguments in the words of the error and in its locals."""
    module, _, path = point.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for one in classes:
        owner = getattr(owner, one)
    whole = getattr(owner, name)

    def broken(*given: Any, **named: Any) -> NoReturn:
        words = " ".join(
            f"{one!r} {vars(one) if hasattr(one, '__dict__') else ''}" for one in (*given, *named.values())
        )
        headers = [dict(one.headers) for one in given if hasattr(one, "headers") and not callable(one.headers)]
        raise RuntimeError(f"a bug of ours, with {words} {headers}")

    setattr(owner, name, broken)
    for known in [one for one in sys.modules.values() if one and vars(one).get(name) is whole]:
        setattr(known, name, broken)


if __name__ == "__main__":
    break_at(sys.argv[1])
    sys.argv[1:] = sys.argv[2:]
    from tui.cli import main

    sys.exit(main())
