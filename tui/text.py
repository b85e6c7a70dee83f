"""Text from outside (replies, titles, names, errors, files) made safe to draw, copy, store and log.

Policy, after Markus Kuhn's rule of 2000 for C0/C1 controls that come from outside: on a screen, what could steer a
terminal or hide something is replaced by something visible (`clean`). What leaves the program, as a copy, an export or
into a pipe, has none of these display forms: controls are replaced, and what no reader sees is left out (`portable`).
Both keep what scripts and emoji need, and drop a few fillers. Stored text stays as it came; `storable` only removes
what a database cannot hold.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from typing import assert_never

from tui.characters import RUN, SURROGATES, SUSPECTS, UNDRAWABLE, Role, judged, suspects
from tui.key_shapes import key_pattern, spellings
from tui.pattern import pattern

_ASCII_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e\u0f71-\u0f84"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef"
)
_TOO_MANY_MARKS = f"([{_MARKS}]{{8}})[{_MARKS}]+"
_SUSPECT_OR_MARK = pattern(suspects(_MARKS))
"""Finds nothing in most texts, which are done then after one look."""
_NEAR_MARKS = _MARKS.replace(r"\ufe00-\ufe0f", "").replace(r"\U000e0100-\U000e01ef", "")
UNNETTED = re.compile(f"[{UNDRAWABLE}{_NEAR_MARKS}]")
"""Finds whether `drawable` may have anything to do; selectors alone pile up nothing."""
_COMBINING = pattern(f"[{_MARKS}]")
_PILED = f"(?s:.)[{_MARKS}]{{1,8}}\\Z"
_USELESS = r"(?<=[\x00-\x7f])[\u200c\u200d\ufe00-\ufe0f]+"
_SPACES = re.compile(r"\s+")
_LONGEST_CLUSTER = 64
_SHORT = 16
"""How many characters make a run that is worth remembering: marks of a script and joiners of emoji come again."""

_SHORTEST_SECRET = 4
"""What is shorter ("x", as local servers take it) is no secret, and stands in every text."""


def clean(text: str) -> str:
    """Make text safe to draw, keeping its lines and tabs.

    C0 controls and DEL become their Unicode pictures; C1 controls, directional overrides and what could carry hidden
    text become `<U+202E>`; a lone surrogate U+FFFD; a base character keeps at most eight combining marks. Direction
    marks and fillers are dropped. Takes 2 ms for 100,000 characters, 15 where every word has direction marks.
    """
    return _cleaned(text, _shown)


def revealed(text: str) -> str:
    """As `clean`, and nothing is dropped: for what a person is asked to agree to.

    Direction marks, fillers, line separators, marks above the eighth, and joiners and selectors behind a character of
    ASCII, which has no use for them, are shown as `<U+200B>`, too.
    """
    text = text.replace("\r\n", "\n")
    if text.isascii():
        return clean(text)
    text = re.sub(_USELESS, _codes, SUSPECTS.sub(_bared, text))
    return re.sub(_TOO_MANY_MARKS, lambda match: match[1] + _codes(match[0][len(match[1]) :]), text)


def _codes(found: re.Match[str] | str) -> str:
    return "".join([f"<U+{ord(character):04X}>" for character in (found if isinstance(found, str) else found[0])])


def portable(text: str) -> str:
    """Make text safe to leave the program: for the clipboard, a file, or a pipe.

    As `clean`, without its display forms: direction marks stay, a C1 control becomes U+FFFD, overrides and what could
    carry hidden text are left out.
    """
    return _cleaned(text, _carried)


def clean_line(text: str, limit: int = 200) -> str:
    """Make text safe to draw on one line of at most `limit` characters, cut with "…"."""
    return _line(clean, text, limit)


def portable_line(text: str, limit: int = 200) -> str:
    """Make text safe to leave the program, on one line of at most `limit` characters, cut with "…"."""
    return _line(portable, text, limit)


def drawable(text: str) -> str:
    """The last net over a piece of a drawn line, for text that was not cleaned; what it drops has no width.

    `UNNETTED` finds whether it has anything to do.
    """
    text = RUN.sub(_netted, text.replace("\t", " ").replace("\n", " "))
    return re.sub(_TOO_MANY_MARKS, r"\1", text)


class StreamCleaner:
    """Cleans text that arrives in pieces as if it had come at once.

    What may still change with the next piece waits for it: half a line end, an emoji's or a letter's marks, a flag.

    Args:
        clean: `clean` or `portable`.
    """

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._before = ""
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be written now."""
        text = self._held + piece
        end = len(text)
        while end and len(text) - end < _LONGEST_CLUSTER and _goes_on(text[end - 1]):
            end -= 1
        text, self._held = text[:end], text[end:]
        return self._after(text)

    def end(self) -> str:
        """What is left when nothing more comes."""
        text, self._held = self._held, ""
        return self._after(text)

    def _after(self, text: str) -> str:
        if not text:
            return ""
        cleaned = self._clean(self._before + text)[len(self._before) :]
        if _COMBINING.match(text[-1]) and (piled := re.search(_PILED, self._before + cleaned)):
            self._before = piled[0]  # so that more of them are counted with these
        else:
            self._before = "" if _goes_on(text[-1]) or text[-1].isspace() else text[-1]
        return cleaned


