"""What a terminal does with keys before a program reads them: shows them, and holds them back up to the end of a line.

On Windows nothing: its console shows what is typed while a line is read, and only then.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

if sys.platform == "win32":

    class LineMode:
        """The console as it is."""

        def __init__(self, descriptor: int) -> None:
            self.taken = self.showing = self.as_it_comes = nullcontext[None]

else:
    import termios

    class LineMode:
        """The line discipline of one terminal."""

        def __init__(self, descriptor: int) -> None:
            self._descriptor = descriptor
            self._echoes = 0
            self._by_lines = True

        @contextmanager
        def taken(self) -> Iterator[None]:
            """Show nothing that is typed but in a block of `showing`; in the end all is as it was."""
            before = termios.tcgetattr(self._descriptor)
            self._echoes = before[3] & termios.ECHO  # an Emacs shell shows by itself what is typed
            try:
                self._change(off=termios.ECHO, on=termios.NOFLSH)
                yield
            finally:
                with suppress(termios.error):  # it is gone
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)

        @contextmanager
        def showing(self) -> Iterator[None]:
            """Show what is typed, if it was shown before; elsewhere ctrl+c leaves what was typed where it waits."""
            self._change(off=termios.NOFLSH, on=self._echoes)
            try:
                yield
            finally:
                self._change(off=termios.ECHO, on=termios.NOFLSH)

        @contextmanager
        def as_it_comes(self) -> Iterator[None]:
            """Let also be read what has no line end yet; ctrl+d that was typed is NUL then. Can be nested."""
            by_lines, self._by_lines = self._by_lines, False
            if by_lines:
                self._change(off=termios.ICANON)
            try:
                yield
            finally:
                if by_lines:
                    self._change(on=termios.ICANON)
                self._by_lines = by_lines

        def _change(self, *, off: int = 0, on: int = 0) -> None:
            with suppress(termios.error):  # it is gone
                mode = termios.tcgetattr(self._descriptor)
                mode[3] = mode[3] & ~off | on
                if off & termios.ICANON:
                    self._ends = mode[6][termios.VMIN], mode[6][termios.VTIME]  # share their places with ctrl+d
                    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
                elif on & termios.ICANON:
                    mode[6][termios.VMIN], mode[6][termios.VTIME] = self._ends
                termios.tcsetattr(self._descriptor, termios.TCSANOW, mode)
