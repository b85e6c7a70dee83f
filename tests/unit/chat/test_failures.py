"""The card of a failed reply says what happened, to what, and what to do; never a key, never an escape sequence."""

from typing import get_args

import pytest

from tui.agent.exceptions import (
    ModelAPIError,
    ModelHTTPError,
    UnexpectedModelBehavior,
    UnknownToolError,
    UsageLimitExceeded,
)
from tui.chat.replies.events import Failure, FailureKind
from tui.chat.replies.failures import failure_from_json, failure_of, failure_to_json
from tui.errors import UsageError

MODEL = "openai:gpt-5.6"


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_every_kind_has_a_title_a_message_and_a_next_step(kind: FailureKind) -> None:
    failure = failure_of(ModelAPIError("gpt-5.6", "It failed", kind=kind), MODEL, prompt_saved=True)
    assert failure.kind == kind
    assert failure.title
    assert failure.message == "It failed. Your message is saved."
    assert failure.hint
    assert (failure.provider, failure.model) == ("openai", "gpt-5.6")


def test_everything_the_provider_said_is_kept() -> None:
    error = ModelHTTPError(
        429, "gpt-5.6", message="OpenAI is being asked too often (429): “slow down”", kind="rate_limit",
        hint="Try again in 20 s.", request_id="req_1", retry_after_s=20.0,
    )  # fmt: skip
    failure = failure_of(error, MODEL, prompt_saved=True, partial=True)
    assert failure.message == "OpenAI is being asked too often (429): “slow down”"
    assert (failure.code, failure.request_id, failure.retry_after_s, failure.hint) == (
        429,
        "req_1",
        20.0,
        "What arrived is kept. Try again in 20 s.",
    )
    assert failure_from_json(failure_to_json(failure)) == failure


def test_it_never_claims_that_a_prompt_is_saved_when_it_is_not() -> None:
    assert "saved" not in failure_of(UsageError("No."), MODEL, prompt_saved=False).message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (UsageLimitExceeded("The next request would exceed the request_limit of 50"), "limit"),
        (UnexpectedModelBehavior("Received empty model response"), "malformed"),
        (UsageError('There is no model "x".', "Did you mean y?"), "no_model"),
    ],
)
def test_errors_without_a_kind_get_one(
    error: UsageLimitExceeded | UnexpectedModelBehavior | UsageError, kind: str
) -> None:
    assert failure_of(error, MODEL, prompt_saved=True).kind == kind


def test_a_call_of_an_unknown_tool_is_told_in_words() -> None:
    error = UnknownToolError("Unknown tool name: 'web_search'. No tools available.", "web_search")
    failure = failure_of(error, MODEL, prompt_saved=False)
    assert failure.message == "gpt-5.6 called the tool “web_search”, which does not exist, again after it was told so."
    assert "result validation" not in failure.message + failure.hint
    hostile = failure_of(UnknownToolError("x", "a\x1b[2J\n" + "b" * 2000), MODEL, prompt_saved=False)
    assert "\x1b" not in hostile.message and len(hostile.message) <= 700


def test_hostile_words_are_made_safe_and_keys_are_masked() -> None:
    words = "bad\x1b[2J key sk-abcdefghijklmnop\nand " + "more " * 500
    failure = failure_of(
        ModelAPIError("m", words, kind="auth", hint=words, request_id="a\x07b"), MODEL, prompt_saved=True
    )
    shown = f"{failure.message}{failure.hint}{failure.request_id}"
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\n" not in shown
    assert "abcdefghijklmnop" not in shown
    assert len(shown) < 1500


def test_a_stored_failure_of_a_newer_version_can_be_read() -> None:
    failure = failure_from_json('{"kind": "auth", "title": "T", "message": "M", "invented": 1}')
    assert failure is not None
    assert (failure.title, failure.hint) == ("T", "")
    assert failure_from_json("") is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "[" * 100_000,
        "\x00",
        '{"kind": "odd", "code": true}',
        '{"kind": ["auth"], "title": 1, "code": "4"}',
        '{"retry_after_s": NaN, "message": null, "code": -1}',
        '{"retry_after_s": "soon", "request_id": {}, "provider": 2}',
    ],
    ids=lambda text: text[:30],
)
def test_a_stored_failure_that_cannot_be_read_is_a_failure_without_details(text: str) -> None:
    failure = failure_from_json(text)
    assert failure == Failure("server", "Failed", "", "", "", "")
