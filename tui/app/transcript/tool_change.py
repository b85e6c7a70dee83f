"""What a call would change, where its arguments hold a text and another in its place: compared word by word. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from tui.app.transcript.cards import wrapped_rows
from tui.app.transcript.row import Row, Span
from tui.chat.word_diff import Piece, word_diff
from tui.text import revealed

_PAIRS = (
    ("old_string", "new_string"),
    ("old_str", "new_str"),
    ("old_text", "new_text"),
    ("oldText", "newText"),
    ("oldString", "newString"),
    ("before", "after"),
    ("old", "new"),
    ("search", "replace"),
)
"""How tools call them."""
_MOST_CHARS, _MOST_LINES, _MOST_WORK = 20_000, 400, 40_000
"""What is compared while the screen waits: some hundredths of a second at most."""
_MOST_CHANGES = 20
_SIGNS = {"-": ("[-", "-]", "wrong", "muted"), "+": ("{+", "+}", "good", "strong")}


def change_rows(arguments: str, column: int) -> list[Row]:
    """The changes in a call's arguments, JSON text; no rows where there are none, or where they are too long."""
    rows: list[Row] = []
    for before, after in _changes(arguments):
        spans = [span for piece in word_diff(before, after, _MOST_WORK) for span in _spans(piece)]
        rows += wrapped_rows(spans, column)
    return rows


def _changes(arguments: str) -> Iterator[tuple[str, str]]:
    try:
        values = json.loads(arguments)
    except (ValueError, RecursionError):
        return
    room = _MOST_CHARS
    for found in _objects(values):
        for old, new in _PAIRS:
            before, after = found.get(old), found.get(new)
            if isinstance(before, str) and isinstance(after, str):
                before, after = revealed(before), revealed(after)
                room -= len(before) + len(after)
                if room >= 0 and before.count("\n") + after.count("\n") < _MOST_LINES:
                    yield before, after
                break


def _objects(values: Any) -> Iterator[dict[str, Any]]:
    """The arguments, and what is in a list of theirs, such as several edits."""
    if isinstance(values, dict):
        yield values
        lists = (value for value in values.values() if isinstance(value, list))
        yield from [one for value in lists for one in value if isinstance(one, dict)][:_MOST_CHANGES]


def _spans(piece: Piece) -> Iterator[Span]:
    before, behind, sign, words = _SIGNS.get(piece.sign, ("", "", "", ""))
    yield Span(before, sign)
    for number, line in enumerate(piece.text.expandtabs(4).split("\n")):
        if number:
            yield Span("\n")
        yield Span(line, words)
    yield Span(behind, sign)
