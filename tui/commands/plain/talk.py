"""One chat under way: sends what was written, writes what comes of it, and asks what has to be asked on the way.

What could not be sent is kept, on the disk as a draft, until it is sent again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.chat.addressed import SIGN, addressed, with_address
from tui.chat.ids import new_id
from tui.chat.prompt import Prompt, PromptAttachment
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
    ToolChanged,
)
from tui.chat.replies.options import NEXT_TURN, TurnOptions
from tui.chat.tools.questions import ToolAnswer, ToolQuestion
from tui.commands.plain.asking import Asker
from tui.commands.plain.keyboard import InterruptedLineError
from tui.commands.plain.page import Page
from tui.commands.plain.reply_lines import ReplyLines
from tui.commands.plain.server_asks import ServerAsks
from tui.commands.tool_options import question_text
from tui.errors import UsageError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.bootstrap import Services
    from tui.chat.replies.replies import Work
    from tui.store.records import Conversation

KEPT = "What you wrote is kept; /retry sends it, /drop-queued drops it."
Remember = Callable[[str, str], None]
"""Gets the model that was asked, and the one with which new chats begin."""


class Talk:
    """A chat, and what was written for it.

    Args:
        services: what it stands on.
        chat: as it is now.

    Attributes:
        chat: the conversation, as it is now; one for which no model was chosen goes on with that of the one before.
        files: go along with the next prompt.
        kept: what was written and not sent; None for nothing.
    """

    def __init__(
        self, services: "Services", chat: "Conversation", page: Page, asker: Asker, remember: Remember
    ) -> None:
        self.services = services
        self._chat = chat
        self.files: tuple[PromptAttachment, ...] = ()
        self.kept: Prompt | None = None
        self._kept_id = ""
        self._page = page
        self._asker = asker
        self._remember = remember
        self._lines = ReplyLines(page, saves=services.library.saves)
        self._events: asyncio.Queue[RepliesEvent | None] = asyncio.Queue()
        self._turns: set[asyncio.Task[None]] = set()
        self._server_asks = ServerAsks(services, page, asker)
        services.replies.run_with(self._run)
        services.replies.subscribe(self._receive)

    @property
    def chat(self) -> "Conversation":
        """See above."""
        return self._chat

    @chat.setter
    def chat(self, chat: "Conversation") -> None:
        self._chat = replace(chat, model=chat.model or self._chat.model)

    def listen_to_servers(self) -> Callable[[], None]:
        """Ask what servers ask, while a reply is under way; returns what ends that."""
        return self.services.requests.listen(lambda: self._events.put_nowait(None))

    # What replies report.

    def _run(self, reply_id: str, work: "Work") -> None:
        task = asyncio.create_task(work(), name=f"reply {reply_id}")
        self._turns.add(task)
        task.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        self._events.put_nowait(None)

    def _receive(self, conversation_id: str, event: RepliesEvent) -> None:
        if not isinstance(event, QueueChanged):
            self._events.put_nowait(event)

    # Sending.

    async def send(self, prompt: Prompt) -> None:
        """Send a prompt with the files that go along, and write what comes of it to the end."""
        prompt, self.files = prompt.joined(Prompt("", self.files)), ()
        await self._send(prompt, "")

    async def send_kept(self) -> None:
        """Send what was kept, with the files that go along."""
        prompt, prompt_id = (self.kept or Prompt()).joined(Prompt("", self.files)), self._kept_id
        self.kept, self._kept_id, self.files = None, "", ()
        await self._send(prompt, prompt_id)

    async def _send(self, prompt: Prompt, prompt_id: str) -> None:
        found, model = addressed(prompt), ""
        if found.model:
            try:
                model = self.services.catalog.meant(found.model).id
                if not found.prompt:
                    raise UsageError(f"Write what to ask behind {SIGN}{clean_line(found.model, 40)}.")
            except UsageError as error:
                self._page.say(f"{error.sentence}\nA space in front sends it as it is.")
                await self.keep(prompt, prompt_id)
                return
        self._start(found.prompt, prompt_id, TurnOptions(model))
        await self._follow()

    def _start(self, prompt: Prompt, prompt_id: str, options: TurnOptions) -> None:
        self._remember(options.model or self.chat.model, self.chat.model)
        self.services.replies.send(
            self.chat, prompt, prompt_id=prompt_id or new_id(), model=options.model, answers=options.answers
        )

    async def answer_again(self, options: TurnOptions = NEXT_TURN) -> None:
        """Have the last prompt answered again, beside the answer that there is."""
        self._remember(options.model or self.chat.model, self.chat.model)
        self.services.replies.answer_again(self.chat, options)
        await self._follow()

    async def compact(self, words: str) -> None:
        """Have older turns summed up."""
        self.services.replies.compact(self.chat, words=words)
        await self._follow()

    def stop(self) -> bool:
        """Stop what is under way; False when nothing is."""
        return self.services.replies.stop(self.chat.id)

    # What was not sent.

    async def keep(self, prompt: Prompt, prompt_id: str = "") -> None:
        """Keep what was written and not sent, behind what is kept already; `prompt_id` is that of its draft, if any."""
        if not prompt:
            return
        replaced = [prompt_id] if prompt_id and self.kept else []
        self.kept = self.kept.joined(prompt) if self.kept else prompt
        self._kept_id = self._kept_id or prompt_id or new_id()
        await self._save_draft(self._kept_id, self.kept, replaced)
        self._page.say(KEPT)

    async def drop(self) -> None:
        """Drop what is kept."""
        await self.services.library.unsent_prompts.remove([self._kept_id])
        self.kept, self._kept_id = None, ""

    async def adopt(self) -> None:
        """Take over what was written in this chat before and not sent."""
        drafts, queued = await self.services.library.unsent_prompts.adopt(self.chat, ())
        found = [(one.id, one.prompt) for one in drafts] + [(one.id, one.prompt) for one in queued]
        if not found:
            return
        for _, prompt in found:
            self.kept = self.kept.joined(prompt) if self.kept else prompt
        self._kept_id, *replaced = (id for id, _ in found)
        assert self.kept is not None
        await self._save_draft(self._kept_id, self.kept, replaced)
        self._page.say(f"Written here and not sent:\n{self.kept.text}\n{KEPT}")

    async def _save_draft(self, id: str, prompt: Prompt, replaced: Sequence[str] = ()) -> None:
        library = self.services.library
        if not await library.put_draft(id, self.chat.id, prompt, replaced) and library.saves:
            self._page.say(f"It is not saved for now. {library.unsent_prompts.problem}")

    def go_to(self, chat: "Conversation") -> None:
        """Talk in another chat of the same library; what is kept in this one stays there as its draft."""
        self.chat, self.kept, self._kept_id, self.files = chat, None, "", ()

    # To the end.

    async def _follow(self) -> None:
        """Write what is reported until nothing is under way any more."""
        while self._turns or not self._events.empty():
            event = await self._events.get()
            if event is None:
                self._take_ended()
                await self._answer_servers()
            else:
                await self._show(event)

        queue = self.services.replies.queue
        for queued in queue.of(self.chat.id):  # it waited for a summary that has not come
            queue.take_out(queued.id)
            model = queued.model if queued.model != self.chat.model else ""
            await self.keep(with_address(queued.prompt, model), queued.id)

    async def _answer_servers(self) -> None:
        """Put to the person what servers ask; who goes away stops the reply."""
        while (waiting := self._server_asks.waiting) is not None:
            self._page.gap()
            try:
                await self._server_asks.answer(waiting, self.chat)
            except (InterruptedLineError, EOFError):
                self.stop()
                return

    def _take_ended(self) -> None:
        for task in [task for task in self._turns if task.done()]:
            self._turns.remove(task)
            task.result()

    async def _show(self, event: RepliesEvent) -> None:
        match event:
            case PromptHeld():
                await self._ask_before_sending(event)
            case PromptReturned():
                self._page.say(event.message)
                if event.prompt is not None:
                    await self.keep(with_address(event.prompt, event.model), event.prompt_id)
            case ToolChanged(call=call) if call.state == "asking" and call.question is not None:
                self._lines.show(event)
                await self._ask_about_tool(event.reply_id, call.call_id, call.question)
            case QueueChanged():
                pass
            case _:
                if isinstance(event, PromptSaved | ReplyDone | ReplyStopped | ReplyFailed):
                    self.chat = event.conversation
                self._lines.show(event)

    # Questions on the way.

    async def _ask_about_tool(self, reply_id: str, call_id: str, question: ToolQuestion) -> None:
        """Whether a call may run; who goes away has not agreed, and stops the reply."""
        answers = ["yes", "this chat", "no"] if question.for_chat else ["yes", "no"]
        hint = "Words behind “no” are told to the model."
        try:
            answer, word = await self._ask(f"{question_text(question)}\nMay it run? {hint}", answers, words_behind="no")
        except (InterruptedLineError, EOFError):
            self.services.replies.answer_tool(reply_id, call_id, ToolAnswer("no"))
            self.stop()
            return
        allowed: dict[str, ToolAnswer] = {"yes": ToolAnswer("once"), "this chat": ToolAnswer("chat")}
        self.services.replies.answer_tool(reply_id, call_id, allowed.get(answer) or ToolAnswer("no", word))

    async def _ask_before_sending(self, held: PromptHeld) -> None:
        """A prompt that is asked about is a draft until that is answered."""
        back = with_address(held.prompt, held.options.model) if held.prompt is not None else Prompt()
        if back:
            await self._save_draft(held.prompt_id, back)
        labels = {choice.label: choice.action for choice in held.question.choices}
        try:
            answer, _ = await self._ask(f"Not sent yet: {held.question.text}.", [*labels, "no"])
        except (InterruptedLineError, EOFError):
            answer = "no"
        answers = held.options.answers
        match labels.get(answer):
            case "send":
                self._send_held(held, answers.allowing(held.question.kind))
            case "leave_out":
                self._send_held(held, replace(answers, leave_out=True))
            case "compact":
                self._compact_first(held, replace(answers, compacted=True))
            case "larger":
                self._page.say(f"Choose one with /model; it has to take {held.question.wanted.strip('>')} tokens.")
                await self.keep(back, held.prompt_id)
            case _ if back:
                await self.keep(back, held.prompt_id)
            case _:
                self._page.say("Nothing was sent.")

    def _send_held(self, held: PromptHeld, answers: SendingAnswers) -> None:
        replies = self.services.replies
        if held.queued_id:
            replies.send_queued(held.queued_id, answers)
        elif held.prompt is not None:
            self._start(held.prompt, held.prompt_id, replace(held.options, answers=answers))
        else:
            replies.answer_again(self.chat, replace(held.options, answers=answers))

    def _compact_first(self, held: PromptHeld, answers: SendingAnswers) -> None:
        """Sum up first: what was asked about waits for that in the queue, and is sent behind it."""
        # Who was told what it costs to read all of it, and wants a summary, has agreed to that price.
        agreed = answers.allowing("cost") if held.question.kind == "cost" else answers
        self.services.replies.compact(self.chat, at=held.options.at, for_model=held.options.model, answers=agreed)
        if held.prompt is not None or held.queued_id:
            self._send_held(held, answers)
        else:
            self._page.say("/retry answers the prompt again, behind the summary.")

    async def _ask(self, question: str, answers: Sequence[str], *, words_behind: str = "") -> tuple[str, str]:
        self._page.gap()
        return await self._asker.ask(question, answers, words_behind=words_behind)
