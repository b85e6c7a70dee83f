"""The rows of a turn before anything is asked: the prompt, the branch above it and the empty reply. Writes nothing."""

from dataclasses import replace
from datetime import UTC, datetime

from tui.chat.branches import can_go_on
from tui.chat.ids import new_id
from tui.chat.library import OpenConversation
from tui.chat.origin import CONTINUED, Origin
from tui.chat.prompt import Prompt
from tui.chat.replies.continuing import begun_text
from tui.chat.replies.options import TurnOptions
from tui.chat.titles import LONGEST, title_of
from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.store.records import Attachment, Conversation, Message, UnsentPrompt
from tui.text import storable


@dataclass(frozen=True, slots=True)
class TurnRows:
    """What a turn is about.

    Attributes:
        conversation: as the library knows it now, with the title that the first prompt gives it.
        earlier: the branch above the prompt, oldest first.
        prompt: the message below which the reply stands: the prompt that is answered, or what a summary comes after.
        attachments: the files of a new prompt.
        new_prompt: the prompt is not stored yet.
        reply: the row in which the answer will stand.
        leaf: id of the last message of the branch; None when there is none.
        replaced: what of the branch stands below a prompt that is answered again: it leaves the branch.
        begun: the reply that was cut off, with which the new one goes on; None for any other answer.
        sources: the answers from which a new one is written, which go along with the prompt.
    """

    conversation: Conversation
    earlier: tuple[Message, ...]
    prompt: Message
    attachments: tuple[Attachment, ...]
    new_prompt: bool
    reply: Message
    leaf: str | None
    replaced: tuple[Message, ...] = ()
    begun: Message | None = None
    sources: tuple[Message, ...] = ()


def turn_rows(
    opened: OpenConversation, prompt: Prompt | None, options: TurnOptions, *, reply_id: str, prompt_id: str = ""
) -> TurnRows:
    """The rows of a turn.

    Args:
        opened: the conversation, and its messages down to where the turn stands, as they are now.
        prompt: what is sent; None answers the last prompt of the branch again.
        options: where the turn stands, and who answers it.
        reply_id: the reply gets this id.
        prompt_id: what is sent gets this id; "" for a new one.

    Raises:
        UsageError: there is no prompt yet that could be answered again.
    """
    at = options.at
    conversation, branch = opened.conversation, opened.messages
    leaf = branch[-1].id if branch else None
    if prompt is not None:
        if at and branch[-1].kind == "prompt":
            branch = branch[:-1]
        row = _prompt_row(conversation, branch, prompt, prompt_id)
        if not branch and conversation.title_by == "prompt":
            conversation = replace(conversation, title=title_of(row.text) or _names(prompt))
        reply = reply_row(conversation, row, reply_id, options)
        return TurnRows(conversation, branch, row, prompt.rows(row.id), True, reply, leaf)
    last = next((number for number in reversed(range(len(branch))) if branch[number].kind == "prompt"), None)
    if last is None:
        raise UsageError("There is nothing to answer yet.", "Write a prompt first.")
    begun = branch[-1] if options.goes_on and can_go_on(branch[-1]) else None
    reply, replaced = reply_row(conversation, branch[last], reply_id, options), branch[last + 1 :]
    if left_out := [one for message in replaced if (one := Origin.from_json(message.origin)).sent_from]:
        # What was decided for the first answer holds for the next one.
        origin = replace(Origin.from_json(reply.origin), sent_from=left_out[-1].sent_from)
        reply = replace(reply, origin=origin.to_json())
    if begun is not None:
        continued = replace(Origin.from_json(reply.origin), kind=CONTINUED, of=(begun.id,)).to_json()
        reply = replace(reply, text=begun_text(begun).rstrip(), thinking=begun.thinking, origin=continued)
    return TurnRows(conversation, branch[:last], branch[last], (), False, reply, leaf, replaced, begun)


def with_all(rows: TurnRows) -> TurnRows:
    """The rows of a turn to which all messages go again, also those that an earlier one has left out."""
    if not rows.earlier:
        return rows
    origin = replace(Origin.from_json(rows.reply.origin), sent_from=rows.earlier[0].id)
    return replace(rows, reply=replace(rows.reply, origin=origin.to_json()))


def _names(prompt: Prompt) -> str:
    """A title for files without a word."""
    return ", ".join(file.name for file in prompt.attachments)[:LONGEST]


def unsent_message(unsent: UnsentPrompt) -> Message:
    """The message that a prompt would become if it were sent, for where what is not sent must be kept otherwise."""
    prompt = Prompt.of_row(unsent)
    return _prompt_message(unsent.id, unsent.conversation_id, None, prompt, unsent.written_at)


def _prompt_row(conversation: Conversation, branch: tuple[Message, ...], prompt: Prompt, id: str) -> Message:
    prompt = replace(prompt, text=storable(prompt.text))
    parent = branch[-1].id if branch else None
    return _prompt_message(id or new_id(), conversation.id, parent, prompt, datetime.now(UTC))


def _prompt_message(id: str, conversation_id: str, parent: str | None, prompt: Prompt, at: datetime) -> Message:
    from tui.chat.replies.messages import prompt_payload

    return Message(
        id=id, conversation_id=conversation_id, parent_id=parent, kind="prompt",
        state="done", payload=prompt_payload(prompt, at), text=prompt.text, thinking="", model="", settings="",
        usage="", price=None, failure="", thinking_ms=None, first_token_ms=None, total_ms=None, created_at=at,
    )  # fmt: skip


def reply_row(conversation: Conversation, above: Message, reply_id: str, options: TurnOptions) -> Message:
    """The row in which an answer will stand, below a message."""
    return Message(
        id=reply_id, conversation_id=conversation.id, parent_id=above.id, kind="reply", state="streaming",
        payload=b"[]", text="", thinking="", model=options.model or conversation.model,
        settings=options.settings or conversation.settings, usage="", price=None, failure="",
        thinking_ms=None, first_token_ms=None, total_ms=None, created_at=datetime.now(UTC), origin=options.origin,
    )  # fmt: skip
