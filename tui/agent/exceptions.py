"""Every error that the engine raises on purpose. Errors of HTTP and sockets are turned into these where they enter.

RuntimeError
├── UserError                       the program uses the engine wrongly
└── AgentRunError                   a run cannot go on
    ├── UsageLimitExceeded          one of the `UsageLimits` is reached
    ├── UnexpectedModelBehavior     the model answered something that cannot be used
    │   └── UnknownToolError        ... a call of a tool that there is not
    └── ModelAPIError               the provider could not be reached, or refused
        └── ModelHTTPError          ... with an HTTP status of 300 or above
Exception
├── ModelRetry                      raised by tools and validators, to make the model try again
├── ToolFailed                      raised by tools, to tell the model that the call was in vain
└── FallbackExceptionGroup          every model of a `FallbackModel` failed
"""

from typing import Any, Literal

__all__ = [
    "AgentRunError",
    "ErrorKind",
    "FallbackExceptionGroup",
    "ModelAPIError",
    "ModelHTTPError",
    "ModelRetry",
    "ToolFailed",
    "UnexpectedModelBehavior",
    "UnknownToolError",
    "UsageLimitExceeded",
    "UserError",
]

ErrorKind = Literal[
    "auth", "quota", "rate_limit", "overloaded", "context_too_long", "refused", "unsupported_input", "model_not_found",
    "address", "bad_request", "server", "network", "dns", "tls", "proxy", "timeout", "stream_cut", "malformed", "limit",
    "no_model", "local_model",
]  # fmt: skip
"""What kind of failure a model's error is, so that a program can react without reading its text."""


class ModelRetry(Exception):  # noqa: N818 (pydantic-ai's name)
    """Raise this in a tool or a result validator: the model is shown the message and asked to try again."""

    message: str

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class ToolFailed(Exception):  # noqa: N818 (pydantic-ai's name)
    """Raise this in a tool: the model is told what failed, is not asked to try again, and no retry is counted."""

    message: str

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class UserError(RuntimeError):
    """The program that uses the engine made a mistake, such as registering two tools of one name."""

    message: str

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class AgentRunError(RuntimeError):
    """A run ended without a result. The messages so far are in `capture_run_messages`."""

    message: str

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return self.message


class UsageLimitExceeded(AgentRunError):  # noqa: N818 (pydantic-ai's name)
    """The run reached one of its `UsageLimits`."""


class UnexpectedModelBehavior(AgentRunError):  # noqa: N818 (pydantic-ai's name)
    """The model's answer cannot be used: it is empty, malformed, or wrong once too often.

    Attributes:
        body: what the model or its server sent, when it helps; JSON is indented, anything else is left as it was.
        problem: the `RetryPromptPart` that says what was wrong with the last result; None where it was not that.
    """

    body: str | None
    problem: Any  # of a module that knows this one

    def __init__(self, message: str, body: str | None = None, *, problem: Any = None) -> None:
        self.body = body if body is None else _indented(body)
        self.problem = problem
        super().__init__(message)

    def __str__(self) -> str:
        return self.message if self.body is None else f"{self.message}, body:\n{self.body}"


class UnknownToolError(UnexpectedModelBehavior):
    """The model called tools that it does not have, and went on doing so after it was told.

    Attributes:
        tool_name: of the last such call.
    """

    tool_name: str

    def __init__(self, message: str, tool_name: str) -> None:
        self.tool_name = tool_name
        super().__init__(message)


class ModelAPIError(AgentRunError):
    """The provider of a model could not be reached, refused the request, or broke off.

    Attributes:
        model_name: the model that was asked, without its provider.
        kind: the category of the failure.
        provider: the provider's short name, such as "openai", or "".
        hint: what the person at the keyboard can do, or "".
        request_id: the provider's id of the request, for its support, or "".
        retry_after_s: seconds that the provider asks to wait, or None.
        usage: the `Usage` of the request, where the provider tells one all the same, as of a prompt that it has read
            and then refused; else None.
    """

    model_name: str
    kind: ErrorKind
    provider: str
    hint: str
    request_id: str
    retry_after_s: float | None
    usage: Any = None  # of a module that knows this one

    def __init__(
        self,
        model_name: str,
        message: str,
        *,
        kind: ErrorKind = "server",
        provider: str = "",
        hint: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        self.model_name = model_name
        self.kind = kind
        self.provider = provider
        self.hint = hint
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        super().__init__(message)


class ModelHTTPError(ModelAPIError):
    """The provider answered with an HTTP status that is no success, or with an error that names one.

    Attributes:
        status_code: the HTTP status; an error inside an answer of status 200 has the one that it names.
        body: the decoded body of the answer, if there was one.
    """

    status_code: int
    body: object | None

    def __init__(
        self,
        status_code: int,
        model_name: str,
        body: object | None = None,
        *,
        message: str | None = None,
        kind: ErrorKind = "server",
        provider: str = "",
        hint: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        self.status_code = status_code
        self.body = body
        super().__init__(
            model_name,
            f"status_code: {status_code}, model_name: {model_name}, body: {body}" if message is None else message,
            kind=kind,
            provider=provider,
            hint=hint,
            request_id=request_id,
            retry_after_s=retry_after_s,
        )


class FallbackExceptionGroup(ExceptionGroup[Exception]):
    """Every model of a `FallbackModel` failed; the errors stand in the order in which the models were asked."""


def _indented(body: str) -> str:
    import json

    try:
        return json.dumps(json.loads(body), indent=2)
    except ValueError:
        return body
