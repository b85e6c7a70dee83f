"""An answer that has ended, as values for a program."""

import json
from typing import Any

from tui.chat.replies.events import ReplyDone, ReplyEnded, ReplyFailed
from tui.chat.usage import StoredUsage


def answer_facts(event: ReplyEnded) -> dict[str, Any]:
    """Its id, model, state, text and figures; `value` where JSON by a schema was asked for, `failure` if it failed."""
    reply, usage = event.reply, StoredUsage.from_json(event.reply.usage)
    facts: dict[str, Any] = {
        "id": reply.id,
        "model": reply.model,
        "state": reply.state,
        "text": reply.text,
        "finish_reason": reply.finish_reason or None,
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "estimated": usage.estimated,
        "price_usd": None if reply.price is None else str(reply.price),
        "first_token_s": None if reply.first_token_ms is None else reply.first_token_ms / 1000,
        "total_s": None if reply.total_ms is None else reply.total_ms / 1000,
    }
    if isinstance(event, ReplyDone) and event.value:
        facts["value"] = json.loads(event.value)
    if isinstance(event, ReplyFailed):
        facts["failure"] = f"{event.failure.message} {event.failure.hint}".strip()
    return facts
