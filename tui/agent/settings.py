"""Settings that a model's request can carry, whatever the provider; each adapter sends those that its API knows."""

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    import httpx

__all__ = ["ModelSettings", "ServiceTier", "ThinkingEffort", "ToolChoice", "Verbosity", "merge_model_settings"]

ThinkingEffort = Literal["off", "minimal", "low", "medium", "high", "max"]
"""How long a model should think before it answers. Each adapter takes the nearest that its model offers."""

ServiceTier = Literal["auto", "standard", "flex", "priority"]
"""How soon, and at what price, a request is worked on; which of them a provider has is in its row of `vendors`."""

Verbosity = Literal["low", "medium", "high"]
"""How much a model should write."""

ToolChoice = Literal["auto", "none", "required"] | list[str]
"""Whether a model calls tools: as it likes, not at all, at least one, or one of those named."""


class ModelSettings(TypedDict, total=False):
    """Every key may be left out; then the provider's default applies.

    Attributes:
        max_tokens: longest response, in tokens.
        temperature: randomness, 0 to 2 with most providers.
        top_p: share of the probability mass to draw from, 0 to 1.
        timeout: seconds, or an `httpx.Timeout`.
        parallel_tool_calls: whether one response may hold several tool calls.
        tool_choice: whether tools are called. What forces a call does so in a run until one was made, or it would never
            end.
        seed: for providers that can repeat themselves.
        presence_penalty, frequency_penalty: -2 to 2.
        logit_bias: token id to bias, -100 to 100.
        thinking: how long the model thinks before it answers.
        stop_sequences: texts that end the response when they would be generated.
        top_k: draw from that many most likely tokens only.
        web_search: the provider searches the web for the model, where it can.
        service_tier: sent where the provider has one of that kind.
        verbosity: sent where the model knows it.
        text_schema: JSON schema that a text is made to fit by models that `constrains_text`; others pass over it.
        extra_headers: HTTP headers that the request carries in addition.
        extra_body: JSON keys merged over the request's body, for what this table does not know.
    """

    max_tokens: int
    temperature: float
    top_p: float
    timeout: "float | httpx.Timeout"
    parallel_tool_calls: bool
    tool_choice: ToolChoice
    seed: int
    presence_penalty: float
    frequency_penalty: float
    logit_bias: dict[str, int]
    thinking: ThinkingEffort
    stop_sequences: list[str]
    top_k: int
    web_search: bool
    service_tier: ServiceTier
    verbosity: Verbosity
    text_schema: dict[str, Any]
    extra_headers: dict[str, str]
    extra_body: dict[str, Any]


def merge_model_settings(base: ModelSettings | None, overrides: ModelSettings | None) -> ModelSettings | None:
    """Lay `overrides` over `base`, key by key; neither is changed. None when there is nothing to set."""
    if base and overrides:
        return base | overrides
    return base or overrides or None
