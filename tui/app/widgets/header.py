"""The line above the messages: what this chat is called, who answers, how long it may think, whether it searches."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import BLANK, StyledText, join, spread, styled
from tui.app.widgets.chat_entries import days_left
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.store.records import Conversation


def where_kept(conversation: "Conversation") -> str:
    """Where a chat is kept, if not among the others, and its tags: "archived  #trip"."""
    tags = [f"#{clean_line(tag)}" for tag in conversation.tags]
    if conversation.deleted_at is not None:
        return " ".join([f"in the trash, {days_left(conversation.deleted_at, datetime.now(UTC))}", *tags])
    return " ".join([*(["archived"] if conversation.archived else []), *tags])


class Header(StyledText):
    """The chat's title at the left, its model at the right.

    Attributes:
        model: name of the model, without its provider.
        once: whether the model answers the next turn only, in the place of the chat's own.
        pending: whether the model answers the next prompt only, while another one still writes a reply.
        effort: the reasoning effort; "" for the provider's default.
        pulling: how far the models on their way are, such as "pulling 42 %"; "" for none.
        sharing: how the library stands with other machines, such as "shared"; "" where it is not shared.
        searches: whether the provider searches the web for it.
        temporary: whether the chat ends with the program, and nothing of it is saved.
        place: where the chat is kept, if not among the others, and its tags; cleaned.
        alone: whether the list of chats is hidden, and the line says what goes on in the chats behind.
        running: in how many of them a reply comes in.
        unread: how many of them have an answer that was not seen.
    """

    DEFAULT_CSS = "Header { height: 1; padding: 0 2; }"

    title: reactive[str] = reactive("")
    model: reactive[str] = reactive("")
    once: reactive[bool] = reactive(False)
    pending: reactive[bool] = reactive(False)
    effort: reactive[str] = reactive("")
    pulling: reactive[str] = reactive("")
    sharing: reactive[str] = reactive("")
    searches: reactive[bool] = reactive(False)
    temporary: reactive[bool] = reactive(False)
    place: reactive[str] = reactive("")
    alone: reactive[bool] = reactive(False)
    running: reactive[int] = reactive(0)
    unread: reactive[int] = reactive(0)

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
        sharing = styled(self.sharing, "muted")
        web = styled("web" if self.searches else "", "text")
        behind = self._behind
        choices = (
            join([behind, sharing, pulling, short, effort, web], 2),
            join([behind, sharing, pulling, short], 2),
            join([behind, sharing, short], 2),
            join([behind, short], 2),
        )
        model = next((one for one in choices if one.cell_length + 12 <= width), short)
        kept = styled("temporary · not saved", "care") if self.temporary else BLANK
        title = join([kept, styled(clean_line(self.title), "strong"), styled(self.place, "muted")], 2)
        return spread(title, model, width)

    @property
    def _behind(self) -> Content:
        """What goes on in the chats that are not to be seen."""
        if not self.alone:
            return BLANK
        signs = (("●", self.running, "answering"), ("◆", self.unread, "new"))
        shown = [join([styled(sign, "bar-model"), styled(f"{n} {word}", "muted")]) for sign, n, word in signs if n]
        return join(shown, 2)

    def on_click(self, event: events.Click) -> None:
        """Take a click on the right half for one on the model."""
        if event.x > self.size.width // 2:
            self.post_message(self.ModelClicked())
