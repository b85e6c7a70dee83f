"""One model as its provider lists it, and how it is read from the JSON of every dialect. A missing field is unknown.

Pure and light: cached lists are read before httpx and pydantic are loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tui.agent.providers.list_items import items_of, name_of

_MOST_TOKENS = 10**9
_LOWEST_PRICE, _HIGHEST_PRICE = Decimal("0.0001"), Decimal(1_000_000)  # US dollars; beyond, a server means another unit
_WINDOW_KEYS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "inputTokenLimit",
    "context_size",
)
_OUTPUT_KEYS = ("max_completion_tokens", "max_output_tokens", "outputTokenLimit", "max_tokens")
_NOT_FOR_CHAT = (
    "embed",
    "bge-",
    "minilm",
    "whisper",
    "tts",
    "dall-e",
    "moderation",
    "rerank",
    "transcribe",
    "image",
    "guard",
    "realtime",
    "gte-",
    "mpnet",
    "multilingual-e5",
    "stable-diffusion",
    "sdxl",
    "kokoro",
    "parakeet",
)
_OTHER_TYPES = ("embedding", "embeddings", "image", "audio", "rerank")
_OTHER_TASKS = (
    "automatic-speech-recognition", "text-to-speech", "feature-extraction", "sentence-similarity", "text-to-image",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model as its provider lists it. None is unknown, and never shown as 0.

    Attributes:
        name: the model's id with this provider.
        label: its name for people; the id when there is no other.
        window: context window, in tokens.
        max_output: longest answer, in tokens.
        input_price, output_price: USD for a million tokens.
        capabilities: some of "vision", "audio", "documents", "tools", "thinking".
    """

    name: str
    label: str = ""
    window: int | None = None
    max_output: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    capabilities: frozenset[str] | None = None


def parse_models(value: Any) -> list[ListedModel]:
    """Read a list of models: OpenAI's shape and its relatives, a bare list, Anthropic's, xAI's.

    Args:
        value: the decoded answer.

    Raises:
        ValueError: there is no list in it.
    """
    models = (_model(item) for item in items_of(value))
    return [model for model in models if model is not None]


def parse_gemini(value: Any) -> list[ListedModel]:
    """Read Gemini's list, whose names begin with "models/".

    Raises:
        ValueError: there is no list in it.
    """
    found = parse_models(value)
    return [replace(model, name=model.name.removeprefix("models/")) for model in found]


def parse_ollama(name: str, value: Any) -> ListedModel | None:
    """Read Ollama's description of one model; None for one that only embeds.

    The window is the one that is set, else the model's largest.
    """
    value = value if isinstance(value, dict) else {}
    info = value.get("model_info")
    info = info if isinstance(info, dict) else {}
    largest = next((_count(number) for key, number in info.items() if key.endswith(".context_length")), None)
    lines = [line.split() for line in str(value.get("parameters") or "").splitlines()]
    chosen = next((_count(line[1]) for line in lines if len(line) == 2 and line[0] == "num_ctx"), None)
    listed = value.get("capabilities")
    told = listed if isinstance(listed, list) else []
    if "completion" not in told and ("embedding" in told or not can_chat(name, {})):
        return None
    known = (word for word in ("vision", "tools", "thinking") if isinstance(listed, list) and word in listed)
    capabilities = frozenset(known) if isinstance(listed, list) else None
    return ListedModel(name, name, chosen or largest, capabilities=capabilities)


def parse_litellm(value: Any) -> list[ListedModel]:
    """Read a LiteLLM proxy's `/model/info`, which has limits and prices a token.

    Raises:
        ValueError: there is no list in it.
    """
    found: dict[str, ListedModel] = {}
    for item in items_of(value):
        name, info = item.get("model_name"), item.get("model_info")
        if isinstance(name, str) and isinstance(info, dict):
            found[name] = ListedModel(
                name,
                name,
                _count(info.get("max_input_tokens")),
                _count(info.get("max_output_tokens")),
                _price(info.get("input_cost_per_token"), 1_000_000),
                _price(info.get("output_cost_per_token"), 1_000_000),
                _flags(info, _FLAGS),
            )
    return list(found.values())


def parse_bedrock(value: Any) -> list[ListedModel]:
    """Read Bedrock's foundation models: those that write text and can be used on demand.

    Raises:
        ValueError: there is no list in it.
    """
    found: list[ListedModel] = []
    for item in items_of(value):
        name = item.get("modelId")
        reads, writes = item.get("inputModalities"), item.get("outputModalities")
        if isinstance(name, str) and isinstance(writes, list) and "TEXT" in writes:
            sees = isinstance(reads, list) and "IMAGE" in reads
            label = f"{item.get('providerName') or ''} {item.get('modelName') or name}".strip()
            found.append(ListedModel(name, label, capabilities=frozenset({"vision"}) if sees else frozenset()))
    return found


