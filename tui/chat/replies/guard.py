"""Finds out what is to be asked before a turn: how large it is, what it costs, and what can be done about it.

Reads from the library's rows and the catalogue; changes nothing, asks nobody outside. `questions` has the rules.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from tui.chat.budgets import Budgets
from tui.chat.limits import Standing, limit_question
from tui.chat.prompt import PromptAttachment
from tui.chat.questions import ROOM, SendingEstimate, SendingQuestion, SendingRules, question_before
from tui.chat.settings import ChatSettings
from tui.chat.usage import text_tokens
from tui.config import SettingValues
from tui.errors import ChinwagError, StoreError
from tui.store.records import Message

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.replies.extent import Extent
    from tui.chat.replies.options import TurnOptions
    from tui.chat.replies.rows import TurnRows

_DEAREST = Decimal("0.0002")
"""US dollars that no model asks for more than for a token that goes in."""
_DEARER = 10
"""No token that comes back costs more than so many that go in."""
_SMALLEST_WINDOW = 2_000
"""Whatever is shorter fits everywhere: the table of prices, which knows the windows, too, is not worth loading."""


class Guard:
    """Has a question about a turn, or none.

    Args:
        catalog: knows windows and prices.
        values: gives the settings as they are now.
        budgets: knows what may be spent, and what is; None has no limits.
        tools: tokens of the definitions of the tools that are on.
    """

    def __init__(
        self,
        catalog: "Catalog",
        values: Callable[[], SettingValues],
        budgets: Budgets | None = None,
        tools: Callable[[ChatSettings], int] = lambda settings: 0,
    ) -> None:
        self._catalog = catalog
        self._values = values
        self._budgets = budgets
        self._tools = tools

    @property
    def rules(self) -> SendingRules:
        """When the person wants to be asked."""
        values = self._values()
        dollars, share = values.value("confirm_above"), values.value("auto_compact")
        return SendingRules(
            confirm_above=Decimal(str(dollars)) if isinstance(dollars, int | float) else Decimal(0),
            compact_above=float(share) if isinstance(share, int | float) else 0.0,
        )

    @property
    def summariser(self) -> str:
        """Id or name of the model that sums up all chats; "" for each chat's own."""
        return self._values().text("compact_model") or ""

    async def question(
        self, rows: "TurnRows", options: "TurnOptions", beside: "Sequence[TurnRows]" = ()
    ) -> SendingQuestion | None:
        """What is to be asked before these rows are saved; None when nothing is, or nobody can be asked anyway.

        Args:
            rows: of the turn.
            options: of the same turn, with what was asked and answered already.
            beside: of those turns in which the same goes to other models.
        """
        models = 1 + len(beside)
        if (found := await self._look(rows, models)) is None:
            return None
        turn, rules = found[0], self.rules
        others = [await self._look(one, models) for one in beside]
        turn = replace(turn, beside=tuple(other[0] for other in others if other is not None))
        if options.at or not rows.new_prompt:  # by itself it is done at the end of the chat only
            rules = replace(rules, compact_above=0.0)
        standings = () if "limit" in options.answers.allowed else await self._standings(rows)
        rules = replace(rules, limit=partial(limit_question, standings))
        return question_before(turn, rules, options.answers)

    async def _standings(self, rows: "TurnRows") -> tuple[Standing, ...]:
        """How much of each limit is spent; () where that cannot be read."""
        now = datetime.now(UTC)
        if self._budgets is None:
            return ()
        with suppress(StoreError):
            return await self._budgets.standings(
                rows.conversation.id, now, lambda model, usage: self._catalog.price_of(model, usage, now)
            )
        return ()

    async def leave_out(self, rows: "TurnRows") -> "TurnRows":
        """The rows of a turn to which the oldest messages do not go, so that the rest fits."""
        from tui.chat.origin import Origin

        found = await self._look(rows)
        if found is None or not found[0].leave_out:
            return rows
        turn, extent = found
        kept = extent.rows[turn.leave_out :]
        origin = replace(Origin.from_json(rows.reply.origin), sent_from=(kept[0] if kept else rows.prompt).id)
        return replace(rows, reply=replace(rows.reply, origin=origin.to_json()))

    @property
    def _limited(self) -> bool:
        """Whether a price decides about a turn of any size."""
        return self._budgets is not None and bool(self._budgets.limits.periods)

    @property
    def _surely_unasked(self) -> int:
        """So many tokens fit into every window, and cost less than what is asked about."""
        above = self.rules.confirm_above
        return min(_SMALLEST_WINDOW, int(above / _DEAREST)) if above > 0 else _SMALLEST_WINDOW

    async def _look(self, rows: "TurnRows", models: int = 1) -> "tuple[SendingEstimate, Extent] | None":
        """What would go out, and which part of the branch that is; None where the model cannot be asked.

        With it as much goes to so many `models` in all.
        """
        from tui.chat.origin import Origin
        from tui.chat.replies.extent import sent_part
        from tui.chat.replies.sizes import history_size
        from tui.chat.replies.switching import cache_state, expected_answer, price_of

        settings, origin = ChatSettings.from_json(rows.reply.settings), Origin.from_json(rows.reply.origin)
        earlier = (*rows.earlier, rows.prompt) if origin.is_summary else rows.earlier
        extent = sent_part(earlier, origin.sent_from)
        if origin.is_summary:
            extent = extent.up_to(origin.until)
        prompt = await _prompt_tokens(rows)
        seen = () if origin.is_summary else (*rows.earlier, *rows.replaced, *rows.sources)
        answer = expected_answer(seen, rows.reply.model, settings.max_tokens)
        try:
            info = self._catalog.find(rows.reply.model)
            calls = not origin.is_summary and info.takes_tools
            tools = self._tools(settings) if calls else 0
            size = history_size(earlier, extent, settings.system_prompt, tools)
            tokens = size.tokens + prompt
            costly = info.may_have_list_price and models * (tokens + _DEARER * answer) > self._surely_unasked
            if self._limited or costly:
                await self._catalog.load_prices()
                info = self._catalog.find(rows.reply.model)
        except ChinwagError:  # the turn itself says so
            return None
        now = datetime.now(UTC)
        read = earlier[extent.measured_from :]  # what the provider may have at hand just like that
        cache = cache_state(read, info, now) if read or not size.tokens else "cold"
        price = Decimal(0) if info.free else price_of(read, tokens, info, self._catalog, now)
        whole = Decimal(0) if info.free else price_of(read, tokens, info, self._catalog, now, answer=answer)
        turn = SendingEstimate(
            model=info.name,
            prompt=prompt,
            history=size.tokens,
            answer=answer,
            window=info.window,
            price=price,
            answer_price=None if price is None or whole is None else whole - price,
            cache="" if info.free or info.local else cache,
            refused=_refused(rows),
            purpose="to sum up" if origin.is_summary else "",
        )
        # Of a summary nothing is left out; what is asked alone may be too long, and then nothing that goes helps.
        if not origin.is_summary and (turn.window is None or prompt <= turn.window):
            turn = replace(
                turn, can_compact=any(map(_is_answer, extent.rows)), leave_out=_to_leave_out(turn, extent.rows)
            )
        return turn, extent


