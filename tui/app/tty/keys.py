"""Bytes of a terminal into keys: a modified key is never the bare key.

Textual 8.2.8 waits 0.1 s behind `ESC m` and then gives a key that types "m"; of `ESC CR` it makes enter, of `ESC 1`
the text "¡"; and of a sequence that it does not know it types every character.
"""

import re
import time
from collections.abc import Iterable, Iterator

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.keys import Keys
from textual.message import Message
from typing_extensions import override

from tui.pattern import pattern

_MODIFY_OTHER_KEYS = pattern(r"\x1b\[27;(\d+);(\d+)~")
"""xterm's modifyOtherKeys, format 0 (XTerm Control Sequences, "Alt and Meta Keys"): modifiers, character."""
_ALT_CHORD = pattern(r"\x1b[^\x1b\[O\]P_^X]", re.DOTALL)
"""Escape and any character that begins no longer sequence."""
_ALT_KEYS_OF_TEXTUAL = frozenset({"\x1bb", "\x1bf", "\x1b\t", "\x1b\x7f"})
"""By words, backwards through the focus, and the word before: right as they are."""
_CONTROL_SEQUENCE = pattern(r"\x1b\[(?!\[)[0-?]*[ -/]*[@-~]")
_ANSWER_OR_MOUSE = pattern(r"\x1b\[(?:M|<?[-\d;]+[mM]$|\?\d+;\d\$y$)")
"""What `XTermParser` reads after it has asked for keys: the mouse, and answers about modes."""
_SHIFTED = {
    f"\x1b[{code}~": f"shift+f{number}" for number, code in enumerate((25, 26, 28, 29, 31, 32, 33, 34), start=1)
}
"""What the VT220 and its heirs, such as the Linux console, send for shift and F1 to F8: codes of F13 to F20."""
WORD_KEYS = {
    "alt+left": "ctrl+left",
    "alt+right": "ctrl+right",
    "alt+b": "ctrl+left",
    "alt+f": "ctrl+right",
    "alt+shift+left": "ctrl+shift+left",
    "alt+shift+right": "ctrl+shift+right",
    "alt+d": "alt+delete",
    "ctrl+delete": "alt+delete",
    "alt+backspace": "ctrl+w",
    "ctrl+backspace": "ctrl+w",
}
"""Keys by words, as macOS, emacs and readline have them, and the ones that a text field knows."""


_HEX = "([0-9a-fA-F]{1,4})"
_BACKGROUND = pattern(rf"\x1b\]11;rgba?:{_HEX}/{_HEX}/{_HEX}[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[\?997;([12])n")
"""The answer to a question for the colour behind the text, and word that it has become dark (1) or light (2)."""
_BEGUN = pattern(r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]{0,40}\x1b?)?)?)?|\[(?:\?(?:9(?:9(?:7(?:;[12]?)?)?)?)?)?)?\Z")
_NO_KEY = 3
"""A beginning of more characters is none of any key."""
_ANSWER_S = 3.0
"""How long an answer may be on its way, and be cut in two."""
_HELD_S = 0.1
"""How long its beginning waits for its end, as long as an Escape that may begin something."""


class BackgroundReported(Message):
    """The terminal has said what its text stands on."""

    def __init__(self, light: bool) -> None:
        super().__init__()
        self.light = light


class KeyParser(XTermParser):
    """Makes keys of what a terminal sends, with or without the Kitty protocol.

    A paste is taken as a whole before keys are looked for: Textual 8.2.8 presses the keys behind an escape in it.
    So are answers about the background, of which it would type every character.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._paste: str | None = None
        self._expects_until = 0.0
        self._held = ""
        self._held_since = 0.0

    def expect_background(self) -> None:
        """An answer about the background may come now, in pieces."""
        self._expects_until = time.monotonic() + _ANSWER_S

    @override
    def feed(self, data: str) -> Iterable[Message]:
        if self._held:
            data, self._held = self._held + data, ""
        while data:
            if self._paste is not None:
                pasted, end, data = (self._paste + data).partition(BRACKETED_PASTE_END)
                self._paste = None if end else pasted
                if end:
                    yield events.Paste(pasted.replace("\x00", ""))
                continue
            keys, start, data = data.partition(BRACKETED_PASTE_START)
            if start:
                self._paste = ""
            if keys:
                yield from self._keys(keys)

    @override
    def tick(self) -> Iterable[Message]:
        sure = len(self._held) > _NO_KEY
        if self._held and time.monotonic() - self._held_since > (_ANSWER_S if sure else _HELD_S):
            held, self._held = self._held, ""
            if not sure:  # the rest of an answer will not come any more
                yield from super().feed(held)
        yield from super().tick()

    def _keys(self, data: str) -> Iterator[Message]:
        """Keys, and between them what the terminal says of its background."""
        now, position = time.monotonic(), 0
        begun = _BEGUN.search(data)
        if begun and (now < self._expects_until or len(begun[0]) > _NO_KEY):
            self._held, self._held_since, data = begun[0], now, data[: begun.start()]
        for report in _BACKGROUND.finditer(data):
            if before := data[position : report.start()]:
                yield from super().feed(before)
            yield BackgroundReported(_is_light(report))
            self._expects_until = 0.0
            position = report.end()
        if rest := data[position:]:
            yield from super().feed(rest)

    @override
    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if match := _MODIFY_OTHER_KEYS.fullmatch(sequence):
            modifiers, code = int(match[1]), int(match[2])
            return self._modified(modifiers, code)
        if sequence in _SHIFTED:
            return [events.Key(_SHIFTED[sequence], None)]
        if (alt and sequence) or (_ALT_CHORD.fullmatch(sequence) and sequence not in _ALT_KEYS_OF_TEXTUAL):
            return [self._with_alt(sequence[-1])]
        keys = list(super()._sequence_to_key_events(sequence))
        if not keys and _CONTROL_SEQUENCE.fullmatch(sequence) and not _ANSWER_OR_MOUSE.match(sequence):
            return [events.Key(Keys.Ignore, sequence)]
        return keys

    def _modified(self, modifiers: int, code: int) -> Iterable[events.Key]:
        """A key in the spelling of modifyOtherKeys; with shift alone, a printable character is text."""
        if not 0 < code <= 0x10FFFF:
            return [events.Key(Keys.Ignore, "")]
        if modifiers <= 2 and chr(code).isprintable():
            return super()._sequence_to_key_events(chr(code))
        return super()._sequence_to_key_events(f"\x1b[{code};{modifiers}u")

    def _with_alt(self, character: str) -> events.Key:
        """The key with alt; it has no character, so that no field takes it for text."""
        name = next((key.key for key in super()._sequence_to_key_events(character)), character)
        if len(name) == 1 and name.isupper():
            name = f"shift+{name.lower()}"
        return events.Key(f"alt+{name}", None)


def _is_light(report: re.Match[str]) -> bool:
    if report[4]:
        return report[4] == "2"
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in report.group(1, 2, 3))
    brightness: float = 0.299 * red + 0.587 * green + 0.114 * blue
    return brightness > 0.5


def as_word_key(event: events.Key) -> events.Key:
    """The same key by the name under which text fields know it."""
    return events.Key(WORD_KEYS[event.key], None) if event.key in WORD_KEYS else event
