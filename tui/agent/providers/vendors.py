"""Who can be asked: one row a vendor. An OpenAI-compatible vendor is a row and nothing else.

Standard library only, because the list of models is shown before anything heavy is loaded. What a row says about the
wire follows the vendors' public documentation and recorded traffic.
"""

import os
import re
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

Api = Literal["openai-chat", "openai-responses", "anthropic", "gemini", "ollama", "bedrock"]


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where a vendor's chat completions differ. The defaults are what every compatible server takes.

    Attributes:
        key_header: header that carries the key; with "Authorization" it is sent as a bearer token.
        headers: further headers of every request.
        header_env: headers whose value an environment variable has, if it is set.
        length_key: name of the setting for the longest answer.
        seed_key: name of the setting for the seed.
        effort: how thinking is asked for: `reasoning_effort`, `reasoning: {effort}`, `thinking: {type}`, or not at all.
        developer_role: reasoning models want their system prompt as role "developer".
        merge_roles: two turns of one role in a row are refused.
        nine_letter_ids: tool call ids must be nine letters or digits.
        any_tool: word that makes the model call some tool.
        parallel_tool_calls: the setting of that name is known.
        reasoning_back: key under which a tool loop gives the model its own thoughts back, or "".
        images, audio, documents: what a user message may hold beside text.
        stream_usage: `stream_options: {include_usage}` is known.
        key_check_path: a free request that needs the key; "" where listing the models needs it.
        open_models: the list of models needs no key, so it cannot tell whether a key is good.
        models_path: path of the list of models; "" if there is none.
    """

    key_header: str = "Authorization"
    headers: tuple[tuple[str, str], ...] = ()
    header_env: tuple[tuple[str, str], ...] = ()
    length_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    seed_key: Literal["seed", "random_seed"] = "seed"
    effort: Literal["", "reasoning_effort", "reasoning", "thinking"] = "reasoning_effort"
    developer_role: bool = False
    merge_roles: bool = False
    nine_letter_ids: bool = False
    any_tool: Literal["required", "any"] = "required"
    parallel_tool_calls: bool = False
    reasoning_back: Literal["", "reasoning_content", "reasoning_details"] = ""
    images: bool = True
    audio: bool = False
    documents: bool = False
    stream_usage: bool = True
    key_check_path: str = ""
    open_models: bool = False
    models_path: str = "models"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A company, a gateway or a program that serves models.

    Attributes:
        name: the part of a model id before its colon, such as "openai".
        label: the name for people.
        base_url: where its API begins, without a slash at the end; "" if only the environment can say.
        api: the dialect it speaks.
        key_env: environment variables that may hold its key; the first that is set counts.
        base_url_env: environment variable that moves it elsewhere, or "".
        needs_key: requests without a key are refused.
        local: a program on the user's own machine.
        listed: shown when models are picked; False for a second way to the same models.
        quirks: where its dialect differs.
    """

    name: str
    label: str
    base_url: str
    api: Api = "openai-chat"
    key_env: tuple[str, ...] = ()
    base_url_env: str = ""
    needs_key: bool = True
    local: bool = False
    listed: bool = True
    quirks: Quirks = Quirks()


_OPENAI = Quirks(
    header_env=(("OpenAI-Organization", "OPENAI_ORG_ID"), ("OpenAI-Project", "OPENAI_PROJECT_ID")),
    length_key="max_completion_tokens",
    developer_role=True,
    parallel_tool_calls=True,
    audio=True,
    documents=True,
)
_AZURE = replace(_OPENAI, key_header="api-key", header_env=())
_OPENROUTER = Quirks(
    headers=(("X-Title", "Chinwag"),),
    effort="reasoning",
    parallel_tool_calls=True,
    reasoning_back="reasoning_details",
    audio=True,
    documents=True,
    key_check_path="key",
    open_models=True,
)
_MISTRAL = Quirks(
    seed_key="random_seed",
    effort="",
    merge_roles=True,
    nine_letter_ids=True,
    any_tool="any",
    parallel_tool_calls=True,
)
_DEEPSEEK = Quirks(effort="thinking", reasoning_back="reasoning_content", images=False)
_LOCAL = Quirks(merge_roles=True)

