"""A chat that begins with a copy of another one's messages, or has one of all of them: its rows. Pure."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from tui.chat.ids import new_id
from tui.chat.origin import with_ids
from tui.chat.titles import copy_title
from tui.chat.usage import StoredUsage
from tui.store.records import Attachment, Conversation, Message


def fork_rows(
    original: Conversation,
    messages: tuple[Message, ...],
    attachments: tuple[Attachment, ...],
    *,
    leaf: str | None = None,
    word: Literal["fork", "copy"] = "fork",
) -> tuple[Conversation, list[Message], list[Attachment]]:
    """The new conversation, and the copies of messages and files with ids of their own.

    The copies say what they have cost, and count in no sum: that was paid in the conversation they come from. Settings
    and tags are those of the original; where that is kept apart, the new one is among the others.

    Args:
        original: where it is forked off.
        messages: what is copied of it, parents before children; at least one.
        attachments: all of its files.
        leaf: id of the message whose branch is shown; None for the last one.
        word: what the title says that the new one is.
    """
    now = datetime.now(UTC)
    ids = {message.id: new_id() for message in messages}
    forked = replace(
        original, id=new_id(), title=copy_title(original.title, word), active_leaf=ids[leaf or messages[-1].id],
        created_at=now, updated_at=now, pinned=False, archived=False, unread=False, deleted_at=None,
    )  # fmt: skip
    copies = [
        replace(
            message, id=ids[message.id], conversation_id=forked.id, usage=_paid_elsewhere(message),
            parent_id=ids.get(message.parent_id or ""),
            origin=with_ids(message.origin, ids),
            state="interrupted" if message.state == "streaming" else message.state,
        )
        for message in messages
    ]  # fmt: skip
    files = [replace(file, message_id=ids[file.message_id]) for file in attachments if file.message_id in ids]
    return forked, copies, files


def _paid_elsewhere(message: Message) -> str:
    """The usage of a copy, which says that it is one; "" of a prompt."""
    return replace(StoredUsage.from_json(message.usage), copied=True).to_json() if message.kind == "reply" else ""
