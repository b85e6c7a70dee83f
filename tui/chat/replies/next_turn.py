"""What the next turn would come to with each model: what it does not get, what it costs, whether it fits at all.

For the switcher, which asks for what is in view. The history is decoded once, and fitted once for all models that take
the same of it: a provider's two thousand differ in no more than their names.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.chat.attachments.references import Contents
from tui.chat.replies.switching import (
    BranchHistory,
    CacheState,
    cache_state,
    expected_answer,
    plan_switch,
    price_of,
    unsent_tools,
)
from tui.chat.settings import ChatSettings
from tui.chat.tools.summary import ToolsOn
from tui.chat.usage import text_tokens
from tui.dataclass import dataclass
from tui.errors import ChinwagError
from tui.figures import tokens
from tui.store.records import Message

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage
    from tui.agent.models.target import Target
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo


@dataclass(frozen=True, slots=True)
class NextTurn:
    """What the next turn would come to; all of it is an estimate.

    Attributes:
        tokens: what goes in; 0 where nothing was said yet.
        price: US dollars for that and the answer; 0 where nothing is to be paid, None when unknown.
        window: the model's, in tokens; None when unknown.
        losses: what of the chat is not sent as it is, in words; "" for nothing.
        cache: whether the provider has read the chat lately; "" where that is not known, or nothing is to be paid.
        answer: tokens of the answer that is expected; 0 where nobody can say.
    """

    tokens: int
    price: Decimal | None
    window: int | None
    losses: str
    cache: CacheState
    answer: int = 0

    @property
    def fits(self) -> bool:
        """Whether there is room for it, as far as known."""
        return self.window is None or self.tokens <= self.window

    @property
    def too_long(self) -> str:
        """Why it does not fit: "78.4k > 32k: will not fit"; "" when it does."""
        return "" if self.fits else f"{tokens(self.tokens)} > {tokens(self.window)}: will not fit"

    @property
    def words(self) -> str:
        """All that there is to say of it beside the price, the worst first."""
        return " · ".join(filter(None, (self.too_long, self.losses, f"cache {self.cache}" if self.cache else "")))


class Forecast:
    """What the next turn of one chat would come to, by model.

    Args:
        catalog: knows the models.
        branch: what has been said, oldest first.
        contents: gives the contents of attached files.
        count: tokens that the chat sends along; None estimates them by its words.
        draft: tokens of what is written and not sent.
        settings: of the chat.
        tools: how many tools are on, and the tokens of their definitions.
    """

    def __init__(
        self,
        catalog: "Catalog",
        branch: Sequence[Message],
        contents: Contents,
        count: int | None,
        draft: int = 0,
        settings: ChatSettings = ChatSettings(),  # noqa: B008  frozen
        tools: ToolsOn = ToolsOn(),  # noqa: B008  frozen
    ) -> None:
        self._catalog = catalog
        self._branch = branch
        self._contents = contents
        self._settings, self._tools = settings, tools
        uncounted = sum(text_tokens(row.text) for row in branch) + tools.tokens
        self.tokens = (uncounted if count is None else count) + draft
        self._history: list[ModelMessage] | None = None
        self._speakers: frozenset[str] = frozenset()
        self._losses: dict[Target | None, str] = {}
        self._known: dict[str, tuple[ModelInfo, NextTurn]] = {}

    def known(self, info: "ModelInfo") -> NextTurn | None:
        """What is known of a model; None until `look` has found it out, and where it cannot be."""
        found = self._known.get(info.id)
        return found[1] if found is not None and found[0] == info else None

    async def look(self, infos: Iterable["ModelInfo"]) -> None:
        """Find out what is not known of these; most of it off the loop. A model that cannot be built is left out."""
        wanted = [info for info in infos if self.known(info) is None]
        for id in dict.fromkeys(f"{info.provider}:{info.name}" for info in wanted):
            await self._catalog.load(id)
        await self._catalog.load_prices()
        if self._history is None:
            history = (await BranchHistory.read(self._branch, self._contents)).until(None)
            self._speakers = _speakers(history)
            self._history = history
        targets = [(info, target) for info in wanted for target in self._targets(info)]
        await asyncio.to_thread(self._find_out, self._history, targets)

    def _targets(self, info: "ModelInfo") -> "tuple[Target | None, ...]":
        """What a model takes, without its name where nothing in the history depends on it; () if it cannot be built."""
        from tui.agent.exceptions import AgentRunError

        try:
            target = self._catalog.target(info, self._settings.for_model())
        except (ChinwagError, AgentRunError):
            return ()
        return (target if target is None or target.model in self._speakers else replace(target, model=""),)

    def _find_out(self, history: "list[ModelMessage]", targets: "Sequence[tuple[ModelInfo, Target | None]]") -> None:
        now = datetime.now(UTC)
        for info, target in targets:
            if target not in self._losses:
                self._losses[target] = plan_switch(history, target)
            answer = expected_answer(self._branch, info.id, self._settings.max_tokens)
            asked = self.tokens
            price = price_of(self._branch, asked, info, self._catalog, now, answer=answer) if asked else None
            cache = cache_state(self._branch, info, now)
            losses = " · ".join(filter(None, (self._losses[target], unsent_tools(self._tools.count, info))))
            turn = NextTurn(asked, price, info.window, losses, cache, answer)
            self._known[info.id] = (info, turn)


def _speakers(history: "Sequence[ModelMessage]") -> frozenset[str]:
    """Names of the models by which a part of a history may be known for a model's own."""
    from tui.agent.messages import ModelResponse

    names: set[object] = set()
    for message in history:
        if isinstance(message, ModelResponse):
            names.add(message.model_name)
            names.update((getattr(part, "provider_details", None) or {}).get("model") for part in message.parts)
    return frozenset(name for name in names if isinstance(name, str))
