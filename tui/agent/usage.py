"""How many tokens and requests a run has used, and the limits on them. Knows no prices and no provider."""

from dataclasses import dataclass, field
from typing import Annotated

import pydantic

from tui.agent._serialization import SchemaSerializable
from tui.agent.exceptions import UsageLimitExceeded

__all__ = ["Usage", "UsageLimits"]


@dataclass
class Usage(SchemaSerializable):
    """Tokens and requests of one response, or of a run, or of several runs that share the object.

    None means that no provider has reported the figure; it is never shown as 0.

    Attributes:
        requests: requests that reached a model.
        request_tokens: tokens sent, those read from a cache included.
        response_tokens: tokens generated, thinking included.
        total_tokens: as reported, or the sum of both.
        details: further counts by name, among them `cache_read_tokens`, `cache_write_tokens` and `reasoning_tokens`.
        tool_calls: function tools that were run; neither compared nor shown, 0.0.40 did not count them.
        estimated: some of the token counts are the engine's guess, because the provider has not reported (yet).
        estimated_request_tokens: the part of `request_tokens`, and of `total_tokens`, that is such a guess.
    """

    requests: int = 0
    request_tokens: int | None = None
    response_tokens: int | None = None
    total_tokens: int | None = None
    details: dict[str, int] | None = None
    tool_calls: Annotated[int, pydantic.Field(exclude_if=lambda count: count == 0)] = field(
        default=0, compare=False, repr=False, kw_only=True
    )
    estimated: Annotated[bool, pydantic.Field(exclude=True)] = field(
        default=False, compare=False, repr=False, kw_only=True
    )
    estimated_request_tokens: Annotated[int, pydantic.Field(exclude=True)] = field(
        default=0, compare=False, repr=False, kw_only=True
    )

    def incr(self, incr_usage: "Usage", *, requests: int = 0) -> None:
        """Add another usage to this one, in place; what neither knows stays None.

        Args:
            incr_usage: what is added, its own requests included.
            requests: requests to count on top.
        """
        self.requests += requests + incr_usage.requests
        self.tool_calls += incr_usage.tool_calls
        self.estimated = self.estimated or incr_usage.estimated
        self.estimated_request_tokens += incr_usage.estimated_request_tokens
        self.request_tokens = _sum(self.request_tokens, incr_usage.request_tokens)
        self.response_tokens = _sum(self.response_tokens, incr_usage.response_tokens)
        self.total_tokens = _sum(self.total_tokens, incr_usage.total_tokens)
        if incr_usage.details:
            details = dict(self.details or {})
            for name, count in incr_usage.details.items():
                details[name] = details.get(name, 0) + count
            self.details = details

    def copy(self) -> "Usage":
        """The same figures in an object of its own, `details` included."""
        return Usage(
            self.requests,
            self.request_tokens,
            self.response_tokens,
            self.total_tokens,
            None if self.details is None else dict(self.details),
            tool_calls=self.tool_calls,
            estimated=self.estimated,
            estimated_request_tokens=self.estimated_request_tokens,
        )

    def __add__(self, other: "Usage") -> "Usage":
        total = self.copy()
        total.incr(other)
        return total

    @property
    def input_tokens(self) -> int | None:
        """`request_tokens` by the name that pydantic-ai uses today."""
        return self.request_tokens

    @property
    def output_tokens(self) -> int | None:
        """`response_tokens` by the name that pydantic-ai uses today."""
        return self.response_tokens

    @property
    def cache_read_tokens(self) -> int | None:
        """The part of `request_tokens` that the provider read from its cache; None when it did not say."""
        return self._detail("cache_read_tokens")

    @property
    def cache_write_tokens(self) -> int | None:
        """The part of `request_tokens` that the provider wrote to its cache; None when it did not say."""
        return self._detail("cache_write_tokens")

    @property
    def reasoning_tokens(self) -> int | None:
        """The part of `response_tokens` spent on thinking; None when the provider did not say."""
        return self._detail("reasoning_tokens")

    def _detail(self, name: str) -> int | None:
        return None if self.details is None else self.details.get(name)


@dataclass
class UsageLimits:
    """What a run may use at most. None is no limit; a `Usage` that starts above 0 counts from there.

    Attributes:
        request_limit: requests, checked before each one.
        request_tokens_limit, response_tokens_limit, total_tokens_limit: tokens, checked while a response arrives. For
            the request only what the provider has reported counts: how it counts an image or a tool cannot be guessed.
        tool_calls_limit: function tools run, checked before they are.
    """

    request_limit: int | None = 50
    request_tokens_limit: int | None = None
    response_tokens_limit: int | None = None
    total_tokens_limit: int | None = None
    tool_calls_limit: int | None = field(default=None, kw_only=True)

    def has_token_limits(self) -> bool:
        """Whether any of the three token limits is set."""
        limits = (self.request_tokens_limit, self.response_tokens_limit, self.total_tokens_limit)
        return any(limit is not None for limit in limits)

    def check_before_request(self, usage: Usage) -> None:
        """Call before each request.

        Raises:
            UsageLimitExceeded: as many requests as allowed were made already.
        """
        if self.request_limit is not None and usage.requests >= self.request_limit:
            raise UsageLimitExceeded(f"The next request would exceed the request_limit of {self.request_limit}")

    def check_tokens(self, usage: Usage) -> None:
        """Call whenever `usage` has new token counts.

        Raises:
            UsageLimitExceeded: a count is above its limit, without what of a request is only estimated; a count that is
                not known is not.
        """
        guessed = usage.estimated_request_tokens
        for name, limit, known in (
            ("request_tokens", self.request_tokens_limit, (usage.request_tokens or 0) - guessed),
            ("response_tokens", self.response_tokens_limit, usage.response_tokens or 0),
            ("total_tokens", self.total_tokens_limit, (usage.total_tokens or 0) - guessed),
        ):
            count = max(0, known)
            if limit is not None and count > limit:
                raise UsageLimitExceeded(f"Exceeded the {name}_limit of {limit} ({name}={count})")

    def check_before_tool_call(self, projected_usage: Usage) -> None:
        """Call before function tools run, with the usage as it will be afterwards.

        Raises:
            UsageLimitExceeded: more tools would have run than are allowed.
        """
        count = projected_usage.tool_calls
        if self.tool_calls_limit is not None and count > self.tool_calls_limit:
            limit = self.tool_calls_limit
            raise UsageLimitExceeded(
                f"The next tool call(s) would exceed the tool_calls_limit of {limit} (tool_calls={count})"
            )


def _sum(left: int | None, right: int | None) -> int | None:
    if left is None and right is None:
        return None
    return (left or 0) + (right or 0)
