"""Whole turns written straight into a library, for pictures and for tests that need a past."""

from datetime import datetime, timedelta
from decimal import Decimal

from tui.agent.messages import (
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ThinkingPart,
    UserPromptPart,
)
from tui.chat.ids import new_id
from tui.chat.usage import StoredUsage
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Conversation, Message


async def seed_turn(
    database: Database,
    *,
    title: str,
    model: str,
    prompt: str,
    answer: str,
    at: datetime,
    thinking: str = "",
    usage: StoredUsage | None = None,
    price: Decimal | None = None,
) -> Conversation:
    """Write a conversation of one finished turn that began at `at`."""
    name = model.partition(":")[2]
    parts: list[ModelResponsePart] = [TextPart(answer)]
    if thinking:
        parts.insert(0, ThinkingPart(thinking))
    conversation_id, prompt_id, reply_id = new_id(), new_id(), new_id()
    conversation = Conversation(conversation_id, title, "user", model, "{}", None, at, at)
    asked = Message(
        id=prompt_id, conversation_id=conversation_id, parent_id=None, kind="prompt", state="done",
        payload=ModelMessagesTypeAdapter.dump_json([ModelRequest([UserPromptPart(prompt, timestamp=at)])]), text=prompt,
        thinking="", model="", settings="", usage="", price=None, failure="", thinking_ms=None, first_token_ms=None,
        total_ms=None, created_at=at,
    )  # fmt: skip
    answered = Message(
        id=reply_id, conversation_id=conversation_id, parent_id=prompt_id, kind="reply", state="done",
        payload=ModelMessagesTypeAdapter.dump_json([ModelResponse(parts, name, timestamp=at)]), text=answer,
        thinking=thinking, model=model, settings="{}", usage=usage.to_json() if usage else "", price=price, failure="",
        thinking_ms=1_800 if thinking else None, first_token_ms=600, total_ms=3_100,
        created_at=at + timedelta(milliseconds=1),
    )  # fmt: skip

    def write(connection: object) -> Conversation:
        conversations.start_turn(connection, conversation, asked, answered, database.owner)  # type: ignore[arg-type]
        return conversations.finish_reply(connection, answered, at)  # type: ignore[arg-type]

    return await database.run(write)
