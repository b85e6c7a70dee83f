"""A small question to a model beside the chat, such as for a title: asked once, paid for, counted, never in the way.

What it used and cost is kept under its purpose, and so is why it came to nothing; whoever asks gets no error.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.chat.budgets import costs_nothing
from tui.chat.limits import stands_in_the_way
from tui.chat.loading import imported
from tui.chat.usage import StoredUsage, stored_usage, text_tokens
from tui.dataclass import dataclass
from tui.errors import ChinwagError, LimitReachedError, StoreError

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage
    from tui.agent.settings import ModelSettings
    from tui.agent.usage import Usage
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.library import Library

TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class SideCall:
    """What is asked.

    Attributes:
        purpose: one word, under which it is counted, such as "title".
        model: id or name of who is asked; it is counted under its id.
        instructions: what it is to do, as a system prompt.
        text: what it is to do it with.
        most_input: tokens of instructions and text together; more of the text is cut off.
        most_output: tokens of the answer, thoughts included; more ends it.
    """

    purpose: str
    model: str
    instructions: str
    text: str
    most_input: int
    most_output: int


async def ask_beside(library: "Library", catalog: "Catalog", conversation_id: str, call: SideCall) -> str:
    """Ask, with as little thinking as the model can do; count it under the conversation.

    Cancelled, it ends at once, and what was used until then is counted.

    Returns:
        The answer, raw; "" when none came, for whatever reason.
    """
    asked = _Asked(library, catalog, conversation_id, call)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await asked.run()
    except TimeoutError:
        asked.problem = f"No answer came within {TIMEOUT_S:.0f} s."
    except asyncio.CancelledError:
        asked.problem = "It was stopped."
        await asyncio.shield(asked.keep())
        raise
    except ChinwagError as error:
        asked.problem = error.message
    await asyncio.shield(asked.keep())
    return asked.answer


class _Asked:
    """One call under way.

    Attributes:
        answer: what came; "" until it is whole.
        problem: why none came; "" for no reason.
    """

    def __init__(self, library: "Library", catalog: "Catalog", conversation_id: str, call: SideCall) -> None:
        self._library = library
        self._catalog = catalog
        self._conversation_id = conversation_id
        self._call = call
        self._model = call.model
        self._usage: Usage | None = None
        self._messages: list[ModelMessage] = []
        self.answer = ""
        self.problem = ""

    async def run(self) -> None:
        """Ask, and wait for the answer.

        Raises:
            ChinwagError: there is no such model, or no key for it; or as much is spent as may be.
        """
        await imported("tui.agent.agent")
        from tui.agent.agent import Agent, capture_run_messages
        from tui.agent.exceptions import AgentRunError
        from tui.agent.usage import Usage, UsageLimits
        from tui.chat.replies.failures import failure_of

        call = self._call
        info = self._catalog.find(call.model)
        self._model = info.id
        await self._check_limits()
        await self._catalog.prepare(info.id)
        settings: ModelSettings = {"max_tokens": call.most_output, "thinking": "off"}
        room = max(1, call.most_input - text_tokens(call.instructions))
        agent = Agent(self._catalog.build(info.id), name="chinwag", instructions=call.instructions)
        self._usage = Usage()
        try:
            with capture_run_messages() as self._messages:
                async with agent.run_stream(
                    beginning(call.text, room),
                    model_settings=settings,
                    usage=self._usage,
                    usage_limits=UsageLimits(request_limit=1, response_tokens_limit=2 * call.most_output),
                    infer_name=False,
                ) as result:
                    self.answer = str(await result.get_data())
        except AgentRunError as error:
            self.problem = failure_of(error, info.id, prompt_saved=False).message
        if not self.problem and not self.answer.strip():
            self.problem = "The answer was empty."

    async def _check_limits(self) -> None:
        budgets, now = self._library.budgets, datetime.now(UTC)
        if not budgets.limits.periods:
            return
        await self._catalog.load_prices()

        def price(model: str, usage: StoredUsage) -> Decimal | None:
            return self._catalog.price_of(model, usage, now)

        with suppress(StoreError):  # what cannot be read stands in nobody's way
            standings = await budgets.standings(self._conversation_id, now, price)
            if reached := stands_in_the_way(standings, free=costs_nothing(price, self._model)):
                raise LimitReachedError(f"Nothing was sent: {reached.words}.")

    async def keep(self) -> None:
        """Count what was used; a library that cannot be written to counts nothing."""
        usage = StoredUsage() if self._usage is None else stored_usage(self._usage)
        try:
            await self._library.usage.add_side_call(
                self._conversation_id, self._call.purpose, model=self._model, usage=usage.to_json(),
                price=await self._price(usage), problem=self.problem,
            )  # fmt: skip
        except StoreError:
            return

    async def _price(self, usage: StoredUsage) -> Decimal | None:
        from tui.chat.replies.messages import charged_for

        if usage.output is None:
            return None
        info = self._catalog.find(self._model)
        if info.may_have_list_price:
            await self._catalog.load_prices()
        charged = None if info.free else charged_for(self._messages)
        return self._catalog.price(info, usage, datetime.now(UTC)) if charged is None else charged


def beginning(text: str, most_tokens: int) -> str:
    """As much of a text as comes to so many tokens, by the estimate."""
    cut = text[: 4 * most_tokens]
    while (count := text_tokens(cut)) > most_tokens:
        cut = cut[: len(cut) * most_tokens // count]
    return cut
