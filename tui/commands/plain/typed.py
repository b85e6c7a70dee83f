"""How typed lines become prompts: a backslash at the end, and a block between lines of three quotes. Pure."""

from collections.abc import Callable, Iterable

FENCE = '"""'
RULE = (
    "A backslash at the end of a line goes on with the next one. A line that begins with three quotes begins a text of "
    "several lines, up to a line that ends with three. Lines that are pasted at once are one prompt."
)


class TypedText:
    """Collects lines until they are a prompt or a command.

    Args:
        is_command: whether a line is a command, which stands alone also among lines that were pasted.
    """

    def __init__(self, is_command: Callable[[str], bool]) -> None:
        self._is_command = is_command
        self._lines: list[str] = []
        self._fenced = False
        self._goes_on = False

    @property
    def open(self) -> bool:
        """Whether more is to come: a block is not closed, or a line ended with a backslash."""
        return self._fenced or self._goes_on

    def take(self) -> str:
        """What was collected so far, which is collected no more."""
        text, self._lines = "\n".join(self._lines), []
        self._fenced = self._goes_on = False
        return text

    def feed(self, lines: Iterable[str]) -> list[str]:
        """Take lines that came at once; returns the prompts and commands that are whole now, in order.

        Lines that no command and no block parts are one prompt.
        """
        whole: list[str] = []
        for line in lines:
            if self._fenced:
                self._feed_block(line, whole)
            elif not self._goes_on and line.startswith(FENCE):
                self._finish(whole)
                self._fenced = True
                self._feed_block(line.removeprefix(FENCE), whole, first=True)
            elif not self._goes_on and self._is_command(line):
                self._finish(whole)
                whole.append(line)
            else:
                self._goes_on = line.endswith("\\")
                self._lines.append(line[:-1] if self._goes_on else line)
        if not self.open:
            self._finish(whole)
        return whole

    def _feed_block(self, line: str, whole: list[str], *, first: bool = False) -> None:
        closed = line.rstrip().endswith(FENCE)
        text = line.rstrip().removesuffix(FENCE) if closed else line
        if text or not (first or closed):
            self._lines.append(text)
        if closed:
            self._fenced = False
            self._finish(whole)

    def _finish(self, whole: list[str]) -> None:
        if self._lines:
            whole.append(self.take())
