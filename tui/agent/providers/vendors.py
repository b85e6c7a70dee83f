"""Every vendor that is known by name: one row each. An OpenAI-compatible vendor is a row and nothing else.

What a row says about the wire follows the vendors' public documentation and recorded traffic.
"""

import re
from dataclasses import replace
from functools import cache

from tui.agent.providers.vendor import Api, Quirks, Vendor, base_url_at
from tui.agent.wire.addresses import clean_base_url, is_address, is_loopback, without_password

_OPENAI = Quirks(
    header_env=(("OpenAI-Organization", "OPENAI_ORG_ID"), ("OpenAI-Project", "OPENAI_PROJECT_ID")),
    length_key="max_completion_tokens",
    developer_role=True,
    parallel_tool_calls=True,
    parts_thoughts=True,
    audio=True,
    documents=True,
    search="responses",
    service_tiers=(("auto", "auto"), ("standard", "default"), ("flex", "flex"), ("priority", "priority")),
    verbosity=r"(^|/)gpt-[5-9]",
)
_AZURE = replace(_OPENAI, key_header="api-key", header_env=(), search="", service_tiers=())
_OPENROUTER = Quirks(
    headers=(("X-Title", "Chinwag"),),
    effort="reasoning",
    parallel_tool_calls=True,
    reasoning_back="reasoning_details",
    audio=True,
    documents=True,
    key_check_path="key",
    open_models=True,
    search="openrouter",
    verbosity=r"(^|/)gpt-[5-9]",
)
_MISTRAL = Quirks(
    seed_key="random_seed",
    effort="",
    merge_roles=True,
    prefill="prefix",
    nine_letter_ids=True,
    any_tool="any",
    parallel_tool_calls=True,
    parts_thoughts=True,
)
_DEEPSEEK = Quirks(effort="thinking", reasoning_back="reasoning_content", parts_thoughts=True, images=False)
_LOCAL = Quirks(merge_roles=True)
_LLAMA_CPP = replace(_LOCAL, prefill="last")

