"""Keeps the caller's `Usage` current while a response streams in: guesses at first, then what the provider reports."""

import json
from collections.abc import Sequence
from typing import Any

from tui.agent._results import without_files
from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    RetryPromptPart,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.base import ModelRequestParameters
from tui.agent.usage import Usage

__all__ = ["LiveUsage", "estimate_request", "quarter_tokens"]

FILE_TOKENS = 1000
"""What an attached file counts for; only the provider knows."""

REPORT_EVERY = 16
"""Estimated tokens after which a change of the estimate is worth an event."""


def quarter_tokens(text: str) -> int:
    """How many tokens a text may have, times four: a character is a quarter of a token, a Chinese one a whole one."""
    if text.isascii():
        return len(text)
    return len(text) + 3 * sum(1 for character in text if character >= "\u2e80")


def estimate_request(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> int:
    """How many tokens a request may have: its messages, the last instructions, the tools."""
    quarters = sum(_quarters_of_part(part) for message in messages for part in message.parts)
    requests = [message for message in messages if isinstance(message, ModelRequest)]
    if requests and requests[-1].instructions:
        quarters += quarter_tokens(requests[-1].instructions)
    for tool in (*parameters.function_tools, *parameters.result_tools):
        schema = json.dumps(tool.parameters_json_schema, default=str)
        quarters += quarter_tokens(f"{tool.name}{tool.description}{schema}")
    return (quarters + 3) // 4


def _quarters_of_part(part: Any) -> int:
    match part:
        case ToolCallPart():
            return quarter_tokens(part.tool_name) + quarter_tokens(str(part.args))
        case UserPromptPart(content=content) if not isinstance(content, str):
            return sum(quarter_tokens(item) if isinstance(item, str) else 4 * FILE_TOKENS for item in content)
        case ToolReturnPart() if files := part.files:
            return quarter_tokens(str(without_files(part.content))) + 4 * FILE_TOKENS * len(files)
        case ToolReturnPart() | RetryPromptPart():
            return quarter_tokens(str(part.content))
        case _:
            content = getattr(part, "content", "")
            return quarter_tokens(content) if isinstance(content, str) else 0


class LiveUsage:
    """One response's share of a run's `Usage`, written into it as it becomes known.

    Only differences are written, so that runs at the same time can share the object.

    Attributes:
        usage: the live object; `estimated` is set on it while a count is a guess.
    """

    def __init__(self, usage: Usage, request_estimate: int) -> None:
        self.usage = usage
        self._before = usage.copy()
        self._guessed_sent = request_estimate
        self._quarters = 0
        self._told_at = 0
        self._finished = False
        self._started: set[int] = set()
        self._details: dict[str, int] = {}  # as they stand in `usage`
        self._sent = self._generated = self._total = self._guess = 0  # this response's share, as it stands in `usage`
        self._write(request_estimate, 0, request_estimate, request_estimate)
        usage.estimated = True

    def open(self) -> None:
        """The stream is open: the request counts."""
        self.usage.requests += 1
        self._before.requests += 1

    def withdraw(self) -> None:
        """The stream could not be opened: nothing was used."""
        self._write(0, 0, 0, 0)
        self._restore_unknown()
        self.usage.estimated = self._before.estimated

    def so_far(self, reported: Usage) -> Usage:
        """The usage without guesses: what it was before this response, and what was reported since."""
        return self._before + reported

    def receive(self, event: ModelResponseStreamEvent, reported: Usage) -> bool:
        """Count an event.

        Args:
            event: of the response's stream.
            reported: the provider's figures for this response so far.

        Returns:
            Whether the figures have changed enough for somebody to look.
        """
        sent, generated, total = reported.request_tokens, reported.response_tokens, reported.total_tokens
        self.usage.estimated = self._before.estimated or sent is None or generated is None
        self._write_details(reported.details)
        if generated is None:
            self._quarters += self._arrived(event)
            generated, total = (self._quarters + 3) // 4, None
        guess = self._guessed_sent if sent is None else 0
        if sent is None:
            sent, total = guess, None
        self._write(sent, generated, sent + generated if total is None else total, guess)
        if generated - self._told_at < REPORT_EVERY:
            return False
        self._told_at = generated
        return True

    def finish(self, reported: Usage) -> None:
        """The stream has ended, or broken off: the provider's figures where there are any, else the guess stays.

        A second call changes nothing.
        """
        if self._finished:
            return
        self._finished = True
        sent, generated, total = reported.request_tokens, reported.response_tokens, reported.total_tokens
        guess = self._guessed_sent if sent is None else 0
        guessed = sent is None or generated is None
        if guessed:
            sent = guess if sent is None else sent
            generated = (self._quarters + 3) // 4 if generated is None else generated
            total = sent + generated
        self._write(sent or 0, generated or 0, total or 0, guess)
        if total is None:
            self._restore_unknown()
        self._write_details(reported.details)
        self.usage.estimated = self._before.estimated or guessed

    def _arrived(self, event: ModelResponseStreamEvent) -> int:
        if isinstance(event, PartStartEvent):
            if event.index in self._started:  # the part is another one now, and was counted
                return 0
            self._started.add(event.index)
        return _quarters_of_event(event)

    def _write(self, sent: int, generated: int, total: int, guess: int) -> None:
        usage = self.usage
        usage.request_tokens = (usage.request_tokens or 0) + sent - self._sent
        usage.response_tokens = (usage.response_tokens or 0) + generated - self._generated
        usage.total_tokens = (usage.total_tokens or 0) + total - self._total
        usage.estimated_request_tokens += guess - self._guess
        self._sent, self._generated, self._total, self._guess = sent, generated, total, guess

    def _write_details(self, reported: dict[str, int] | None) -> None:
        if reported and reported != self._details:
            changes = {name: count - self._details.get(name, 0) for name, count in reported.items()}
            self.usage.incr(Usage(details=changes))
            self._details = dict(reported)

    def _restore_unknown(self) -> None:
        """Counts that were not reported are unknown again, not 0."""
        usage, before = self.usage, self._before
        for name in ("request_tokens", "response_tokens", "total_tokens"):
            if getattr(before, name) is None and not getattr(usage, name):
                setattr(usage, name, None)


def _quarters_of_event(event: ModelResponseStreamEvent) -> int:
    if isinstance(event, PartDeltaEvent):
        delta = event.delta
        if isinstance(delta, TextPartDelta):
            return quarter_tokens(delta.content_delta)
        if isinstance(delta, ToolCallPartDelta):
            return quarter_tokens(str(delta.args_delta or ""))
        return quarter_tokens(delta.content_delta or "")
    part = event.part
    if isinstance(part, TextPart | ThinkingPart):
        return quarter_tokens(part.content)
    return quarter_tokens(str(part.args)) if isinstance(part, ToolCallPart) else 0
