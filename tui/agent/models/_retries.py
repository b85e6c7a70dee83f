"""How long to wait for what, and when to try again. Knows no HTTP library: it judges our own errors.

Whoever tries again does so before the first token only, for after that the user would see two answers.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelNoticeEvent
from tui.agent.models import notify

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, and how often to try.

    Attributes:
        connect_s: seconds for the connection.
        silence_s: seconds without a single byte.
        content_s: seconds without content; keep-alive comments are bytes, not content.
        retries: further tries after the first, only before the first token.
        first_delay_s: longest pause before the first retry; it doubles each time and is drawn at random.
        longest_delay_s: longest pause; who asks for a longer one is not asked again.
        reply_limit_chars: longest reply.
    """

    connect_s: float = 10.0
    silence_s: float = 120.0
    content_s: float = 300.0
    retries: int = 3
    first_delay_s: float = 1.0
    longest_delay_s: float = 60.0
    reply_limit_chars: int = 4 << 20


_RETRIED = {"rate_limit", "overloaded", "server", "network", "dns", "stream_cut"}
_RETRIED_TWICE = {"network", "dns"}


def retries_allowed(error: ModelAPIError, patience: Patience) -> int:
    """How often the same request may be sent again after an error: never for keys, quota, TLS or wrong requests."""
    if (error.retry_after_s or 0) > patience.longest_delay_s:
        return 0
    if isinstance(error, ModelHTTPError) and error.status_code in (408, 409):
        return patience.retries
    if error.kind not in _RETRIED:
        return 0
    return min(2, patience.retries) if error.kind in _RETRIED_TWICE else patience.retries


async def with_retries(
    attempt: Callable[[], Awaitable[_T]],
    patience: Patience,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> _T:
    """Try until it works, waiting longer each time; each wait is announced, and cancelling ends it.

    Raises:
        ModelAPIError: the last failure; its message says how often was tried.
    """
    tries = 0
    while True:
        try:
            return await attempt()
        except ModelAPIError as error:
            tries += 1
            allowed = retries_allowed(error, patience)
            if tries > allowed:
                if tries > 1:
                    error.message = f"{error.message.rstrip('.')} (tried {tries} times)."
                raise
            failure = error
        ceiling = min(patience.first_delay_s * 2 ** (tries - 1), patience.longest_delay_s)
        delay_s = random.uniform(0, ceiling) if failure.retry_after_s is None else failure.retry_after_s
        notify(
            ModelNoticeEvent(
                kind="retry",
                message=f"{failure.message} Trying again.",
                delay_s=delay_s,
                attempt=tries,
                attempts=allowed,
            )
        )
        await sleep(delay_s)
