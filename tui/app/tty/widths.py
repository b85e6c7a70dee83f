"""Columns that hold in any terminal, behind characters on whose width terminals disagree.

An emoji made of several code points takes 1, 2 or up to 8 cells, as the terminal, its version and its font have it:
Unicode Standard Annex 11 speaks of single code points only. Textual counts 2, and writes on behind what it counted.
"""

import re

from rich.cells import cell_len

from tui.pattern import pattern

_JOINS = r"\u200d\u20e3\ufe0e\ufe0f"
"""Joiner, keycap, and the two styles: make one picture with what stands before."""
_FAR_JOINS = r"\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
"""Skin tones and tags, which do the same."""
_FLAGS = r"\U0001f1e6-\U0001f1ff"
_NEW = r"\U0001f6d5-\U0001f6df\U0001f7e0-\U0001f7f0\U0001fa70-\U0001faff"
"""Since Unicode 12 (2019): a terminal with an older table takes them for narrow."""
_SCRIPTS = (
    r"\u0900-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u0f00-\u109f\u1100-\u11ff\u1780-\u17ff\u1a20-\u1aaf\u1b00-\u1bff"
    r"\ua880-\ua8ff\ua980-\ua9df\uaa60-\uaa7f\uabc0-\uabff"
)
"""Whose signs stand beside, above or around a letter: Indic, Thai and Lao, Tibetan, Burmese, Khmer, old Hangul."""
_FAR_SCRIPTS = r"\U00011000-\U00011fff"

# A class of the first 65,536 code points is one look into a table; one that goes beyond is searched through.
_NEAR = pattern(f"[{_JOINS}{_SCRIPTS}]")
_BEYOND = pattern(r"[\U00010000-\U0010ffff]")
_FAR = f"[{_FAR_JOINS}{_FLAGS}{_NEW}{_FAR_SCRIPTS}]"
# Compiled, by `re`, with the first text that has one.
_DISPUTED = (
    f"[{_FLAGS}]{{1,2}}"
    rf"|[{_SCRIPTS}{_FAR_SCRIPTS}][{_SCRIPTS}{_FAR_SCRIPTS}\u200c\u200d]*"  # word by word, so that letters still join
    rf"|.[{_JOINS}{_FAR_JOINS}](?:[{_JOINS}{_FAR_JOINS}]|(?<=\u200d).)*"
    f"|[{_NEW}]"
)
_SAVE, _BACK = "\x1b7", "\x1b8"  # DECSC and DECRC: the place and the colours


def disputed(text: str) -> bool:
    """Whether terminals disagree on the width of anything in a line; 1 µs for one of 120 cells."""
    if text.isascii():
        return False
    return bool(_NEAR.search(text) or (_BEYOND.search(text) and re.search(_FAR, text)))


def hold_columns(text: str) -> str:
    """The text, for a terminal, with each disputed cluster put on cells of its own.

    Its cells are blanked, it is drawn over them, and the cursor is then sent to the cell behind them, which is reached
    by counting from where the cluster began, however wide the terminal made it.
    """
    return re.sub(_DISPUTED, _hold, text) if disputed(text) else text


def _hold(match: re.Match[str]) -> str:
    cluster = match[0]
    width = cell_len(cluster)
    if not width:
        return cluster
    return f"{_SAVE}{' ' * width}{_BACK}{_SAVE}{cluster}{_BACK}\x1b[{width}C"
