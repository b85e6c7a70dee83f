"""The conversation that is shown, as values: one `ChatView`, and the changes of the transcript.

Reads from the library and from the replies under way; draws nothing and calls nothing back: each method returns what
is to be drawn.
"""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from tui.app.chat.changes import (
    ChatView,
    FinishMessage,
    LoadMessages,
    ReplaceMessage,
    UpdateMessage,
    branch_changes,
    differences,
    without_jump,
)
from tui.app.chat.chat_figures import ChatFigures
from tui.app.chat.chat_reader import ChatReader
from tui.app.chat.message_list import MessageList
from tui.app.chat.next_model import NextModel
from tui.app.chat.shown_branch import ShownBranch
from tui.chat.branches import Siblings
from tui.chat.loading import imported
from tui.chat.replies.extent import is_summary, sent_part
from tui.chat.replies.meter import with_context
from tui.chat.settings import ChatSettings
from tui.errors import UsageError
from tui.store.records import switch_lines

if TYPE_CHECKING:
    from tui.app.chat.changes import AppendText, Change, PutPart
    from tui.app.chat.chat_reader import ReadChat
    from tui.app.transcript.message import TranscriptMessage
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.catalog.offers import SettingOffer
    from tui.chat.library import Library
    from tui.chat.questions import SendingAnswers
    from tui.chat.replies.events import ChatEvent, PromptSaved, ReplyEnded, Waiting
    from tui.chat.replies.meter import MeterReading
    from tui.chat.replies.replies import Replies
    from tui.chat.replies.turn import LiveReply
    from tui.store.records import Conversation, Message


_DRAWS_MESSAGES = {"tui.app.transcript.from_messages", "tui.app.transcript.message_rows", "markdown_it"}


