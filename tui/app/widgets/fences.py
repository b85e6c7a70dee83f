"""Which lines of a prompt are fenced code, as it is typed. Pure; a look at every line once after each change."""

from collections.abc import Sequence
from typing import Literal

from tui.pattern import pattern

LineKind = Literal["text", "fence", "code"]

_FENCE = pattern(r" {0,3}(`{3,}|~{3,})(.*)")


class Fences:
    """The kinds of a text's lines; an open fence reaches to the end."""

    def __init__(self) -> None:
        self._kinds: list[LineKind] | None = None

    def forget(self) -> None:
        """The text was changed."""
        self._kinds = None

    def kind(self, lines: Sequence[str], index: int) -> LineKind:
        """What a line is; `lines` are all of the text's."""
        if self._kinds is None:
            self._kinds = _kinds(lines)
        return self._kinds[index] if index < len(self._kinds) else "text"


def _kinds(lines: Sequence[str]) -> list[LineKind]:
    if not any("```" in line or "~~~" in line for line in lines):
        return []
    kinds: list[LineKind] = []
    opened = ""
    for line in lines:
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        mark, rest = match.groups() if match else ("", "")
        if not opened:
            begins = bool(mark) and not (mark[0] == "`" and "`" in rest)
            opened = mark if begins else ""
            kinds.append("fence" if begins else "text")
        elif mark.startswith(opened) and not rest.strip():
            opened = ""
            kinds.append("fence")
        else:
            kinds.append("code")
    return kinds
