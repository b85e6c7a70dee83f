"""The simplest widget: styled text that its owner sets, one line or several."""

from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import BLANK, StyledText


class Line(StyledText):
    """Shows its `content`, wrapped where it is longer than the widget is wide."""

    DEFAULT_CSS = "Line { height: auto; }"

    # Always: contents of one text are equal, whatever their styles (Textual 8.2.8).
    content: reactive[Content] = reactive(BLANK, always_update=True)

    def __init__(self, content: Content = BLANK, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(Line.content, content)

    def watch_content(self, before: Content, after: Content) -> None:
        """Take the room that another text needs."""
        if before.plain != after.plain:
            self.refresh(layout=True)

    @override
    def render(self) -> Content:
        return self.content
