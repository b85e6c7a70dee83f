"""How much a server may send: enough for any that works, too little to drown us. Knows the SDK's messages only.

A notification costs a millisecond once it is passed on, so that a burst of them is thinned out; only a flood ends the
server. What lists too much is cut before it is read any further.
"""

from typing import Literal

from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from tui.mcp.clock import Clock

MOST_LISTED = 1_000
MOST_NOTIFICATIONS = 20_000
MOST_OTHERS = 2_000
_PASSED_ON = 200
_EACH_S = 100.0
_LISTS = ("tools", "resources", "resourceTemplates", "prompts", "content", "contents", "messages")


class Allowance:
    """What one connection may still send."""

    def __init__(self, clock: Clock) -> None:
        self._passed_on = _Bucket(clock, _PASSED_ON)
        self._notifications = _Bucket(clock, MOST_NOTIFICATIONS)
        self._others = _Bucket(clock, MOST_OTHERS)

    def judge(self, message: SessionMessage) -> Literal["pass", "drop", "stop"]:
        """What to do with a message, which is cut if it lists too much; `stop`: with the server."""
        inner = message.message
        if isinstance(inner, JSONRPCNotification):
            if not self._notifications.take():
                return "stop"
            return "pass" if self._passed_on.take() else "drop"
        if isinstance(inner, JSONRPCResponse):
            for name in _LISTS:
                if isinstance(listed := inner.result.get(name), list):
                    del listed[MOST_LISTED + 1 :]  # one more is left, which tells that there were more
        return "pass" if self._others.take() else "stop"


class _Bucket:
    """Holds so many at most, and gets some more every second."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = float(most)
        self._left = self._most
        self._at = clock.now()

    def take(self) -> bool:
        """Take one; False if there is none."""
        now = self._clock.now()
        self._left = min(self._most, self._left + (now - self._at) * _EACH_S)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
