"""The terminal: the last net over what is written to it, what is typed too early, and how the app leaves it."""

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.cells import split_text
from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.strip import Strip
from typing_extensions import override

from tui.app import workers
from tui.app.tty.keys import as_word_key
from tui.app.tty.output import OutputDriver
from tui.app.tty.painter import Painter
from tui.app.tty.typed_ahead import INPUT, TypedAhead
from tui.app.tty.widths import disputed, hold_columns
from tui.errors import TerminalError
from tui.files import SAFELY, make_private_folder
from tui.log import reportable
from tui.paths import shortened, state_dir
from tui.signals import LEAVING, by_default, on_signal
from tui.text import UNNETTED, drawable, portable

if sys.platform == "win32":
    from tui.app.tty.windows_driver import TerminalDriver
else:
    from tui.app.tty.driver import TerminalDriver

_GRACE_S = 2.0
_SIGNAL_GRACE_S = 1.2
_SIGNAL_LIMIT_S = 1.9


def guard_output() -> None:
    """Make every line that Textual writes harmless, and its columns hold in any terminal.

    Safe to call twice; about 2 µs a line, and once per cached line.

    Textual 8.2.8 hands escape, C1 and bidirectional characters of a widget's text to the terminal as they are;
    `Strip.render` is the one point that all of it passes. `tui.text.clean` made most of it visible long before; this
    is for what is typed or pasted, and for a widget that was forgotten.
    """
    original = Strip.render
    if original.__name__ == "guarded_render":
        return

    def guarded_render(self: Strip, console: Console) -> str:
        if self._render_cache is None and UNNETTED.search(self.text):
            self._segments = [Segment(drawable(text), style, control) for text, style, control in self._segments]
        if self._render_cache is None and disputed(self.text):
            held = Strip(Segment(hold_columns(text), style, control) for text, style, control in self._segments)
            self._render_cache = original(held, console)
        return original(self, console)

    Strip.render = guarded_render  # type: ignore[method-assign]
    Segment.split_cells = _split_between_clusters  # type: ignore[method-assign]


_split_between_characters = Segment.split_cells


def _split_between_clusters(self: Segment, cut: int) -> tuple[Segment, Segment]:
    """Cut a segment at a cell; Rich 15 cuts an emoji of several code points in two, and counts each for an emoji."""
    if not disputed(self.text):
        return _split_between_characters(self, cut)
    before, after = split_text(self.text, cut)
    return Segment(before, self.style, self.control), Segment(after, self.style, self.control)


