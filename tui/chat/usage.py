"""Tokens of a reply as they are stored: unknown is None, never 0. Pure; below the catalogue, which prices them."""

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from tui.bounds import json_object, whole_number
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.agent.usage import Usage

_WHOLE_TOKENS = "[^\x00-\u2e7f]"
"""Letters of Chinese, Japanese and Korean, and what stands behind them: a token each."""


@dataclass(frozen=True, slots=True)
class StoredUsage:
    """Tokens of one reply, summed over its requests, as stored with the message.

    Attributes:
        input: all prompt tokens, cached ones included.
        cached: the part of `input` read from the provider's cache.
        cache_written: the part of `input` written to the provider's cache, which some bill higher.
        output: all generated tokens, reasoning included.
        reasoning: the part of `output` spent on thinking.
        requests: how many requests the reply took.
        last: tokens in and out of the last of several requests; None for one request, and where that was not kept.
        estimated: True when the provider never reported (a stopped stream).
        copied: the reply is a copy, in a chat that was forked off or imported: nothing was used for it here.
    """

    input: int | None = None
    cached: int | None = None
    cache_written: int | None = None
    output: int | None = None
    reasoning: int | None = None
    requests: int = 0
    last: int | None = None
    estimated: bool = False
    copied: bool = False

    @property
    def context(self) -> int | None:
        """What was in the model's context when the reply ended; None where only a sum of requests is known."""
        if self.last is not None:
            return self.last
        return None if self.input is None or self.requests > 1 else self.input + (self.output or 0)

    def to_json(self) -> str:
        """Only what is known, as JSON text; `""` when nothing is, and nothing was used elsewhere."""
        known = {key: value for key, value in asdict(self).items() if value is not None and value is not False}
        return json.dumps(known) if self.input is not None or self.output is not None or self.copied else ""

    @classmethod
    def from_json(cls, text: str) -> "StoredUsage":
        """Read what `to_json` wrote; a figure out of range is unknown, a key that a newer version added is ignored."""
        if not text:
            return cls()
        values = json_object(text)
        return cls(
            input=whole_number(values.get("input")),
            cached=whole_number(values.get("cached")),
            cache_written=whole_number(values.get("cache_written")),
            output=whole_number(values.get("output")),
            reasoning=whole_number(values.get("reasoning")),
            requests=whole_number(values.get("requests")) or 0,
            last=whole_number(values.get("last")),
            estimated=values.get("estimated") is True,
            copied=values.get("copied") is True,
        )


def text_tokens(text: str) -> int:
    """How many tokens a text may have, by the engine's own rule: a letter is a quarter of one, a Chinese one all."""
    whole = 0 if text.isascii() else len(re.findall(_WHOLE_TOKENS, text))
    return (len(text) + 3 * whole + 3) // 4


def stored_usage(usage: "Usage") -> StoredUsage:
    """What is stored of a run's usage; a count out of range is unknown, and a part never exceeds its sum."""
    input, output = whole_number(usage.request_tokens), whole_number(usage.response_tokens)
    return StoredUsage(
        input=input,
        cached=_part_of(usage.cache_read_tokens, input),
        cache_written=_part_of(usage.cache_write_tokens, input),
        output=output,
        reasoning=_part_of(usage.reasoning_tokens, output),
        requests=whole_number(usage.requests) or 0,
        estimated=usage.estimated,
    )


def _part_of(part: int | None, whole: int | None) -> int | None:
    # Providers do report more reasoning than output; a part larger than the whole reads as a bug of ours.
    part = whole_number(part)
    return part if part is None or whole is None else min(part, whole)
