"""The lists of models that providers give out, in every dialect, and the free calls that tell whether a key is good.

Knows no chat. A field that a provider leaves out stays unknown.
"""

import asyncio
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from tui.agent.exceptions import ModelAPIError
from tui.agent.models._http import Call, get_json
from tui.agent.models._retries import Patience
from tui.agent.providers import ListedModel, Provider, is_loopback

_PATIENCE = Patience(connect_s=5.0, silence_s=20.0, content_s=30.0, retries=0)
_SHOWN_AT_ONCE = 8
_DETAILS_HERE_S = 1.0
_DETAILS_S = 8.0
"""How long Ollama may tell about its models; a name without its window is better than no name."""
_MOST_MODELS = 5000
_LONGEST_NAME = 200
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
    "whisper",
    "tts",
    "dall-e",
    "moderation",
    "rerank",
    "transcribe",
    "image",
    "guard",
    "realtime",
)


async def list_models(provider: Provider) -> list[ListedModel]:
    """What the provider offers now, sorted by name; models that cannot chat are left out where that is known.

    Raises:
        ModelAPIError: the provider could not be asked, or refused.
    """
    match provider.vendor.api:
        case "ollama":
            found = await _ollama(provider)
        case "anthropic":
            found = parse_models(await _get(provider, "/v1/models", provider.root_url, limit=1000))
        case "gemini":
            found = await _gemini(provider)
        case "bedrock":
            found = await _bedrock(provider)
        case _:
            found = await _openai(provider)
    named = {model.name: model for model in found if _is_name(model.name)}
    return [named[name] for name in sorted(named)[:_MOST_MODELS]]


def _is_name(name: str) -> bool:
    """Whether a model can be called so: no model has control characters, half emoji or a page of text for a name."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()


async def ask_about_key(provider: Provider) -> bool:
    """Make a free call that needs the key; False when the vendor has none.

    Raises:
        ModelAPIError: the call failed; kind "auth" means that the key was refused.
    """
    quirks = provider.vendor.quirks
    if quirks.key_check_path:
        await _get(provider, f"/{quirks.key_check_path}")
        return True
    if quirks.open_models or not quirks.models_path:
        return False
    await list_models(provider)
    return True


async def _get(provider: Provider, path: str, base_url: str = "", **query: int | str) -> Any:
    url = f"{base_url or provider.base_url}{path}{'?' + urlencode(query) if query else ''}"
    return await get_json(Call(url, headers=provider.headers()), provider.asked(), _PATIENCE, provider.client)


async def _openai(provider: Provider) -> list[ListedModel]:
    path = provider.vendor.quirks.models_path
    if not path:
        return []
    if provider.name == "lmstudio":  # its own list has context windows, the compatible one has not
        try:
            root = provider.base_url.removesuffix("/v1")
            return parse_models(await _get(provider, "/api/v0/models", base_url=root))
        except ModelAPIError:
            pass
    if provider.name == "litellm":
        try:
            return parse_litellm(await _get(provider, "/model/info", base_url=provider.base_url.removesuffix("/v1")))
        except ModelAPIError:
            pass
    return parse_models(await _get(provider, f"/{path}"))


async def _gemini(provider: Provider) -> list[ListedModel]:
    if provider.name == "google-vertex":
        return []
    return parse_models(await _get(provider, "/v1beta/models", provider.root_url, pageSize=1000))


async def _bedrock(provider: Provider) -> list[ListedModel]:
    if "bedrock-runtime" not in provider.base_url:
        return []
    listed = await _get(
        provider, "/foundation-models", base_url=provider.base_url.replace("bedrock-runtime", "bedrock")
    )
    return parse_bedrock(listed)


async def _ollama(provider: Provider) -> list[ListedModel]:
    listed = await _get(provider, "/api/tags", provider.root_url)
    names = [words for item in _items(listed, "models") if (words := _name(item))]
    gate = asyncio.Semaphore(_SHOWN_AT_ONCE)
    patience_s = _DETAILS_HERE_S if is_loopback(provider.base_url) else _DETAILS_S
    deadline = asyncio.get_running_loop().time() + patience_s

    async def show(name: str) -> ListedModel:
        call = Call(f"{provider.root_url}/api/show", {"model": name}, provider.headers())
        try:
            async with asyncio.timeout_at(deadline), gate:
                return parse_ollama(name, await get_json(call, provider.asked(name), _PATIENCE, provider.client))
        except (ModelAPIError, TimeoutError):
            return ListedModel(name, name)

    return list(await asyncio.gather(*(show(name) for name in names)))


def parse_models(value: Any) -> list[ListedModel]:
    """Read a list of models: OpenAI's shape and its relatives, a bare list, Anthropic's, Gemini's, xAI's.

    Args:
        value: the decoded answer.
    """
    models = (_model(item) for item in _items(value, "data", "models"))
    return [model for model in models if model is not None]


def parse_ollama(name: str, value: Any) -> ListedModel:
    """Read Ollama's description of one model. The window is the one that is set, else the model's largest."""
    value = value if isinstance(value, dict) else {}
    info = value.get("model_info")
    info = info if isinstance(info, dict) else {}
    largest = next((_count(number) for key, number in info.items() if key.endswith(".context_length")), None)
    lines = [line.split() for line in str(value.get("parameters") or "").splitlines()]
    chosen = next((_count(line[1]) for line in lines if len(line) == 2 and line[0] == "num_ctx"), None)
    told = value.get("capabilities")
    known = (word for word in ("vision", "tools", "thinking") if isinstance(told, list) and word in told)
    capabilities = frozenset(known) if isinstance(told, list) else None
    return ListedModel(name, name, chosen or largest, capabilities=capabilities)


def parse_litellm(value: Any) -> list[ListedModel]:
    """Read a LiteLLM proxy's `/model/info`, which has limits and prices a token."""
    found: dict[str, ListedModel] = {}
    for item in _items(value, "data"):
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
    """Read Bedrock's foundation models: those that write text and can be used on demand."""
    found: list[ListedModel] = []
    for item in _items(value, "modelSummaries"):
        name = item.get("modelId")
        reads, writes = item.get("inputModalities"), item.get("outputModalities")
        if isinstance(name, str) and isinstance(writes, list) and "TEXT" in writes:
            sees = isinstance(reads, list) and "IMAGE" in reads
            label = f"{item.get('providerName') or ''} {item.get('modelName') or name}".strip()
            found.append(ListedModel(name, label, capabilities=frozenset({"vision"}) if sees else frozenset()))
    return found


