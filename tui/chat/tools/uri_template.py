"""Addresses with blanks, as servers offer them: which variables one has, and the address with them filled in. Pure.

Source: RFC 6570, levels 1 to 3; of level 4 a prefix (":3") is heeded, and a value is never a list.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

_EXPRESSION = re.compile(r"\{([+#./;?&]?)([^{}]+)\}")
_VARIABLE = re.compile(r"([\w.%]+)(?::(\d{1,4}))?\*?")
_RESERVED = ":/?#[]@!$&'()*+,;="
_FORMS: Mapping[str, tuple[str, str, bool]] = {
    "": ("", ",", False),
    "+": ("", ",", False),
    "#": ("#", ",", False),
    ".": (".", ".", False),
    "/": ("/", "/", False),
    ";": (";", ";", True),
    "?": ("?", "&", True),
    "&": ("&", "&", True),
}
"""By operator: what stands first, what stands between, and whether a value has its name before it."""


def variables(template: str) -> tuple[str, ...]:
    """The names of the blanks, each once, in their order."""
    found = (name for match in _EXPRESSION.finditer(template) for name, _ in _VARIABLE.findall(match[2]))
    return tuple(dict.fromkeys(found))


def expand(template: str, values: Mapping[str, str]) -> str:
    """The address; a blank without a value is left out, with the sign before it."""

    def filled(match: re.Match[str]) -> str:
        first, between, named = _FORMS[match[1]]
        safe = _RESERVED if match[1] in ("+", "#") else ""
        parts = []
        for name, length in _VARIABLE.findall(match[2]):
            if not (value := values.get(name, "")):
                continue
            text = quote(value[: int(length)] if length else value, safe=safe)
            parts.append(f"{name}={text}" if named else text)
        return f"{first}{between.join(parts)}" if parts else ""

    return _EXPRESSION.sub(filled, template)
