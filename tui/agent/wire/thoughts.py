"""Thoughts that a model writes into its text: `<think>…</think>`, or `…</think>` where its template has opened them.

Servers that do not part them send both as one text. Pure; it knows no provider.
"""

import re
from typing import Literal

_OPEN, _CLOSE = "<think>", "</think>"
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_MOST_TAGS = 50
"""Closing tags that are looked at; a text with more is about something else."""

Piece = tuple[Literal["thought", "text", "turn"], str]
"""A "turn" says that the whole text so far, and this piece, were thoughts."""

Verdict = Literal["closes", "mention", "unknown"]


class ThinkSplitter:
    """Parts thoughts from the answer in a text that streams in; a tag may be cut anywhere.

    `<think>` counts only where it opens the message. A closing tag that was not opened counts as `verdict` says, so an
    answer about the tag stays as it is.

    Args:
        unopened: whether the model's template may have opened the thoughts.
    """

    def __init__(self, *, unopened: bool = True) -> None:
        self._state: Literal["start", "opened", "thinking", "gap", "text"] = "start"
        self._watches = unopened
        self._held = ""
        self._seen: list[str] = []  # the text so far, as long as it may turn out to be thoughts
        self._tags = 0

    def push(self, text: str) -> list[Piece]:
        """What is certain now, in order; no piece is empty but a turn's."""
        if self._state == "text" and not self._held and (not self._watches or "<" not in text):
            return self._text(text)
        self._held += text
        return self._split(final=False)

    def flush(self) -> list[Piece]:
        """What is left when the stream has ended."""
        return self._split(final=True)

    def settle(self) -> list[Piece]:
        """Something else follows, or thoughts come in another way: the text is none. Returns what of it was held."""
        pieces = self._split(final=True) if self._watches and self._state == "text" else []
        self._ignore_tags()
        return pieces

    def _ignore_tags(self) -> None:
        self._watches = False
        self._seen.clear()

    def _split(self, *, final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        while True:
            state, held = self._state, self._held
            match state:
                case "start":
                    self._start(final=final)
                case "opened" | "thinking":
                    pieces += self._thoughts(final=final)
                case "gap":
                    self._held = held.lstrip("\r\n")
                    self._state = "text" if self._held else "gap"
                case "text":
                    pieces += self._answer(final=final)
            if (state, held) == (self._state, self._held) or not self._held:
                return pieces

    def _start(self, *, final: bool) -> None:
        begin = self._held.lstrip()
        if begin.startswith(_OPEN):
            self._state, self._held = "opened", begin.removeprefix(_OPEN)
        elif final or not (_OPEN.startswith(begin) or _CLOSE.startswith(begin)):
            self._state = "text"

    def _thoughts(self, *, final: bool) -> list[Piece]:
        held = self._held
        if self._state == "opened":
            held = self._held = held.lstrip("\n")
            if not held:
                return []
            self._state = "thinking"
        thoughts, tag, answer = held.partition(_CLOSE)
        if tag:
            self._state, self._held = "gap", answer
            self._ignore_tags()
        else:
            keep = 0 if final else _begun_tag(held)
            thoughts, self._held = held[: len(held) - keep], held[len(held) - keep :]
        return [("thought", thoughts)] if thoughts else []

    def _answer(self, *, final: bool) -> list[Piece]:
        held, self._held = self._held, ""
        at = held.find(_CLOSE) if self._watches else -1
        if at < 0:
            keep = _begun_tag(held) if self._watches and not final else 0
            self._held = held[len(held) - keep :]
            return self._text(held[: len(held) - keep])
        before, rest = held[:at], held[at + len(_CLOSE) :]
        begun = any(self._seen) or bool(before.strip())
        match verdict("".join(self._seen) + before, rest, final=final):
            case "closes":
                self._state, self._held = "gap", rest
                self._ignore_tags()
                return [("turn", before)] if begun else []
            case "mention":
                self._held = rest
                pieces = self._text(before + _CLOSE)
                self._tags += 1
                if self._tags == _MOST_TAGS:
                    self._ignore_tags()
                return pieces
            case "unknown":
                self._held = held[at:] if begun else held  # blanks alone are neither thoughts nor an answer
                return self._text(before) if begun else []

    def _text(self, text: str) -> list[Piece]:
        if not text:
            return []
        if self._watches:
            self._seen.append(text)
        return [("text", text)]


def verdict(before: str, after: str, *, final: bool) -> Verdict:
    """Whether a closing tag ends thoughts that were not opened, or only stands in an answer.

    Models end their thoughts on a line of its own, or right behind the last word, and go on with the answer on another
    line. Whoever writes about the tag puts it into code, quotes, or between the words of a sentence, or shows the
    opening one as well.

    Args:
        before: the text up to the tag.
        after: what has come behind it.
        final: nothing more will come.
    """
    following = after.lstrip(" \t")
    if not following and not final:
        return "unknown"
    line = before.rpartition("\n")[2]
    if _in_code(before, line) or line.lstrip().startswith((">", "|", "#")):
        return "mention"
    ends_line = following[:1] in ("", "\n", "\r")
    spaced = after[:1] in (" ", "\t") and not ends_line
    if not line.strip():
        paired = _is_opened(before)
        closes = len(line) < 4 and not paired and (ends_line or _begins_answer(following, spaced=spaced))
    else:
        closes = _OPEN not in line and _ends_thought(line, ends_line=ends_line, final=not following)
        closes = closes and (ends_line or _begins_answer(following, spaced=spaced))
    return "closes" if closes else "mention"


def _begun_tag(text: str) -> int:
    """How many characters at the end may be the beginning of a closing tag."""
    return next((size for size in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:size])), 0)


def _in_code(before: str, line: str) -> bool:
    fence = ""
    for one in before.splitlines():
        if mark := _FENCE.match(one):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence) and not one.strip(f"{fence[0]} "):
                fence = ""
    return bool(fence) or line.count("`") % 2 == 1


def _is_opened(before: str) -> bool:
    """Whether the opening tag stands on a line of its own as well, and is not closed yet."""
    marks = [line.strip() for line in before.splitlines() if line.strip() in (_OPEN, _CLOSE)]
    return bool(marks) and marks[-1] == _OPEN


def _ends_thought(line: str, *, ends_line: bool, final: bool) -> bool:
    """Whether a thought may end with a line that goes on with the tag."""
    last = line[-1]
    if last.isspace():
        return ends_line and line.rstrip()[-1] in ".!?…。！？"
    if last.isalpha() and last >= "\u2e80":  # written without blanks, so that a mention looks the same
        return False
    return (last.isalnum() and not final) or last in ".!?…。！？)]}*_$%"


def _begins_answer(following: str, *, spaced: bool) -> bool:
    """Whether an answer may begin with what stands behind the tag in its line."""
    first = following[0]
    return not first.islower() if spaced else first.isalnum() or first in "#*-_([{$“¡¿"
