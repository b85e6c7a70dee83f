"""Models: what goes over the wire, one module for each API, and models without a network.

- `base` is what every model offers, `infer` makes one of a name or of a provider: its table says which API has which
  adapter.
- `openai`, `responses`, `anthropic`, `gemini`, `ollama` and `bedrock` are the adapters: each says what a request looks
  like, and `openai_stream`, `responses_stream`, `anthropic_stream` and `gemini_stream` what each event of an answer
  means (`responses_items` of which item it speaks). What they share is in `wire_model` and `wire_stream`.
- `tool_choice` says which tools a request offers and whether one has to be called, `tool_names` gives them names that
  every provider takes, `gemini_schema` says their parameters in Gemini's words.
- `cache_marks` marks a request so that the next turn is read from the provider's cache.
- `fit` makes a history fit what a model can take (its `target`), with `pairing` (every tool call has its result) and
  `media`. `treatment` decides what becomes of a file, with `pdf_text` and `scaled_images`, which `file_cache` spares
  the next turn. `role_messages` puts it in alternating messages, for the APIs that insist on them.
- `local` is the embedded model, `fallback` several models in one, `pooled` one that several servers have, `continued`
  one that goes on with an answer that was cut off (both a `wrapper` of another); `test` (with `schema_values`),
  `function` and `demo` need no network.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.models.infer import KnownModelName, infer_model

if TYPE_CHECKING:
    from tui.agent.wire.client import cached_async_http_client

__all__ = [
    "ALLOW_MODEL_REQUESTS",
    "KnownModelName",
    "Model",
    "ModelRequestParameters",
    "StreamedResponse",
    "cached_async_http_client",
    "check_allow_model_requests",
    "infer_model",
    "override_allow_model_requests",
]

ALLOW_MODEL_REQUESTS = True
"""Set this to False, in the conftest of a test suite say, and no model goes to the network any more."""


def check_allow_model_requests() -> None:
    """Every model that goes to the network calls this first.

    Raises:
        RuntimeError: `ALLOW_MODEL_REQUESTS` is False at this moment.
    """
    if not ALLOW_MODEL_REQUESTS:
        raise RuntimeError("Model requests are not allowed, since ALLOW_MODEL_REQUESTS is False")


@contextmanager
def override_allow_model_requests(allow_model_requests: bool) -> Iterator[None]:
    """Set `ALLOW_MODEL_REQUESTS` for the length of a `with` block."""
    global ALLOW_MODEL_REQUESTS
    before = ALLOW_MODEL_REQUESTS
    ALLOW_MODEL_REQUESTS = allow_model_requests
    try:
        yield
    finally:
        ALLOW_MODEL_REQUESTS = before


def __getattr__(name: str) -> Any:
    """`cached_async_http_client` needs httpx, which is only loaded for a program that asks for it."""
    if name == "cached_async_http_client":
        from tui.agent.wire.client import cached_async_http_client

        return cached_async_http_client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
