"""What is left of one of a provider's rate limits. Loads nothing, for it is read where pydantic is not loaded."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["RateLimit", "RateLimitUnit"]

RateLimitUnit = Literal["requests", "tokens", "input tokens", "output tokens"]


@dataclass(frozen=True)
class RateLimit:
    """What is left of one limit of a provider.

    Attributes:
        remaining: how many of the unit.
        limit: of how many; None when it was not said.
        reset_s: seconds until all of them are there again, or None.
        period: "minute", "hour" or "day" where the provider has one limit for each; else "".
    """

    unit: RateLimitUnit
    remaining: int
    limit: int | None = None
    reset_s: float | None = None
    period: str = ""
