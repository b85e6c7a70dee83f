"""Breaks lines of plain text between words, by the columns that they take in a terminal or an editor. Pure."""

from unicodedata import combining, east_asian_width

FIRST_SIGN = 0x10FF00
"""From here on characters take no column: whoever lays text out can mark it with them, and takes them out again.

They are the end of the last plane of private use, which no font has.
"""


def columns(text: str) -> int:
    """How many columns a text takes, as far as Unicode alone says."""
    return len(text) if text.isascii() else sum(map(_column, text))


def _column(character: str) -> int:
    if combining(character) or ord(character) >= FIRST_SIGN:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """The lines of a text, each at most so wide where it can be broken; `first` and `rest` stand in front of them.

    Line ends in it stay; an address, or a word without a blank, that is wider stands alone, but wide letters (Chinese,
    Japanese) break anywhere.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        lines += _wrapped(line, width, rest if lines else first, rest)
    return lines


def _wrapped(line: str, width: int, first: str, rest: str) -> list[str]:
    lines: list[str] = []
    current, taken = first, columns(first)
    empty = True
    for word in _words(line):
        wide = columns(word.rstrip(" "))
        if not empty and taken + wide > width:
            lines.append(current.rstrip())
            current, taken, empty = rest, columns(rest), True
        current += word
        taken += columns(word)
        empty = False
    return [*lines, current.rstrip()]


def _words(line: str) -> list[str]:
    """What a line may be broken between; a word has the blanks behind it."""
    words: list[str] = []
    for character in line:
        if not words or _may_break(words[-1], character):
            words.append(character)
        else:
            words[-1] += character
    return words


def _may_break(word: str, character: str) -> bool:
    if character == " ":
        return False
    return word[-1] == " " or _column(character) == 2 or (_column(word[0]) == 2 and _column(character) == 1)