def _model(item: Mapping[str, Any]) -> ListedModel | None:
    name = name_of(item)
    if not name or not can_chat(name, item):
        return None
    nested = [
        part for key in ("top_provider", "meta", "limits", "model_spec") if isinstance(part := item.get(key), dict)
    ]
    places = [item, *nested]
    sent, written = _prices(item)
    labels = (item.get(key) for key in ("display_name", "displayName", "name"))
    return ListedModel(
        name,
        next((label for label in labels if isinstance(label, str) and label), name),
        _first(places, ("loaded_context_length", *_WINDOW_KEYS, "n_ctx")),
        _first(places, _OUTPUT_KEYS),
        sent,
        written,
        _capabilities(item),
    )


def can_chat(name: str, item: Mapping[str, Any]) -> bool:
    """Whether a model may write answers, as far as its name and what is told of it say."""
    methods = item.get("supportedGenerationMethods")
    if isinstance(methods, list):
        return "generateContent" in methods
    if item.get("active") is False or item.get("type") in _OTHER_TYPES or item.get("task") in _OTHER_TASKS:
        return False
    capabilities = item.get("capabilities")
    if isinstance(capabilities, dict) and capabilities.get("completion_chat") is False:
        return False
    return not any(word in name.lower().rpartition("/")[2] for word in _NOT_FOR_CHAT)


def _prices(item: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    """USD for a million tokens in and out. OpenRouter quotes one token, Together a million, xAI 1/100 of a cent."""
    pricing = item.get("pricing")
    if isinstance(pricing, dict):
        if "prompt" in pricing:
            return _price(pricing["prompt"], 1_000_000), _price(pricing.get("completion"), 1_000_000)
        return _price(pricing.get("input"), 1), _price(pricing.get("output"), 1)
    sent, written = item.get("prompt_text_token_price"), item.get("completion_text_token_price")
    return _price(sent, Decimal("0.0001")), _price(written, Decimal("0.0001"))


def _capabilities(item: Mapping[str, Any]) -> frozenset[str] | None:
    architecture = item.get("architecture")
    modalities = (
        architecture.get("input_modalities") if isinstance(architecture, dict) else item.get("input_modalities")
    )
    parameters = item.get("supported_parameters")
    found: set[str] = set()
    if isinstance(modalities, list):
        found |= {word for key, word in _MODALITIES.items() if key in modalities}
    if isinstance(parameters, list):
        found |= {word for key, word in (("tools", "tools"), ("reasoning", "thinking")) if key in parameters}
    nested = item.get("capabilities")
    flagged = _flags({**item, **nested} if isinstance(nested, dict) else item, _FLAGS)
    if modalities is None and parameters is None and flagged is None:
        return None
    return frozenset(found | (flagged or set()))


_MODALITIES = {"image": "vision", "audio": "audio", "file": "documents"}
_FLAGS = {
    "vision": "vision",
    "function_calling": "tools",
    "supports_image_input": "vision",
    "supports_tools": "tools",
    "thinking": "thinking",
    "image_input": "vision",
    "pdf_input": "documents",
    "reasoning": "thinking",
    "supports_vision": "vision",
    "supports_function_calling": "tools",
    "supports_reasoning": "thinking",
    "supports_pdf_input": "documents",
}


def _flags(item: Mapping[str, Any], names: Mapping[str, str]) -> frozenset[str] | None:
    """The abilities that are flagged as there; None if nothing is flagged either way."""
    flags = [(word, item[flag]) for flag, word in names.items() if flag in item]
    return frozenset(word for word, value in flags if value is True or _supported(value)) if flags else None


def _supported(value: Any) -> bool:
    return isinstance(value, dict) and value.get("supported") is True


def _first(places: list[Mapping[str, Any]], keys: tuple[str, ...]) -> int | None:
    return next((number for place in places for key in keys if (number := _count(place.get(key))) is not None), None)


def _count(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 < number < _MOST_TOKENS else None


def _price(value: Any, factor: int | Decimal) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        price = Decimal(str(value)) * factor
    except ArithmeticError:  # no number, or one beyond all bounds
        return None
    if not price.is_finite() or (price and not _LOWEST_PRICE <= price <= _HIGHEST_PRICE):
        return None
    return price.normalize()