def _model(item: Mapping[str, Any]) -> ListedModel | None:
    name = _name(item)
    if not name or not _can_chat(name, item):
        return None
    nested = [
        part for key in ("top_provider", "meta", "limits", "model_spec") if isinstance(part := item.get(key), dict)
    ]
    places = [item, *nested]
    sent, written = _prices(item)
    return ListedModel(
        name,
        next(
            (label for key in ("display_name", "displayName", "name") if isinstance(label := item.get(key), str)), name
        )
        if not name.startswith("models/")
        else name,
        _first(places, ("loaded_context_length", *_WINDOW_KEYS, "n_ctx")),
        _first(places, _OUTPUT_KEYS),
        sent,
        written,
        _capabilities(item),
    )


def _name(item: Mapping[str, Any]) -> str:
    name = item.get("id") or item.get("name") or item.get("model")
    return name.removeprefix("models/") if isinstance(name, str) else ""


def _can_chat(name: str, item: Mapping[str, Any]) -> bool:
    methods = item.get("supportedGenerationMethods")
    if isinstance(methods, list):
        return "generateContent" in methods
    if item.get("active") is False or item.get("type") in ("embedding", "embeddings", "image", "audio", "rerank"):
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
    told = item.get("capabilities")
    told = told if isinstance(told, dict) else {}
    flagged = _flags({**item, **told}, _FLAGS)
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
    told = [(word, item[flag]) for flag, word in names.items() if flag in item]
    return frozenset(word for word, value in told if value is True or _supported(value)) if told else None


def _supported(value: Any) -> bool:
    return isinstance(value, dict) and value.get("supported") is True


def _items(value: Any, *keys: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        value = next((value[key] for key in keys if isinstance(value.get(key), list)), [])
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


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
