"""The signs that the program draws with, and what stands for each where a terminal has no more than ASCII.

Each takes one cell in both spellings, so that nothing moves. Letters of a text, such as "é" or "中", are none of them:
they stay where the terminal's encoding has them. Pure.
"""

import codecs
from unicodedata import combining, east_asian_width

_SIGNS = {
    # What has a state tells it by its sign, so those that stand in one place must differ here, too.
    "◆": "*", "◇": "o", "●": "@", "○": "o", "★": "+", "✎": "~", "■": "#", "✓": "v", "✗": "x", "✕": "x", "◷": "t",
    "❯": ">", "›": ">", "‹": "<", "▸": ">", "▾": "v", "◂": "<", "✦": "*", "•": "*", "·": "-", "▍": "_",
    "↑": "^", "↓": "v", "←": "<", "→": ">", "↵": "<", "↳": "`", "└": "`", "⌫": "<", "⇥": ">", "⟶": ">", "⟵": "<",
    "…": ".", "⋯": ".", "—": "-", "–": "-", "−": "-", "‑": "-", "≈": "~", "×": "x", "÷": "/", "≤": "<", "≥": ">",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "′": "'", "″": '"',
    "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{REPLACEMENT CHARACTER}": "?",
    # Bars and blocks: eighths rise as ".:|#", whatever is more than a sliver of a cell is a bar.
    "▁": ".", "▂": ".", "▃": ":", "▄": ":", "▅": "|", "▆": "|", "▇": "#", "█": "#", "▀": "'", "▔": "-",
    "▌": "|", "▐": "|", "▏": "|", "▎": "|", "▋": "|", "▊": "|", "▉": "|", "▕": "|", "▓": "#", "▒": ":", "░": ".",
    "━": "=", "╸": "=", "╺": "=", "╾": "=", "╼": "=",
}  # fmt: skip
_ALONG, _UPRIGHT, _BENT = "─╌┄┈═╴╶", "│┃╎┆┊║╵╷├┤╟╢", "╭╮╰╯┌┐┘┬┴┼╔╗╚╝╠╣╦╩╬"
_CONTROL_PICTURES = map(chr, range(0x2400, 0x2427))

ASCII: dict[int, str] = str.maketrans(
    _SIGNS
    | dict.fromkeys(_ALONG, "-")
    | dict.fromkeys(_UPRIGHT, "|")
    | dict.fromkeys(_BENT, "+")
    | dict.fromkeys(_CONTROL_PICTURES, "?")
)
"""By its code point, what stands for each sign."""

ERRORS = "chinwag-signs"
"""How a stream can be told to write what its encoding lacks: signs in ASCII, the rest as "?", of the same width."""
ENCODING = "chinwag-ascii-signs"
"""UTF-8 but for the signs, which are written in ASCII."""


def spelled(text: str) -> str:
    """The text with its signs in ASCII, as wide as before."""
    return text if text.isascii() else text.translate(ASCII)


def _lacking(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(ASCII.get(ord(character)) or "?" * _cells(character) for character in lacking), error.end


def _cells(character: str) -> int:
    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1


def _encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    return spelled(text).encode("utf-8", errors), len(text)


class _Encoder(codecs.IncrementalEncoder):
    def encode(self, input: str, final: bool = False) -> bytes:
        return _encode(input, self.errors)[0]


def _found(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "-") != ENCODING:
        return None
    utf8 = codecs.lookup("utf-8")
    return codecs.CodecInfo(
        _encode, utf8.decode, utf8.streamreader, utf8.streamwriter, _Encoder, utf8.incrementaldecoder, ENCODING
    )


codecs.register_error(ERRORS, _lacking)
codecs.register(_found)
