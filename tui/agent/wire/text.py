"""Repairs of streamed text that every dialect needs: emoji cut in two, and thoughts inside `<think>` tags.

Pure; it knows no provider.
"""

import re
from typing import Any

_OPEN, _CLOSE = "<think>", "</think>"
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


class ThinkSplitter:
    """Parts thoughts from the answer where a model writes `<think>…</think>` into its text (R1 style).

    Only a tag that opens the message counts, so an answer about the tag stays as it is. A tag may be cut anywhere.
    """

    def __init__(self) -> None:
        self._state = "start"
        self._held = ""

    def push(self, text: str) -> tuple[str, str]:
        """Thoughts and answer, in that order, that are certain now; either may be empty."""
        if self._state == "text":
            return "", text
        self._held += text
        if self._state == "start" and not self._decide_start():
            return "", ""
        return self._split()

    def flush(self) -> tuple[str, str]:
        """What is left when the stream has ended."""
        rest, self._held = self._held, ""
        return (rest, "") if self._state in ("opened", "thinking") else ("", rest)

    def _decide_start(self) -> bool:
        begin = self._held.lstrip()
        if begin.startswith(_OPEN):
            self._state, self._held = "opened", begin.removeprefix(_OPEN)
            return True
        if _OPEN.startswith(begin):
            return False
        self._state = "text"
        return True

    def _split(self) -> tuple[str, str]:
        held, self._held = self._held, ""
        if self._state == "opened":
            held = held.lstrip("\n")
            self._state = "thinking" if held else "opened"
        if self._state == "text":
            return "", held
        if self._state == "gap":
            return "", self._after_gap(held)
        thoughts, tag, answer = held.partition(_CLOSE)
        if tag:
            self._state = "gap"
            return thoughts, self._after_gap(answer)
        keep = next((size for size in range(len(_CLOSE) - 1, 0, -1) if held.endswith(_CLOSE[:size])), 0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep], ""

    def _after_gap(self, answer: str) -> str:
        """The answer without the blank lines that models put after the closing tag."""
        answer = answer.lstrip("\n")
        if answer:
            self._state = "text"
        return answer
