"""What another model can take of a conversation, in words for the person before and after a switch.

The same function of the engine decides what is sent and is read here, so that words and request cannot disagree. The
history itself is never changed: switching back restores everything.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple

from tui.chat.attachments.references import Contents
from tui.chat.loading import imported
from tui.chat.replies.extent import is_summary, sent_part
from tui.chat.settings import ChatSettings
from tui.chat.usage import StoredUsage
from tui.figures import counted
from tui.store.records import Message, SwitchLine

if TYPE_CHECKING:
    from tui.agent.messages import ModelMessage
    from tui.agent.models.target import Target
    from tui.agent.settings import ModelSettings
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo

CACHE = timedelta(minutes=5)
"""How long a provider surely keeps what it has read: Anthropic five minutes, OpenAI five to ten.

docs.claude.com/en/docs/build-with-claude/prompt-caching, platform.openai.com/docs/guides/prompt-caching
"""

_ANSWERS_LOOKED_AT = 5

CacheState = Literal["warm", "cold", ""]

_PHRASES = {
    "thinking": ("1 thought not sent", "{} thoughts not sent"),
    "image": ("1 image → placeholder", "{} images → placeholders"),
    "audio": ("1 recording → placeholder", "{} recordings → placeholders"),
    "document": ("1 document → placeholder", "{} documents → placeholders"),
    "text": ("1 document sent as text", "{} documents sent as text"),
    "call": ("1 tool call sent as text", "{} tool calls sent as text"),
    "source": ("1 source not sent", "{} sources not sent"),
}


def plan_switch(history: Sequence["ModelMessage"], target: "Target | None", *, tools_offered: bool = False) -> str:
    """What of `history` a model with this target does not get as it is, such as "2 thoughts not sent"; "" for nothing.

    A history with files takes its time: a PDF may have to be read, an image to be scaled.

    Args:
        history: what was said; not changed.
        target: what the model takes; None for everything.
        tools_offered: whether the next request offers tools: beside none, some models take calls as text only.
    """
    from tui.agent.models.fit import fit

    fitted = fit(history, target, tools_offered=tools_offered)
    found = [change for change in fitted.changes if change.kind in _PHRASES]
    return " · ".join(_PHRASES[change.kind][change.count > 1].format(change.count) for change in found)


def unsent_tools(count: int, info: "ModelInfo") -> str:
    """That a model is not told of the tools that are on, such as "3 tools not sent"; "" where it is."""
    return f"{counted(count, 'tool')} not sent" if count and not info.takes_tools else ""


def cache_state(branch: Sequence[Message], info: "ModelInfo", at: datetime) -> CacheState:
    """Whether the provider of a model has what stands in a branch, oldest first, in its cache."""
    if info.free or not any(row.kind == "reply" for row in branch):
        return ""
    if cached_tokens(branch, info.id, at):
        return "warm"
    last = next(row for row in reversed(branch) if row.kind == "reply")
    return "" if last.model == info.id and at - last.created_at <= CACHE else "cold"


def cached_tokens(branch: Sequence[Message], model_id: str, at: datetime) -> int:
    """How many tokens a model surely finds in its provider's cache: those that its last reply has read or put there."""
    sent = branch[sent_part(branch).measured_from :]  # a summary begins anew
    ended = (row for row in reversed(sent) if row.kind == "reply" and row.state != "streaming")
    last = next((row for row in ended if row.model == model_id), None)
    if last is None or at - last.created_at > CACHE:
        return 0
    usage = StoredUsage.from_json(last.usage)
    return (usage.cached or 0) + (usage.cache_written or 0)


def expected_answer(branch: Sequence[Message], model_id: str, most: int | None = None) -> int:
    """How many tokens the next answer may have: as many as the last ones of that model, or else of any, had mostly.

    Args:
        branch: oldest first.
        model_id: who answers.
        most: the longest answer that is allowed; it stands for one in a chat without answers.

    Returns:
        0 where nobody can say.
    """
    own = (row for row in _answers_upwards(branch) if row.model == model_id)
    last = [*islice(own, _ANSWERS_LOOKED_AT)] or [*islice(_answers_upwards(branch), _ANSWERS_LOOKED_AT)]
    counts = [StoredUsage.from_json(row.usage).output for row in last]
    known = [count for count in counts if count]
    usual = int(median(known)) if known else most or 0
    return usual if most is None else min(usual, most)


def _answers_upwards(branch: Sequence[Message]) -> Iterator[Message]:
    """Whole answers, the last one first: with each key somebody asks for a few."""
    return (row for row in reversed(branch) if row.kind == "reply" and row.state == "done" and not is_summary(row))


