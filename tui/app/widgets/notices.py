"""Lines that stay above the messages until they were read: what does not work, and why."""

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from typing_extensions import override

from tui.app.styles import StyledText, fit, styled
from tui.dataclass import dataclass
from tui.text import clean_line

_LONGEST = 600


class NoticeLine(StyledText):
    """One notice; a click dismisses it. The text is cleaned here."""

    DEFAULT_CSS = "NoticeLine { height: auto; }"

    @dataclass
    class Dismissed(Message):
        """The notice was read, and clicked away."""

        line: "NoticeLine"

    def __init__(self, text: str, *, problem: bool = False) -> None:
        super().__init__()
        self.text = text
        self.problem = problem
        self.about: set[str] = set()

    @override
    def render(self) -> Content:
        return Content.assemble(styled("! ", "care"), styled(self.text, "text"), styled("  ✕", "muted"))

    def on_click(self) -> None:
        """Report it."""
        self.post_message(self.Dismissed(self))


class StandingNotice(StyledText):
    """The one line that every screen shows at its top while it is so; its text is the app's `standing_notice`."""

    DEFAULT_CSS = "StandingNotice { dock: top; height: 1; padding: 0 1; }"

    def on_mount(self) -> None:
        """Take no room where there is nothing to say."""
        self.display = bool(self._text)

    @property
    def _text(self) -> str:
        return getattr(self.app, "standing_notice", "")

    @override
    def render(self) -> Content:
        return fit(Content.assemble(styled("! ", "care"), styled(self._text, "text")), self.content_size.width)


MOST_NOTICES = 4
"""Of more than these one gives way, so that what happened last is seen; the first one, which may say that nothing is
saved, stays."""


class Notices(Vertical):
    """The notices that stand, oldest first; none of them twice."""

    DEFAULT_CSS = "Notices { height: auto; max-height: 6; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[NoticeLine] = []

    def add(self, text: str, *, problem: bool = False, about: str = "") -> None:
        """Let a notice stand, unless it stands already; a `problem` of an action goes with the next one.

        It takes the place of an older one `about` the same; "" says that there is nothing to be said about that now.
        One that was said about several things goes with the last of them.
        """
        text = clean_line(text, _LONGEST)
        for line in [*self._lines] if about else ():
            if about in line.about and line.text != text:
                line.about.discard(about)
                if not line.about:
                    self._remove(line)
        if not text:
            return
        line = next((one for one in self._lines if one.text == text), None) or self._put(text, problem=problem)
        if about:
            line.about.add(about)

    def _put(self, text: str, *, problem: bool) -> NoticeLine:
        if len(self._lines) >= MOST_NOTICES:
            self._remove(self._lines[1])
        line = NoticeLine(text, problem=problem)
        self._lines.append(line)
        self.mount(line)
        self.display = True
        return line

    def take_back(self, text: str) -> None:
        """Let a notice go that is true no more; one that was read and dismissed is none."""
        text = clean_line(text, _LONGEST)
        for line in [line for line in self._lines if line.text == text]:
            self._remove(line)

    def clear(self) -> None:
        """Let all of them go."""
        for line in [*self._lines]:
            self._remove(line)

    def clear_problems(self) -> None:
        """Something else is done now: why the action before came to nothing is of no interest any more."""
        for line in [line for line in self._lines if line.problem]:
            self._remove(line)

    def _remove(self, line: NoticeLine) -> None:
        self._lines.remove(line)
        self.display = bool(self._lines)
        line.remove()

    @on(NoticeLine.Dismissed)
    def _dismiss(self, event: NoticeLine.Dismissed) -> None:
        event.stop()
        if event.line in self._lines:  # it may have been taken back in the same moment
            self._remove(event.line)
