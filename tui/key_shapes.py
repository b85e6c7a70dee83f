"""How API keys look in text: unknown ones by their shape, a known one in every spelling. Imports nothing of `tui`.

A library that complains about what we sent quotes it as it likes: cut into lines, as a literal of Python or JSON, in a
URL, in an HTML page, in base64. Every repetition in these patterns that could meet itself is bounded, so that no text
takes more than linear time.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

_LONG, _HEAD = 20, 12
"""From which length on the first characters alone are masked too, as in a message that was cut, and how many."""

_BREAK = r"""(?:\s|\\[nrt]|\\$|["']\s*b?["']|%20|%0[AaDd])*"""
"""What may stand between two characters of a value: the end of a line, or of a literal that another one continues."""

_QUOTES = "\\\"'"
_BACKSLASH = r"\\[xuU]0{0,6}5c|&(?:amp;)?\#0{0,6}92;|&(?:amp;)?\#x0{0,6}5c;|%(?:25){0,2}5c"
_CUT = r"""(?:\s+|["']\s+b?["']|["']b["'])?"""
"""What may stand within an escape: it leaves no doubt which letter was escaped."""

_MARKS = (
    r"""["']""",
    rf"(?:\\(?![xuU]0{{0,6}}(?:5c|22|27))|{_BACKSLASH})(?:{_CUT}[nrt]|(?!{_CUT}[nrt]))",
    r"\\[xuU]0{0,6}2[27]",
    r"&(?:amp;)?(?:\#0{0,6}3[49]|\#x0{0,6}2[27]|quot);",
    rf"%(?:25){{0,2}}(?:2[27]|{_BREAK}(?:2{_BREAK}0|0{_BREAK}[ad]))",
    r"""(?<=["'\s])b(?=["'])""",
)
_MARK = f"(?:{'|'.join(_MARKS)})"
"""A quotation mark, a backslash with what it may escape, or what else may stand at the end of a line or a literal."""

_PIECES = re.compile(rf"(?:{_MARK}|\s)+|.", re.IGNORECASE)
"""What of a value is looked for one by one. Marks in a row are one, with all that may stand around them: each mark of a
text is one in one way, and a row is taken whole or not at all. With a choice at each, a value that is nearly there
could be found in a milliard ways.
"""
_MOST_MARKS = 64
"""Before and behind a value."""

_QUOTING = (
    r"""(?:[\\"']|\\[xuU]0{0,6}(?:5c|22|27)|&\#0{0,6}(?:92|34|39);|&\#x0{0,6}(?:5c|22|27);|&quot;"""
    r"""|%(?:25)?(?:5c|22|27))+"""
)
"""Many quotation marks and backslashes one after another."""

_SINGLE_PIECES = re.compile(rf"(?:\\+[nrt]|%20|%0[ad]){{3,}}|[{re.escape(_QUOTES)}]{{3,}}|\S", re.IGNORECASE)
"""The same of a value with few marks, which may be mixed with anything: each is looked for in all its spellings."""
_FEW = 4

_AROUND = r"[\w+/=-]{0,4}"
"""Characters of base64 that hold a part of a value besides others."""

KEY_SHAPES = (
    r"sk-[\w.*-]{6,}",
    r"sk-(?:proj|svcacct|admin)-[\w.*-]{6,}",
    r"sk-ant-[\w.*-]{6,}",
    r"sk-or-[\w.*-]{6,}",
    r"sk-[0-9a-f]{32}",
    r"AIza[\w*-]{10,}",
    r"AQ\.[\w*-]{10,}",
    r"ya29\.[\w.*-]{10,}",
    r"ABSK[\w+/=*]{10,}",
    r"AKIA[A-Z0-9*]{10,}",
    r"gsk_[\w*]{6,}",
    r"xai-[\w*-]{6,}",
    r"tgp_[\w*-]{6,}",
    r"fw_[\w*]{16,}",
    r"csk-[\w*-]{6,}",
    r"pplx-[\w*-]{6,}",
    r"hf_[\w*]{6,}",
    r"[0-9a-f]{32}\.\w{16}",
)
"""What vendors' keys look like. The engine's table of vendors says so; this module may not import it, so a test holds
the two equal."""


@cache
def key_pattern() -> re.Pattern[str]:
    """Finds what looks like a key; the group `sep` is what stands between a name and its key, and stays."""
    return re.compile(
        rf"""(?ix)
        \b(?: {" | ".join(KEY_SHAPES)} | sk_[a-z0-9_*.\-]{{16,}} | r8_[a-z0-9]{{6,}} | nvapi-[a-z0-9_\-]{{16,}} )
        | (?<![\w.\-]) eyJ[a-z0-9_\-]{{8,}}\.[a-z0-9_\-]+\.[a-z0-9_\-]*
        | (?<=bearer\s) [a-z0-9_.~+/=\-]{{6,}}
        | (?<=basic\s) [a-z0-9+/=]{{8,}}
        | (?<=[?&]key=) [^&\s"']+
        | (?: (?<=x-api-key) | (?<=api-key) | (?<=api_key) ) (?P<sep>["']?\s*[:=]\s*["']?) [^\s"',}}]+
        """
    )


@lru_cache(64)
def spellings(value: str) -> re.Pattern[str]:
    """Finds a secret value (one line) however it is quoted."""
    ways = [_spelled(value), *map(re.escape, _long_parts(value))]
    if "\\" in value:
        ways.append(r"\\n".join(map(re.escape, value)))  # each character as a line, which cuts its escapes in two
    if len(value) >= _LONG:
        ways.append(_spelled(value[:_HEAD]) + r"""[^\s"'<>]*""")
    data = value.encode("utf-8", "surrogatepass")
    ways += [f"{_AROUND}{_spelled(core)}{_AROUND}" for core in _base64_cores(data)]
    ways.append(data.hex())
    return re.compile("|".join(ways), re.IGNORECASE | re.MULTILINE)


def _spelled(value: str) -> str:
    pieces: list[str] = [piece.strip() for piece in _PIECES.findall(value)]
    if _marks(pieces) <= _FEW:
        singles = _SINGLE_PIECES.findall(value)
        return _BREAK.join(_character(one) if len(one) == 1 else _run(one) for one in singles)
    if len(pieces) == 1:
        return re.escape(pieces[0])  # nothing but marks, which stand everywhere
    spelled, last = "", len(pieces) - 1
    joined = True
    for number, piece in enumerate(pieces):
        if not piece or (len(piece) == 1 and piece not in _QUOTES):
            spelled += ("" if joined else _BREAK) + (_character(piece) if piece else "")
            joined = not piece
        elif number in (0, last) and len(piece) == 1:  # what the text around it is quoted with stays
            spelled += ("" if joined else _BREAK) + _character(piece)
            joined = True
        elif number == last:
            spelled += f"{_MARK}{{1,{_MOST_MARKS}}}"
        else:
            mark = rf"(?:(?!{'|'.join(_codes(pieces[number + 1])) or '(?!)'}){_MARK}|\s)"
            first = f"(?!\\s){mark}{{1,{_MOST_MARKS}}}" if number == 0 else f"{mark}+"
            spelled += f"{first}(?!{mark})"
            joined = True
    return spelled


def _marks(pieces: list[str]) -> int:
    return sum(_is_mark(piece) for piece in pieces)


def _is_mark(piece: str) -> bool:
    return len(piece) > 1 or (piece != "" and piece in _QUOTES)


def _long_parts(value: str) -> list[str]:
    """What between many marks is a secret by itself, such as a line of a private key, however those are quoted."""
    pieces: list[str] = [piece.strip() for piece in _PIECES.findall(value)]
    if _marks(pieces) <= _FEW:
        return []
    parts = "".join(" " if _is_mark(piece) else piece or " " for piece in pieces).split()
    return [part for part in parts if len(part) >= _HEAD]


def _run(piece: str) -> str:
    return _QUOTING if piece[-1] in _QUOTES else rf"(?:{_QUOTING}[nrt]|{_character('%')}(?:20|0[ad]))+"


def _character(character: str) -> str:
    """Finds a character, each spelling of it in one way: with two, a value that is nearly there takes for ever."""
    if character.isascii() and character.isalnum():
        return character
    from html import escape

    code = ord(character)
    percent = "".join(f"%(?:25)?{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    ways = [*_codes(character), rf"&\#0{{0,6}}{code};", rf"&\#x0{{0,6}}{code:x};", percent]
    if (named := escape(character)) != character:
        ways.append(re.escape(named))
    alphabets = {"+": "[+-]", "-": "[+-]", "/": "[/_]", "_": "[/_]"}  # the two of base64
    ways.append(rf"\\{{0,8}}{alphabets.get(character) or re.escape(character)}")
    return f"(?:{'|'.join(ways)})"


def _codes(character: str) -> Iterator[str]:
    """Those of its spellings that begin with a backslash."""
    if character.isascii() and character.isalnum():
        return
    yield rf"\\[xuU]0{{0,6}}{ord(character):x}"
    if len(utf8 := character.encode("utf-8", "surrogatepass")) > 1:
        yield "".join(rf"\\x{byte:02x}" for byte in utf8)


def _base64_cores(data: bytes) -> Iterator[str]:
    """The part of base64 text that stands for `data` whatever comes before and after it, for each of three offsets."""
    from base64 import b64encode

    for offset in range(3):
        whole = b64encode(bytes(offset) + data).decode().rstrip("=")
        core = whole[offset + bool(offset) :]
        if (offset + len(data)) % 3:
            core = core[:-1]
        if len(core) >= 8:
            yield core
