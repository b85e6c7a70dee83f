"""Text from outside (replies, titles, names, errors, files) made safe to draw, store and log. Imports nothing of `tui`.

Policy, after Markus Kuhn's rule of 2000 for C0/C1 controls that come from outside: what could steer a terminal or hide
something is replaced by something visible; nothing but a few invisible fillers is deleted. Stored text stays as it
came (`storable` only removes what a database cannot hold); screens, copies and exports get `clean` text.
"""

import re
from collections.abc import Iterable

# Joiners and emoji selectors (ZWJ, ZWNJ, U+FE0F) stay: Persian, Indic scripts and emoji need them.
_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f\x80-\x9f"
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = r"\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f"
_FILLERS = r"\u180e\u200b\u2060\ufeff"
_SURROGATES = r"\ud800-\udfff"
_HOSTILE = re.compile(f"[{_CONTROLS}{_DIRECTION}{_INVISIBLE}{_FILLERS}{_SURROGATES}]")

_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e\u0f71-\u0f84"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef"
)
_TOO_MANY_MARKS = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")
_SPACES = re.compile(r"\s+")

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
    r"fw_[\w*]{6,}",
    r"csk-[\w*-]{6,}",
    r"pplx-[\w*-]{6,}",
    r"hf_[\w*]{6,}",
    r"[0-9a-f]{32}\.\w{16}",
)
"""What vendors' keys look like. The engine's table of vendors says so; this module may not import it, so a test holds
the two equal."""
_KEYS = re.compile(
    rf"""(?x)
    \b(?: {" | ".join(KEY_SHAPES)} | r8_\w{{6,}} )
    | (?i: (?<=bearer\s) [a-z0-9_.~+/=\-]{{6,}}
         | (?<=[?&]key=) [^&\s"']+
         | (?: (?<=x-api-key) | (?<=api-key) | (?<=api_key) ) (?P<sep>["']?\s*[:=]\s*["']?) [^\s"',}}]+ )
    """
)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if code in (0x180E, 0x200B, 0x2060, 0xFEFF):
        return ""
    if code in (0x2028, 0x2029):
        return "\n"
    return f"<U+{code:04X}>"


def clean(text: str) -> str:
    """Make text safe to hand to a terminal, keeping its lines and tabs.

    C0 controls and DEL become their Unicode pictures, C1, bidirectional and tag characters become `<U+202E>`, lone
    surrogates U+FFFD; a base character keeps at most eight combining marks. Takes about 1 ms per 100 kB.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if _HOSTILE.search(text):
        text = _HOSTILE.sub(_visible, text)
    if not text.isascii():
        text = _TOO_MANY_MARKS.sub(r"\1", text)
    return text


def clean_line(text: str, limit: int = 200) -> str:
    """Make text safe and put it on one line of at most `limit` characters, cut with "…"."""
    line = _SPACES.sub(" ", clean(text[: limit * 4])).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def storable(text: str) -> str:
    """Text that SQLite and UTF-8 can hold: surrogate halves are joined, lone ones become U+FFFD, NUL becomes "␀"."""
    if not text.isascii() and re.search(f"[{_SURROGATES}]", text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "\u2400")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask API keys: the given values, and whatever looks like one (`sk-…`, `Bearer …`, `?key=…`, `x-api-key: …`)."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return _KEYS.sub(lambda match: f"{match['sep'] or ''}…", text)
