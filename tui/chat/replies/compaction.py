"""Older messages summed up: which of them a summary is to stand for, who writes it, and what is asked for.

The summary is a reply below the last message of its branch, streamed, stopped, counted and priced like any other; only
its origin says what it stands for. Pure but for the catalogue's figures; sends nothing.
"""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING

from tui.chat.ids import new_id
from tui.chat.library import OpenConversation
from tui.chat.origin import SUMMARY, Origin
from tui.chat.questions import ROOM
from tui.chat.replies.extent import Extent, is_summary, sent_part
from tui.chat.replies.messages import dump
from tui.chat.replies.options import Compaction, TurnOptions
from tui.chat.replies.rows import TurnRows, reply_row
from tui.chat.replies.sizes import history_size, scaled_sizes, turns_that_fit, whole_turns
from tui.chat.settings import ChatSettings
from tui.errors import UsageError
from tui.model_id import ModelId
from tui.store.records import Message

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog

REQUEST = (
    "Write a summary of our conversation so far. It will take the place of the messages above in everything that you "
    "are sent from now on, so keep whatever is needed to go on: what I want and why, what was found out and decided, "
    "names, figures, files, code and wording that matter, what is open. Use the language of the conversation. Write "
    "the summary alone, without an introduction, and do not answer anything."
)
_KEPT_TURNS = 2
_KEPT_SHARE = 0.125
"""Of the window, for the newest turns, which are kept as they are."""
_KEPT_TOKENS = 4_000
"""The same where the window is not known."""


def request_text(words: str) -> str:
    """What the summariser is asked."""
    return f"{REQUEST}\n\n{words}".rstrip()


def edited_summary(summary: Message, text: str) -> Message:
    """A summary in a person's words, to stand beside the one that was written before."""
    from tui.agent.messages import ModelResponse, TextPart

    now = datetime.now(UTC)
    response = ModelResponse([TextPart(text)], ModelId.parse(summary.model).label, now)
    origin = replace(Origin.from_json(summary.origin), edited=True)
    return replace(
        summary, id=new_id(), state="done", payload=dump([response]), text=text, thinking="", usage="", price=None,
        failure="", thinking_ms=None, first_token_ms=None, total_ms=None, created_at=now, finish_reason="",
        origin=origin.to_json(),
    )  # fmt: skip


def again(opened: OpenConversation) -> Compaction | None:
    """What a summary at the end of a branch was made of, to make it again; None where there is none."""
    last = opened.messages[-1] if opened.messages else None
    if last is None or not is_summary(last):
        return None
    return Compaction(Origin.from_json(last.origin).words, last.model)


def summary_rows(opened: OpenConversation, options: TurnOptions, catalog: "Catalog", reply_id: str) -> TurnRows:
    """The rows of a turn that sums up.

    Args:
        opened: the conversation, and its messages down to where the summary stands: above a prompt, behind a reply.
        options: of the turn.
        catalog: knows windows.
        reply_id: the summary gets this id.

    Raises:
        UsageError: there is nothing to sum up, or no such model.
    """
    wanted = options.compaction or Compaction()
    branch = list(opened.messages)
    if options.at and branch[-1].kind == "prompt":
        branch.pop()
    while branch and is_summary(branch[-1]):
        branch.pop()  # it is made again beside itself
    extent = sent_part(branch)
    if not any(message.kind == "reply" and message.text for message in extent.rows):
        raise UsageError("There is nothing to sum up yet.", "It takes at least one answer.")
    conversation = opened.conversation
    tokens = history_size(branch, extent).tokens
    model = catalog.find(wanted.model).id if wanted.model else _summariser(conversation.model, extent, catalog, tokens)
    next_one = catalog.find(wanted.for_model or conversation.model)
    until = _until(extent, tokens, next_one.window, catalog.find(model).window)
    settings = replace(ChatSettings.from_json(conversation.settings), max_tokens=None)  # one that is cut is no summary
    reply = replace(
        reply_row(conversation, branch[-1], reply_id, replace(options, model=model)),
        settings=settings.to_json(),
        origin=Origin(SUMMARY, until=until.id, words=wanted.words).to_json(),
    )
    return TurnRows(
        conversation, tuple(branch[:-1]), branch[-1], (), False, reply, opened.messages[-1].id,
        opened.messages[len(branch) :],
    )  # fmt: skip


def _summariser(model: str, extent: Extent, catalog: "Catalog", tokens: int) -> str:
    """The chat's model, unless only the one that has answered last takes so much."""
    last = next(message.model for message in reversed(extent.rows) if message.kind == "reply")
    if last == model or _takes(catalog.find(model).window, tokens):
        return model
    try:
        return last if _takes(catalog.find(last).window, tokens) else model
    except UsageError:  # it is not configured any more
        return model


def _takes(window: int | None, tokens: int) -> bool:
    return window is None or tokens <= window * ROOM


def _until(extent: Extent, tokens: int, window: int | None, summariser_window: int | None) -> Message:
    """The last message that the summary stands for: the newest turns stay, and what is asked must fit."""
    rows, starts = extent.rows, whole_turns(extent.rows)
    room = _KEPT_TOKENS if window is None else int(window * _KEPT_SHARE)
    first_kept = max([turns_that_fit(rows, tokens, room), *starts[-_KEPT_TURNS:][:1]])
    if first_kept == 0 or not any(message.kind == "reply" for message in rows[:first_kept]):
        first_kept = starts[-1] if len(starts) > 1 else len(rows)
    if summariser_window is not None and not _takes(summariser_window, tokens):
        taken = list(accumulate(scaled_sizes(rows, tokens)))
        ends = [*(start for start in starts if start), len(rows)]
        fitting = [end for end in ends if taken[end - 1] <= summariser_window * ROOM]
        first_kept = min(first_kept, max(fitting, default=ends[0]))
    return rows[first_kept - 1]
