"""The live meter's figures. A figure that is not known is None, never 0; one that is estimated says so."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class StoredUsage:
    """Tokens of one reply, summed over its requests, as stored with the message.

    Attributes:
        input: all prompt tokens, cached ones included.
        cached: the part of `input` read from the provider's cache.
        output: all generated tokens, reasoning included.
        reasoning: the part of `output` spent on thinking.
        requests: how many requests the reply took.
        estimated: True when the provider never reported (a stopped stream).
    """

    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None
    requests: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class MeterReading:
    """Everything that the meter's line can show, for one conversation at one moment.

    Attributes:
        usage: tokens of the reply under way, or of the last one.
        input_estimated, output_estimated: draw "≈" before that figure.
        tokens_per_s: of a sliding 2 s while streaming, the average afterwards, without the wait for the first token.
        first_token_s: wait for the first token; counts up until it came.
        total_s: since the request went out.
        context_tokens: what the next request would carry at least: the last input plus the last output.
        window: the model's context window in tokens.
        message_price, chat_price, today_price: US dollars; `free` means the model costs nothing (local, demo).
        price_estimated: `message_price` rests on estimated tokens.
        streaming: True while the reply is under way.
    """

    usage: StoredUsage = StoredUsage()
    input_estimated: bool = False
    output_estimated: bool = False
    tokens_per_s: float | None = None
    first_token_s: float | None = None
    total_s: float | None = None
    context_tokens: int | None = None
    window: int | None = None
    message_price: Decimal | None = None
    price_estimated: bool = False
    chat_price: Decimal | None = None
    today_price: Decimal | None = None
    free: bool = False
    streaming: bool = False
