"""A setting that a provider does not know: found in its refusal, and left out of the request. Knows no HTTP."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.wire.json import as_object

_ABOUT_HISTORY = re.compile(
    r"\b(messages|contents|input)\.?\[?\d|signature|encrypted content|reasoning_content"
    r"|\btool_(use|call|result)s?\b|\bfunction (call|response)|\bthinking\W{0,2} block|\bitem\b.{0,80}\breasoning\b",
    re.IGNORECASE,
)
"""How providers word that they do not like a message; the names of settings can stand in such a sentence, too."""

_NO_ROOM = re.compile(r"exceed context limit: (\d+) \+ (\d+) > (\d+)")
"""Anthropic: the prompt and the longest answer do not fit the window together."""


_CACHE_MARK = re.compile(r"cache_?(control|point)|prompt caching", re.IGNORECASE)
"""The marks at which a prompt is kept stand in the history, but are no part of it."""


def about_a_setting(error: ModelHTTPError) -> bool:
    """Whether an error can be about a setting, and not about the history."""
    if _NO_ROOM.search(error.message):
        return True
    if error.kind == "bad_request" and _CACHE_MARK.search(error.message):
        return True
    if error.kind != "bad_request" or error.status_code not in (400, 422):
        return False
    return not _ABOUT_HISTORY.search(f"{error.message} {error.body}")


def room_left(error: ModelHTTPError) -> int | None:
    """The tokens that the prompt leaves for an answer, if an error says that the longest one does not fit."""
    found = _NO_ROOM.search(error.message)
    return int(found[3]) - int(found[1]) if found else None


def _named(body: Any) -> str:
    """The settings that an error names beside its text; what it quotes of the request does not count."""
    if isinstance(body, list):
        return " ".join(_named(one) for one in body)
    found = [str(body[key]) for key in ("param", "loc", "field") if body.get(key)] if isinstance(body, dict) else []
    return " ".join(
        [
            *found,
            *(_named(as_object(body).get(key)) for key in ("error", "detail", "details") if as_object(body).get(key)),
        ]
    )


def without_refused_setting(
    body: Mapping[str, Any], error: ModelAPIError, keys: Iterable[str], instead: Callable[[str, Any], Any] | None = None
) -> dict[str, Any] | None:
    """The body without the first of its optional keys that an error names, or None if it names none of them.

    Args:
        body: what was refused.
        error: says, somewhere in its text, which setting it does not take.
        keys: what may be dropped; a path such as "reasoning.summary" is named by its last word.
        instead: another value to try for a key, or None to drop it.
    """
    text = f"{error.message} {_named(getattr(error, 'body', None))}"
    for path in keys:
        outer, _, inner = path.partition(".")
        holder = as_object(body.get(outer)) if inner else body
        name = inner or outer
        if name not in holder or name not in text:
            continue
        other = instead(name, holder[name]) if instead else None
        changed = {key: value for key, value in holder.items() if key != name}
        if other is not None:
            changed[name] = other
        if not inner:
            return changed
        rest = {key: value for key, value in body.items() if key != outer}
        return {**rest, outer: changed} if changed else rest
    return None
