"""Names for conversations and messages that sort by the time they were made. Imports nothing of `tui`."""

import os
import time
from collections.abc import Collection

_SHORT = 13
"""As many letters tell ids apart that were made in different milliseconds."""


def new_id() -> str:
    """A version 7 UUID as text: milliseconds since 1970, a fraction of one, then 62 random bits.

    Source: RFC 9562, 5.7 and 6.2 (method 3). `uuid.uuid7` is in Python 3.14 and later only.
    """
    milliseconds, rest_ns = divmod(time.time_ns(), 1_000_000)
    fraction = (rest_ns << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") >> 2
    digits = f"{milliseconds & (1 << 48) - 1:012x}7{fraction:03x}{1 << 63 | random:016x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def shortest(ids: Collection[str]) -> dict[str, str]:
    """By id the beginning of it that tells each of some ids from the others; all beginnings have the same length."""
    for length in (_SHORT, _SHORT + 5, _SHORT + 10):
        if len({id[:length] for id in ids}) == len(set(ids)):
            return {id: id[:length] for id in ids}
    return {id: id for id in ids}
