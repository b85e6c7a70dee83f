"""Whether a text is a key that can be sent: read once, wherever it comes from. Pure; imports nothing of `tui`.

A key goes into an HTTP header, where a line end or a letter outside ASCII makes a library refuse it, and quote it.
"""

import re
from dataclasses import field

from tui.dataclass import dataclass
from tui.pattern import pattern

LONGEST = 16_384
"""Characters; tokens of cloud vendors have some thousand."""

# What editors and web pages put beside a text, without any width.
_EDGES = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad\x00"
_LINE_END = pattern(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class KeyText:
    """What was read of a text that should hold a key.

    Attributes:
        key: the usable key, or "" when there is none; it stands in no repr.
        problem: why there is no key in a text, one sentence that names its source and quotes nothing of it; else "".
    """

    key: str = field(default="", repr=False)
    problem: str = ""


def read_key(text: str, source: str) -> KeyText:
    """Take the key out of a text from a variable, a file, a command, a keyring or a paste.

    Of several lines the first one that is not empty counts: a password manager puts notes below the key. A byte order
    mark and blanks at its edges are dropped.

    Args:
        text: as it came.
        source: what to name, such as "OPENAI_API_KEY" or "credentials.toml".
    """
    lines = (_trimmed(line) for line in _LINE_END.split(text))
    key = next((line for line in lines if line), "")
    if len(key) > LONGEST:
        return KeyText(problem=f"{source} holds no key: it is longer than any.")
    if odd := re.search(r"[^ -~]", key):
        return KeyText(problem=f"{source} holds no key: it has a character that no key has (U+{ord(odd[0]):04X}).")
    return KeyText(key)


def _trimmed(line: str) -> str:
    before = None
    while line != before:
        before, line = line, line.strip().strip(_EDGES)
    return line