class GuardedApp(App[None]):
    """An app that leaves the terminal as it found it, and saves before it goes, whatever ends it."""

    def __init__(self) -> None:
        super().__init__()
        self.typed_ahead = TypedAhead(self)
        self._leaving = False
        self._painter = Painter()

    # What is typed.

    @override
    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, INPUT) or event.is_forwarded:
            await super().on_event(event)
        elif self.typed_ahead.admit(event):
            with self.typed_ahead.delivering():
                await super().on_event(as_word_key(event) if isinstance(event, events.Key) else event)

    @override
    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:
        with self.typed_ahead.asking():
            return await super().push_screen_wait(screen, mode=mode)

    # What is drawn.

    @override
    def get_driver_class(self) -> type[Driver]:
        driver_class = super().get_driver_class()
        return TerminalDriver if issubclass(TerminalDriver, driver_class) else driver_class

    @override
    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if isinstance(self._driver, OutputDriver) and self._driver.behind:
            return  # all of it is drawn again once the terminal has caught up
        if isinstance(renderable, CompositorUpdate):
            renderable = self._painter.over(renderable, moving=self._sync_available)
        super()._display(screen, renderable)

    @property
    @override
    def _background_screens(self) -> list[Screen[Any]]:
        # Textual has all of a screen drawn again at each change of one below it, whether that can be seen or not.
        return [] if self.screen.styles.background.a == 1 else super()._background_screens

    def tell_terminal(self, sequence: str) -> None:
        """Write a sequence that draws nothing."""
        if self._driver is not None:
            self._driver.write(sequence)

    def show_window_title(self, sequence: str) -> None:
        """Have the window called by what the sequence says; it has its old title back whenever the app is away."""
        if isinstance(self._driver, OutputDriver):
            self._driver.show_title(sequence)

    def download(self, path: Path) -> None:
        """Let the browser that shows the app fetch a file of the tab's folder, which is removed then."""
        self._tell_tab({"type": "download", "path": str(path)})

    def choose_upload(self) -> None:
        """Let the browser ask for files of the machine that it runs on; they come as pasted paths."""
        self._tell_tab({"type": "upload"})

    def _tell_tab(self, data: dict[str, str]) -> None:
        if isinstance(self._driver, OutputDriver):
            self._driver.tell_tab(data)

    def on_resize(self, event: events.Resize) -> None:
        """Draw again also where the size is as it was: a window that was smaller for a moment has cut what it had."""
        if self.screen_stack and event.size == self.screen.outer_size:  # that of its layout; `size` is the app's
            self.redraw()

    def redraw(self) -> None:
        """Draw everything again: the terminal was lent out, or has missed something."""
        if self.is_running and self.screen_stack:
            self.screen.refresh()

    def action_redraw(self) -> None:
        """Draw everything again, because somebody sees that it is needed."""
        self.redraw()

    async def action_suspend(self) -> None:
        """Stop the program and go to the shell, from where `fg` brings it back."""
        if self._driver is None or not self._driver.can_suspend:
            return
        if sys.platform == "win32":
            self.notify("Windows stops no program for another one; open a second window", timeout=4, markup=False)
        elif os.getsid(0) == os.getpgrp():  # started instead of a shell, or by a script: nothing could continue it
            self.notify("There is no shell behind Chinwag to go to", timeout=4, markup=False)
        else:
            await self.save_before_suspending()
            self.action_suspend_process()

    @contextmanager
    def terminal_lent(self) -> Iterator[int | None]:
        """Hand the terminal over to another program, and take it back whole, whatever happens meanwhile.

        Yields:
            Where that program writes; None for standard output, which may be a pipe instead.

        Raises:
            TerminalError: it cannot be lent out.
        """
        driver = self._driver
        if driver is None or not driver.can_suspend:
            raise TerminalError("This terminal cannot be handed over to another program.")
        failure: BaseException | None = None
        with self.suspend():  # which takes nothing back when something is raised inside
            try:
                yield None if sys.__stdout__ is not None and sys.__stdout__.isatty() else 2
            except BaseException as error:  # noqa: BLE001  it is raised below
                failure = error
        if failure is not None:
            raise failure

    # What is copied.

    @override
    def copy_to_clipboard(self, text: str) -> None:
        self.copy(text, "selection")

    def copy(self, text: str, what: str) -> None:
        """Copy text to where it can be pasted, and say by which way; `what` names it, such as "message"."""
        self._clipboard = text = portable(text)
        workers.begin(self, partial(self._copy, text, what), "copy", exclusive=True)

    async def _copy(self, text: str, what: str) -> None:
        from tui.app.tty.clipboard import copy_by_programs

        if self.is_web:  # the programs of this machine are not those of the one that shows it
            super().copy_to_clipboard(text)
            self.notify(f"✓ Copied the {what} · browser", timeout=4, markup=False)
        elif programs := await copy_by_programs(text):
            self.notify(f"✓ Copied the {what} · {', '.join(programs)}", timeout=4, markup=False)
        else:
            super().copy_to_clipboard(text)
            self.notify(f"→ Sent the {what} to the terminal (OSC 52)", timeout=4, markup=False)

    # How it ends.

    async def save_before_exit(self) -> None:
        """Stop and save what is under way; overridden by the app."""

    async def save_before_suspending(self) -> None:
        """Save what is written: a program that is stopped may never go on; overridden by the app."""

    def install_signals(self) -> None:
        """On SIGTERM and SIGHUP save, restore the terminal and exit with 128 + n; a second signal ends at once.

        Textual 8.2.8 installs no handlers: the process would die with the alternate screen, mouse reporting and raw
        mode still on.
        """
        for number in LEAVING:
            with suppress(RuntimeError, ValueError):  # not the main thread
                on_signal(number, self._terminate, number)

    def hang_up(self) -> None:
        """The terminal is gone: save and leave, also where no signal says so."""
        self._terminate(LEAVING[-1])

    def leave_if_idle(self, unseen_s: float) -> None:
        """Nobody has looked for so long, and may never come back: save and leave, if nothing would be lost."""
        self.hang_up()

    def _terminate(self, number: int) -> None:
        if self._leaving:
            return
        self._leaving = True
        for again in LEAVING:
            by_default(again)
        code = 128 + number
        limit = threading.Timer(_SIGNAL_LIMIT_S, self._force_exit, (code,))
        limit.daemon = True
        limit.start()
        save = partial(leave, self.save_before_exit, lambda: self.exit(return_code=code), grace=_SIGNAL_GRACE_S)
        workers.begin(self, save, "exit", exclusive=True)

    def _force_exit(self, code: int) -> None:
        """End the process, whatever it still waits for."""
        if isinstance(self._driver, OutputDriver):
            self._driver.restore()
        os._exit(code)

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


async def leave(save: Callable[[], Awaitable[None]], go: Callable[[], Any], *, grace: float = _GRACE_S) -> None:
    """Save within `grace` seconds, then go in any case."""
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(save(), grace)
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
        make_private_folder(path.parent)
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | SAFELY, 0o600), "a", encoding="utf-8"
        ) as file:
            file.write(reportable(report))
    except OSError as error:
        return f"The report could not be written: {error.strerror}. Your conversations are saved."
    return f"Your conversations are saved; the report is in {shortened(path)}"
