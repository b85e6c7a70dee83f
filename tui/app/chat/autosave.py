"""Has what is written and not sent on disk soon after it was typed, and takes over what another window left there.

What a draft is, `drafts` knows; this knows when one is saved, and says it when the disk refuses.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tui.app.chat.host import DrawingHost
from tui.errors import ChinwagError, StoreError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.app.chat.drafts import Drafts
    from tui.app.chat.empty_chats import EmptyChats
    from tui.app.widgets.chat_list import ChatList
    from tui.bootstrap import Services
    from tui.store.records import Conversation

AGAIN_S = 5.0
"""How long after the disk has refused it is asked again, without anything being typed."""

SAVE_S = 0.4
"""How long what was typed may wait: with the writing it is on disk within half a second, and a crash takes no more."""


class AutosaveHost(DrawingHost, Protocol):
    """The screen, as far as saving needs it."""

    def set_timer(self, delay: float, callback: Callable[[], object] | None = None) -> object:
        """Call something once, after so many seconds."""


class Autosave:
    """Saves the drafts of one chat screen."""

    def __init__(
        self, host: AutosaveHost, services: "Services", drafts: "Drafts", empty: "EmptyChats", chat_list: "ChatList"
    ) -> None:
        self._host = host
        self._library = services.library
        self._replies = services.replies
        self._drafts = drafts
        self._empty = empty
        self._chat_list = chat_list
        self._noted = self._refused = self._trying = False

    def note(self) -> None:
        """Something was typed: it is to be on disk soon. A key costs no more than this."""
        if not self._noted:
            self._noted = True
            self._host.set_timer(SAVE_S, self.start)

    def start(self) -> None:
        """Save now, beside everything else."""
        self._host.begin(self.save, "drafts")

    def follow_focus(self, focused: bool) -> None:
        """Save when the person goes to another window."""
        if not focused:
            self.start()

    async def save(self) -> None:
        """Have all that is written and not sent on disk."""
        self._noted = False
        if not await self._drafts.save() and self._library.saves:
            if not self._refused:
                self._refused = True
                problem = self._library.unsent_prompts.problem
                self._host.show_notice(f"What you write is not saved for now. {problem}", "unsaved")
            self.try_soon()
        if not all(self._chat_list.has(id) for id in self._empty.waiting):
            self._host.read_list()

    def note_reply_end(self) -> None:
        """A reply has ended: if all of it is on disk, it is said no more that something of it is not."""
        if self._library.all_saved:
            self._host.show_notice("", "unsaved")

    def try_soon(self) -> None:
        """Have what is in memory, as the disk has refused it, written before long, and say so no more."""
        if not self._trying and self._library.saves and not self._library.all_saved:
            self._trying = True
            self._host.set_timer(AGAIN_S, lambda: self._host.begin(self._try_again, "drafts"))

    async def _try_again(self) -> None:
        """Have what the disk has refused written, if it takes it by now."""
        self._trying = False
        try:
            await self._library.flush()
        except StoreError:
            self.try_soon()
        else:
            self._refused = False
            self._host.show_notice("", "unsaved")
            self._host.toast("✓", "What you wrote is saved")

    async def adopt(self, conversation: "Conversation", known: "Collection[str]") -> None:
        """Take over what was written in a chat by a window that has ended, such as in a crash, but for `known` ids."""
        here = self._drafts.ids | self._replies.prompt_ids | frozenset(known)
        try:
            drafts, queued = await self._library.unsent_prompts.adopt(conversation, here)
        except ChinwagError as error:
            self._host.show_notice(error.sentence)
            return
        self._drafts.adopt(conversation.id, drafts)
        self._replies.queue.adopt(queued)
