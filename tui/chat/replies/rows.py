"""The rows of a turn before anything is asked: the prompt, the branch above it and the empty reply. Writes nothing."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tui.chat.ids import new_id
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.titles import LONGEST, title_of
from tui.errors import UsageError
from tui.store.records import Attachment, Conversation, Message, UnsentPrompt
from tui.text import storable


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """What a turn may differ in from the next one of its conversation.

    Attributes:
        model: id of the model that answers; "" for the conversation's.
        settings: `ChatSettings` as JSON text; "" for the conversation's.
        at: id of a message anywhere in the tree: a prompt is answered again, or a new one stands beside it; behind a
            reply a new one follows. "" for the end of the branch that is shown.
        shown: the turn's branch is the one that is shown from now on.
        origin: how the reply comes about, as `Origin` in JSON; "" for a model's own answer.
    """

    model: str = ""
    settings: str = ""
    at: str = ""
    shown: bool = True
    origin: str = ""


NEXT_TURN = TurnOptions()
"""The turn at the end of the branch that is shown, as the conversation has it."""


@dataclass(frozen=True, slots=True)
class TurnRows:
    """What a turn is about.

    Attributes:
        conversation: as the library knows it now, with the title that the first prompt gives it.
        earlier: the branch above the prompt, oldest first.
        prompt: the prompt that is answered.
        attachments: the files of a new prompt.
        new_prompt: the prompt is not stored yet.
        reply: the row in which the answer will stand.
        leaf: id of the last message of the branch; None when there is none.
    """

    conversation: Conversation
    earlier: tuple[Message, ...]
    prompt: Message
    attachments: tuple[Attachment, ...]
    new_prompt: bool
    reply: Message
    leaf: str | None


async def find_rows(
    library: Library,
    conversation: Conversation,
    prompt: Prompt | None,
    *,
    reply_id: str,
    options: TurnOptions = NEXT_TURN,
    prompt_id: str = "",
) -> TurnRows:
    """The rows of a turn.

    Args:
        library: what it knows of the conversation is newer than `conversation`, and wins.
        conversation: as the caller knows it.
        prompt: what is sent; None answers the last prompt of the branch again.
        reply_id: the reply gets this id.
        options: where the turn stands, and who answers it.
        prompt_id: what is sent gets this id; "" for a new one.

    Raises:
        UsageError: there is no prompt yet that could be answered again.
        StoreError: the conversation cannot be read.
        MessageGoneError: the message that the turn stands at is not there any more.
    """
    at = options.at
    opened = await (library.branch_to(conversation, at) if at else library.current_branch(conversation))
    conversation, branch = opened.conversation, opened.messages
    leaf = branch[-1].id if branch else None
    if prompt is not None:
        if at and branch[-1].kind == "prompt":
            branch = branch[:-1]
        row = _prompt_row(conversation, branch, prompt, prompt_id)
        if not branch and conversation.title_by == "prompt":
            conversation = replace(conversation, title=title_of(row.text) or _names(prompt))
        reply = _reply_row(conversation, row, reply_id, options)
        return TurnRows(conversation, branch, row, prompt.rows(row.id), True, reply, leaf)
    last = next((number for number in reversed(range(len(branch))) if branch[number].kind == "prompt"), None)
    if last is None:
        raise UsageError("There is nothing to answer yet.", "Write a prompt first.")
    reply = _reply_row(conversation, branch[last], reply_id, options)
    return TurnRows(conversation, branch[:last], branch[last], (), False, reply, leaf)


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


def _reply_row(conversation: Conversation, prompt: Message, reply_id: str, options: TurnOptions) -> Message:
    return Message(
        id=reply_id, conversation_id=conversation.id, parent_id=prompt.id, kind="reply", state="streaming",
        payload=b"[]", text="", thinking="", model=options.model or conversation.model,
        settings=options.settings or conversation.settings, usage="", price=None, failure="",
        thinking_ms=None, first_token_ms=None, total_ms=None, created_at=datetime.now(UTC), origin=options.origin,
    )  # fmt: skip
