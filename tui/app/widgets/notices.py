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

        text: str

    def __init__(self, text: str, *, problem: bool = False, about: str = "") -> None:
        super().__init__()
        self.text = clean_line(text, _LONGEST)
        self.problem = problem
        self.about = about

    @override
    def render(self) -> Content:
        return Content.assemble(styled("! ", "care"), styled(self.text, "text"), styled("  ✕", "muted"))

    def on_click(self) -> None:
        """Go, and report it."""
        self.post_message(self.Dismissed(self.text))
        self.remove()


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
        self._texts: list[str] = []

    def add(self, text: str, *, problem: bool = False, about: str = "") -> None:
        """Let a notice stand, unless it stands already; a `problem` of an action goes with the next one.

        It takes the place of an older one `about` the same; "" says that there is nothing to be said about that now.
        """
        text = clean_line(text, _LONGEST)
        for line in [*self.query(NoticeLine)] if about and self._texts else ():
            if line.about == about and line.text != text:
                self._remove(line)
        if text and text not in self._texts:
            if len(self._texts) >= MOST_NOTICES:
                self._remove([*self.query(NoticeLine)][1])
            self._texts.append(text)
            self.mount(NoticeLine(text, problem=problem, about=about))
            self.display = True

    def take_back(self, text: str) -> None:
        """Let a notice go that is true no more; one that was read and dismissed is none."""
        for line in [*self.query(NoticeLine)]:
            if line.text == clean_line(text, _LONGEST):
                self._remove(line)

    def clear(self) -> None:
        """Let all of them go."""
        for line in [*self.query(NoticeLine)]:
            self._remove(line)

    def clear_problems(self) -> None:
        """Something else is done now: why the action before came to nothing is of no interest any more."""
        for line in [*self.query(NoticeLine)]:
            if line.problem:
                self._remove(line)

    def _remove(self, line: NoticeLine) -> None:
        if line.text in self._texts:
            self._texts.remove(line.text)
            self.display = bool(self._texts)
            line.remove()

    @on(NoticeLine.Dismissed)
    def _dismiss(self, event: NoticeLine.Dismissed) -> None:
        event.stop()
        self._texts.remove(event.text)
        self.display = bool(self._texts)
