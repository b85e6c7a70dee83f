"""Rows for tests of whatever stands on the store: one conversation, its prompts and replies, at fixed times."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tui.chat.ids import new_id
from tui.store.database import Database
from tui.store.records import Conversation, Message

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
MODEL = "openai:gpt-5.6"
_empty: list[bytes] = []


async def open_library(path: Path) -> Database:
    """A library that is open; where no file is, in a copy of an empty one: each migration costs a millisecond."""
    if not _empty:
        with TemporaryDirectory() as folder:
            made = Database(Path(folder) / path.name)
            await made.open()
            await made.close()
            _empty.append((Path(folder) / path.name).read_bytes())
    with suppress(FileExistsError):
        _create(path, _empty[0])
    database = Database(path)
    await database.open()
    return database


def _create(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def conversation(title: str = "A question", *, minutes: int = 0, model: str = MODEL) -> Conversation:
    """A conversation without messages that began `minutes` after noon."""
    moment = NOON + timedelta(minutes=minutes)
    return Conversation(new_id(), title, "prompt", model, "{}", None, moment, moment)


def prompt(owner: Conversation, text: str = "Why?", *, parent: Message | None = None, minutes: int = 0) -> Message:
    """What a person sent, after `parent`."""
    return Message(
        id=new_id(),
        conversation_id=owner.id,
        parent_id=parent.id if parent else None,
        kind="prompt",
        state="done",
        payload=b"[]",
        text=text,
        thinking="",
        model="",
        settings="",
        usage="",
        price=None,
        failure="",
        thinking_ms=None,
        first_token_ms=None,
        total_ms=None,
        created_at=owner.created_at + timedelta(minutes=minutes),
    )


def reply(owner: Conversation, parent: Message, text: str = "", *, model: str = MODEL) -> Message:
    """The row of an answer to `parent`: streaming while it has no text, else done."""
    return replace(
        prompt(owner, text, parent=parent),
        kind="reply",
        state="done" if text else "streaming",
        model=model,
        settings="{}",
        created_at=parent.created_at + timedelta(seconds=1),
    )
