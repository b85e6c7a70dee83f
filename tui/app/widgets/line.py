"""The simplest widget: styled text that its owner sets, one line or several."""

from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import BLANK, StyledText


class Line(StyledText):
    """Shows its `content`, wrapped where it is longer than the widget is wide."""

    DEFAULT_CSS = "Line { height: auto; }"

    content: reactive[Content] = reactive(BLANK, layout=True)

    def __init__(self, content: Content = BLANK, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(Line.content, content)

    @override
    def render(self) -> Content:
        return self.content
