"""Counting and limits: without them a run spends more than allowed, or a meter shows what nobody reported."""

from dataclasses import asdict

import pydantic
import pytest

from tui.agent.exceptions import UsageLimitExceeded
from tui.agent.usage import Usage, UsageLimits


def test_nothing_is_known_at_first() -> None:
    assert repr(Usage()) == (
        "Usage(requests=0, request_tokens=None, response_tokens=None, total_tokens=None, details=None)"
    )


def test_the_fields_stand_in_the_order_of_0_0_40() -> None:
    assert Usage(1, 2, 3, 5, {"a": 1}) == Usage(
        requests=1, request_tokens=2, response_tokens=3, total_tokens=5, details={"a": 1}
    )


def test_what_neither_knows_stays_unknown() -> None:
    assert Usage() + Usage() == Usage()


def test_adding_counts_the_other_ones_requests_and_details_too() -> None:
    total = Usage(1, 10, None, 10, {"a": 1}) + Usage(2, 5, 7, 12, {"a": 2, "b": 3})
    assert total == Usage(3, 15, 7, 22, {"a": 3, "b": 3})


def test_a_sum_shares_nothing_with_its_terms() -> None:
    left, right = Usage(details={"a": 1}), Usage(details={"a": 1})
    (left + right).incr(Usage(details={"a": 5}))
    (left + Usage()).incr(Usage(details={"a": 5}))
    (Usage() + right).incr(Usage(details={"a": 5}))
    assert (left, right) == (Usage(details={"a": 1}), Usage(details={"a": 1}))


def test_incr_changes_the_object_and_counts_requests_on_top() -> None:
    usage = Usage(1, 1)
    usage.incr(Usage(1, 2, 3, 5), requests=1)
    assert usage == Usage(3, 3, 3, 5)


def test_an_estimate_marks_the_sum_but_is_neither_compared_nor_written() -> None:
    estimate = Usage(1, 2, 3, 5, estimated=True)
    assert (Usage() + estimate).estimated and (estimate + Usage()).estimated
    assert estimate == Usage(1, 2, 3, 5)
    assert "estimated" not in repr(estimate)
    assert pydantic.TypeAdapter(Usage).dump_python(estimate) == {
        "requests": 1,
        "request_tokens": 2,
        "response_tokens": 3,
        "total_tokens": 5,
        "details": None,
    }


def test_tool_calls_are_counted_beside_what_0_0_40_compares() -> None:
    usage = Usage(1, tool_calls=2) + Usage(tool_calls=1)
    assert usage.tool_calls == 3
    assert usage == Usage(1)
    assert "tool_calls" not in repr(usage)
    assert pydantic.TypeAdapter(Usage).dump_python(usage)["tool_calls"] == 3


def test_a_copy_has_the_same_figures_and_details_of_its_own() -> None:
    usage = Usage(1, 2, 3, 5, {"a": 1}, tool_calls=4, estimated=True)
    copy = usage.copy()
    assert asdict(copy) == asdict(usage)
    copy.incr(Usage(details={"a": 1}))
    assert usage.details == {"a": 1}


def test_the_names_of_today_read_the_same_figures() -> None:
    usage = Usage(1, 10, 5, 15, {"cache_read_tokens": 4, "cache_write_tokens": 3, "reasoning_tokens": 2})
    assert (usage.input_tokens, usage.output_tokens) == (10, 5)
    assert (usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens) == (4, 3, 2)


@pytest.mark.parametrize("usage", [Usage(), Usage(details={"other": 1})])
def test_what_no_provider_reported_is_unknown_and_not_zero(usage: Usage) -> None:
    assert (usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens) == (None, None, None)
    assert (usage.input_tokens, usage.output_tokens) == (None, None)


def test_fifty_requests_are_the_default_limit() -> None:
    assert UsageLimits() == UsageLimits(
        request_limit=50, request_tokens_limit=None, response_tokens_limit=None, total_tokens_limit=None
    )
    UsageLimits().check_before_request(Usage(requests=49))
    with pytest.raises(UsageLimitExceeded) as caught:
        UsageLimits().check_before_request(Usage(requests=50))
    assert str(caught.value) == "The next request would exceed the request_limit of 50"


def test_no_request_limit_is_no_limit() -> None:
    UsageLimits(request_limit=None).check_before_request(Usage(requests=10_000))


@pytest.mark.parametrize(
    ("limits", "usage", "text"),
    [
        (
            UsageLimits(request_tokens_limit=10),
            Usage(request_tokens=11),
            "Exceeded the request_tokens_limit of 10 (request_tokens=11)",
        ),
        (
            UsageLimits(response_tokens_limit=10),
            Usage(response_tokens=11),
            "Exceeded the response_tokens_limit of 10 (response_tokens=11)",
        ),
        (
            UsageLimits(total_tokens_limit=10),
            Usage(total_tokens=11),
            "Exceeded the total_tokens_limit of 10 (total_tokens=11)",
        ),
        (
            UsageLimits(request_tokens_limit=1, response_tokens_limit=1, total_tokens_limit=1),
            Usage(1, 2, 2, 4),
            "Exceeded the request_tokens_limit of 1 (request_tokens=2)",
        ),
    ],
)
def test_more_tokens_than_allowed_are_refused(limits: UsageLimits, usage: Usage, text: str) -> None:
    with pytest.raises(UsageLimitExceeded) as caught:
        limits.check_tokens(usage)
    assert str(caught.value) == text


def test_as_many_tokens_as_allowed_pass_and_unknown_ones_too() -> None:
    limits = UsageLimits(request_tokens_limit=10, response_tokens_limit=10, total_tokens_limit=20)
    limits.check_tokens(Usage(1, 10, 10, 20))
    limits.check_tokens(Usage())


@pytest.mark.parametrize(
    ("limits", "has"),
    [
        (UsageLimits(), False),
        (UsageLimits(request_tokens_limit=0), True),
        (UsageLimits(response_tokens_limit=0), True),
        (UsageLimits(total_tokens_limit=0), True),
    ],
)
def test_a_limit_of_zero_is_a_limit(limits: UsageLimits, has: bool) -> None:
    assert limits.has_token_limits() is has


def test_a_runaway_of_tool_calls_is_stopped() -> None:
    limits = UsageLimits(tool_calls_limit=2)
    limits.check_before_tool_call(Usage(tool_calls=2))
    with pytest.raises(UsageLimitExceeded) as caught:
        limits.check_before_tool_call(Usage(tool_calls=3))
    assert str(caught.value) == "The next tool call(s) would exceed the tool_calls_limit of 2 (tool_calls=3)"
    UsageLimits().check_before_tool_call(Usage(tool_calls=1000))