def price_of(
    branch: Sequence[Message], count: int, info: "ModelInfo", catalog: "Catalog", at: datetime, *, answer: int = 0
) -> Decimal | None:
    """US dollars for reading so many tokens, of which some may be in the cache, or go into it; None when unknown.

    Where nobody knows what the cache costs, all of them cost the full price: rather too much than too little.

    Args:
        branch: what may have been read before, oldest first.
        count: tokens that go in.
        info: who reads them.
        catalog: knows prices.
        at: when.
        answer: tokens that come back, and are paid for as well.
    """
    cached = min(cached_tokens(branch, info.id, at), count)
    written = count - cached if catalog.writes_cache(info) else 0
    fresh = StoredUsage(input=count, output=answer)
    known = replace(fresh, cached=cached or None)
    usages = (replace(known, cache_written=written or None), known, fresh)
    prices = (catalog.price(info, usage, at) for usage in usages)
    return next((price for price in prices if price is not None), None)


class BranchHistory:
    """A branch as the engine has it, decoded once, for any number of models and places in it."""

    def __init__(self, rows: Sequence[Message], messages_by_row: Sequence[list["ModelMessage"]]) -> None:
        self._rows = rows
        self._messages_by_row = messages_by_row

    @classmethod
    async def read(cls, rows: Sequence[Message], contents: Contents | None = None) -> "BranchHistory":
        """Decode a branch, oldest message first, off the loop; `contents` gives the contents of attached files."""
        from tui.chat.attachments.references import with_files

        await imported("tui.agent.messages")
        from tui.chat.replies.messages import messages_of

        decoded = await asyncio.to_thread(lambda: [messages_of(row) for row in rows])
        return cls(rows, decoded if contents is None else await with_files(decoded, contents))

    def until(self, message_id: str | None) -> list["ModelMessage"]:
        """What a request begins with whose prompt stands in the place of a message; None for the end of the branch."""
        from tui.agent.messages import ModelRequest, UserPromptPart
        from tui.chat.replies.messages import history_from, joined

        end = next((index for index, row in enumerate(self._rows) if row.id == message_id), len(self._rows))
        history = history_from(self._rows[:end], self._messages_by_row[:end])
        if not history.unanswered:
            return history.messages
        return [*history.messages, ModelRequest([UserPromptPart(joined(history.unanswered))])]


async def switch_notes(
    branch: Sequence[Message],
    lines: Sequence[SwitchLine],
    catalog: "Catalog",
    contents: Contents | None = None,
    settings: str = "",
    tools: int = 0,
) -> AsyncIterator[tuple[SwitchLine, str]]:
    """The remark on each line of a switch: "2 thoughts not sent · cache cold".

    The branch is decoded once for all lines. A line gets "" where nothing was answered before it, or where its model
    is not known any more.

    Args:
        branch: what has been said so far, oldest first.
        lines: of this branch, see `switch_lines`.
        catalog: knows the models.
        contents: gives the contents of attached files, which decide what becomes of them.
        settings: of the next turn, `ChatSettings` as JSON text: they may lead to another API of the provider.
        tools: how many are on now, of which a line at the end tells whether its model gets them.
    """
    history = await BranchHistory.read(branch, contents) if lines else None
    for line in lines:
        end = next((index for index, row in enumerate(branch) if row.id == line.before), len(branch))
        replies = [row for row in branch[:end] if row.kind == "reply" and row.text]
        if history is None or not replies or replies[-1].model == line.model:
            yield line, ""
        else:
            at = branch[end].created_at if end < len(branch) else datetime.now(UTC)
            asked_with = next((row.settings for row in branch[end:] if row.kind == "reply"), settings)
            told_of = tools if line.before is None else 0
            asked = _Asked(line.model, ChatSettings.from_json(asked_with).for_model(), at, told_of)
            yield line, await _note(branch[:end], history.until(line.before), catalog, asked)


class _Asked(NamedTuple):
    """Who is asked behind a line, with which settings, and when; `tools` are on of which it may not be told."""

    model: str
    settings: "ModelSettings"
    at: datetime
    tools: int


async def _note(rows: Sequence[Message], history: list["ModelMessage"], catalog: "Catalog", asked: _Asked) -> str:
    from tui.agent.exceptions import AgentRunError
    from tui.errors import ChinwagError

    try:
        await catalog.load(asked.model)
        info = catalog.find(asked.model)
        plan = await asyncio.to_thread(plan_switch, history, catalog.target(info, asked.settings))
    except (ChinwagError, AgentRunError):
        return ""
    # Of what the provider has not read lately, the first request pays for every token.
    cache = cache_state(rows, info, asked.at)
    return " · ".join(filter(None, (plan, unsent_tools(asked.tools, info), f"cache {cache}" if cache else "")))
