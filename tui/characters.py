"""Characters that steer a terminal or that no reader sees, told from those in their right place.

Imports nothing of `tui` but `pattern`.

A run of such characters is judged as a whole, with the visible character before it. In their right place are one
variation selector after what can vary, one joiner, direction marks, and the tags of a regional flag. All others of
Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) can carry hidden text, and those that embed,
override or isolate a direction can make a line read as what it is not (Trojan Source, CVE-2021-42574).
"""

import re
from functools import cache
from typing import Literal

from tui.pattern import pattern

Role = Literal["kept", "mark", "filler", "control", "line", "direction", "hidden", "half"]
"""What becomes of a character.

- "kept": a selector, joiner or tag in its right place
- "mark": LRM, RLM, ALM: harmless, and needed by who writes Arabic or Hebrew
- "filler": a zero-width space or the like, which models leave behind
- "control": C0, DEL, C1; "line": the line and paragraph separators; "half": a lone surrogate
- "direction": embeddings, overrides, isolates
- "hidden": all others that no reader sees
"""

CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_LINES = r"\u2028\u2029"
_MARKS = r"\u061c\u200e\u200f"
_DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"
_FILLERS = r"\u180e\u200b\u2060\ufeff"
_JOINERS = r"\u200c\u200d"
_SELECTORS = r"\u180b-\u180d\u180f\ufe00-\ufe0f"
_HIDDEN = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u2061-\u2065\u206a-\u206f\u3164\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
# All of this plane: tags, the selectors of ideographs (E0100-E01EF), and nothing that anybody sees. One range, because
# each one beyond U+FFFF is looked at for every character.
_PLANE_14 = r"\U000e0000-\U000e0fff"
_PLANE_14_WITHOUT_SELECTORS = r"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
SURROGATES = r"\ud800-\udfff"

_ANY = f"{CONTROLS}{_LINES}{_MARKS}{_DIRECTIONS}{_FILLERS}{_JOINERS}{_SELECTORS}{_HIDDEN}{_PLANE_14}{SURROGATES}"
RUN = pattern(f"[{_ANY}]+")
"""Characters of these kinds, as many as follow each other."""


def suspects(more: str = "") -> str:
    """The pattern of a run that needs a look: all but a single joiner, which is in its right place wherever it stands.

    In Persian that is every other word. `more` are further characters that need one.
    """
    return f"[{_ANY}{more}](?:(?<![{_JOINERS}])|(?=[{_ANY}]))[{_ANY}]*"


SUSPECTS = pattern(suspects())

UNDRAWABLE = (
    f"{CONTROLS}\\t\\n{_LINES}{_MARKS}{_DIRECTIONS}{_FILLERS}{_HIDDEN}{_PLANE_14_WITHOUT_SELECTORS}{SURROGATES}"
)
"""What no cell of a screen may hold, as the inside of a class of a pattern; but for the tags of a flag."""

# As texts, as are others that few texts need: compiling takes up to 3 ms, and `re` keeps what it has compiled.
_ROLES: tuple[tuple[Role, str], ...] = (
    ("control", CONTROLS),
    ("mark", _MARKS),
    ("filler", _FILLERS),
    ("direction", _DIRECTIONS),
    ("line", _LINES),
    ("half", SURROGATES),
)
_JOINER = frozenset("\u200c\u200d")

_BLACK_FLAG = "\U0001f3f4"
# A region of two letters, a part of it of one to three, the end: Unicode TR 51, "emoji tag sequence", as in "gbsct".
_FLAG_TAGS = "[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}\U000e007f"
# What can vary, and by which selectors: StandardizedVariants.txt, emoji-variation-sequences.txt, UTS 37.
_IDEOGRAPHS = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_VARIES = (
    r"(?:[0-9#*\u2139]|[^\x00-\x7f\w\s])[\ufe0e\ufe0f]|0\ufe00"
    rf"|[\u1000-\u109f\u2200-\u22ff\u2a00-\u2aff\u3001-\u301f\ua840-\ua87f\uff01-\uff65{_IDEOGRAPHS}][\ufe00-\ufe0d]"
    r"|[\u1807\u1820-\u18aa][\u180b-\u180d\u180f]"
    rf"|[{_IDEOGRAPHS}][\U000e0100-\U000e01ef]"
)


def judged(before: str, run: str) -> tuple[tuple[str, Role], ...]:
    """Each character of a match of `RUN` or `SUSPECTS`, with its role; `before` is the character that it follows."""
    flag = re.match(_FLAG_TAGS, run) if before == _BLACK_FLAG else None
    start = flag.end() if flag else 0
    found: list[tuple[str, Role]] = [(tag, "kept") for tag in run[:start]]
    regular, joined = True, False
    for index, character in enumerate(run[start:]):
        role = _role(character)
        if role == "hidden" and index == 0 and not flag and _varies(before + character):
            role = "kept"
        elif character in _JOINER and regular and not joined:
            role, joined = "kept", True
        regular = regular and role in ("kept", "mark")
        found.append((character, role))
    return tuple(found)


def _varies(pair: str) -> bool:
    return bool(re.fullmatch(_VARIES, pair))


@cache
def _role(character: str) -> Role:
    return next((role for role, characters in _ROLES if re.match(f"[{characters}]", character)), "hidden")
