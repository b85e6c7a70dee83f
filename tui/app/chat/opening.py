"""Which chat is shown: another one, a new one, or an empty one in the place of one that is gone."""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.app.chat.autosave import Autosave
    from tui.app.chat.composing import Composing
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.empty_chats import EmptyChats
    from tui.app.chat.first_choice import FirstChoice
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.layout import ChatLayout
    from tui.app.chat.presenter import ChatPresenter
    from tui.chat.library import Library
    from tui.chat.prompt import Prompt
    from tui.chat.replies.replies import Replies

_TITLED = 200
"""Chats, found by the words of their titles, among which the one with that very title is looked for."""


def _fit(wanted: str, id: str, title: str, *, named: bool) -> tuple[float, ...]:
    """How well a chat fits what was typed: it is the one, is called that, has the words in its name, or the letters."""
    from tui.app.fuzzy import fuzzy, is_part

    same = wanted.casefold() == clean_line(title).casefold()
    likeness = fuzzy(wanted, title)
    return wanted in (id, title), same, named or is_part(likeness), likeness


class ChatOpener:
    """Opens chats, each with its draft.

    Args:
        show_branch: have the branch shown that a message of a conversation is on, by their ids.
        send: send the draft of the first chat as soon as that is shown.
    """

    def __init__(
        self,
        host: "DrawingHost",
        layout: "ChatLayout",
        presenter: "ChatPresenter",
        replies: "Replies",
        library: "Library",
        drafts: "Drafts",
        autosave: "Autosave",
        empty: "EmptyChats",
        composing: "Composing",
        first_choice: "FirstChoice",
        *,
        show_branch: Callable[[str, str], Awaitable[object]],
        send: bool,
    ) -> None:
        self._host = host
        self._layout = layout
        self._presenter = presenter
        self._replies = replies
        self._library = library
        self._drafts = drafts
        self._autosave = autosave
        self._empty = empty
        self._composing = composing
        self._first_choice = first_choice
        self._show_branch = show_branch
        self._send_first = send
        self._go_to = ""  # the message to bring into view once its chat is shown
        self._words = ""  # what is looked for there
        self._unseen: Prompt | None = None  # what was written where a draft has just come from the disk

    def open(self, conversation_id: str) -> None:
        """Show a conversation; the draft of the one before is kept."""
        if conversation_id != self._drafts.written_for:  # else it is shown, or about to be
            self._layout.forget_problems()
            self._first_choice.give_back()
            self._drafts.write_for(conversation_id)
            self._composing.show()
            self._autosave.start()
            self._host.begin(partial(self._open, conversation_id), "open", exclusive=True)

    def open_at(self, conversation_id: str, message_id: str, words: str = "") -> None:
        """Show a conversation with a message of it in view, which is the focused one then; "" for its end.

        `words`, as they were typed for a search in all chats, are looked for from there on, and marked.
        """
        self._words = words
        if conversation_id != self._drafts.written_for:
            self._go_to = message_id
            self.open(conversation_id)
        elif message_id and message_id in self._presenter.branch.ids:
            self._go_to_message(message_id)
        elif message_id:  # of another branch than the one that is shown
            self._go_to = message_id
            self._host.begin(partial(self._open, conversation_id), "open", exclusive=True)

    async def _open(self, conversation_id: str) -> None:
        try:
            at_hand = self._empty.model_of(self._presenter.conversation)
            changes = await self._presenter.open(conversation_id, at_hand)
            if self._go_to and self._go_to not in self._presenter.branch.ids:
                await self._show_branch(conversation_id, self._go_to)
                changes = await self._presenter.open(conversation_id)
        except ChinwagError as error:
            self._host.show_notice(error.sentence, f"opening {conversation_id}")
            self._stay()
            return
        self._host.show_notice("", f"opening {conversation_id}")
        self._host.show_view(changes)
        if (message_id := self._go_to) and message_id in self._presenter.branch.ids:
            self._layout.call_after_refresh(self._go_to_message, message_id)
        self._go_to = ""
        area = self._layout.composer.area
        area.remember_texts(self._presenter.prompts)
        if self._send_first:
            self._send_first = False
            area.send_prompt()
        if self._presenter.conversation is not None:
            held = {queued.id for queued in self._first_choice.waiting}
            written = self._layout.composer.prompt
            await self._autosave.adopt(self._presenter.conversation, held)
            self._unseen = written if self._layout.composer.prompt != written else None

    async def _find(self, words: str) -> None:
        from tui.chat.search import sought_words

        wanted, finder = sought_words(words, date.today())
        if wanted:
            await self._layout.action_find(clean_line(wanted), finder)

    def _go_to_message(self, message_id: str) -> None:
        self._layout.go_to_message(message_id)
        if words := self._words:
            self._words = ""
            self._layout.call_after_refresh(self._find, words)

    def _stay(self) -> None:
        """A chat cannot be shown: what is shown is what is written in."""
        if self._presenter.conversation is None:  # no chat can be shown yet: at least something can be asked
            self._drafts.written_for = ""
            self.open(self._empty.another())
        else:
            self._drafts.write_for(self._presenter.id)
            self._composing.show()

    def open_named(self, wanted: str) -> None:
        """Show the chat that is meant: by its id, its title, words of that, or a name of the list that fits it best."""
        self._host.begin(partial(self._open_named, wanted), "open")

    async def _open_named(self, wanted: str) -> None:
        from tui.chat.search import read_query

        chats = self._layout.chat_list.recent
        names, named = {chat.id: chat.title for chat in chats}, frozenset[str]()
        if wanted not in names:
            try:
                titled = await self._library.search.titles(read_query(wanted, date.today()), _TITLED)
            except ChinwagError as error:
                self._host.show_notice(error.sentence)
                return
            named = frozenset(hit.conversation_id for hit in titled)
            names = {hit.conversation_id: hit.title for hit in titled} | names
        fit, found = max(
            ((_fit(wanted, id, title, named=id in named), id) for id, title in names.items()),
            key=lambda scored: scored[0],
            default=((0.0,), ""),
        )
        if any(fit):
            self.open(found)
        else:
            self._host.refuse(f"No chat is called “{clean_line(wanted, 60)}”")

    def open_blank(self) -> None:
        """Show an empty chat with the model of this one; what is written here stays a draft of its own."""
        shown = self._presenter.conversation
        self.open(self._empty.another(shown.model if shown else ""))

    def open_new(self) -> None:
        """Begin anew, unless nothing was asked or written in the chat that is shown; and write there."""
        shown = self._presenter
        used = shown.prompts or shown.running or self._layout.composer.prompt
        if used or shown.id not in ("", self._drafts.written_for):
            self.open_blank()
        self._layout.action_back()

    def leave_unseen(self) -> None:
        """Let the draft that came with the chat wait elsewhere: what is typed now was typed before it could be seen."""
        if self._unseen is None:
            return
        if self._presenter.prompts:  # it is asked here, and the draft comes when this chat is opened again
            self._drafts.put_off(self._presenter.id, self._unseen)
        else:
            self.open_blank()
        self._unseen = None
        self._host.toast("✎", "A draft from before waits in its chat in the list")

    def forget(self, conversation_id: str, *, for_good: bool) -> None:
        """A conversation is gone; if it was shown, an empty one is."""
        self._replies.stop(conversation_id)
        self._drafts.discard(conversation_id, for_good=for_good)
        if conversation_id == self._drafts.written_for:
            self.open_blank()
