"""One prompt to several models at once: who answers, what has come of each, and whose answer is gone on with.

Every answer is an ordinary reply of the conversation: siblings under one prompt, of which the first stands in the
branch that is shown. Knows the replies, but no screen: it is told what they report, and says whom it concerns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import shuffle
from typing import TYPE_CHECKING, Literal, Protocol

from tui.chat.branches import can_go_on
from tui.chat.compared_models import FEWEST, MOST, check_models
from tui.chat.origin import FUSED, Origin
from tui.chat.prompt import Prompt
from tui.chat.questions import SendingAnswers
from tui.chat.replies.events import (
    PromptHeld,
    PromptReturned,
    PromptSaved,
    QueueChanged,
    RepliesEvent,
    ReplyDone,
    ReplyFailed,
    ReplyStopped,
    UsageChanged,
)
from tui.chat.replies.failures import failure_from_json
from tui.chat.replies.meter import MeterReading
from tui.chat.replies.options import TurnOptions
from tui.chat.settings import ChatSettings
from tui.errors import UsageError
from tui.store.records import Conversation, Message, MessageState

if TYPE_CHECKING:
    from tui.chat.library import Library

ColumnState = Literal["ready", "waiting"] | MessageState
"""Nothing was asked yet; asked, and nothing saved yet; and the states of a reply."""


COMPARED = SendingAnswers(compacted=True)
"""Nothing is summed up by itself: each column has the same before it."""


class Starter(Protocol):
    """What a comparison needs of the replies."""

    def send_at(self, conversation: Conversation, prompt: Prompt, options: TurnOptions) -> str:
        """Send a prompt; returns the reply's id."""

    def answer_again(self, conversation: Conversation, options: TurnOptions) -> str:
        """Answer a prompt that is saved; returns the reply's id."""

    def stop_reply(self, reply_id: str) -> bool:
        """Stop one reply."""


@dataclass(slots=True, eq=False)
class Column:
    """One model, and what has come of it.

    Attributes:
        model: its id.
        settings: `ChatSettings` as JSON text, for its next turn; "" for the conversation's.
        origin: of a model that writes from the others' answers, as `Origin` in JSON; else "".
        reply_id: of the reply that was begun last; "" before.
        prompt_id: of the prompt that this one answers, once it is saved.
        reply: its row, as it began or ended; None before it is saved.
        reading: the meter's figures.
        problem: why the last turn could not even begin; "" when it could.
        unsent: the prompt that it was to answer, and which could not be saved for it.
    """

    model: str
    settings: str = ""
    origin: str = ""
    state: ColumnState = "ready"
    reply_id: str = ""
    prompt_id: str = ""
    reply: Message | None = None
    reading: MeterReading = field(default_factory=MeterReading)
    problem: str = ""
    unsent: Prompt | None = None

    @property
    def running(self) -> bool:
        """Whether its reply comes, or is about to."""
        return self.state in ("waiting", "streaming")

    @property
    def answered(self) -> bool:
        """Whether its answer is complete."""
        return self.state == "done" and self.reply is not None and bool(self.reply.text.strip())

    @property
    def fused(self) -> bool:
        """Whether it writes from the others' answers."""
        return bool(self.origin)


