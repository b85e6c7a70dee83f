"""What another model can take of a conversation, in words for the person before and after a switch.

The same function of the engine decides what is sent and is read here, so that words and request cannot disagree. The
history itself is never changed: switching back restores everything.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from tui.chat.attachments.references import Contents
from tui.store.records import Message, SwitchLine

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage
    from tui.agent.models import Model
    from tui.chat.catalog.catalog import Catalog

_PHRASES = {
    "thinking": ("1 thought not sent", "{} thoughts not sent"),
    "image": ("1 image not sent", "{} images not sent"),
    "audio": ("1 recording not sent", "{} recordings not sent"),
    "document": ("1 document not sent", "{} documents not sent"),
    "text": ("1 document sent as text", "{} documents sent as text"),
    "call": ("1 tool call sent as text", "{} tool calls sent as text"),
    "source": ("1 source not sent", "{} sources not sent"),
}


def plan_switch(history: Sequence["ModelMessage"], model: "Model") -> str:
    """What of `history` is left out or changed for `model`, such as "2 thoughts not sent"; "" for nothing."""
    from tui.agent.models.fit import fit

    # Chats offer no tools, and some models take calls in their own form only beside an offer.
    fitted = fit(history, model.target(), tools_offered=False)
    found = [change for change in fitted.changes if change.kind in _PHRASES]
    return " · ".join(_PHRASES[change.kind][change.count > 1].format(change.count) for change in found)


async def switch_notes(
    branch: Sequence[Message], lines: Sequence[SwitchLine], catalog: "Catalog", contents: Contents | None = None
) -> AsyncIterator[tuple[SwitchLine, str]]:
    """The remark on each line of a switch: "2 thoughts not sent · cache cold".

    The branch is decoded once for all lines. A line gets "" where nothing was answered before it, or where its model
    cannot be asked (no key, say).

    Args:
        branch: what has been said so far, oldest first.
        lines: of this branch, see `switch_lines`.
        catalog: makes the models.
        contents: gives the contents of attached files, which decide what becomes of them.
    """
    from tui.chat.replies.messages import decoded

    messages_by_row = await decoded(branch, contents) if lines else []
    for line in lines:
        end = next((index for index, row in enumerate(branch) if row.id == line.before), len(branch))
        yield line, await _note(branch[:end], messages_by_row[:end], catalog, line.model)


async def _note(
    rows: Sequence[Message], messages_by_row: Sequence[list["ModelMessage"]], catalog: "Catalog", model_id: str
) -> str:
    from tui.agent.exceptions import AgentRunError
    from tui.agent.models.media import has_files
    from tui.chat.replies.messages import history_from
    from tui.errors import ChinwagError

    replies = [row for row in rows if row.kind == "reply" and row.text]
    if not replies or replies[-1].model == model_id:
        return ""
    await catalog.load(model_id)
    try:
        history, model = history_from(rows, messages_by_row).messages, catalog.build(model_id)
        # A PDF may have to be read for that, or an image to be scaled.
        plan = (
            await asyncio.to_thread(plan_switch, history, model) if has_files(history) else plan_switch(history, model)
        )
        free = catalog.find(model_id).free
    except (ChinwagError, AgentRunError):
        return ""
    # The provider has not read this conversation before: the first request pays for every token of it.
    return " · ".join(filter(None, (plan, "" if free else "cache cold")))
