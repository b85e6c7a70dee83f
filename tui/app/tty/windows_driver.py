"""The terminal of Windows as the app has it: Textual's driver, with what `driver` adds elsewhere as far as it applies.

A console of Windows neither freezes as a line does, nor is it taken away from a program that goes on.
"""

import sys

from textual.drivers.windows_driver import WindowsDriver
from typing_extensions import override

from tui.app.tty.output import OutputDriver
from tui.app.tty.window import NO_TITLE, POP_TITLE, PUSH_TITLE

assert sys.platform == "win32"  # elsewhere it is `driver`


class TerminalDriver(OutputDriver, WindowsDriver):
    """Textual's driver, but that the window has its old title back in the end."""

    _title = ""

    @property
    @override
    def behind(self) -> bool:
        return False

    @override
    def start_application_mode(self) -> None:
        super().start_application_mode()
        self.write(PUSH_TITLE + self._title)

    @override
    def stop_application_mode(self) -> None:
        self.write(NO_TITLE + POP_TITLE if self._title else POP_TITLE)
        super().stop_application_mode()

    @override
    def show_title(self, sequence: str) -> None:
        self._title = sequence
        self.write(sequence)

    @override
    def take_mouse(self, take: bool) -> None:
        if take != self._mouse:
            self._mouse = True  # without it neither of the two does anything
            (self._enable_mouse_support if take else self._disable_mouse_support)()
            self._mouse = take

    @override
    def restore(self) -> None:
        if self._restore_console is not None:
            self._restore_console()