class Comparison:
    """The columns of one comparison, from the first prompt to the pick.

    Args:
        replies: run the turns.
        conversation: in which they are.
        columns: who is asked; the first one's answers are those that are shown.
        blind: names and prices are hidden until one is picked, and the columns stand in any order.

    Attributes:
        conversation: as it is known now.
        turns: how many prompts were sent.
        picked: whose answer is gone on with.
        returned: a prompt that could not be sent to anyone; whoever takes it sets it to None.
    """

    def __init__(
        self, replies: Starter, conversation: Conversation, columns: Sequence[Column], *, blind: bool = False
    ) -> None:
        self._replies = replies
        self.conversation = conversation
        self.columns = list(columns)
        self.blind = blind
        self.turns = 0
        self._prompt: Prompt | None = None
        self._answers = COMPARED
        self.picked: Column | None = None
        self.returned: Prompt | None = None

    @property
    def running(self) -> bool:
        """Whether any reply comes, or is about to."""
        return any(column.running for column in self.columns)

    @property
    def hidden(self) -> bool:
        """Whether names are hidden now."""
        return self.blind and self.picked is None and self.turns > 0

    @property
    def sources(self) -> list[Column]:
        """The columns from whose answers one can be written."""
        return [column for column in self.columns if column.answered and not column.fused]

    # Who is asked.

    def add(self, column: Column) -> None:
        """One more model, before anything is sent.

        Raises:
            UsageError: there are as many as can be compared.
        """
        if len(self.columns) >= MOST:
            raise UsageError(f"{MOST} models are compared already.", "Take one away first.")
        self.columns.append(column)

    def check(self) -> None:
        """Whether these models can be asked.

        Raises:
            UsageError: they are too few, or two of them are the same with the same settings.
        """
        check_models([(one.model, one.settings or self.conversation.settings) for one in self.columns if not one.fused])

    # Asking.

    def send(self, prompt: Prompt) -> None:
        """Send a prompt to every column; the first turn behind the branch that is shown, each later one behind its own.

        Blind columns stand in another order from the first prompt on.

        Raises:
            UsageError: these models cannot be compared; nothing was sent.
        """
        self.check()
        if prompt != self._prompt:
            self._prompt, self._answers = prompt, COMPARED
        self.turns += 1
        if self.turns == 1:
            if self.blind:
                shuffle(self.columns)
            for column in self.columns:
                column.state = "waiting"
            lead = self.columns[0]
            lead.reply_id = self._replies.send_at(
                self.conversation, prompt, TurnOptions(lead.model, lead.settings, answers=self._answers)
            )
            return
        for column in self.columns:
            if column.reply is not None:
                column.unsent = prompt
                self._send_behind(column)

    def _send_behind(self, column: Column) -> None:
        if column.unsent is None or column.reply is None:
            return
        column.state, column.problem, column.reading = "waiting", "", MeterReading()
        options = TurnOptions(
            column.model, column.settings, column.reply.id, shown=column is self.columns[0], answers=self._answers
        )
        column.reply_id = self._replies.send_at(self.conversation, column.unsent, options)

    def _answer(self, column: Column, *, goes_on: bool = False) -> None:
        column.state, column.problem, column.reading = "waiting", "", MeterReading()
        at, answers = column.prompt_id, self._answers
        if goes_on and column.reply is not None:
            failure = failure_from_json(column.reply.failure)
            at = column.reply.id
            answers = answers.allowing("limit") if failure is not None and failure.kind == "limit" else answers
        options = TurnOptions(
            column.model,
            column.settings,
            at,
            shown=column is self.columns[0],
            origin=column.origin,
            goes_on=goes_on,
            answers=answers,
        )
        column.reply_id = self._replies.answer_again(self.conversation, options)

    def retry(self, column: Column) -> bool:
        """Ask a column again that has ended; False when there is nothing that it could answer."""
        if column.running or not (column.prompt_id or column.unsent):
            return False
        if column.unsent is not None:
            self._send_behind(column)
        else:
            self._answer(column)
        return True

    def go_on(self, column: Column) -> bool:
        """Let an answer that was cut off go on, also over the limit that ended it; False when there is none."""
        if column.running or column.reply is None or not can_go_on(column.reply):
            return False
        self._answer(column, goes_on=True)
        return True

    def fuse(self, model: str, settings: str = "") -> Column:
        """Have a model write one answer from all that are complete, as one more column.

        Raises:
            UsageError: there are not two answers yet.
        """
        sources = self.sources
        if len(sources) < FEWEST:
            raise UsageError("There are not two answers yet that one could be written from.", "Wait for them.")
        of = tuple(one.reply.id for one in sources if one.reply is not None)
        origin = Origin(FUSED, of=of, models=tuple(one.model for one in sources))
        column = Column(model, settings, origin.to_json(), prompt_id=sources[0].prompt_id)
        self.columns.append(column)
        self._answer(column)
        return column

    def stop(self, column: Column) -> bool:
        """Stop one column; False when nothing comes there."""
        if not column.running:
            return False
        if column.reply_id:
            self._replies.stop_reply(column.reply_id)
        else:  # it waits for the prompt to be saved, and is not asked then
            column.state = "interrupted"
        return True

    def stop_all(self) -> None:
        """Stop every column."""
        for column in self.columns:
            self.stop(column)

    # What the replies report.

    def receive(self, event: RepliesEvent) -> Column | None:
        """Take an event; returns the column that it concerns."""
        reply_id = _reply_of(event)
        column = next((one for one in self.columns if reply_id and one.reply_id == reply_id), None)
        if column is None:
            return None
        match event:
            case PromptSaved(conversation, prompt, reply):
                self.conversation = conversation
                column.state, column.reply, column.prompt_id, column.unsent = "streaming", reply, prompt.id, None
                if self.turns == 1 and column is self.columns[0]:
                    self._start_others(prompt.id)
            case UsageChanged(reading=reading):
                column.reading = reading
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                self.conversation = event.conversation
                column.state = event.reply.state
                column.reply, column.reading = event.reply, event.reading
            case PromptReturned():
                self._take_back(column, event.prompt, event.message)
            case PromptHeld():
                # Who sends it once more wants it all the same.
                self._answers = self._answers.allowing(event.question.kind)
                again = "Send it again, and it goes all the same." if event.prompt else "r asks all the same."
                self._take_back(column, event.prompt, f"Not sent: {event.question.text}. {again}")
            case _:
                pass
        return column

    def _start_others(self, prompt_id: str) -> None:
        for column in self.columns[1:]:
            if not column.prompt_id:
                column.prompt_id = prompt_id
                if column.state == "waiting":
                    self._answer(column)

    def _take_back(self, column: Column, prompt: Prompt | None, problem: str) -> None:
        """A turn could not begin: without its first one there is nothing that the others could answer.

        A later one that began nowhere is as if it had not been sent; each column has what it had before.
        """
        column.state, column.problem = "failed" if problem else "interrupted", problem
        column.reply_id = ""
        asked = [one for one in self.columns if one.reply is not None]
        if self.turns == 1 and not column.prompt_id:
            self.turns, self.returned = 0, prompt
            for one in self.columns:
                one.state = "ready"
        elif column.unsent is not None and all(one.unsent is not None and not one.running for one in asked):
            self.turns, self.returned = self.turns - 1, column.unsent
            for one in asked:
                one.unsent, one.state = None, one.reply.state if one.reply is not None else one.state

    # The end.

    async def pick(self, library: "Library", column: Column) -> Conversation:
        """Go on with a column: its branch is shown, its model and settings answer next, the others are stopped.

        Raises:
            UsageError: it has no reply that could be gone on with.
            ChinwagError: the library refuses.
        """
        if column.reply is None:
            raise UsageError("There is no answer yet to go on with.", "Wait for it, or pick another.")
        for other in self.columns:
            if other is not column:
                self.stop(other)
        conversation_id = self.conversation.id
        conversation = await library.show_branch(conversation_id, column.reply.id)
        if conversation.model != column.model:
            conversation = await library.set_model(conversation_id, column.model)
        settings = ChatSettings.from_json(column.settings or conversation.settings)
        if settings != ChatSettings.from_json(conversation.settings):
            conversation = await library.set_settings(conversation_id, settings)
        others = [one.model for one in self.sources if one is not column]
        if column.answered and not column.fused and others:
            await library.record_pick(column.prompt_id, column.model, others, blind=self.blind)
        self.conversation, self.picked = conversation, column
        return conversation


def _reply_of(event: RepliesEvent) -> str:
    """Id of the reply that an event is about; "" for none."""
    match event:
        case PromptSaved(reply=reply) | ReplyDone(reply=reply) | ReplyStopped(reply=reply) | ReplyFailed(reply=reply):
            return reply.id
        case QueueChanged():
            return ""
        case _:
            return event.reply_id
