"""What a turn needs before it can ask: the model, the history that goes with the prompt, and the terms of its meter.

Reads from the library and the catalogue; changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.chat.library import Library
from tui.chat.origin import Origin
from tui.chat.replies.meter import Terms
from tui.chat.replies.stream import RunRequest
from tui.chat.settings import ChatSettings
from tui.errors import StoreError
from tui.store.records import Message

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.tools.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run that can start.

    Attributes:
        priced: the price table may know what this model costs, and is worth loading.
    """

    request: RunRequest
    terms: Terms
    priced: bool


async def prepare_run(
    library: Library,
    catalog: "Catalog",
    reply: Message,
    prompt: Message,
    earlier: Sequence[Message],
    toolbox: "Toolbox | None" = None,
) -> PreparedRun:
    """Everything for one run; may wait for a key command or a keyring.

    Args:
        library: knows what was spent before.
        catalog: builds the model.
        reply: the reply's row: its model and settings are the run's.
        prompt: the row that is answered.
        earlier: the branch above the prompt, oldest first.
        toolbox: what the model may call.

    Raises:
        ChinwagError: there is no such model, or no key for it.
        AgentRunError: there is no such local file.
    """
    from tui.chat.replies.messages import called_in, history_of, prompt_of

    await catalog.prepare(reply.model)
    model = catalog.build(reply.model)
    info = catalog.find(reply.model)
    history = await history_of(earlier, library.contents)
    asked = await prompt_of(prompt, library.contents)
    if Origin.from_json(reply.origin).is_fused:
        from tui.chat.replies.fusing import with_answers

        asked = await with_answers(library, reply, asked)
    settings = ChatSettings.from_json(reply.settings)
    request = RunRequest(
        prompt=history.prompt(asked),
        history=history.messages,
        model=model,
        settings=settings.for_model(),
        instructions=settings.system_prompt,
        toolbox=toolbox,
    )
    if toolbox is not None:
        toolbox.note_history(called_in(history.messages))
    terms = await _terms(library, catalog, info, reply, earlier)
    # No table knows the prices of a server on this machine.
    return PreparedRun(request, terms, priced=not (info.free or info.local))


async def _terms(
    library: Library, catalog: "Catalog", info: "ModelInfo", reply: Message, earlier: Sequence[Message]
) -> Terms:
    try:
        chat_before = await library.spent_in(reply.conversation_id)
        today_before = await library.spent_today()
    except StoreError:  # sums are not worth a turn
        chat_before = today_before = None
    if chat_before is None and not any(message.kind == "reply" for message in earlier):
        chat_before = Decimal(0)
    return Terms(
        window=lambda: catalog.find(info.id).window,
        free=info.free,
        price=lambda usage: catalog.price(info, usage, reply.created_at),
        chat_before=chat_before,
        today_before=today_before,
    )
