"""What providers have said is left of their rate limits, until it is over. Pure; the engine reads the headers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.agent.rate_limit import RateLimit

UNTOLD_RESET = timedelta(minutes=1)
"""How long a figure holds whose end was not told: most limits are per minute."""

CARE_SHARE = 0.1
"""With so little left, it is worth a sign."""


@dataclass(frozen=True, slots=True)
class LimitLeft:
    """What is left of one limit.

    Attributes:
        unit: "requests", "tokens", "input tokens" or "output tokens".
        remaining, limit: how many of how many; the latter None when it was not said.
        period: "minute", "hour" or "day", or "" when it was not said.
        until: aware UTC time at which this is over.
        reset_told: the provider has said so; else it is a guess.
    """

    unit: str
    remaining: int
    limit: int | None
    period: str
    until: datetime
    reset_told: bool

    @property
    def share(self) -> float | None:
        """How much of it is left, from 0 to 1; None where that is unknown."""
        return min(self.remaining / self.limit, 1.0) if self.limit else None

    @property
    def scarce(self) -> bool:
        """Whether it is nearly used up."""
        return self.remaining == 0 or (self.share is not None and self.share <= CARE_SHARE)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What one answer has told, at one moment.

    Attributes:
        at: aware UTC time of the answer.
        left: at least one.
    """

    at: datetime
    left: tuple[LimitLeft, ...]

    @classmethod
    def told(cls, limits: "Iterable[RateLimit]", at: datetime) -> "RateLimits":
        """What the engine's event says, at the time of its answer."""
        return cls(
            at,
            tuple(
                LimitLeft(
                    one.unit,
                    one.remaining,
                    one.limit,
                    one.period,
                    at + (UNTOLD_RESET if one.reset_s is None else timedelta(seconds=one.reset_s)),
                    one.reset_s is not None,
                )
                for one in limits
            ),
        )

    def still(self, now: datetime) -> "RateLimits | None":
        """Without what is over by now; None when nothing is left of it, and itself while all of it is."""
        left = tuple(one for one in self.left if one.until > now)
        if len(left) == len(self.left):
            return self
        return RateLimits(self.at, left) if left else None


def still(limits: RateLimits | None) -> RateLimits | None:
    """What of it holds at this moment."""
    return None if limits is None else limits.still(datetime.now(UTC))
