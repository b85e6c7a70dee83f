"""What the two dialogs share that add something to chat with: their result, and the line that says how it went."""

from tui.app.styles import join, styled
from tui.app.widgets.line import Line
from tui.dataclass import dataclass
from tui.text import clean_line


@dataclass(frozen=True, slots=True)
class AddedProvider:
    """A provider that can be asked now: a known one whose key was kept, or a server that was added.

    Attributes:
        provider: the name in model ids.
        message: what was done, for a toast; no full stop.
        notice: a sentence that must be known beyond that; "" for none.
    """

    provider: str
    message: str
    notice: str = ""


class StatusLine(Line):
    """A mark and a sentence: what is going on, or what was wrong."""

    DEFAULT_CSS = "StatusLine { min-height: 2; }"

    def show(self, mark: str, role: str, text: str) -> None:
        """Show a sentence, cleaned here, behind a mark in the given role; without a mark it is muted."""
        self.content = join([styled(mark, role), styled(clean_line(text, 300), "text" if mark else "muted")])


def as_sentence(text: str) -> str:
    """The text with a full stop, unless it ends in something like one: another sentence can follow."""
    return text if text.endswith((".", "!", "?", "…", "”")) else f"{text}."
