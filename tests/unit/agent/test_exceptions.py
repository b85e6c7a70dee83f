"""What a program can catch, and what its user reads when it does not."""

import pytest

from tui.agent.exceptions import (
    AgentRunError,
    FallbackExceptionGroup,
    ModelAPIError,
    ModelHTTPError,
    ModelRetry,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
    UserError,
)


@pytest.mark.parametrize("kind", [ModelRetry, UserError, AgentRunError, UsageLimitExceeded])
def test_an_error_carries_its_message(kind: type[ModelRetry | UserError | AgentRunError]) -> None:
    error = kind("What happened")
    assert error.message == "What happened"
    assert str(error) == "What happened"
    assert error.args == ("What happened",)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (ModelRetry, Exception),
        (UserError, RuntimeError),
        (AgentRunError, RuntimeError),
        (UsageLimitExceeded, AgentRunError),
        (UnexpectedModelBehavior, AgentRunError),
        (ModelAPIError, AgentRunError),
        (ModelHTTPError, ModelAPIError),
        (FallbackExceptionGroup, ExceptionGroup),
    ],
)
def test_a_program_that_catches_the_parent_catches_the_child(
    kind: type[BaseException], parent: type[BaseException]
) -> None:
    assert issubclass(kind, parent)
    assert not issubclass(ModelRetry, RuntimeError)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "It is empty"),
        ("nonsense", "It is empty, body:\nnonsense"),
        ('{"a":{"b":1}}', 'It is empty, body:\n{\n  "a": {\n    "b": 1\n  }\n}'),
    ],
)
def test_a_json_body_is_indented_so_that_a_person_can_read_it(body: str | None, text: str) -> None:
    error = UnexpectedModelBehavior("It is empty", body)
    assert str(error) == text
    assert error.message == "It is empty"
    assert repr(error) == "UnexpectedModelBehavior('It is empty')"


def test_an_http_error_reads_as_in_0_0_40() -> None:
    error = ModelHTTPError(401, "gpt", {"error": "no"})
    assert str(error) == "status_code: 401, model_name: gpt, body: {'error': 'no'}"
    assert (error.status_code, error.model_name, error.body) == (401, "gpt", {"error": "no"})
    assert str(ModelHTTPError(status_code=500, model_name="m")) == "status_code: 500, model_name: m, body: None"


def test_an_adapter_can_say_more_about_an_http_error() -> None:
    error = ModelHTTPError(
        429, "gpt", None, message="Slow down", kind="rate_limit", provider="openai", retry_after_s=1.5, request_id="r"
    )
    assert str(error) == "Slow down"
    assert (error.kind, error.provider, error.hint, error.request_id) == ("rate_limit", "openai", "", "r")
    assert error.retry_after_s == 1.5


def test_a_connection_that_fails_is_an_error_without_a_status() -> None:
    error = ModelAPIError("gpt", "No such host", kind="dns", provider="openai", hint="Check the address.")
    assert (str(error), error.model_name, error.kind, error.hint) == (
        "No such host",
        "gpt",
        "dns",
        "Check the address.",
    )
    assert (error.request_id, error.retry_after_s) == ("", None)


def test_the_kinds_are_those_that_the_chat_shows() -> None:
    from typing import get_args

    from tui.agent.exceptions import ErrorKind
    from tui.chat.replies.events import FailureKind

    assert get_args(ErrorKind) == get_args(FailureKind)