def _goes_on(character: str) -> bool:
    return character == "\r" or bool(RUN.match(character) or _COMBINING.match(character))


def _cleaned(text: str, replace: Callable[[re.Match[str]], str]) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if text.isascii():
        return RUN.sub(replace, text) if _ASCII_CONTROLS.search(text) else text
    if not _SUSPECT_OR_MARK.search(text):
        return text
    return re.sub(_TOO_MANY_MARKS, r"\1", SUSPECTS.sub(replace, text))


def _line(clean: Callable[[str], str], text: str, limit: int) -> str:
    line = _SPACES.sub(" ", clean(text[: limit * 4])).strip()
    if len(line) <= limit:
        return line
    end = limit - 1
    while end and _goes_on(line[end]):  # never between an emoji and what belongs to it
        end -= 1
    return line[:end].rstrip(" \u200c\u200d") + "…"


@cache
def _form(character: str, role: Role, *, visible: bool) -> str:
    """What stands for a character on a screen (`visible`), or in text that leaves the program."""
    code = ord(character)
    match role:
        case "kept":
            return character
        case "mark":
            return "" if visible else character
        case "filler":
            return ""
        case "direction" | "hidden":
            return f"<U+{code:04X}>" if visible else ""
        case "line":
            return "\n"
        case "half":
            return "\ufffd"
        case "control":
            if code < 0x80:
                return "\u2421" if code == 0x7F else chr(0x2400 + code)
            return f"<U+{code:04X}>" if visible else "\ufffd"
        case _:
            assert_never(role)


def _bare(character: str, role: Role) -> str:
    return _codes(character) if role in ("mark", "filler", "line") else _form(character, role, visible=True)


def _net(character: str, role: Role) -> str:
    if role == "kept":
        return character
    has_no_width = role in ("mark", "filler", "hidden") and character != "\xad"
    return "" if has_no_width else "\ufffd"


def _replacing(form: Callable[[str, Role], str]) -> Callable[[re.Match[str]], str]:
    """What to replace a whole run by, so that `form` stands for each of its characters."""

    def replacement(before: str, run: str) -> str:
        return "".join([form(character, role) for character, role in judged(before, run)])

    remembered = lru_cache(4096)(replacement)

    def replace(match: re.Match[str]) -> str:
        start, run = match.start(), match[0]
        return (remembered if len(run) <= _SHORT else replacement)(match.string[start - 1 : start], run)

    return replace


_shown = _replacing(partial(_form, visible=True))
_carried = _replacing(partial(_form, visible=False))
_netted = _replacing(_net)
_bared = _replacing(_bare)


def storable(text: str) -> str:
    """Text that SQLite and UTF-8 can hold: surrogate halves are joined, lone ones become U+FFFD, NUL becomes "␀"."""
    if not text.isascii() and re.search(f"[{SURROGATES}]", text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "\u2400")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask API keys: whatever looks like one, and each line of the given values, in whatever spelling it is quoted."""
    for secret in secrets:
        for line in secret.splitlines():
            if not is_too_short(value := line.strip()):
                text = spellings(value).sub("…", text)
    return key_pattern().sub(lambda match: f"{match['sep'] or ''}…", text)


def is_too_short(secret: str) -> bool:
    """Whether it is nothing that could be masked where it stands in other text: it would be found in every one."""
    return len(secret) < _SHORTEST_SECRET
