"""Names of keys as people write them, made into the names under which Textual reports them. Pure."""

import re

from textual.keys import Keys, _character_to_key, key_to_character

_SIGNS = {_character_to_key(chr(code)): chr(code) for code in range(33, 127)}
"""By its name, what each key of ASCII types; Textual's own way back does not know "slash"."""

_MODIFIERS = {
    "ctrl": "ctrl", "control": "ctrl", "c": "ctrl",
    "alt": "alt", "option": "alt", "opt": "alt", "m": "alt",
    "shift": "shift", "super": "super", "cmd": "super", "win": "super", "hyper": "hyper", "meta": "meta",
}  # fmt: skip
_ALIASES = {
    "esc": "escape", "return": "enter", "cr": "enter", "del": "delete", "ins": "insert", "bs": "backspace",
    "pgup": "pageup", "page_up": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "page_down": "pagedown",
    "?": "question_mark", "spacebar": "space",
}  # fmt: skip
_SPECIAL = {"space", "backspace"} | {
    key.value.rpartition("+")[2] for key in Keys if len(key.value.rpartition("+")[2]) > 1
} - {"return", "<any>", "<ignore>", "<cursor-position-response>", "<vt100-mouse-event>", "<windows-mouse-event>"} - set(
    _SIGNS
)


def read_keys(text: str) -> tuple[str, ...]:
    """The keys of a text such as "ctrl+l, F2", each once; none for "none" and "".

    Raises:
        ValueError: one is no key; the message is half a sentence that quotes it.
    """
    tokens = [token.strip() for token in re.split(r"(?<!\w\+),", text)]
    if text.strip().casefold() in ("", "none"):
        return ()
    return tuple(dict.fromkeys(map(read_key, tokens)))


def read_key(token: str) -> str:
    """One key by its name in Textual, modifiers in its order.

    Raises:
        ValueError: it is none; the message is half a sentence that quotes it.
    """
    head, plus, last = token.rpartition("+")
    if not last and plus and (not head or head.endswith("+")):  # "ctrl++", or "+" alone
        head, last = head.removesuffix("+"), "+"
    modifiers = {_MODIFIERS.get(part.strip().casefold(), "") for part in head.split("+")} if head else set()
    base = last.strip()
    if len(base) == 1:
        if base.isupper() and modifiers:
            modifiers |= set() if "ctrl" in modifiers else {"shift"}
            base = base.lower()
        elif base.isalpha() and modifiers == {"shift"}:
            modifiers, base = set(), base.upper()
        base = _character_to_key(base)
    else:
        base = _ALIASES.get(base.casefold(), base.casefold())
    if "" in modifiers or not (base in _SPECIAL or character_of(base)):
        raise ValueError(f"“{token}” is no key")
    return "+".join([*sorted(modifiers), base])


def character_of(base: str) -> str:
    """What a key without modifiers types; "" for one that types nothing."""
    if base in _SPECIAL:
        return " " if base == "space" else ""
    character = base if len(base) == 1 else _SIGNS.get(base) or key_to_character(base) or ""
    return character if len(character) == 1 and character.isprintable() else ""


def is_text(key: str) -> bool:
    """Whether the key types something: a letter, a digit, a sign or a space, without ctrl and alt."""
    return "+" not in key and bool(character_of(key))
