"""The line above the messages: what this chat is called, who answers, and how long a model may think."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import StyledText, join, spread, styled
from tui.text import clean_line


class Header(StyledText):
    """The chat's title at the left, its model at the right.

    Attributes:
        model: name of the model, without its provider.
        pending: whether the model answers the next prompt only, while another one still writes a reply.
        effort: the reasoning effort; "" for the provider's default.
        pulling: how far the models on their way are, such as "pulling 42 %"; "" for none.
    """

    DEFAULT_CSS = "Header { height: 1; padding: 0 2; }"

    title: reactive[str] = reactive("")
    model: reactive[str] = reactive("")
    pending: reactive[bool] = reactive(False)
    effort: reactive[str] = reactive("")
    pulling: reactive[str] = reactive("")

    class ModelClicked(Message):
        """The model's name was clicked."""

    @override
    def render(self) -> Content:
        """Draw the line; the model never gives way to the title, its effort and what is on its way do."""
        name = clean_line(self.model, 60)
        next_only = styled("(next)" if self.pending else "", "muted")
        short = join([styled("◆", "bar-model"), styled(name, "model-name"), next_only])
        effort = join([styled("effort", "muted"), styled(self.effort, "text")]) if self.effort else Content("")
        pulling, width = styled(self.pulling, "muted"), self.content_size.width
        choices = (join([pulling, short, effort], 2), join([pulling, short], 2))
        model = next((one for one in choices if one.cell_length + 12 <= width), short)
        return spread(styled(clean_line(self.title), "strong"), model, width)

    def on_click(self, event: events.Click) -> None:
        """Take a click on the right half for one on the model."""
        if event.x > self.size.width // 2:
            self.post_message(self.ModelClicked())
