"""Where a link leads, and what about it could mislead whoever reads it. Opens nothing."""

import re
import unicodedata
from urllib.parse import urlsplit

_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "HEBREW", "ARABIC")


def link_warnings(href: str) -> list[str]:
    """Sentences about what is not as it seems in a target that may be opened; none for an ordinary one."""
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return []
    warnings = []
    if "@" in parts.netloc:
        warnings.append(f"What stands before the @ is no address: it leads to {host}.")
    if not host.isascii():
        warnings.append(f"The name has other letters than a to z: it is {_ascii(host)}.")
    elif "xn--" in host and (shown := _unicode(host)):
        warnings.append(f"It is the name {shown}, in other letters than a to z.")
    readable = _unicode(host) or host
    if any(len(_alphabets(label)) > 1 for label in readable.split(".")):
        warnings.append("It mixes letters of several alphabets, as forged addresses do.")
    return warnings


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return "not a name that exists"


def _unicode(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna") if "xn--" in host else ""
    except UnicodeError:
        return ""


def _alphabets(label: str) -> set[str]:
    names = [unicodedata.name(letter, "") for letter in re.findall(r"[^\W\d_]", label)]
    return {alphabet for name in names for alphabet in _ALPHABETS if name.startswith(alphabet)}
