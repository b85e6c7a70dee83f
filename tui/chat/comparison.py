"""One prompt to several models at once: who answers, what has come of each, and whose answer is gone on with.

Every answer is an ordinary reply of the conversation: siblings under one prompt, of which the first stands in the
branch that is shown. Knows the replies, but no screen: it is told what they report, and says whom it concerns.
"""

from collections.abc import Sequence
from dataclasses import field, replace
from random import shuffle
from typing import TYPE_CHECKING, Literal, Protocol

from tui.chat.branches import can_go_on
from tui.chat.compared_models import FEWEST, MOST, check_models
from tui.chat.origin import FUSED, Origin
from tui.chat.prompt import Prompt
from tui.chat.questions import NO_ANSWERS, SendingAnswers, SendingQuestion
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
from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.store.records import Conversation, Message, MessageState

if TYPE_CHECKING:
    from tui.chat.library import Library

ColumnState = Literal["ready", "waiting"] | MessageState
"""Nothing was asked yet; asked, and nothing saved yet; and the states of a reply."""


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
        unsent: the prompt that it is to answer, until that is saved for it.
        answers: what was answered to questions about its next turn.
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
    answers: SendingAnswers = NO_ANSWERS

    def wait(self, answers: SendingAnswers, unsent: Prompt | None = None) -> None:
        """It is to be asked."""
        self.state, self.problem, self.reading, self.reply_id = "waiting", "", MeterReading(), ""
        self.answers, self.unsent = answers, unsent

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
        answers: to the questions that there may be about anything that is sent here.
        schema: JSON schema as JSON text that each answer has to fit; "" for any.

    Attributes:
        conversation: as it is known now.
        turns: how many prompts were sent.
        picked: whose answer is gone on with.
        uncounted: why the pick says nothing about the models; "" where it was counted.
        returned: a prompt that could not be sent to anyone; whoever takes it sets it to None.
    """

    def __init__(
        self,
        replies: Starter,
        conversation: Conversation,
        columns: Sequence[Column],
        *,
        blind: bool = False,
        answers: SendingAnswers = NO_ANSWERS,
        schema: str = "",
    ) -> None:
        self._replies = replies
        self._schema = schema
        self.conversation = conversation
        self.columns = list(columns)
        self.blind = blind
        self.turns = 0
        self._prompt: Prompt | None = None
        self._agreed = replace(answers, compacted=True)  # nothing is summed up by itself: all have the same before it
        self._answers = self._agreed
        self._leading: Column | None = None
        self.picked: Column | None = None
        self.uncounted = ""
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

        One column leads, and the others are asked when its turn is saved: there is one question about the price of all.
        Blind columns stand in another order from the first prompt on.

        Raises:
            UsageError: these models cannot be compared; nothing was sent.
        """
        self.check()
        if prompt != self._prompt:
            self._prompt, self._answers = prompt, self._agreed
        self.turns += 1
        if self.turns == 1 and self.blind:
            shuffle(self.columns)
        for number, column in enumerate(self.columns):
            if self.turns == 1:
                column.wait(self._answers, prompt if number == 0 else None)
            elif column.reply is not None:
                column.wait(self._answers, prompt)
        self._lead()

    def _lead(self) -> None:
        """Ask the first of those that wait; nobody where none does."""
        waiting = self._waiting
        self._leading = waiting[0] if waiting else None
        if waiting:
            self._ask(waiting[0], tuple(map(self._options, waiting[1:])))

    @property
    def _waiting(self) -> list[Column]:
        """Who is to be asked and was not yet."""
        return [column for column in self.columns if column.state == "waiting" and not column.reply_id]

    def _options(self, column: Column) -> TurnOptions:
        """How a column is asked: what was not sent goes behind its own last answer, else its prompt is answered."""
        sends, behind = column.unsent is not None, column.reply.id if column.reply is not None else ""
        return TurnOptions(
            column.model,
            column.settings,
            behind if sends else column.prompt_id,
            shown=column is self.columns[0],
            origin="" if sends else column.origin,
            answers=column.answers,
            tools=False,
            schema=self._schema,
        )

    def _ask(self, column: Column, beside: tuple[TurnOptions, ...] = ()) -> None:
        options = replace(self._options(column), beside=beside)
        if column.unsent is not None:
            column.reply_id = self._replies.send_at(self.conversation, column.unsent, options)
        else:
            column.reply_id = self._replies.answer_again(self.conversation, options)

    def retry(self, column: Column) -> bool:
        """Ask a column again that has ended; False when there is nothing that it could answer."""
        if column.running or not (column.prompt_id or column.unsent):
            return False
        column.wait(column.answers, column.unsent)
        self._ask(column)
        return True

    def go_on(self, column: Column) -> bool:
        """Let an answer that was cut off go on, also over the limit that ended it; False when there is none."""
        if column.running or column.reply is None or not can_go_on(column.reply):
            return False
        cut, failure = column.reply, failure_from_json(column.reply.failure)
        over_limit = failure is not None and failure.kind == "limit"
        column.wait(column.answers.allowing("limit") if over_limit else column.answers, None)
        options = replace(self._options(column), at=cut.id, goes_on=True)
        column.reply_id = self._replies.answer_again(self.conversation, options)
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
        column.wait(self._agreed)
        self._ask(column)
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

    def column_of(self, event: RepliesEvent) -> Column | None:
        """The column that an event is about, and which takes it; None where it is about another turn."""
        reply_id = _reply_of(event)
        return next((one for one in self.columns if reply_id and one.reply_id == reply_id), None)

    def receive(self, event: RepliesEvent) -> Column | None:
        """Take an event; returns the column that it concerns."""
        column = self.column_of(event)
        if column is None:
            return None
        match event:
            case PromptSaved(conversation, prompt, reply):
                self.conversation = conversation
                column.state, column.reply, column.prompt_id, column.unsent = "streaming", reply, prompt.id, None
                column.answers = self._agreed
                if column is self._leading:
                    self._ask_others(prompt.id)
            case UsageChanged(reading=reading):
                column.reading = reading
            case ReplyDone() | ReplyStopped() | ReplyFailed():
                self.conversation = event.conversation
                column.state = event.reply.state
                column.reply, column.reading = event.reply, event.reading
            case PromptReturned():
                self._take_back(column, event.message)
            case PromptHeld():
                self._hold(column, event.question)
            case _:
                pass
        return column

    def _ask_others(self, prompt_id: str) -> None:
        """The turn that leads is saved: what the others cost was part of the question about it, if there was one."""
        self._leading = None
        for column in self.columns:
            if self.turns == 1 and not column.prompt_id:  # also of one that was stopped meanwhile
                column.prompt_id = prompt_id
        for column in self._waiting:
            column.answers = column.answers.allowing("cost")
            self._ask(column)

    def _hold(self, column: Column, question: SendingQuestion) -> None:
        """There is a question first: who sends it once more, or asks that column again, wants it all the same."""
        column.answers = column.answers.allowing(question.kind)
        if column is self._leading:
            self._answers = self._answers.allowing(question.kind)
            column.problem = f"Not sent: {question.text}. Send it again, and it goes all the same."
            self._return(column.unsent)
        else:
            self._take_back(column, f"Not sent: {question.text}. r asks all the same.")

    def _take_back(self, column: Column, problem: str) -> None:
        """A turn could not begin: without the first one there is nothing that the others could answer."""
        column.state, column.problem = "failed" if problem else "interrupted", problem
        column.reply_id = ""
        if column is self._leading and self.turns > 1:
            self._lead()
        if (self.turns == 1 and column is self._leading) or (
            column.unsent is not None and all(one.unsent is not None and not one.running for one in self._asked)
        ):
            self._return(column.unsent)

    @property
    def _asked(self) -> list[Column]:
        """Who has answered before, and goes on."""
        return [one for one in self.columns if one.reply is not None]

    def _return(self, prompt: Prompt | None) -> None:
        """A prompt went to nobody: it is as if it had not been sent, and each column has what it had before."""
        self.turns, self.returned, self._leading = self.turns - 1, prompt, None
        for one in self.columns:
            one.unsent, one.reply_id = None, ""
            one.state = one.reply.state if one.reply is not None else "ready"

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
        conversation = await library.branches.show(conversation_id, column.reply.id)
        if conversation.model != column.model:
            conversation = await library.set_model(conversation_id, column.model)
        settings = ChatSettings.from_json(column.settings or conversation.settings)
        if settings != ChatSettings.from_json(conversation.settings):
            conversation = await library.set_settings(conversation_id, settings)
        others = [one.model for one in self.sources if one is not column]
        if column.fused:
            self.uncounted = "it was written from the others"
        elif not (column.answered and others):
            self.uncounted = "that takes two whole answers"
        else:
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
