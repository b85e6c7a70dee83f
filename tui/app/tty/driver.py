"""The terminal as the app has it: its modes, its keys, lending it out and taking it back."""

import fcntl
import os
import select
import signal
import sys
import termios
import threading
from array import array
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from textual.drivers.linux_driver import LinuxDriver
from typing_extensions import override

from tui.app.tty.keys import KeyParser
from tui.app.tty.output import OutputDriver
from tui.app.tty.window import NO_TITLE, POP_TITLE, PUSH_TITLE, has_background

assert sys.platform != "win32"  # there it is `windows_driver`

from tui.app.tty.writer import TerminalWriter  # noqa: E402  which also is for other systems alone

_PATIENCE_S = 0.5
_POLL_S = 0.1
RESTORE = (
    "\x18\x1b\\"  # ends a sequence of which the terminal got only a part
    "\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    f"\x1b[?2031l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l{POP_TITLE}"
)
"""Takes back all that is set here and in `LinuxDriver`; for a terminal that did not read it in time."""
ASK_BACKGROUND = "\x1b]11;?\x1b\\"
"""XTerm Control Sequences, "Operating System Commands": the colour behind the text."""
BACKGROUND_CHANGES, NO_BACKGROUND_CHANGES = "\x1b[?2031h", "\x1b[?2031l"
"""Have the terminal say when it gets dark or light (Contour, "Color Palette Update Notifications")."""


class TerminalOwner(Protocol):
    """The app, as its driver knows it."""

    is_running: bool

    def redraw(self) -> None:
        """Draw everything again."""

    def hang_up(self) -> None:
        """The terminal is gone: save and leave."""


class TerminalDriver(OutputDriver, LinuxDriver):
    """Textual's driver, but that no output makes it wait, and that a terminal can be lent out and can go away."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._owner: TerminalOwner = app
        self._output = 2  # as Textual has it: standard output may be a pipe
        self._writer: TerminalWriter | None = None
        self._title = ""
        self._follows_background = False
        self._parser = KeyParser(self._debug)

    @property
    @override
    def behind(self) -> bool:
        return self._writer is not None and self._writer.behind

    @override
    def write(self, data: str) -> None:
        if self._writer is not None:
            self._writer.write(data)

    # Taking it, lending it out.

    @override
    def start_application_mode(self) -> None:
        if self._writer is None:
            self._writer = TerminalWriter(self._output, self._caught_up, _encoding())
            self._writer.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # its own writer gets nothing to do
        self.write(PUSH_TITLE + self._title)
        self._ask_background()

    @override
    def stop_application_mode(self) -> None:
        if self._follows_background:
            self.write(NO_BACKGROUND_CHANGES)
        self.write(NO_TITLE + POP_TITLE if self._title else POP_TITLE)
        super().stop_application_mode()

    @override
    def show_title(self, sequence: str) -> None:
        self._title = sequence
        self.write(sequence)

    @override
    def follow_background(self, follow: bool) -> None:
        if follow == self._follows_background or not has_background(os.environ):
            return
        self._follows_background = follow
        if follow:
            self._ask_background()
        else:
            self.write(NO_BACKGROUND_CHANGES)

    def _ask_background(self) -> None:
        if self._follows_background and self._writer is not None:
            self._parser.expect_background()
            self.write(BACKGROUND_CHANGES + ASK_BACKGROUND)

    @override
    def take_mouse(self, take: bool) -> None:
        if take != self._mouse:
            self._mouse = True  # what is off is not even switched off
            (self._enable_mouse_support if take else self._disable_mouse_support)()
            self._mouse = take

    @override
    def close(self) -> None:
        super().close()
        writer, self._writer = self._writer, None
        if writer is not None and not writer.stop(_PATIENCE_S):
            self.restore()

    @override
    def restore(self) -> None:
        """There is room where output was discarded."""
        data = RESTORE.encode()
        last = threading.Thread(target=_write, args=(self._output, data), daemon=True)
        last.start()
        last.join(_POLL_S)

    @override
    def resume_application_mode(self) -> None:
        super().resume_application_mode()
        self._call_soon(self._owner.redraw)

    def _caught_up(self) -> None:
        self._call_soon(self._owner.redraw)

    def _call_soon(self, callback: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(callback)

    # Job control. Textual does this inside the signal handler, which may have interrupted what it needs.

    @override
    def _sigtstp_application(self, *_: object) -> None:
        self._call_soon(self._stop_job)

    def _stop_job(self) -> None:
        if self._auto_restart and self._writer is not None:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    @override
    def _sigcont_application(self, *_: object) -> None:
        self._call_soon(self._continue_job)

    def _continue_job(self) -> None:
        """Take the terminal again, also when the app was stopped without having been asked."""
        if not self._auto_restart or not self._owner.is_running:
            return
        if self._writer is not None:
            self.suspend_application_mode()
        self.resume_application_mode()

    # Reading it.

    @override
    def run_input_thread(self) -> None:
        parser = self._parser
        decode = getincrementaldecoder(_encoding())(errors="replace").decode
        early = typed_in_lines(self.fileno)
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _POLL_S)[0]:
                try:
                    data = os.read(self.fileno, 4096)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    self._call_soon(self._owner.hang_up)
                    return
                typed, early = data[:early].replace(b"\n", b"\r") + data[early:], max(early - len(data), 0)
                for event in parser.feed(decode(typed)):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)


def typed_in_lines(fileno: int) -> int:
    """How many bytes were typed before the terminal was taken: Enter is a line feed in them (ICRNL)."""
    count = array("i", [0])
    with suppress(OSError):
        fcntl.ioctl(fileno, termios.FIONREAD, count)
    return count[0]


def _encoding() -> str:
    """What the terminal is written in: Python has asked the locale."""
    return getattr(sys.__stderr__, "encoding", None) or "utf-8"


def _write(fileno: int, data: bytes) -> None:
    with suppress(OSError):
        os.write(fileno, data)
