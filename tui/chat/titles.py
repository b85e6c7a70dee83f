"""A conversation's title from its first prompt, made here, at once and for nothing; and what a model may suggest.

Must not know any model.
"""

import re
from typing import Literal

from tui.pattern import pattern

LONGEST = 60

_FENCE = pattern(r"^\s*(```|~~~).*?(^\s*\1|\Z)", re.MULTILINE | re.DOTALL)
_FENCE_LINE = pattern(r"^\s*(?:```|~~~).*$", re.MULTILINE)
_BLOCK_MARK = pattern(r"^\s*(?:#{1,6}\s+|>\s*|[-*+]\s+|\d{1,3}[.)]\s+)+")
_LINK = pattern(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_EMPHASIS = pattern(r"(\*\*|__|\*|`|~~)(?=\S)(.+?)(?<=\S)\1")
_COPIES = {word: pattern(rf" \({word}(?: (?P<number>\d{{1,6}}))?\)$") for word in ("fork", "copy")}
_SENTENCE_END = pattern(r"(?<=[.!?…。！？])[\"'”’)\]]*(?=\s|$)|(?<=[。！？])")
_ABBREVIATION = pattern(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Dr|Mr|Mrs|Ms|St|No|Nr|bzw|z\.B|d\.h|u\.a)|\b[A-Z])\.$")
_GREETING = pattern(
    r"(?:hi|hello|hey|good (?:morning|day|afternoon|evening)|hallo|guten (?:tag|morgen|abend)|please help(?: me)?)"
    r"(?: there| all| everyone| \w+)?[!,.]+",
    re.IGNORECASE,
)
_CONTROL = pattern(r"[\x00-\x1f\x7f-\x9f]")
_NAMED = pattern(r"(?:title|titel|titre|título)\s*:\s*", re.IGNORECASE)
_QUOTES = "\"'`“”„‘’«»*_ "
_MOST_READ = 2_000


def suggested_title(answer: str) -> str:
    """The title that a model answered with, as `title_of` would have it; "" when there is none in it.

    It has no quotes around it and no sign that is not seen; one that holds a terminal's commands is none.
    """
    line = _NAMED.sub("", title_of(answer[:_MOST_READ]), count=1).strip(_QUOTES)
    if _CONTROL.search(line):
        return ""
    title = title_of("".join(character for character in line if character.isprintable()))
    return title if any(character.isalnum() for character in title) else ""


def title_of(prompt: str) -> str:
    """The first sentence of `prompt` without its Markdown, at most `LONGEST` characters, cut at a word with "…".

    A prompt of nothing but a code block gives that block's first line; one of nothing at all gives "".
    """
    line = _first_line(_FENCE.sub("\n", prompt)) or _first_line(_FENCE_LINE.sub("", prompt))
    sentence = _first_sentence(line)
    # A full stop says nothing in a list of titles; a question mark or an ellipsis does.
    if sentence.endswith(".") and not sentence.endswith(".."):
        sentence = sentence[:-1] if not _ABBREVIATION.search(sentence) else sentence
    return _cut(sentence)


def copy_title(title: str, word: Literal["fork", "copy"]) -> str:
    """The title of a chat that was made out of one of this title, so that the two can be told apart."""
    match = _COPIES[word].search(title)
    if match is None:
        return f"{title} ({word})" if title else ""
    return f"{title[: match.start()]} ({word} {int(match['number'] or 1) + 1})"


def _first_line(text: str) -> str:
    greeting = ""
    for raw in text.splitlines():
        line = _BLOCK_MARK.sub("", raw)
        line = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", line))
        line = " ".join(line.split())
        if _GREETING.fullmatch(line):
            greeting = greeting or line
        elif any(character.isalnum() for character in line):
            return line
    return greeting or " ".join(text.split())


def _first_sentence(line: str) -> str:
    greeting = _GREETING.match(line)
    if greeting is not None and greeting[0][-1] in ".!" and line[greeting.end() :].strip():
        line = line[greeting.end() :].strip()
    for end in _SENTENCE_END.finditer(line):
        sentence = line[: end.end()]
        if not _ABBREVIATION.search(sentence) and any(character.isalnum() for character in sentence):
            return sentence
    return line


def _cut(sentence: str) -> str:
    if len(sentence) <= LONGEST:
        return sentence
    head = sentence[: LONGEST - 1]
    word_end = head.rfind(" ")
    return (head[:word_end] if word_end > LONGEST // 2 else head).rstrip(" ,;:-–") + "…"
