"""The line above the messages: what this chat is called, who answers, how long it may think, whether it searches."""

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
        once: whether the model answers the next turn only, in the place of the chat's own.
        pending: whether the model answers the next prompt only, while another one still writes a reply.
        effort: the reasoning effort; "" for the provider's default.
        pulling: how far the models on their way are, such as "pulling 42 %"; "" for none.
        searches: whether the provider searches the web for it.
        temporary: whether the chat ends with the program, and nothing of it is saved.
    """

    DEFAULT_CSS = "Header { height: 1; padding: 0 2; }"

    title: reactive[str] = reactive("")
    model: reactive[str] = reactive("")
    once: reactive[bool] = reactive(False)
    pending: reactive[bool] = reactive(False)
    effort: reactive[str] = reactive("")
    pulling: reactive[str] = reactive("")
    searches: reactive[bool] = reactive(False)
    temporary: reactive[bool] = reactive(False)

    class ModelClicked(Message):
        """The model's name was clicked."""

    @override
    def render(self) -> Content:
        """Draw the line; the model never gives way to the title, what is set for it and what is on its way do."""
        name = clean_line(self.model, 60)
        when = styled("(this turn)" if self.once else "(next)" if self.pending else "", "muted")
        short = join([styled("◆", "bar-model"), styled(name, "model-name"), when])
        effort = join([styled("effort", "muted"), styled(self.effort, "text")]) if self.effort else Content("")
        pulling, width = styled(self.pulling, "muted"), self.content_size.width
        web = styled("web" if self.searches else "", "text")
        choices = (join([pulling, short, effort, web], 2), join([pulling, short], 2))
        model = next((one for one in choices if one.cell_length + 12 <= width), short)
        title = styled(clean_line(self.title), "strong")
        if self.temporary:
            title = join([styled("temporary · not saved", "care"), title], 2)
        return spread(title, model, width)

    def on_click(self, event: events.Click) -> None:
        """Take a click on the right half for one on the model."""
        if event.x > self.size.width // 2:
            self.post_message(self.ModelClicked())
