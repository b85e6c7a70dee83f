"""What the full-text index is given of a message, and how words are looked up in it. Pure; knows neither SQL nor rows.

SQLite's own tokenizer takes a sentence of Chinese, Japanese or Korean for a single word. Each run of such characters is
therefore written out as pairs before it comes to the tokenizer, and so is what is looked for: "東京都" becomes
"東京 京都 都". It is done here and not in a tokenizer or a function of the connection, so that every other program can
still write to the library.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from tui.bounds import json_value
from tui.pattern import pattern
from tui.text import storable

VERSION = 1
"""Of what this module makes of a message: an index that was built by another version is built anew."""

_RUN = pattern(
    "[\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
_TOOL_PART = pattern(rb'"part_kind":\s*"tool-(?:call|return)"')
_CODE = pattern(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_RESULT_LIMIT = 20_000
"""Characters of a single tool's arguments or result that are indexed."""


def is_cjk(text: str) -> bool:
    """Whether a text is made of characters that are indexed in pairs."""
    return _RUN.fullmatch(text) is not None


def in_pairs(text: str) -> str:
    """A text as the index gets it: runs of CJK characters as overlapping pairs, and the last one by itself."""
    if text.isascii():
        return text
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run[0]))} ", text)


def phrase(words: str, *, prefix: bool = False) -> str:
    """An FTS5 phrase that finds these words next to each other, whatever characters they are made of.

    `prefix` finds words that begin with the last one. A run of CJK characters is found inside longer ones, too.

    Returns:
        "" when there is nothing in it that the index knows, as in "++".
    """
    if not any(character.isalnum() for character in words):
        return ""
    parts, end = [], 0
    for run in _RUN.finditer(words):
        parts += [words[end : run.start()], *_pairs(run[0])]
        end = run.end()
    parts.append(words[end:])
    if end and not any(character.isalnum() for character in words[end:]):
        parts.pop()
        last = _RUN.findall(words)[-1]
        prefix = len(last) == 1
        if not prefix:  # in a longer run another pair stands here
            parts.pop()
    quoted = " ".join(filter(None, parts)).replace('"', " ").replace("\0", " ")
    return f'"{quoted}"{"*" if prefix else ""}'


def tool_text(payload: bytes) -> str:
    """Names, arguments and results of the tool calls in a message's payload; "" where there is none to be read."""
    if not _TOOL_PART.search(payload):
        return ""
    try:
        return storable("\n".join(_tool_texts(json_value(payload))))
    except ValueError:
        return ""


def has_code(text: str) -> bool:
    """Whether a text has a fenced block of code."""
    return _CODE.search(text) is not None


def _pairs(run: str) -> Iterator[str]:
    yield from (run[at : at + 2] for at in range(len(run)))


def _tool_texts(messages: object) -> Iterator[str]:
    for message in messages if isinstance(messages, list) else ():
        parts = message.get("parts") if isinstance(message, dict) else None
        for part in parts if isinstance(parts, list) else ():
            match part:
                case {"part_kind": "tool-call", "tool_name": name, "args": said} | {
                    "part_kind": "tool-return", "tool_name": name, "content": said
                }:  # fmt: skip
                    yield " ".join(map(str, (name, *_words(_decoded(said)))))[:_RESULT_LIMIT]


def _decoded(said: object) -> object:
    """Arguments as values, also where a provider sent them as JSON, in which letters may be written as escapes."""
    if isinstance(said, str) and said.startswith("{"):
        with suppress(ValueError):
            return json_value(said)
    return said


def _words(value: object) -> Iterable[object]:
    """The texts, figures and names in a value of JSON, without recursion: results may be nested however deep."""
    found: list[object] = []
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as table:
                waiting += [item for pair in reversed(table.items()) for item in reversed(pair)]
            case list() as row:
                waiting += reversed(row)
            case None:
                pass
            case other:
                found.append(other)
    return found
