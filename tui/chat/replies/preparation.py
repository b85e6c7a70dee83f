"""What a turn needs before it can ask: the model, the history that goes with the prompt, and the terms of its meter.

Reads from the library and the catalogue; changes nothing.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from tui.chat.answer_schema.form import AnswerForm
from tui.chat.budgets import ReplyBudget
from tui.chat.library import Library
from tui.chat.origin import Origin
from tui.chat.replies.compaction import request_text
from tui.chat.replies.continuing import ask_to_go_on, begun_messages, begun_text
from tui.chat.replies.meter import Terms
from tui.chat.replies.stream import RunRequest
from tui.chat.replies.switching import cached_tokens
from tui.chat.settings import ChatSettings
from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.store.records import Message

if TYPE_CHECKING:
    from tui.agent.models import Model
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.replies.messages import PromptContent
    from tui.chat.tools.toolbox import Toolbox, ToolHost, ToolSource


_MOST_REQUESTS = 11
"""Of a run; whoever is asked whether more tools may be called lifts it."""


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run that can start.

    Attributes:
        budget: the limits that the reply is held to.
        priced: the price table may know what this model costs, and is worth loading.
    """

    request: RunRequest
    terms: Terms
    budget: ReplyBudget
    priced: bool


async def prepare_run(
    library: Library,
    catalog: "Catalog",
    reply: Message,
    prompt: Message,
    earlier: Sequence[Message],
    begun: Message | None = None,
    *,
    tools: "tuple[ToolSource, ToolHost] | None" = None,
    over_limit: bool = False,
    schema: str = "",
) -> PreparedRun:
    """Everything for one run; may wait for a key command or a keyring.

    Args:
        library: knows what was spent before.
        catalog: builds the model.
        reply: the reply's row: its model and settings are the run's.
        prompt: the row that is answered, or the last one above a summary.
        earlier: the branch above the prompt, oldest first.
        begun: the reply with which this one goes on.
        tools: what there is to call, and the reply in which it is.
        over_limit: the person wants it whatever was spent.
        schema: JSON schema as JSON text that the answer has to fit; "" for any.

    Raises:
        ChinwagError: there is no such model, or no key for it; or as much is spent as may be.
        AgentRunError: there is no such local file.
    """
    from tui.chat.replies.messages import history_of, prompt_of
    from tui.chat.replies.run_limits import BudgetLimits

    await catalog.prepare(reply.model)
    model = catalog.build(reply.model)
    if begun is not None:
        model = _continued(model, begun)
    info = catalog.find(reply.model)
    budget = await _budget(library, catalog, reply, earlier, over_limit=over_limit)
    origin = Origin.from_json(reply.origin)
    if origin.is_summary:
        history = await history_of((*earlier, prompt), library.contents, until=origin.until)
        asked: PromptContent = request_text(origin.words)
    else:
        history = await history_of(earlier, library.contents, sent_from=origin.sent_from)
        asked = await prompt_of(prompt, library.contents)
    if origin.is_fused:
        from tui.chat.replies.fusing import with_answers

        asked = await with_answers(library, reply, asked)
    settings = ChatSettings.from_json(reply.settings)
    if origin.is_summary or origin.is_fused or not info.takes_tools:
        tools = None
    form = None
    if schema:  # what a server has a model write fits better than what it may call, but leaves it no tools
        called = info.takes_tools and (tools is not None or not model.constrains_text)
        form = AnswerForm.of(schema, called=called)
    request = RunRequest(
        prompt=history.prompt(asked),
        history=history.messages,
        model=model,
        settings=settings.for_model() if form is None else form.settings(settings.for_model()),
        instructions=settings.system_prompt,
        limits=BudgetLimits(budget, request_limit=_MOST_REQUESTS),
        toolbox=None if tools is None else partial(_toolbox, *tools, reply, (*earlier, prompt)),
        form=form,
    )
    terms = await _terms(library, catalog, info, reply, earlier, budget)
    return PreparedRun(request, terms, budget, priced=info.may_have_list_price)


async def _toolbox(
    source: "ToolSource", host: "ToolHost", reply: Message, branch: Sequence[Message]
) -> "Toolbox | None":
    """What the model may call, knowing what is in the chat."""
    from tui.chat.replies.messages import called_in, decoded, has_files, searched_in

    toolbox = await source.toolbox(reply.conversation_id, ChatSettings.from_json(reply.settings), host)
    if toolbox is not None:
        said = [message for turn in await decoded(branch) for message in turn]  # also what a summary was made of
        toolbox.note_history(called_in(said), files=has_files(said), searched=searched_in(said))
    return toolbox


async def _budget(
    library: Library, catalog: "Catalog", reply: Message, earlier: Sequence[Message], *, over_limit: bool
) -> ReplyBudget:
    """The limits, with what was spent until now.

    Raises:
        LimitReachedError: as much is spent as may be.
    """
    if library.budgets.limits.periods:  # what a token costs has to be known before the first one comes
        await catalog.load_prices()
    budget = ReplyBudget(
        library.budgets,
        reply,
        lambda model, usage: catalog.price_of(model, usage, reply.created_at),
        lifted=over_limit,
        cached=cached_tokens(earlier, reply.model, reply.created_at) or None,
    )
    await budget.look()
    budget.check_start()
    return budget


def _continued(model: "Model", begun: Message) -> "Model":
    from tui.agent.models.continued import ContinuedModel

    return ContinuedModel(model, begun_messages(begun), ask_to_go_on(begun_text(begun)))


async def _terms(
    library: Library,
    catalog: "Catalog",
    info: "ModelInfo",
    reply: Message,
    earlier: Sequence[Message],
    budget: ReplyBudget,
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
        standings=budget.now,
    )
