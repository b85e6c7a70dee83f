"""Which chats have an answer that nobody has seen: noted in the library, for other windows and the next start."""

from functools import partial
from typing import TYPE_CHECKING

from tui.errors import ChinwagError

if TYPE_CHECKING:
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.presenter import ChatPresenter
    from tui.chat.library import Library


class UnreadChats:
    """Notes what was not seen, and what is."""

    def __init__(self, host: "DrawingHost", library: "Library", presenter: "ChatPresenter") -> None:
        self._host = host
        self._library = library
        self._presenter = presenter

    def note_end(self, conversation_id: str) -> None:
        """A reply has ended in a chat that is not shown."""
        self._host.begin(partial(self._note, conversation_id, True), "unread")

    def note_seen(self) -> None:
        """The chat that is shown is seen."""
        shown = self._presenter.conversation
        if shown is not None and shown.unread:
            self._presenter.note_seen()
            self._host.begin(partial(self._note, shown.id, False), "unread")

    async def _note(self, conversation_id: str, unread: bool) -> None:
        try:
            await self._library.folders.mark_unread([conversation_id], unread)
            if unread and conversation_id == self._presenter.id:  # it was opened meanwhile
                await self._library.folders.mark_unread([conversation_id], False)
        except ChinwagError:  # nothing is lost but the mark
            return
        self._host.read_list()
