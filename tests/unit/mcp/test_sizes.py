"""A message must be measured alike however it is cut, and no text in it may pass for values, or hide them."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.mcp import sizes
from tui.mcp.sizes import MOST_BYTES, MOST_VALUES, MessageSize

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab,[{"\\ \n'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='a"\\,['), inner, max_size=4),
    max_leaves=12,
)


def signs(found: Any) -> int:
    """How many commas and opening brackets stand outside strings."""
    if isinstance(found, dict | list):
        inner = found.values() if isinstance(found, dict) else found
        return 1 + max(len(found) - 1, 0) + sum(signs(one) for one in inner)
    return 0


@given(JSON, st.integers(1, 7))
def test_values_are_counted_however_the_message_is_cut(found: Any, width: int) -> None:
    message = json.dumps(found).encode()
    size = MessageSize()
    size.grow(b" " * (sizes._SMALL_BYTES + 1))  # what is small is not counted
    for at in range(0, len(message), width):
        assert size.grow(message[at : at + width])
    assert size._values == signs(found)


def test_text_is_no_value_and_values_are_not_hidden() -> None:
    assert MessageSize().grow(json.dumps(["," * 5_000_000, '"[{,' * 500_000]).encode())
    assert not MessageSize().grow(b"[" + b"[]," * MOST_VALUES + b"[]]")
    assert not MessageSize().grow(b'["\\\\"' + b',"\\\\"' * (MOST_VALUES + 1) + b"]")
    assert MessageSize().grow(b" " * MOST_BYTES)
    assert not MessageSize().grow(b" " * (MOST_BYTES + 1))
