"""How many messages a server may send: enough for any that works, too few to drown us. Knows nothing of the SDK."""

from tui.mcp.clock import Clock


class Allowance:
    """Lets `most` messages through at once, and `each_s` more every second.

    Attributes:
        most: how many may come at once.
    """

    def __init__(self, clock: Clock, most: int = 10_000, each_s: float = 500.0) -> None:
        self.most = most
        self._clock = clock
        self._each_s = each_s
        self._left = float(most)
        self._at = clock.now()

    def take(self) -> bool:
        """Count a message; False if it was one too many."""
        now = self._clock.now()
        self._left = min(self.most, self._left + (now - self._at) * self._each_s)
        self._at = now
        self._left -= 1
        return self._left >= 0
