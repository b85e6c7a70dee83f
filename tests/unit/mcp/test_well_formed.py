"""However a message is cut, in texts and on its way, its texts must come out as Python would mend them."""

import json
from random import Random

import pytest

from tui.mcp.well_formed import WellFormed, well_formed

PIECES = (
    rb"\ud83d", rb"\ude00", rb"\uD83D\uDE00", rb"\\", rb"\n", rb"\"", rb"\u00e4", b"\xc3\xa4", b"\xf0\x9f\x98\x80",
    b"\xff", b"\xed\xa0\x80", b"\xf0\x9f", b"x", b"u", b"d83d",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_all_mixtures_in_pieces_of_any_length(seed: int) -> None:
    chance = Random(seed)
    for _ in range(100):
        inner = b"".join(chance.choices(PIECES, k=chance.randrange(12)))
        kept = json.loads(b'"%s"' % inner.decode(errors="replace").encode())
        kept = kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        message = b'"%s"' % inner
        assert json.loads(well_formed(message)) == kept
        text, at, pieces = WellFormed(), 0, []
        while at < len(message):
            width = chance.randrange(1, 6)
            pieces.append(text.feed(message[at : at + width]))
            at += width
        assert json.loads(b"".join([*pieces, text.feed(b"", last=True)])) == kept


def test_what_is_right_stays_as_it_is() -> None:
    message = json.dumps({"a": ["ä😀\\ud83d", 1.5]}).encode() + "ä😀".encode()
    assert well_formed(message) == message
