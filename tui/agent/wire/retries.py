"""When to try again, and after how long. Knows no HTTP library: it judges our own errors.

Only before the first token: after it, the user would see two answers.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelNoticeEvent
from tui.agent.wire.notices import notify
from tui.agent.wire.policy import RequestPolicy

_T = TypeVar("_T")

_TRANSIENT = {"rate_limit", "overloaded", "server", "network", "dns", "stream_cut"}
_TRIED_TWICE = {"network", "dns"}


def retries_allowed(error: ModelAPIError, policy: RequestPolicy) -> int:
    """How often the same request may be sent again after an error: never for keys, quota, TLS or wrong requests.

    Nor for an error in an answer of status 200 that does not say that it is the server's.
    """
    if (error.retry_after_s or 0) > policy.longest_delay_s:
        return 0
    if isinstance(error, ModelHTTPError) and error.status_code in (408, 409):
        return policy.retries
    if error.kind not in _TRANSIENT or (error.kind == "server" and not isinstance(error, ModelHTTPError)):
        return 0
    return min(2, policy.retries) if error.kind in _TRIED_TWICE else policy.retries


async def with_retries(attempt: Callable[[], Awaitable[_T]], policy: RequestPolicy) -> _T:
    """Try until it works, waiting longer each time; each wait is announced, and cancelling ends it.

    Raises:
        ModelAPIError: the last failure; its message says how often it was tried.
    """
    tries = 0
    while True:
        try:
            return await attempt()
        except ModelAPIError as error:
            tries += 1
            allowed = retries_allowed(error, policy)
            if tries > allowed:
                if tries > 1:
                    error.message = f"{error.message.rstrip('.')} (tried {tries} times)."
                raise
            failure = error
        ceiling = min(policy.first_delay_s * 2 ** (tries - 1), policy.longest_delay_s)
        delay_s = random.uniform(0, ceiling) if failure.retry_after_s is None else failure.retry_after_s
        notify(
            ModelNoticeEvent(
                kind="retry",
                message=f"{failure.message.rstrip('.')}. Trying again.",
                delay_s=delay_s,
                attempt=tries,
                attempts=allowed,
            )
        )
        await asyncio.sleep(delay_s)