class ChatPresenter:
    """One conversation at a time.

    Attributes:
        conversation: None before the first one is open; its model is the one that was chosen in this window.
        branch: what is shown of it, as it is stored.
        siblings: which messages of the conversation, on all branches, stand beside each other.
        messages: how the branch is listed.
        figures: what it has used and cost.
        behind: another window has written, and `refresh` has not taken it over yet.
        deleted: ids of messages that can come back, each behind that of its conversation; the last one at the end.
    """

    def __init__(self, library: "Library", replies: "Replies", catalog: "Catalog") -> None:
        self._library = library
        self._replies = replies
        self._catalog = catalog
        self._next_model = NextModel()
        self._all: set[str] = set()  # conversations to whose next turn all messages go again
        self.conversation: Conversation | None = None
        self.branch = ShownBranch()
        self.siblings = Siblings()
        self.messages = MessageList()
        self.figures = ChatFigures(library, replies, catalog, self.info)
        self.behind = False
        self.deleted: list[tuple[str, str]] = []
        self._reader = ChatReader(library, replies, self.figures)

    # What is shown.

    @property
    def id(self) -> str:
        """Id of the conversation that is shown; "" before the first one."""
        return self.conversation.id if self.conversation else ""

    @property
    def records(self) -> "tuple[Message, ...]":
        """The messages of the branch that is shown."""
        return self.branch.records

    @property
    def model_chosen(self) -> bool:
        """Whether a model was chosen for the conversation: not in an empty one, nor in one of another program."""
        return self._next_model.chosen and bool(self.records)

    @property
    def model(self) -> str:
        """Id of the model that answers next; "" before the first conversation."""
        return self._next_model.of(self.conversation, empty=not self.records)

    @property
    def reading(self) -> "MeterReading":
        """The meter's figures."""
        return self.figures.reading

    @property
    def running(self) -> bool:
        """Whether a reply of this conversation is under way or about to be."""
        return self.id in self._replies.running

    @property
    def stuck(self) -> bool:
        """Whether prompts of this conversation wait and nothing but the person sends them."""
        return not self.running and any(queued.held for queued in self._replies.queue.of(self.id))

    @property
    def can_undo(self) -> bool:
        """Whether the message that was deleted last can come back to this conversation."""
        return bool(self.deleted) and self.deleted[-1][0] == self.id

    @property
    def settings(self) -> ChatSettings:
        """The settings of the conversation."""
        return ChatSettings.from_json(self.conversation.settings if self.conversation else "")

    @property
    def offer(self) -> "SettingOffer":
        """Which settings the model takes that answers next."""
        return self._catalog.offer(self.model)

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the person wrote in this conversation, oldest first."""
        return self.branch.prompts

    def view(self) -> ChatView | None:
        """All of it, as it is now; None before the first conversation is open."""
        conversation = self.conversation
        if conversation is None:
            return None
        streaming = self._streaming
        return ChatView(
            conversation=conversation,
            model=self.info(self.model),
            live_model=self.branch.model_of(streaming.id) if streaming is not None else "",
            once=bool(self._next_model.once(conversation)),
            settings=self.settings,
            offer=self.offer,
            running=self.running,
            prompts=self.prompts,
            queued=self._replies.queue.of(conversation.id),
            stuck=self.stuck,
        )

    @property
    def leaves_out(self) -> bool:
        """Whether the oldest messages are not to be sent."""
        return bool(sent_part(self.records, self._sent_from).left_out)

    def send_all(self) -> list["Change"]:
        """Let all messages go to the next turn, also those that an earlier one has left out."""
        self._all.add(self.id)
        self.figures.measure(self.records, self._sent_from)
        return self._redraw()

    def answers(self, answers: "SendingAnswers | None" = None) -> "SendingAnswers":
        """What was answered for the next turn, or nothing, with what was wanted here before it."""
        from tui.chat.questions import NO_ANSWERS

        answers = answers or NO_ANSWERS
        return replace(answers, send_all=True) if self._sent_from else answers

    @property
    def _sent_from(self) -> str:
        """Id of the first message that goes to the next turn, where it is not as the branch has it; else ""."""
        return self.records[0].id if self.id in self._all and self.records else ""

    def toggle_originals(self) -> list["Change"]:
        """Show the messages that a summary stands for, or fold them away again."""
        self.messages.unfolded = not self.messages.unfolded
        return [without_jump(change) for change in self._redraw()]

    def info(self, model_id: str) -> "ModelInfo":
        """What is known of a model; of one that nobody offers, its name."""
        from tui.chat.catalog.info import ModelInfo

        try:
            return self._catalog.find(model_id)
        except UsageError:
            return ModelInfo.unknown(model_id)

    # Another conversation, or another model.

    async def open(self, conversation_id: str, at_hand: str = "") -> list["Change"]:
        """Show a conversation from its end, and go on with what of it is under way.

        Args:
            conversation_id: which.
            at_hand: id of the model that answers in one for which none was chosen, as in those of other programs; ""
                for that of the conversation before.

        Raises:
            UsageError: there is no such conversation.
            StoreError: it cannot be read.
        """
        if not sys.modules.keys() >= _DRAWS_MESSAGES and await self._reader.has_messages(conversation_id):
            # Keys that are typed ahead are shown meanwhile, so that what is shown is read only after it.
            await imported(*_DRAWS_MESSAGES)
        read = await self._reader.read(conversation_id)
        self._next_model.chosen = bool(read.conversation.model)
        model = read.conversation.model or at_hand or (self.conversation.model if self.conversation else "")
        self.conversation = replace(read.conversation, model=model)
        self.messages.clear()  # of a reply under way it has not the text that came since
        self._take_offer(read.records)
        self._show(read, read.records)
        return [LoadMessages(self.messages.shown)]

    async def count_beside(self, conversation_id: str) -> None:
        """More was spent than is shown, beside a conversation or in others: if it is the one shown, read the sums."""
        spent = await self.figures.spent(conversation_id)
        if conversation_id == self.id:
            self.figures.count_beside(spent)

    def changed(self, conversation: "Conversation", model: str = "") -> list["Change"]:
        """Take over another name or settings of the conversation that is shown, and the model that was chosen here."""
        if conversation.id != self.id:
            return []
        conversation = replace(conversation, model=model) if model else self._with_own_model(conversation)
        before, self.conversation = self.conversation, conversation
        self._next_model.chosen = self._next_model.chosen or bool(model)
        if before is None:
            return []
        if before.model == conversation.model:
            if ChatSettings.from_json(before.settings).web_search == self.settings.web_search:
                return []
            self.messages.forget_end_note()  # with a search the request may go to another API
            return self._redraw()
        self._next_model.take_once(conversation.id)
        self._measure()
        return self._redraw()

    def note_seen(self) -> None:
        """The conversation that is shown has nothing that was not seen."""
        if self.conversation is not None:
            self.conversation = replace(self.conversation, unread=False)

    def ask_once(self, model: str) -> list["Change"]:
        """Let a model answer the next turn of the conversation that is shown, and no other; "" for the chat's own."""
        if self.conversation is None:
            return []
        self._next_model.ask_once(self.conversation, model)
        self._measure()
        return self._redraw()

    def take_once(self) -> str:
        """Id of the model for the turn that is sent now; "" for the chat's own."""
        return self._next_model.take_once(self.id)

    def offer_model(self, model: str) -> None:
        """Let a model answer where none was chosen; "" for the chat's own."""
        if model != self._next_model.offered:
            self._next_model.offered = model
            self._take_offer(self.records)
            self._measure()

    def _take_offer(self, records: "tuple[Message, ...]") -> None:
        """A chat of another program goes on with the model that is offered, whichever way that is."""
        offered = self._next_model.offered
        if self.conversation is not None and records and offered and not self._next_model.chosen:
            self.conversation = replace(self.conversation, model=offered)

    def _measure(self) -> None:
        """Let the meter go by the window of the model that answers next, unless one is answering."""
        self.figures.switch(self.model)

    def _with_own_model(self, conversation: "Conversation") -> "Conversation":
        """A conversation as it is stored, with the model of this window: another one may have chosen its own."""
        shown = self.conversation
        return conversation if shown is None else replace(conversation, model=shown.model)

    async def switch_notes(self, tools: int = 0) -> AsyncIterator["Change"]:
        """What the new model of each line of a switch does not get; reads the history, so it may take a while.

        Args:
            tools: how many are on.
        """
        from tui.chat.replies.switching import switch_notes

        conversation, records = self.conversation, self.records
        if conversation is None:
            return
        lines = self.messages.not_noted(switch_lines(records, self.model))
        settings, contents = conversation.settings, self._library.contents
        async for line, note in switch_notes(records, lines, self._catalog, contents, settings, tools):
            if conversation.id != self.id:
                return
            if noted := self.messages.note(line, note):
                yield ReplaceMessage(noted)

    # What other windows write.

    async def refresh(self) -> list["Change"]:
        """Take over what another window has written to the conversation that is shown; the reader stays.

        Does nothing while a reply of this window is about to begin, or goes on in a branch that is shown nowhere else.

        Raises:
            StoreError: it cannot be read.
        """
        conversation_id = self.id
        if not conversation_id:
            return []
        read = await self._read(conversation_id)
        live = self._reader.live(self.records)
        if conversation_id != self.id or self._replies.starting(conversation_id):
            return []
        if live is not None and live.reply_id not in {record.id for record in read.records}:
            return []
        before = self.messages.shown
        self._take_over(read)
        return [without_jump(change) for change in differences(before, self.messages.shown)]

    async def show_branch(self, at: str) -> list["Change"]:
        """Show the branch that the library was told to show; the message `at` gets the focus.

        Raises:
            StoreError: it cannot be read.
        """
        conversation_id = self.id
        read = await self._read(conversation_id)
        if conversation_id != self.id:
            return []
        before = self.messages.shown
        self._take_over(read)
        return branch_changes(before, self.messages.shown, at)

    async def _read(self, conversation_id: str) -> "ReadChat":
        while True:
            seen = self.branch
            read = await self._reader.read(conversation_id)
            if seen is self.branch:  # else an own reply began or ended while it was read
                return read

    def _take_over(self, read: "ReadChat") -> None:
        self.behind = False
        known, live = {record.id: record for record in self.records}, self._reader.live(read.records)
        # Of a reply under way here the row is older than what is shown.
        own = live.reply_id if live is not None else ""
        records = tuple(known.get(record.id, record) if record.id == own else record for record in read.records)
        self.messages.forget(record.id for record in records if known.get(record.id) != record)
        self.conversation = self._with_own_model(read.conversation)
        self._show(read, records)

    def _show(self, read: "ReadChat", records: "tuple[Message, ...]") -> None:
        live = self._reader.live(records)
        self.branch, self.siblings = ShownBranch(records), read.siblings
        self._list(live)
        if live is None:
            self.figures.rest(records, self.model, read.spent)
        else:
            self.figures.reading = live.reading

    @property
    def written_elsewhere(self) -> bool:
        """Whether the last reply is being written by another window."""
        return self.branch.streams and not self.running

    # A reply under way.

    def receive(self, event: "ChatEvent") -> list["Change"]:
        """Take what a reply of this conversation reports."""
        from tui.app.chat.content_changes import content_change
        from tui.chat.replies import events

        match event:
            case (
                events.TextDelta()
                | events.ThinkingDelta()
                | events.ToolStarted()
                | events.ToolChanged()
                | events.PartReplaced()
            ):
                return self._grown(content_change(event))
            case events.UsageChanged(reply_id, reading):
                if self.records and self.records[-1].id == reply_id:
                    self.figures.reading = replace(reading, left_out=self.reading.left_out)
                return []
            case events.Waiting(reply_id):
                return self._wait(reply_id, event)
            case events.NotSaved() | events.AnswerRefused():
                return []
            case events.PromptSaved():
                return self._begin(event)
            case events.ReplyDone() | events.ReplyStopped() | events.ReplyFailed():
                return self._end(event)
            case _:
                assert_never(event)

    def stopped(self) -> list["Change"]:
        """Show at once that the reply was stopped; the rest follows when it is saved."""
        streaming = self._streaming
        if streaming is None:
            return []
        return [UpdateMessage(replace(streaming, state="interrupted", note="by you", waiting=None))]

    def _begin(self, event: "PromptSaved") -> list["Change"]:
        self.conversation = self._with_own_model(event.conversation)
        self._next_model.chosen = True
        for record in (event.prompt, event.reply):
            self.siblings.add(record.id, record.parent_id)
        if event.conversation.active_leaf != event.reply.id:  # it begins beside the branch that is shown
            return self._redraw()
        if event.prompt.parent_id is not None and event.prompt.parent_id not in self.branch.ids:
            self.behind = True  # another branch was shown meanwhile
            return []
        # What follows the place where it begins leaves the branch, such as an earlier answer to the same prompt.
        before, new_prompt = self.messages.shown, event.prompt.id not in self.branch.ids
        leaves = bool(before) and self.records[-1].id not in (event.prompt.parent_id, event.prompt.id)
        self.branch = self.branch.with_turn(event.prompt, event.reply)
        self.messages.begin_turn(event.prompt.id)
        self._all.discard(self.id)
        changes = self._redraw()
        at = event.prompt if new_prompt else event.reply
        return branch_changes(before, self.messages.shown, at.id) if leaves else changes

    def _end(self, event: "ReplyEnded") -> list["Change"]:
        self.conversation = self._with_own_model(event.conversation)
        if event.reply.id not in self.branch.ids:
            return []
        self.branch = self.branch.with_reply(event.reply)
        from tui.app.transcript.from_messages import price_text, transcript_message

        price = price_text(event.reply.price, estimated=event.reading.price_estimated)
        finished = replace(
            transcript_message(event.reply),
            price_text=price or ("free" if event.reading.free else ""),
            branch=self.siblings.place(event.reply.id),
        )
        self.messages.replace(finished)
        self.messages.forget_end_note()  # there is more now that the next model may not get
        self.figures.reading = with_context(event.reading, self.records)
        if event.reply.model != self.model:
            self._measure()
        if not is_summary(event.reply):
            return [FinishMessage(finished)]
        return [FinishMessage(finished), *map(without_jump, self._redraw())]

    @property
    def _streaming(self) -> "TranscriptMessage | None":
        return self.messages.streaming(self._reader.live(self.records))

    def _grown(self, change: "AppendText | PutPart") -> list["Change"]:
        """More of a reply, which waits no longer; nothing where another branch is shown."""
        if change.id not in self.branch.ids:
            return []
        shown = self.messages.find(change.id)
        waits = shown is not None and shown.waiting is not None
        return [*self._wait(change.id, None), change] if waits else [change]

    def _wait(self, reply_id: str, waiting: "Waiting | None") -> list["Change"]:
        streaming = self._streaming
        if streaming is None or streaming.id != reply_id:
            return []
        updated = replace(streaming, waiting=waiting)
        self.messages.replace(updated)
        return [UpdateMessage(updated)]

    def _redraw(self) -> list["Change"]:
        """The changes from what is shown to what is to be shown now."""
        before = self.messages.shown
        self._list(self._reader.live(self.records))
        return differences(before, self.messages.shown)

    def _list(self, live: "LiveReply | None") -> None:
        self.messages.show(self.records, self.model, self.siblings, live, self._sent_from)
