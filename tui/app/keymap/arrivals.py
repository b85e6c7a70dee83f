"""What a key becomes on its way: the bytes that terminals send for it, read as the app reads them.

Not a list of exceptions, but the app's own parser asked: what it makes of the bytes is what arrives.
"""

from functools import cache

from textual import events
from textual.keys import _character_to_key

from tui.app.keymap.names import character_of
from tui.app.tty.keys import KeyParser, as_word_key

_ESCAPE = "\x1b"
_LETTERED = {
    "up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H",
    "f1": "P", "f2": "Q", "f3": "R", "f4": "S",
}  # fmt: skip
_NUMBERED = {
    "insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "f5": 15, "f6": 17, "f7": 18, "f8": 19, "f9": 20,
    "f10": 21, "f11": 23, "f12": 24,
}  # fmt: skip
_PLAIN = {"enter": "\r", "tab": "\t", "escape": _ESCAPE, "backspace": "\x7f", "space": " "}
_BITS = {"shift": 1, "alt": 2, "ctrl": 4}


def sent_bytes(key: str) -> str:
    """What a terminal without the Kitty protocol sends for a key, as xterm does; "" for a key that none has.

    Source: XTerm Control Sequences, "PC-Style Function Keys" and "Alt and Meta Keys".
    """
    *modifiers, base = key.split("+")
    bits = sum(_BITS.get(modifier, 64) for modifier in modifiers)
    if bits >= 64:
        return ""
    if base in _LETTERED:
        return f"\x1b[1;{bits + 1}{_LETTERED[base]}" if bits else f"\x1bO{_LETTERED[base]}"
    if base in _NUMBERED:
        return f"\x1b[{_NUMBERED[base]};{bits + 1}~" if bits else f"\x1b[{_NUMBERED[base]}~"
    if key == "shift+tab":
        return "\x1b[Z"
    if base in _PLAIN:
        character = "\x00" if base == "space" and "ctrl" in modifiers else _PLAIN[base]
        character = "\x08" if base == "backspace" and "ctrl" in modifiers else character
    else:
        character = character_of(base)
        if "ctrl" in modifiers:
            character = _control(character)
        elif "shift" in modifiers:
            character = character.upper()
    return (_ESCAPE if "alt" in modifiers else "") + character if len(character) == 1 else ""


def _control(character: str) -> str:
    """What ctrl makes of a character: one of 32 codes, or nothing at all."""
    if character.isalpha() and character.isascii():
        return chr(ord(character.upper()) & 0x1F)
    return {"@": "\x00", "[": "\x1b", "\\": "\x1c", "]": "\x1d", "^": "\x1e", "_": "\x1f", "?": "\x7f"}.get(
        character, character
    )


@cache
def arrives_as(key: str) -> str:
    """The name under which a key reaches the app without the Kitty protocol; "" when it never does."""
    sent = sent_bytes(key)
    if sent in ("", _ESCAPE):
        return "escape" if sent else ""
    found = [one for one in KeyParser().feed(sent) if isinstance(one, events.Key)]
    if len(found) != 1:
        return ""  # it begins a longer sequence, or is read as text
    return by_its_name(as_word_key(found[0]).key)


def arrives_with_protocol(key: str) -> str:
    """The name under which a key reaches the app with the Kitty protocol, which tells all keys apart."""
    return as_word_key(events.Key(key, None)).key


def by_its_name(key: str) -> str:
    """A key that Textual names by its character, by its name."""
    *modifiers, base = key.split("+")
    return "+".join([*modifiers, _character_to_key(base) if len(base) == 1 else base])
