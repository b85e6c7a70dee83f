"""Repairs of streamed text that every dialect needs: emoji cut in two, and lone halves of them.

Pure; it knows no provider.
"""

import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


class SurrogateJoiner:
    """Joins an emoji whose two UTF-16 halves came in two deltas; a half that stays alone becomes U+FFFD.

    Lone halves are legal in JSON escapes, but no file, database or terminal takes them.
    """

    def __init__(self) -> None:
        self._held = ""

    def push(self, text: str) -> str:
        """The text that can be shown now; a first half at the end is held back until the next call."""
        if not self._held and (text.isascii() or not _SURROGATE.search(text)):
            return text
        text, self._held = self._held + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return joined(text)

    def flush(self) -> str:
        """What is left when the stream has ended."""
        rest, self._held = self._held, ""
        return joined(rest)


def joined(text: str) -> str:
    """The same text with surrogate pairs joined and lone halves replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def sound(value: Any) -> Any:
    """A JSON value whose texts are all well formed, so that it can be stored."""
    if isinstance(value, str):
        return value if value.isascii() else joined(value)
    if isinstance(value, dict):
        return {sound(key): sound(one) for key, one in value.items()}
    return [sound(one) for one in value] if isinstance(value, list) else value
