"""Notices of a model that does not answer yet, on their way to the run that waits for it. Knows no HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

from tui.agent.messages import ModelNoticeEvent

_receiver: ContextVar[Callable[[ModelNoticeEvent], None] | None] = ContextVar("_receiver", default=None)


def notify(notice: ModelNoticeEvent) -> None:
    """Give a notice to the run of this task, if there is one."""
    receive = _receiver.get()
    if receive is not None:
        receive(notice)


@contextmanager
def receive_notices(receive: Callable[[ModelNoticeEvent], None]) -> Iterator[None]:
    """Call `receive` with every notice given inside the `with` block, by this task or one that it starts."""
    token: Token[Callable[[ModelNoticeEvent], None] | None] = _receiver.set(receive)
    try:
        yield
    finally:
        _receiver.reset(token)
