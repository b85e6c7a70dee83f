"""References in a text of a server's configuration: `${VARIABLE}` and `${key:NAME}`. Pure; `resolving` looks them up.

`${VARIABLE:-text}` has a text for a variable that is not set, `${env:VARIABLE}` is the same as `${VARIABLE}`, and
`$${…}` is the text itself.
"""

import re
from collections.abc import Mapping
from typing import Literal

from tui.dataclass import dataclass
from tui.pattern import pattern
from tui.text import clean_line

_KEY_NAME = pattern(r"mcp\.[a-z0-9_-]{1,40}\.[\w.-]{1,100}", re.ASCII)
"""A stored key that a server may have: keys of providers of models are none of its business."""

_MARK = pattern(r"(\$?)\$\{([^{}]*)\}")
_VARIABLE = pattern(r"(?:env:)?([A-Za-z_]\w*)(?::-(.*))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reference:
    """What one stands for.

    Attributes:
        default: what stands in its place when a variable is not set or empty; None for nothing.
    """

    kind: Literal["variable", "key"]
    name: str
    default: str | None = None


def references_in(text: str) -> tuple[Reference, ...]:
    """Those of a text, in its order.

    Raises:
        ValueError: something looks like one and is none; the message is half a sentence.
    """
    return tuple(_reference(match[2]) for match in _MARK.finditer(text) if not match[1])


def replaced(text: str, values: Mapping[Reference, str]) -> str:
    """The text with what its references stand for; in that, nothing is looked up again."""
    return _MARK.sub(lambda match: f"${{{match[2]}}}" if match[1] else values[_reference(match[2])], text)


def _reference(body: str) -> Reference:
    if variable := _VARIABLE.fullmatch(body):
        return Reference("variable", variable[1], variable[2])
    name = body.removeprefix("key:")
    if name != body and _KEY_NAME.fullmatch(name):
        return Reference("key", name)
    raise ValueError(f"${{{clean_line(body, 40)}}} refers to nothing")
