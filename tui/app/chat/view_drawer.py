"""Draws a `ChatView` in the widgets that stand around the messages: header, welcome, pane, queue and list of chats.

Sets what they show and asks nothing of them; the messages are drawn by `apply_changes`, the figures by `FiguresDrawer`.
"""

from collections.abc import Sized
from typing import TYPE_CHECKING

from tui.app.widgets.header import where_kept

if TYPE_CHECKING:
    from tui.app.chat.changes import ChatView
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.first_choice import FirstChoice
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.list_reading import ListReading
    from tui.app.chat.presenter import ChatPresenter
    from tui.bootstrap import Services
    from tui.chat.catalog.info import ModelInfo
    from tui.store.records import Conversation


class ViewDrawer:
    """Draws one chat at a time, and in the list what goes on in the others.

    Args:
        undoable: what was done to chats and can be undone.
    """

    def __init__(
        self,
        layout: "ChatLayout",
        services: "Services",
        presenter: "ChatPresenter",
        drafts: "Drafts",
        first_choice: "FirstChoice",
        list_reading: "ListReading",
        undoable: Sized,
    ) -> None:
        self._layout = layout
        self._library, self._replies, self._tools = services.library, services.replies, services.tools
        self._catalog = services.catalog
        self._presenter = presenter
        self._drafts = drafts
        self._first_choice = first_choice
        self._list_reading = list_reading
        self._undoable = undoable

    def draw(self, view: "ChatView") -> None:
        """Draw all that stands around the messages."""
        layout = self._layout
        self.name_chat(view.conversation, view.model)
        layout.header.pending = view.live_model not in ("", view.model.id)
        layout.header.once, layout.header.temporary = view.once, self._library.temporary
        layout.header.effort = view.settings.effort or ""
        layout.header.searches = bool(view.settings.web_search) and view.offer.searches == "can"
        layout.welcome.shown = not view.prompts
        layout.welcome.keyless = not view.prompts and view.model.local and not self._catalog.has_key
        tools = self._tools.summary(view.settings)
        layout.inspect(model=view.model, offer=view.offer, tools=tools, settings=view.settings)
        self.mark_chats()
        waiting = (*self._first_choice.waiting, *view.queued)
        layout.show_queue(waiting, model=view.conversation.model, stuck=view.stuck)

    def name_chat(self, conversation: "Conversation", model: "ModelInfo") -> None:
        """Draw which chat it is, and who answers in it: also before it is read."""
        layout = self._layout
        layout.header.title, layout.header.model = conversation.title or "New chat", model.name
        layout.header.place = where_kept(conversation)
        layout.welcome.model, layout.welcome.note = model.name, model.note
        layout.chat_list.current = conversation.id

    def mark_chats(self) -> None:
        """Draw in the list where a reply runs, where something waits that was not sent, and what can be undone."""
        layout, shown, queued = self._layout, self._presenter.id, self._replies.queue.conversations
        layout.chat_list.running = self._replies.running
        layout.chat_list.drafts = self._drafts.waiting | (queued - {shown})
        layout.chat_list.can_undo = bool(self._undoable)
        layout.header.running = len(self._replies.running - {shown})
        layout.header.unread = len(self._list_reading.unread - {shown})
