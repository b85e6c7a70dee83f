"""What of the settings a model takes, by its vendor and its name: the adapters send by it, and a person is told by it.

Standard library only: the settings are on screen before an adapter is loaded. A setting that is not taken is not sent.
"""

import re

from tui.agent.providers.vendor import Search, Vendor
from tui.agent.settings import ModelSettings, ServiceTier, ThinkingEffort

_REASONING_MODEL = re.compile(r"(^|/)(o\d|gpt-5|gpt-oss)")
_SEARCHES_BY_ITSELF = re.compile(r"-search-(preview|api)")
_KEEPS_PROMPTS = re.compile(r"anthropic\.claude-(3-7|3-5-haiku|(opus|sonnet|haiku|fable|mythos)-[4-9])|amazon\.nova")
"""Of Amazon's list: those that take marks for the cache; others refuse the request. docs.aws.amazon.com/bedrock."""
_NO_SAMPLING = (4, 7)
"""Claude's generation from which on it refuses to be told how to draw a token."""


def is_reasoning_model(model_name: str) -> bool:
    """Whether one of OpenAI's models thinks before it answers."""
    return _REASONING_MODEL.search(model_name) is not None


def version_of(model_name: str) -> tuple[int, int]:
    """Claude's generation as its name tells it, (4, 5) say; (0, 0) for other models."""
    found = re.search(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)", model_name)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def is_claude_on_bedrock(model_name: str) -> bool:
    """Whether a model of Amazon's list is Claude, be it by an inference profile."""
    return "anthropic.claude" in model_name


def takes_files_of_tools(model_name: str) -> bool:
    """Whether a model of Amazon's list reads files in what tools return; the API's pages name Claude and Nova."""
    return is_claude_on_bedrock(model_name) or "amazon.nova" in model_name


def takes_cache_marks(vendor: Vendor, model_name: str) -> bool:
    """Whether a prompt is marked for the provider's cache, so that all of it that is not in there is written there."""
    if vendor.api == "bedrock":
        return _KEEPS_PROMPTS.search(model_name) is not None
    return vendor.api == "anthropic"


def search_of(vendor: Vendor, model_name: str) -> Search:
    """How a model is let search the web; see `Quirks.search`."""
    if vendor.quirks.search == "responses" and _SEARCHES_BY_ITSELF.search(model_name):
        return "always"
    return vendor.quirks.search


def tier_of(vendor: Vendor, tier: ServiceTier | None) -> str | None:
    """What a vendor calls a service tier; None where it has none of that kind, or none is wanted."""
    return next((theirs for ours, theirs in vendor.quirks.service_tiers if ours == tier), None)


def takes_verbosity(vendor: Vendor, model_name: str) -> bool:
    """Whether a model can be told how much to write."""
    return bool(vendor.quirks.verbosity) and re.search(vendor.quirks.verbosity, model_name) is not None


def takes_sampling(vendor: Vendor, model_name: str, effort: ThinkingEffort | None) -> bool:
    """Whether a model can be told how to draw a token: those that think refuse it, unless they are told not to."""
    match vendor.api:
        case "anthropic":
            return version_of(model_name) < _NO_SAMPLING and effort in (None, "off")
        case "openai-chat":
            return not (vendor.quirks.developer_role and is_reasoning_model(model_name)) or effort == "off"
        case "openai-responses":
            return not is_reasoning_model(model_name)
        case "bedrock":
            return effort in (None, "off") or not is_claude_on_bedrock(model_name)
        case _:
            return True


def takes_effort(vendor: Vendor, model_name: str) -> bool:
    """Whether a vendor's models can be told how long to think."""
    if vendor.api == "bedrock":
        return is_claude_on_bedrock(model_name)
    return vendor.api != "openai-chat" or bool(vendor.quirks.effort)


def can_be_forced(vendor: Vendor, model_name: str, effort: ThinkingEffort | None) -> bool:
    """Whether a model can be told that it has to call a tool: Claude refuses it while it thinks."""
    match vendor.api:
        case "ollama":
            return False
        case "openai-chat":
            return bool(vendor.quirks.any_tool)
        case "anthropic":
            return effort in (None, "off")
        case "bedrock":
            return effort in (None, "off") or not is_claude_on_bedrock(model_name)
        case _:
            return True


def unused(vendor: Vendor, model_name: str, settings: ModelSettings) -> frozenset[str]:
    """The names of the settings of `ModelSettings` that are set, and that a model's requests leave out."""
    effort = settings.get("thinking")
    takes_draw = takes_sampling(vendor, model_name, effort)
    taken = {
        "temperature": takes_draw,
        "top_p": takes_draw and not (vendor.api == "anthropic" and "temperature" in settings),
        "thinking": takes_effort(vendor, model_name),
        "web_search": bool(search_of(vendor, model_name)),
        "service_tier": tier_of(vendor, settings.get("service_tier")) is not None,
        "verbosity": takes_verbosity(vendor, model_name),
        "tool_choice": settings.get("tool_choice") in ("auto", "none") or can_be_forced(vendor, model_name, effort),
    }
    return frozenset(name for name, is_taken in taken.items() if name in settings and not is_taken)
