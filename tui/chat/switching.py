"""What another model can take of a conversation, in words for the person before and after a switch.

The same function of the engine decides what is sent and is read here, so that words and request cannot disagree. The
history itself is never changed: switching back restores everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.store.records import Message, SwitchLine, switch_lines

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage
    from tui.agent.models import Model
    from tui.chat.catalog import Catalog

__all__ = ["SwitchLine", "SwitchPlan", "plan_switch", "switch_lines", "switch_note"]

_WORDS = {
    "thinking": ("1 thought not sent", "{} thoughts not sent"),
    "image": ("1 image not sent", "{} images not sent"),
    "audio": ("1 recording not sent", "{} recordings not sent"),
    "document": ("1 document not sent", "{} documents not sent"),
    "call": ("1 tool call sent as text", "{} tool calls sent as text"),
}


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """What a model gets of a history.

    Attributes:
        note: what is left out or changed, in a few words, such as "2 thoughts not sent"; "" for nothing.
    """

    note: str = ""


def plan_switch(history: Sequence["ModelMessage"], model: "Model") -> SwitchPlan:
    """What `model` would get of `history`; models that take everything change nothing."""
    from tui.agent.models.fit import fit

    # Chats offer no tools, and some models take calls in their own form only beside an offer.
    fitted = fit(history, model.target(), tools_offered=False)
    found = [change for change in fitted.changes if change.kind in _WORDS]
    words = [_WORDS[change.kind][change.count > 1].format(change.count) for change in found]
    return SwitchPlan(" · ".join(words))


async def switch_note(branch: Sequence[Message], catalog: "Catalog", model_id: str) -> str:
    """The remark on the line of a switch: "2 thoughts not sent · cache cold".

    Args:
        branch: what has been said so far, oldest first.
        catalog: makes the model.
        model_id: who answers next; one that cannot be asked (no key, say) gives "".
    """
    from tui.agent.exceptions import AgentRunError
    from tui.chat.history import history_of
    from tui.errors import ChinwagError

    replies = [message for message in branch if message.kind == "reply" and message.text]
    if not replies or replies[-1].model == model_id:
        return ""
    await catalog.load(model_id)
    try:
        plan = plan_switch((await history_of(branch)).messages, catalog.build(model_id))
        free = catalog.find(model_id).free
    except (ChinwagError, AgentRunError):
        return ""
    # The provider has not read this conversation before: the first request pays for every token of it.
    return " · ".join(filter(None, (plan.note, "" if free else "cache cold")))
