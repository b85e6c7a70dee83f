"""A budget as the engine's limits on one run: they stop a stream at the very event that exceeds them.

The engine counts what arrives, and estimates it until the provider reports; a server that ignores every limit of its
own is stopped all the same.
"""

from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.usage import Usage, UsageLimits
from tui.bounds import LARGEST
from tui.chat.budgets import ReplyBudget
from tui.chat.usage import stored_usage
from tui.errors import LimitReachedError

__all__ = ["BudgetLimits"]


class BudgetLimits(UsageLimits):
    """The tokens that a budget leaves to a reply, counted anew whenever what was sent is known better.

    Attributes:
        reached: why the reply was stopped, in words for a person; None while it was not.
    """

    def __init__(self, budget: ReplyBudget, *, request_limit: int) -> None:
        super().__init__(request_limit, response_tokens_limit=LARGEST)  # checked from the first event on
        self.reached: LimitReachedError | None = None
        self._budget = budget
        self._standings = budget.standings
        self._counted: tuple[int | None, dict[str, int] | None] | None = None

    def limit_requests(self, number: int) -> None:
        """Let so many requests be made, from the first one on."""
        self.request_limit = number

    def check_before_request(self, usage: Usage) -> None:
        """Call before each request; whatever is sent costs something.

        Raises:
            UsageLimitExceeded: as many requests as allowed were made already, or nothing is left for another one.
        """
        super().check_before_request(usage)
        if usage.requests:
            self._count(usage)
            self._check(usage.response_tokens or 0, at_most=(self.response_tokens_limit or 0) - 1, usage=usage)

    def check_tokens(self, usage: Usage) -> None:
        """Call whenever `usage` has new token counts.

        Raises:
            UsageLimitExceeded: the reply has come to the end of what may be spent.
        """
        self._count(usage)
        self._check(usage.response_tokens or 0, at_most=self.response_tokens_limit or 0, usage=usage)

    def _count(self, usage: Usage) -> None:
        sent = (usage.request_tokens, usage.details)
        if sent != self._counted or self._standings is not self._budget.standings:
            self._counted, self._standings = sent, self._budget.standings
            limit = self._budget.output_limit(stored_usage(usage))
            self.response_tokens_limit = LARGEST if limit is None else limit

    def _check(self, count: int, *, at_most: int, usage: Usage) -> None:
        if count > at_most:
            self.reached = self._budget.stopped_by(stored_usage(usage))
            raise UsageLimitExceeded(f"Exceeded what may be spent ({count} of {at_most} tokens)")
