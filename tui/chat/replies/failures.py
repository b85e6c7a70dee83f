"""What a failed reply says to the person: the engine's errors as a `Failure` card. Knows no HTTP and no screen."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, assert_never, get_args

from tui.bounds import json_object, number, whole_number
from tui.chat.replies.events import Failure, FailureKind
from tui.errors import ChinwagError, LimitReachedError
from tui.model_id import ModelId
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.agent.exceptions import AgentRunError

LONGEST_MESSAGE = 600

_TITLES: dict[FailureKind, str] = {
    "auth": "Key refused",
    "quota": "Out of credit",
    "rate_limit": "Rate limit reached",
    "overloaded": "Overloaded",
    "context_too_long": "Conversation too long",
    "refused": "Declined to answer",
    "unsupported_input": "Input not supported",
    "model_not_found": "Model not found",
    "address": "Wrong address",
    "bad_request": "Request refused",
    "server": "Server error",
    "network": "No connection",
    "dns": "Host not found",
    "tls": "Connection not private",
    "proxy": "Proxy failed",
    "timeout": "No answer in time",
    "stream_cut": "Connection lost",
    "malformed": "Unreadable answer",
    "limit": "Limit reached",
    "no_model": "No model to ask",
    "local_model": "Local model failed",
}

CUT_OFF = {"length": "at the longest answer allowed", "content_filter": "by the provider's content filter"}
"""Why a model ended an answer early, by its reason, as far as a person can do something about it."""


def failure_of(
    error: "AgentRunError | ChinwagError", model_id: str, *, prompt_saved: bool, partial: bool = False
) -> Failure:
    """The card for an error that ended a reply.

    Args:
        error: what the engine raised, or the catalogue when there is no model to ask.
        model_id: "provider:name" that was asked.
        prompt_saved: the prompt is on disk; the card then says so, as long as nothing of an answer shows it.
        partial: some of the answer came.
    """
    provider, model = ModelId.parse(model_id)
    kind, hint = _kind_and_hint(error)
    message = clean_line(redact(_message(error, model or provider)), LONGEST_MESSAGE)
    if message and message[-1] not in ".!?…”":
        message += "."
    if partial:
        hint = f"What arrived is kept. {hint}"
    elif prompt_saved:
        message += " Your message is saved."
    return Failure(
        kind=kind,
        title=_TITLES[kind],
        message=message.strip(),
        hint=clean_line(redact(hint), LONGEST_MESSAGE),
        provider=provider,
        model=model,
        code=getattr(error, "status_code", None),
        request_id=clean_line(getattr(error, "request_id", ""), 100),
        retry_after_s=getattr(error, "retry_after_s", None),
    )


def _message(error: "AgentRunError | ChinwagError", model: str) -> str:
    from tui.agent.exceptions import UnexpectedModelBehavior, UnknownToolError
    from tui.chat.answer_schema.form import reason_of

    # The engine's own messages do not say who was asked; a provider's do.
    match error:
        case UnknownToolError(tool_name=name):
            return f"{model} called the tool “{name}”, which does not exist, again after it was told so."
        case UnexpectedModelBehavior(problem=problem) if problem is not None:
            return f"The answer of {model} does not fit the schema: {reason_of(problem)}"
        case UnexpectedModelBehavior():
            return f"{model} gave no usable answer: {error.message}"
        case _:
            return error.message


def _kind_and_hint(error: "AgentRunError | ChinwagError") -> tuple[FailureKind, str]:
    from tui.agent.exceptions import AgentRunError, ModelAPIError, UnknownToolError, UsageLimitExceeded

    match error:
        case LimitReachedError():
            return "limit", error.hint
        case ChinwagError():
            return "no_model", error.hint or "Choose another model."
        case ModelAPIError():
            return error.kind, error.hint or "Retry, or choose another model."
        case UsageLimitExceeded():
            return "limit", "Raise the limit, or start a new conversation."
        case UnknownToolError():
            return "malformed", "Ask it to answer without tools, or choose another model."
        case AgentRunError():
            return "malformed", "Retry, or choose another model."
        case _:
            assert_never(error)


def failure_to_json(failure: Failure) -> str:
    """A failure as the text that is stored with its reply."""
    return json.dumps({key: value for key, value in asdict(failure).items() if value is not None})


def failure_from_json(text: str) -> Failure | None:
    """Read what `failure_to_json` wrote; None for "". What another version or a damaged row holds is left out."""
    if not text:
        return None
    values = json_object(text)
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    return Failure(
        kind=next((kind for kind in get_args(FailureKind) if kind == values.get("kind")), "server"),
        title=texts.get("title", "Failed"),
        message=texts.get("message", ""),
        hint=texts.get("hint", ""),
        provider=texts.get("provider", ""),
        model=texts.get("model", ""),
        code=whole_number(values.get("code")),
        request_id=texts.get("request_id", ""),
        retry_after_s=number(values.get("retry_after_s")),
    )
