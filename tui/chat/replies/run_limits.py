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

    def __init__(self, budget: ReplyBudget) -> None:
        super().__init__(response_tokens_limit=LARGEST)  # checked from the first event on
        self.reached: LimitReachedError | None = None
        self._budget = budget
        self._standings = budget.standings
        self._counted: tuple[int | None, dict[str, int] | None] | None = None

    def check_tokens(self, usage: Usage) -> None:
        """Call whenever `usage` has new token counts.

        Raises:
            UsageLimitExceeded: the reply has come to the end of what may be spent.
        """
        sent = (usage.request_tokens, usage.details)
        if sent != self._counted or self._standings is not self._budget.standings:
            self._counted, self._standings = sent, self._budget.standings
            limit = self._budget.output_limit(stored_usage(usage))
            self.response_tokens_limit = LARGEST if limit is None else limit
        try:
            super().check_tokens(usage)
        except UsageLimitExceeded:
            self.reached = self._budget.stopped_by(stored_usage(usage))
            raise
