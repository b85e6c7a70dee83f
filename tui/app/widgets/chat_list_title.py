"""The row above the list of chats."""

from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import BY_ID
from tui.app.keymap.keymap import Keymap
from tui.app.styles import StyledText, key_hint, spread, styled

if TYPE_CHECKING:
    from tui.store.records import ChatFolder

_NAMES: dict["ChatFolder", str] = {"chats": "chinwag", "pinned": "Pinned", "archived": "Archived", "trash": "Trash"}


class ChatListTitle(StyledText):
    """The product's name, or what is listed instead of all chats, and the way to a new chat.

    Attributes:
        folder: what is listed.
        marks: how many chats are marked.
    """

    DEFAULT_CSS = "ChatListTitle { height: 1; padding: 0 2; }"

    keymap: reactive[Keymap] = reactive(Keymap)
    folder: reactive["ChatFolder"] = reactive("chats")
    marks: reactive[int] = reactive(0)

    class NewWanted(Message):
        """An empty chat is to be shown."""

    @override
    def render(self) -> Content:
        new = key_hint(self.keymap.shown("chat.new_chat"), BY_ID["chat.new_chat"].label)
        name = f"{self.marks} marked" if self.marks else _NAMES[self.folder]
        return spread(styled(name, "you"), new, self.content_size.width)

    def on_click(self, event: events.Click) -> None:
        """The right half makes a new chat."""
        if event.x > self.size.width // 2:
            self.post_message(self.NewWanted())
