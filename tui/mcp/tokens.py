"""Where the tokens of remote servers are kept: by whoever keeps keys."""

from typing import Protocol


class TokenStore(Protocol):
    """Keeps what signing in to a server gave, as keys are kept: a value is a secret, and JSON."""

    async def get(self, server: str) -> str | None:
        """What was kept for a server, by its name in the configuration."""
        ...

    async def set(self, server: str, value: str) -> None:
        """Keep it; an empty value forgets."""
        ...
