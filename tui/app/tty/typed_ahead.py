"""What is typed behind a key belongs to what the key opened, however fast it was typed.

Textual 8.2.8 gives each key to the widget that has the focus when the key arrives. Over a slow line, from a macro, or
from quick hands, `ctrl+l nginx Enter` arrives at once: all of it goes to the composer, and is sent to a model.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from textual import events
from textual.app import App
from textual.worker import NoActiveWorker, Worker, get_current_worker

INPUT = (events.Key, events.Paste, events.MouseDown, events.MouseUp)
"""What is kept in its order; moves of the mouse and its wheel pass."""

_OPENING_GROUPS = frozenset({"action", "open"})
"""Groups of workers that a key starts and that end in a dialog, in another focus or with another chat."""
_OPENING_S = 5.0
_QUIET_S = 0.5
_TURNS_IN_HASTE = 200
_QUIET_TURNS = 3
_PAUSE_S = 0.005


class TypedAhead:
    """Keeps input back while a screen opens or the focus moves.

    A character that a text field takes changes neither, and never makes the next one wait. Behind any other key the
    next one waits until no message is under way, no new screen is being mounted and no worker that a key started is
    still at work, unless it waits for a dialog's answer. Nothing is lost: after five seconds, or half a second of
    messages that do not end, the next one is delivered all the same. Half a second in which the app hardly ran, because
    the machine has other work, says nothing of its messages and does not count.

    Args:
        app: keeps everything back from the beginning, until `start` was called and a widget has the focus.

    Attributes:
        waiting: what comes is kept back now.
    """

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._kept: deque[events.Event] = deque()
        self._released: deque[events.Event] = deque()
        self._asking: set[Worker[object]] = set()
        self.waiting = True
        self._started = False
        self._delivering = 0
        self._task: asyncio.Task[None] | None = None
        self._early: Callable[[], object] | None = None

    def start(self, early: Callable[[], object] | None = None) -> None:
        """Deliver what was typed so far as soon as a widget has the focus; `early` is called before, if there is any.

        Whoever typed it has not seen what the app began with.
        """
        self._early = early
        self._app.screen_change_signal.subscribe(self._app, lambda _: self._wait())
        self._wait()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """The worker that runs waits for the answer of a dialog: what is typed now is for the dialog."""
        try:
            worker = get_current_worker()
        except NoActiveWorker:
            yield
            return
        self._asking.add(worker)
        try:
            yield
        finally:
            self._asking.discard(worker)

    def admit(self, event: events.Event) -> bool:
        """Whether an event can be delivered now; else it is kept, and comes again."""
        if self._released and event is self._released[0]:
            self._released.popleft()
            return True
        if self.waiting:
            self._kept.append(event)
            return False
        if not self._is_text(event):
            self._wait()
        return True

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """While an event is delivered, what it does is not yet done."""
        self._delivering += 1
        try:
            yield
        finally:
            self._delivering -= 1

    def _is_text(self, event: events.Event) -> bool:
        """Whether an event only changes the text of the field that has the focus."""
        focused = self._app.focused
        if focused is None:
            return False
        if isinstance(event, events.Key):
            return focused.check_consume_key(event.key, event.character)
        return isinstance(event, events.Paste)

    def _wait(self) -> None:
        self.waiting = True
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="typed-ahead")

    async def _run(self) -> None:
        try:
            while True:
                await self._settled()
                if not self._kept or not self._app.is_running:
                    break
                if self._early is None:
                    self._release()
                else:
                    early, self._early = self._early, None
                    early()
        finally:
            self._task = self._early = None
            self.waiting = False

    def _release(self) -> None:
        """Let text go, and the first event behind it that may open something or move the focus."""
        while self._kept:
            event = self._kept.popleft()
            text = self._is_text(event)
            self._released.append(event)
            self._app.post_message(event)
            if not text:
                return

    async def _settled(self) -> None:
        """Return when the next event can be delivered."""
        began = calm = time.monotonic()
        turns = quiet = calm_turns = 0
        while self._app.is_running and quiet < _QUIET_TURNS:
            await asyncio.sleep(0 if turns < _TURNS_IN_HASTE else _PAUSE_S)
            turns, now = turns + 1, time.monotonic()
            if self._opens():
                quiet, calm, calm_turns = 0, now, turns
                if now - began > _OPENING_S and (self._started or self._app.focused is not None):
                    break
            elif self._app.focused is not None and self._is_quiet():
                quiet += 1
            elif now - calm > _QUIET_S and turns - calm_turns > _TURNS_IN_HASTE:
                break
            else:
                quiet = 0
        self._started = True

    def _opens(self) -> bool:
        """Whether a screen or another focus is on its way."""
        app = self._app
        if self._delivering or not app.screen_stack or not app.screen.is_mounted:
            return True
        if not self._started and app.focused is None:
            return True
        return any(
            worker.group in _OPENING_GROUPS and not worker.is_finished and worker not in self._asking
            for worker in app.workers
        )

    def _is_quiet(self) -> bool:
        """Whether no message is on its way between the app, its top screen and what is on it."""
        screen = self._app.screen
        if screen._callbacks:
            return False
        return not any(
            pump.message_queue_size or pump._pending_message or pump._next_callbacks
            for pump in (self._app, *screen.walk_children(with_self=True))
        )
