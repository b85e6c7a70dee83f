"""One search for models after another, and what it comes to. Knows no widget."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from tui.chat.catalog.discovery import best_of
from tui.model_id import ModelId

if TYPE_CHECKING:
    from tui.chat.catalog.discovery import Discovery, Finding

PATIENCE_S = 5.0
"""How long a prompt waits for a better model: servers of this machine have answered by then, or will not."""


class Findings:
    """What was found so far.

    Args:
        current: id of the model that is chatted with; "" for none that was chosen.

    Attributes:
        over: the search that began last has ended.
    """

    def __init__(self, discovery: "Discovery", current: str) -> None:
        self._discovery = discovery
        self._current = current
        self._findings: dict[str, Finding] = {}
        self._settled = asyncio.Event()
        self.over = False

    async def look(self) -> AsyncGenerator[None, None]:
        """Look around once, and yield after each thing that was found; what an earlier search found stays."""
        self.over = False
        async with aclosing(self._discovery.look(self._current)) as findings:
            async for finding in findings:
                self._findings[finding.provider] = finding
                if finding.state == "found" and finding.kind != "local":
                    self._settled.set()
                yield
        self.over = True
        self._settled.set()

    def end(self) -> None:
        """Nobody looks any more."""
        self._settled.set()

    async def settled(self) -> None:
        """Wait until a provider or a server has answered, or there is nothing more to wait for."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), PATIENCE_S)

    @property
    def findings(self) -> "list[Finding]":
        """All of them, in the order in which they were found."""
        return list(self._findings.values())

    @property
    def best(self) -> "Finding | None":
        """With whom to chat first; unchecked if nothing better is there. None when there is nobody."""
        return best_of(self._findings.values())

    @property
    def to_mark(self) -> "Finding | None":
        """Where the mark begins: who has the current model, or may turn out to have it, else the best one."""
        own = self._findings.get(ModelId.parse(self._current).provider)
        return own if own and (own.state == "checking" or own.model == self._current) else self.best

    @property
    def answering(self) -> "Finding | None":
        """The best one that has answered, or needs nobody's answer."""
        best = self.best
        return best if best is not None and best.state == "found" else None

    @property
    def only(self) -> "Finding | None":
        """What was found if that is one model and nothing else: there is nothing to choose from."""
        found = self.findings
        return found[0] if len(found) == 1 and found[0].state == "found" and found[0].count == 1 else None

    @property
    def offers_choice(self) -> bool:
        """Whether it is clear already that there is something to choose from."""
        found = self.findings
        return len(found) > 1 or any(one.kind == "key" for one in found) or (self.over and self.only is None)
