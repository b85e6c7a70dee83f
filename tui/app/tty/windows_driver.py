"""The terminal of Windows as the app has it: Textual's driver, with what `driver` adds elsewhere as far as it applies.

A console of Windows neither freezes as a line does, nor is it taken away from a program that goes on.
"""

from textual.drivers.windows_driver import WindowsDriver
from typing_extensions import override

from tui.app.tty.window import NO_TITLE, POP_TITLE, PUSH_TITLE


class TerminalDriver(WindowsDriver):
    """Textual's driver, but that the window has its old title back in the end."""

    behind = False
    _title = ""

    @override
    def start_application_mode(self) -> None:
        super().start_application_mode()
        self.write(PUSH_TITLE + self._title)

    @override
    def stop_application_mode(self) -> None:
        self.write(NO_TITLE + POP_TITLE if self._title else POP_TITLE)
        super().stop_application_mode()

    def show_title(self, sequence: str) -> None:
        """Have the window called by what the sequence says, as long as the terminal is the app's."""
        self._title = sequence
        self.write(sequence)

    def restore(self) -> None:
        """Take back the modes."""
        if self._restore_console is not None:
            self._restore_console()
