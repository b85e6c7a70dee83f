"""Where a plain chat writes: every line once, downwards. The only place that writes while it runs.

Nothing that steers a terminal gets out: all text is cleaned here once more, whoever has made it.
"""

from typing import TextIO

from tui.streams import discard_output
from tui.text import clean


class Page:
    """Lines of the program, and the words of an answer, on one stream.

    Attributes:
        gone: nothing reads it any more, such as a terminal that was closed.
    """

    def __init__(self, out: TextIO) -> None:
        self.gone = False
        self._out = out
        self._at_line_start = True
        self._blank_above = True

    def say(self, text: str) -> None:
        """Write lines of the program, below whatever stands there; a blank text writes nothing."""
        if text.strip():
            self.end_line()
            self._write(f"{clean(text).strip()}\n")

    def add(self, text: str) -> None:
        """Write on where the last words ended."""
        self._write(clean(text))

    def end_line(self) -> None:
        """Begin a line, if none is begun."""
        if not self._at_line_start:
            self._write("\n")

    def gap(self) -> None:
        """Leave one line blank."""
        self.end_line()
        if not self._blank_above:
            self._write("\n")

    def typed(self) -> None:
        """The person has ended a line that stands here, as the terminal has shown it."""
        self._at_line_start, self._blank_above = True, False

    def _write(self, text: str) -> None:
        if not text or self.gone:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except OSError:
            self.gone = True
            discard_output(self._out)
            return
        self._blank_above = text.endswith("\n\n") or (text == "\n" and self._at_line_start)
        self._at_line_start = text.endswith("\n")
