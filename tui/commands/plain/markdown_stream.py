"""Markdown that arrives in pieces, as plain text that is only ever added to.

Words go out as soon as they are whole, what is marked as soon as its mark is closed, code line by line, and a table
when it is complete.
"""

import re

from tui.formats.markdown_lines import Page, inline_text, markdown_lines

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^`]*)")
_HEADING = re.compile(r" {0,3}#{1,6}(?=\s|$)\s*")
_SIGN = re.compile(r"(?:[ \t]|>|[-*+](?=\s)|\d{1,9}[.)](?=\s))*")
_MARKS = re.compile(r"\\.|`+|\*+|~~|\[|\]\([^)\s]*\)|\]|\]\(")
ONE_LINE = Page(width=1_000_000)
"""A paragraph, or a row of a table, is one line: the terminal breaks it, or who reads it aloud goes on."""
_WORD_ENDS = " \t。，、！？；："
"""What ends a word, also in scripts without blanks."""
_LONGEST_HELD = 400
"""Characters that wait for a mark to be closed, or a word for its end; what never is goes out as it came."""


class MarkdownStream:
    """Turns pieces into text to be added; what was given out is never changed."""

    def __init__(self) -> None:
        self._line = ""  # what came of the line at hand and was not given out
        self._begun = False  # something of it was
        self._fence = ""
        self._of_code: list[str] = []  # of the line at hand, in a block of code
        self._table: list[str] = []

    def feed(self, piece: str) -> str:
        """What can be written now."""
        if self._fence and "\n" not in piece:  # a line of code may be as long as it likes
            self._of_code.append(piece)
            return ""
        found = []
        *lines, rest = "".join([self._line, *self._of_code, piece]).split("\n")
        self._of_code.clear()
        for line in lines:
            found.append(self._whole(line))
        self._line = rest
        found.append(self._words())
        return "".join(found)

    def end(self) -> str:
        """What is left when nothing more comes; ends with a line end if anything was left open."""
        self._line += "".join(self._of_code)
        text = self._whole(self._line) if self._line or self._begun else ""
        text += self._end_table()
        if self._fence:
            text += "End of code.\n"
        self._line = self._fence = ""
        self._of_code.clear()
        return text

    def _whole(self, line: str) -> str:
        """The rest of a line that is complete."""
        if self._begun:
            self._begun = False
            return f"{_unmarked(line)}\n"
        if self._fence:
            return self._in_code(line)
        if line.startswith("|"):
            self._table.append(line)
            return ""
        above = self._end_table()
        if (fence := _FENCE.fullmatch(line)) is not None:
            self._fence = fence[2]
            language = fence[3].strip().split(maxsplit=1)
            return f"{above}Code{', ' + language[0] if language else ''}:\n"
        sign = _start_of(line)
        return f"{above}{_shown_start(sign)}{_unmarked(line[len(sign) :])}\n"

    def _in_code(self, line: str) -> str:
        close = line.strip()
        if close and set(close) == {self._fence[0]} and len(close) >= len(self._fence):
            self._fence = ""
            return "End of code.\n"
        return f"    {line}".rstrip() + "\n"

    def _words(self) -> str:
        """The whole words of a line that is not complete, up to a mark that is not closed."""
        line = self._line
        if self._fence or not line.strip():
            return ""
        found = ""
        if not self._begun:
            if _may_be_block(line):
                return ""
            found = self._end_table()
        sign = "" if self._begun else _start_of(line)
        end = _behind_word(line, len(sign), len(line))
        long = len(line) - len(sign) > _LONGEST_HELD
        end = end or len(line) if long else _closed_before(line, len(sign), end)
        if end <= len(sign):
            return found
        self._begun, self._line = True, line[end:]
        return f"{found}{_shown_start(sign)}{_unmarked(line[len(sign) : end])}"

    def _end_table(self) -> str:
        lines, self._table = self._table, []
        return "".join(f"{line}\n" for line in markdown_lines("\n".join(lines), ONE_LINE)) if lines else ""


def _may_be_block(line: str) -> bool:
    """Whether the beginning of a line may be that of code or of a table, or nothing but a sign."""
    return line.startswith("|") or line.lstrip(" ").startswith(("`", "~", "#")) or _start_of(line) == line


def _start_of(line: str) -> str:
    """What stands in front of the words: blanks, signs of lists and quotes, or of a heading."""
    found = _HEADING.match(line) or _SIGN.match(line)
    return found[0] if found else ""


def _shown_start(sign: str) -> str:
    return "" if "#" in sign else sign


def _closed_before(line: str, start: int, end: int) -> int:
    """The last place up to `end`, behind a blank, before which every mark is closed; `start` when there is none."""
    open_mark, closed, position = "", start, start
    for mark in _MARKS.finditer(line, start):
        if mark.start() >= end:
            break
        if not open_mark:
            closed = max(closed, _behind_word(line, position, mark.start()))
        open_mark = _open_after(open_mark, mark[0], line[mark.end() : mark.end() + 1])
        position = mark.end()
    return closed if open_mark else max(closed, _behind_word(line, position, end))


def _open_after(open_mark: str, mark: str, following: str) -> str:
    """Which mark is open behind this one."""
    if mark[0] == "\\":
        return open_mark
    if open_mark == "[":
        return "" if mark[0] == "]" and following != "(" else "["
    if open_mark:
        return "" if mark == open_mark else open_mark
    if mark[0] == "]" or (mark[0] == "*" and not following.strip()):  # a star with a blank behind it marks nothing
        return ""
    return mark


def _behind_word(line: str, start: int, end: int) -> int:
    """Behind the last whole word of a part of a line, with the blank that ends it; 0 when there is none."""
    return max(line.rfind(sign, start, end) for sign in _WORD_ENDS) + 1


def _unmarked(text: str) -> str:
    """Without marks, and with the blanks around it."""
    words = text.strip(" \t")
    if not words:
        return text
    before = text[: len(text) - len(text.lstrip(" \t"))]
    behind = text[len(text.rstrip(" \t")) :]
    return f"{before}{inline_text(words, ONE_LINE)}{behind}"