async def _prompt_tokens(rows: "TurnRows") -> int:
    """Of what is asked, with all that goes along: the beginning of an answer that goes on, answers to make one of."""
    from tui.chat.replies.sizes import message_tokens

    along = [*rows.sources, *([rows.begun] if rows.begun is not None else [])]
    return await _asked_tokens(rows) + sum(map(message_tokens, along))


async def _asked_tokens(rows: "TurnRows") -> int:
    """Of what is asked alone; the files of a new prompt are at hand and looked at."""
    from tui.chat.origin import Origin
    from tui.chat.replies.sizes import message_tokens

    origin = Origin.from_json(rows.reply.origin)
    if origin.is_summary:
        from tui.chat.replies.compaction import request_text

        return text_tokens(request_text(origin.words))
    if not rows.attachments:
        return message_tokens(rows.prompt)
    from tui.chat.attachments import estimated_tokens

    files = [PromptAttachment(file.name, file.media_type, file.data) for file in rows.attachments]
    counts = await asyncio.to_thread(lambda: [estimated_tokens(file) for file in files])
    return text_tokens(rows.prompt.text) + sum(counts)


def _refused(rows: "TurnRows") -> bool:
    """Whether the same model has refused the branch for its length, and nothing of it has gone since."""
    from tui.chat.replies.failures import failure_from_json

    last = (*rows.earlier, *rows.replaced)[-1:]
    failed = [message for message in last if message.state == "failed" and message.model == rows.reply.model]
    failures = [failure_from_json(message.failure) for message in failed]
    same = all(message.origin == rows.reply.origin for message in failed)
    return same and any(failure is not None and failure.kind == "context_too_long" for failure in failures)


def _is_answer(message: Message) -> bool:
    return message.kind == "reply" and bool(message.text)


def _to_leave_out(turn: SendingEstimate, rows: tuple[Message, ...]) -> int:
    """How many of the oldest messages have to go for the rest to fit."""
    from tui.chat.replies.sizes import turns_that_fit

    if not turn.too_long:
        return 0
    limit = turn.tokens / 2 if turn.window is None or turn.tokens <= turn.window else turn.window * ROOM
    return turns_that_fit(rows, turn.history, int(limit) - turn.prompt)