_ROWS = (
    Vendor(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        key_env=("OPENAI_API_KEY",),
        base_url_env="OPENAI_BASE_URL",
        quirks=_OPENAI,
    ),
    Vendor(
        "openai-responses",
        "OpenAI Responses",
        "https://api.openai.com/v1",
        "openai-responses",
        key_env=("OPENAI_API_KEY",),
        base_url_env="OPENAI_BASE_URL",
        listed=False,
        quirks=_OPENAI,
    ),
    Vendor(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com",
        "anthropic",
        key_env=("ANTHROPIC_API_KEY",),
        base_url_env="ANTHROPIC_BASE_URL",
    ),
    Vendor(
        "google-gla",
        "Google Gemini",
        "https://generativelanguage.googleapis.com",
        "gemini",
        key_env=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    ),
    Vendor(
        "google-vertex",
        "Google Vertex AI",
        "",
        "gemini",
        key_env=("GOOGLE_VERTEX_TOKEN",),
        base_url_env="GOOGLE_VERTEX_BASE_URL",
    ),
    Vendor(
        "bedrock",
        "Amazon Bedrock",
        "https://bedrock-runtime.us-east-1.amazonaws.com",
        "bedrock",
        key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        base_url_env="AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    ),
    Vendor(
        "azure",
        "Azure OpenAI",
        "",
        key_env=("AZURE_OPENAI_API_KEY",),
        base_url_env="AZURE_OPENAI_ENDPOINT",
        quirks=_AZURE,
    ),
    Vendor(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        quirks=_OPENROUTER,
    ),
    Vendor(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        key_env=("GROQ_API_KEY",),
        quirks=Quirks(length_key="max_completion_tokens", parallel_tool_calls=True),
    ),
    Vendor(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        key_env=("DEEPSEEK_API_KEY",),
        quirks=_DEEPSEEK,
    ),
    Vendor(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        key_env=("MISTRAL_API_KEY",),
        quirks=_MISTRAL,
    ),
    Vendor("xai", "xAI", "https://api.x.ai/v1", key_env=("XAI_API_KEY",), quirks=Quirks(models_path="language-models")),
    Vendor("together", "Together", "https://api.together.xyz/v1", key_env=("TOGETHER_API_KEY",)),
    Vendor(
        "cohere",
        "Cohere",
        "https://api.cohere.ai/compatibility/v1",
        key_env=("CO_API_KEY", "COHERE_API_KEY"),
        quirks=Quirks(stream_usage=False),
    ),
    Vendor("fireworks", "Fireworks", "https://api.fireworks.ai/inference/v1", key_env=("FIREWORKS_API_KEY",)),
    Vendor("cerebras", "Cerebras", "https://api.cerebras.ai/v1", key_env=("CEREBRAS_API_KEY",)),
    Vendor(
        "perplexity",
        "Perplexity",
        "https://api.perplexity.ai",
        key_env=("PERPLEXITY_API_KEY",),
        quirks=Quirks(merge_roles=True, models_path=""),
    ),
    Vendor(
        "huggingface",
        "Hugging Face",
        "https://router.huggingface.co/v1",
        key_env=("HF_TOKEN",),
        quirks=Quirks(open_models=True),
    ),
    Vendor(
        "zai",
        "Z.ai",
        "https://api.z.ai/api/paas/v4",
        key_env=("ZAI_API_KEY",),
        quirks=Quirks(effort="thinking"),
    ),
    Vendor(
        "ollama",
        "Ollama",
        "http://127.0.0.1:11434",
        "ollama",
        key_env=("OLLAMA_API_KEY",),
        base_url_env="OLLAMA_HOST",
        needs_key=False,
        local=True,
    ),
    Vendor("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", needs_key=False, local=True, quirks=_LOCAL),
    Vendor("llamacpp", "llama.cpp", "http://127.0.0.1:8080/v1", needs_key=False, local=True, quirks=_LOCAL),
    Vendor("vllm", "vLLM", "http://127.0.0.1:8000/v1", needs_key=False, local=True, quirks=_LOCAL),
    Vendor(
        "litellm",
        "LiteLLM",
        "http://127.0.0.1:4000/v1",
        key_env=("LITELLM_API_KEY",),
        base_url_env="LITELLM_BASE_URL",
        needs_key=False,
        local=True,
        quirks=Quirks(audio=True, documents=True, parallel_tool_calls=True),
    ),
)

VENDORS: dict[str, Vendor] = {vendor.name: vendor for vendor in _ROWS}
"""Every vendor that is known by name, in the order in which they are shown."""

ALIASES: dict[str, str] = {
    "gemini": "google-gla",
    "google": "google-gla",
    "vertexai": "google-vertex",
    "grok": "xai",
    "z.ai": "zai",
    "hf": "huggingface",
}


def vendor_named(name: str) -> Vendor | None:
    """The row of a vendor by its name or another name of it, or None."""
    return VENDORS.get(ALIASES.get(name, name))


def vendor_at(base_url: str) -> Vendor | None:
    """The vendor whose own host a base URL names, or None; programs on this machine have no host of their own."""
    host = urlsplit(base_url).hostname or ""
    if host.endswith((".openai.azure.com", ".cognitiveservices.azure.com")):
        return VENDORS["azure"]
    return next((v for v in _ROWS if not v.local and v.base_url and urlsplit(v.base_url).hostname == host), None)


def custom_vendor(
    name: str,
    base_url: str,
    *,
    api: str = "",
    key_env: tuple[str, ...] = (),
    label: str = "",
    local: bool | None = None,
) -> Vendor:
    """A row for a server that a user configured.

    A known name or a known host lends its dialect and quirks; anything else gets the settings that every server takes.

    Args:
        name: the part of its model ids before the colon.
        base_url: where its API begins.
        api: the dialect, if the user named one; "" to go by name and host.
        key_env: variables that may hold the key; none means that the server asks for none, unless the row lends them.
        label: a name for people.
        local: whether it runs on this machine; None to go by the address.

    Raises:
        ValueError: the address is none, or nobody knows the dialect.
    """
    url = clean_base_url(base_url)
    if not is_address(url):
        raise ValueError(f"address that is none: {url}")
    known = vendor_named(name) or vendor_at(url)
    here = is_loopback(url) if local is None else local
    fallback = Vendor(name, label or name, url, needs_key=False, quirks=_LOCAL if here else Quirks())
    row = replace(known or fallback, name=name, base_url=url, base_url_env="", local=here, listed=True)
    row = replace(row, label=label or (known.label if known and known.name == name else name))
    if key_env:
        row = replace(row, key_env=key_env)
    if here:
        row = replace(row, needs_key=False)
    return replace(row, api=_api(api)) if api else row


def base_url_of(vendor: Vendor) -> str:
    """Where a vendor's API begins, counting the environment; "" if nothing says so, or what it says is no address."""
    moved = os.environ.get(vendor.base_url_env, "") if vendor.base_url_env else ""
    if vendor.name == "bedrock" and not moved:
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        moved = f"https://bedrock-runtime.{region}.amazonaws.com"
    if vendor.name == "azure" and moved and "/openai" not in moved:
        moved = f"{moved.rstrip('/')}/openai/v1"
    url = clean_base_url(moved) or vendor.base_url
    if not is_address(url):
        return ""
    # OLLAMA_HOST may be a bare host name, and is the server's own setting.
    needs_port = vendor.api == "ollama" and vendor.base_url_env and not url.startswith("https:")
    return f"{url}:11434" if needs_port and not urlsplit(url).port else url


def key_of(vendor: Vendor) -> str:
    """The vendor's key as the environment has it, or "". A key is printable ASCII; a stray newline is cut off."""
    return next((value for name in vendor.key_env if (value := os.environ.get(name, "").strip())), "")


def clean_base_url(url: str) -> str:
    """A base URL with a scheme and without a final slash.

    What only a server can use becomes loopback: 0.0.0.0, [::], and a port alone.
    """
    url = url.strip().rstrip("/")
    if re.fullmatch(r":\d+", url):
        url = f"127.0.0.1{url}"
    elif url.count(":") > 1 and not url.startswith("[") and "/" not in url:  # a bare IPv6 address
        url = f"[{url}]"
    if url and "://" not in url:
        url = f"http://{url}"
    return re.sub(r"^(https?://)(0\.0\.0\.0|\[::\])(?=[:/]|$)", r"\g<1>127.0.0.1", url)


def is_address(url: str) -> bool:
    """Whether a URL says where a server is."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, half an IPv6 address
        return False


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _api(name: str) -> Api:
    short: dict[str, Api] = {
        "openai": "openai-chat",
        "openai-chat": "openai-chat",
        "openai-responses": "openai-responses",
        "responses": "openai-responses",
        "anthropic": "anthropic",
        "gemini": "gemini",
        "ollama": "ollama",
        "bedrock": "bedrock",
    }
    if name not in short:
        raise ValueError(f"unknown api {name!r}; one of {', '.join(short)}")
    return short[name]
