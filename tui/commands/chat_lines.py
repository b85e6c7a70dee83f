"""Chats as the shell prints them: a line each for people, or data for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.commands.table import json_text, table
from tui.figures import counted, local_time
from tui.model_id import ModelId
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.store.records import Conversation


def chats_table(chats: "Sequence[Conversation]") -> str:
    """Id, time, model, marks and title of each; the ids are as short as tells these apart."""
    from tui.chat.ids import shortest

    short = shortest([chat.id for chat in chats])
    return table(
        (
            short[chat.id],
            local_time(chat.deleted_at or chat.updated_at),
            ModelId.parse(chat.model).label,
            _title(chat),
        )
        for chat in chats
    )


def chats_json(chats: "Sequence[Conversation]") -> str:
    """A JSON list; titles as they are, nothing cleaned."""
    return json_text([chat_data(chat) for chat in chats])


def chat_data(chat: "Conversation") -> dict[str, object]:
    """What is known of a chat without its messages; times are ISO texts with their zone."""
    return {
        "id": chat.id,
        "title": chat.title,
        "model": chat.model or None,
        "created_at": chat.created_at.isoformat(),
        "updated_at": chat.updated_at.isoformat(),
        "pinned": chat.pinned,
        "archived": chat.archived,
        "unread": chat.unread,
        "tags": list(chat.tags),
        "deleted_at": None if chat.deleted_at is None else chat.deleted_at.isoformat(),
    }


def named(chat: "Conversation") -> str:
    """The title of a chat for people."""
    return clean_line(chat.title, 80) or "(no title)"


def named_all(chats: "Sequence[Conversation]") -> str:
    """The title of one chat, or how many there are."""
    return named(chats[0]) if len(chats) == 1 else counted(len(chats), "chat")


def _title(chat: "Conversation") -> str:
    marks = [mark for mark, there in (("★", chat.pinned), ("(new)", chat.unread)) if there]
    return " ".join([*marks, named(chat), *(f"#{tag}" for tag in chat.tags)])
