"""How long to wait for what, how often to try, how much to take. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """The limits of one request.

    Attributes:
        connect_s: seconds for the connection.
        silence_s: seconds without a single byte.
        content_s: seconds without content; keep-alive comments are bytes, not content.
        retries: further tries after the first, only before the first token.
        first_delay_s: longest pause before the first retry; it doubles each time and is drawn at random.
        longest_delay_s: longest pause; a server that asks for a longer one is not asked again.
        reply_limit_chars: longest reply; what is kept beside its words may be as long once more.
        response_limit_bytes: largest response, counted as it was received and, if it is compressed, as it was unpacked.
    """

    connect_s: float = 10.0
    silence_s: float = 120.0
    content_s: float = 300.0
    retries: int = 3
    first_delay_s: float = 1.0
    longest_delay_s: float = 60.0
    reply_limit_chars: int = 4 << 20
    response_limit_bytes: int = 128 << 20

    @property
    def read_s(self) -> float:
        """Seconds for which a read may block."""
        return min(self.silence_s, self.content_s)