_ROWS = (
    Vendor(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        key_env=("OPENAI_API_KEY",),
        base_url_env="OPENAI_BASE_URL",
        key_shapes=(r"sk-[\w.*-]{6,}", r"sk-(?:proj|svcacct|admin)-[\w.*-]{6,}"),
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
        key_shapes=(r"sk-ant-[\w.*-]{6,}",),
        quirks=Quirks(prefill="last", search="tool", service_tiers=(("auto", "auto"), ("standard", "standard_only"))),
    ),
    Vendor(
        "google-gla",
        "Google Gemini",
        "https://generativelanguage.googleapis.com",
        "gemini",
        key_env=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        key_shapes=(r"AIza[\w*-]{10,}", r"AQ\.[\w*-]{10,}"),
        quirks=Quirks(search="tool"),
    ),
    Vendor(
        "google-vertex",
        "Google Vertex AI",
        "",
        "gemini",
        key_env=("GOOGLE_VERTEX_TOKEN",),
        base_url_env="GOOGLE_VERTEX_BASE_URL",
        key_shapes=(r"ya29\.[\w.*-]{10,}",),
        quirks=Quirks(search="tool"),
    ),
    Vendor(
        "bedrock",
        "Amazon Bedrock",
        "https://bedrock-runtime.us-east-1.amazonaws.com",
        "bedrock",
        key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        base_url_env="AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        key_shapes=(r"ABSK[\w+/=*]{10,}", r"AKIA[A-Z0-9*]{10,}"),
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
        key_shapes=(r"sk-or-[\w.*-]{6,}",),
        quirks=_OPENROUTER,
    ),
    Vendor(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        key_env=("GROQ_API_KEY",),
        key_shapes=(r"gsk_[\w*]{6,}",),
        quirks=Quirks(
            length_key="max_completion_tokens",
            parallel_tool_calls=True,
            service_tiers=(("auto", "auto"), ("standard", "on_demand"), ("flex", "flex")),
        ),
    ),
    Vendor(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        key_env=("DEEPSEEK_API_KEY",),
        key_shapes=(r"sk-[0-9a-f]{32}",),
        quirks=_DEEPSEEK,
    ),
    Vendor(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        key_env=("MISTRAL_API_KEY",),
        quirks=_MISTRAL,
    ),
    Vendor(
        "xai",
        "xAI",
        "https://api.x.ai/v1",
        key_env=("XAI_API_KEY",),
        key_shapes=(r"xai-[\w*-]{6,}",),
        quirks=Quirks(models_path="language-models", parts_thoughts=True, search="responses", system_item=True),
    ),
    Vendor(
        "together",
        "Together",
        "https://api.together.xyz/v1",
        key_env=("TOGETHER_API_KEY",),
        key_shapes=(r"tgp_[\w*-]{6,}",),
    ),
    Vendor(
        "cohere",
        "Cohere",
        "https://api.cohere.ai/compatibility/v1",
        key_env=("CO_API_KEY", "COHERE_API_KEY"),
        quirks=Quirks(stream_usage=False, parts_thoughts=True),
    ),
    Vendor(
        "fireworks",
        "Fireworks",
        "https://api.fireworks.ai/inference/v1",
        key_env=("FIREWORKS_API_KEY",),
        key_shapes=(r"fw_[\w*]{16,}",),
    ),
    Vendor(
        "cerebras",
        "Cerebras",
        "https://api.cerebras.ai/v1",
        key_env=("CEREBRAS_API_KEY",),
        key_shapes=(r"csk-[\w*-]{6,}",),
    ),
    Vendor(
        "perplexity",
        "Perplexity",
        "https://api.perplexity.ai",
        key_env=("PERPLEXITY_API_KEY",),
        key_shapes=(r"pplx-[\w*-]{6,}",),
        quirks=Quirks(merge_roles=True, models_path="", search="always"),
    ),
    Vendor(
        "huggingface",
        "Hugging Face",
        "https://router.huggingface.co/v1",
        key_env=("HF_TOKEN",),
        key_shapes=(r"hf_[\w*]{6,}",),
        quirks=Quirks(open_models=True),
    ),
    Vendor(
        "zai",
        "Z.ai",
        "https://api.z.ai/api/paas/v4",
        key_env=("ZAI_API_KEY",),
        key_shapes=(r"[0-9a-f]{32}\.\w{16}",),
        quirks=Quirks(effort="thinking", any_tool="", parts_thoughts=True),
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
        quirks=Quirks(prefill="last"),
    ),
    Vendor("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", needs_key=False, local=True, quirks=_LOCAL),
    Vendor(
        "llamacpp",
        "llama.cpp",
        "http://127.0.0.1:8080/v1",
        needs_key=False,
        local=True,
        quirks=_LLAMA_CPP,
    ),
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


@cache
def key_pattern() -> re.Pattern[str]:
    """Matches everything that looks like a key of one of the vendors."""
    shapes = {shape for vendor in _ROWS for shape in vendor.key_shapes}
    return re.compile(rf"\b(?:{'|'.join(sorted(shapes, key=len, reverse=True))})")


def vendor_of_key(key: str) -> Vendor | None:
    """The vendor whose key this seems to be, or None.

    Several shapes may fit, as others begin their keys like OpenAI; the longest expression says the most.
    """
    fitting = [(len(shape), row) for row in _ROWS for shape in row.key_shapes if re.fullmatch(shape, key)]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None


def vendor_named(name: str) -> Vendor | None:
    """The row of a vendor by its name or another name of it, or None."""
    return VENDORS.get(ALIASES.get(name, name))


def vendor_at(base_url: str) -> Vendor | None:
    """The vendor whose own host a base URL names, or None; programs on this machine have no host of their own."""
    from urllib.parse import urlsplit

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
        ValueError: the URL is no address, or the dialect is unknown.
    """
    url = clean_base_url(base_url)
    if not is_address(url):
        raise ValueError(f"address that is none: {without_password(url)}")
    known = vendor_named(name) or vendor_at(url)
    url = base_url_at(known, url) if known else url
    here = is_loopback(url) if local is None else local
    fallback = Vendor(name, label or name, url, needs_key=False, quirks=_LOCAL if here else Quirks())
    row = replace(known or fallback, name=name, base_url=url, base_url_env="", local=here, listed=True)
    row = replace(row, label=label or (known.label if known and known.name == name else name))
    if key_env:
        row = replace(row, key_env=key_env)
    if here:
        row = replace(row, needs_key=False)
    return replace(row, api=_api(api)) if api else row


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
