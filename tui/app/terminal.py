"""The terminal: the last net over what is written to it, what is typed too early, and how the app leaves it."""

import asyncio
import os
import signal
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.app import App
from textual.strip import Strip
from textual.widget import Widget

from tui.characters import UNDRAWABLE
from tui.paths import state_dir
from tui.text import clean, drawable, redact

_GRACE_S = 2.0


def guard_output() -> None:
    """Make every line that Textual writes harmless. Safe to call twice; about 1 µs a line, and once per cached line.

    Textual 8.2.8 hands escape, C1 and bidirectional characters of a widget's text to the terminal as they are;
    `Strip.render` is the one point that all of it passes. `tui.text.clean` made most of it visible long before; this
    is for what is typed or pasted, and for a widget that was forgotten.
    """
    original = Strip.render
    if original.__name__ == "guarded_render":
        return

    def guarded_render(self: Strip, console: Console) -> str:
        if self._render_cache is None and UNDRAWABLE.search(self.text):
            self._segments = [Segment(drawable(text), style, control) for text, style, control in self._segments]
        return original(self, console)

    Strip.render = guarded_render  # type: ignore[method-assign]


class GuardedApp(App[None]):
    """An app that leaves the terminal as it found it, and saves before it goes, whatever ends it."""

    _early: list[events.Event] | None = None

    def keep_early_keys(self) -> None:
        """Hold what is typed before anything has the focus, and hand it over then.

        Textual 8.2.8 drops such keys: whoever types ahead while the app starts would lose the first words. Call it
        before the app runs, and `listen` once there is a screen.
        """
        self._early = []

    def listen(self) -> None:
        """Hand over what was typed so far as soon as a widget has the focus."""
        self.watch(self.screen, "focused", self._listener_came)

    def _listener_came(self, focused: Widget | None) -> None:
        if focused is not None and self._early is not None:
            self.call_next(self._hand_over)

    async def _hand_over(self) -> None:
        early, self._early = self._early, None
        for event in early or ():
            await super().on_event(event)

    async def on_event(self, event: events.Event) -> None:
        """Pass events on, those that came too early in their order."""
        if self._early is not None and isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            self._early.append(event)
            return
        await super().on_event(event)

    async def save_before_exit(self) -> None:
        """Stop and save what is under way; overridden by the app."""

    def install_signals(self) -> None:
        """On SIGTERM and SIGHUP save, restore the terminal and exit with 128 + n; a second signal ends at once.

        Textual 8.2.8 installs no handlers: the process would die with the alternate screen, mouse reporting and raw
        mode still on.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with suppress(NotImplementedError, RuntimeError, ValueError):  # no such signals, or not the main thread
                loop.add_signal_handler(number, self._terminate, number)

    def _terminate(self, number: int) -> None:
        for again in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(again)
        self.run_worker(
            leave(self.save_before_exit, lambda: self.exit(return_code=128 + number)),
            group="exit",
            exclusive=True,
            exit_on_error=False,
        )

    def _fatal_error(self) -> None:
        # Textual would print the traceback with the values of local variables, keys among them.
        self.bell()
        where = record_crash(traceback.format_exc())
        self._exit_renderables.append(Text(f"Chinwag stopped because of a bug in itself. {where}"))
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        for renderable in self._exit_renderables[:1]:
            self.error_console.print(renderable)
        self._exit_renderables.clear()


async def leave(save: Callable[[], Awaitable[None]], go: Callable[[], Any]) -> None:
    """Save within two seconds, then go in any case."""
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(save(), _GRACE_S)
    finally:
        go()


def record_crash(report: str) -> str:
    """Write a traceback (without values of variables, keys masked) to a private file of the state folder.

    One bug may cause others on the way out: they go to the same file, below the first.

    Returns:
        A sentence that says where it is, or that it could not be written.
    """
    path = state_dir() / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(clean(redact(report)))
    except OSError as error:
        return f"The report could not be written: {error.strerror}. Your conversations are saved."
    return f"Your conversations are saved; the report is in {_short(path)}"


def _short(path: Path) -> str:
    with suppress(ValueError):
        return f"~/{path.relative_to(Path.home())}"
    return str(path)
