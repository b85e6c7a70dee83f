"""What is known of a vendor: where it is, how it takes its key, and where its dialect differs from the others'.

Standard library only, because the list of models is shown before anything heavy is loaded.
"""

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.agent.wire.addresses import clean_base_url, is_address

if TYPE_CHECKING:
    from tui.agent.settings import ServiceTier

Search = Literal["", "tool", "responses", "openrouter", "always"]
Api = Literal["openai-chat", "openai-responses", "anthropic", "gemini", "ollama", "bedrock"]


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where a vendor's dialect differs, and what it has beside. The defaults are what every compatible server takes.

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
        any_tool: word that makes the model call some tool; "" where it cannot be made to.
        parallel_tool_calls: the setting of that name is known.
        reasoning_back: key under which a tool loop gives the model its own thoughts back, or "".
        parts_thoughts: thoughts never stand in the text, whatever the model.
        images, audio, documents: what a user message may hold beside text.
        prefill: an answer may be begun for the model, which goes on behind its last letter: as the last message, or
            with a mark on that; "" where it is refused, or taken for a whole answer.
        stream_usage: `stream_options: {include_usage}` is known.
        key_check_path: a free request that needs the key; "" where listing the models needs it.
        open_models: the list of models needs no key, so it cannot tell whether a key is good.
        models_path: path of the list of models; "" if there is none.
        search: how a model is let search the web: by a tool of this API, by one of the Responses API at the same base
            URL, by OpenRouter's own, or it always does; "" where it cannot.
        system_item: the Responses API takes the system prompt as the first item only, not as `instructions`.
        service_tiers: ours, and what the vendor calls it.
        verbosity: regular expression of the models that know it; "" for none.
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
    any_tool: Literal["required", "any", ""] = "required"
    parallel_tool_calls: bool = False
    reasoning_back: Literal["", "reasoning_content", "reasoning_details"] = ""
    parts_thoughts: bool = False
    images: bool = True
    audio: bool = False
    documents: bool = False
    prefill: Literal["", "last", "prefix"] = ""
    stream_usage: bool = True
    key_check_path: str = ""
    open_models: bool = False
    models_path: str = "models"
    search: Search = ""
    system_item: bool = False
    service_tiers: tuple[tuple["ServiceTier", str], ...] = ()
    verbosity: str = ""


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
        key_shapes: regular expressions of its keys, also as servers quote them, with asterisks in the middle; none
            where a key has nothing of its own to be known by.
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
    key_shapes: tuple[str, ...] = ()
    quirks: Quirks = Quirks()


def base_url_at(vendor: Vendor, url: str) -> str:
    """Where a vendor's API begins at an address as people write it; "" for none."""
    url = clean_base_url(url)
    if vendor.quirks.key_header == "api-key" and url:  # Azure shows the addresses of its portal and of deployments
        return f"{re.split('/openai(?=/|$)', url)[0]}/openai/v1"
    return url


def base_url_of(vendor: Vendor) -> str:
    """Where a vendor's API begins, counting the environment; "" if nothing says so, or what it says is no address."""
    moved = os.environ.get(vendor.base_url_env, "") if vendor.base_url_env else ""
    if vendor.name == "bedrock" and not moved:
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        moved = f"https://bedrock-runtime.{region}.amazonaws.com"
    if not (url := base_url_at(vendor, moved)):
        return vendor.base_url
    if not is_address(url):
        return ""
    from urllib.parse import urlsplit

    # OLLAMA_HOST may be a bare host name, and is the server's own setting.
    needs_port = vendor.api == "ollama" and vendor.base_url_env and not url.startswith("https:")
    return f"{url}:11434" if needs_port and not urlsplit(url).port else url


def key_of(vendor: Vendor) -> str:
    """The vendor's key as the environment has it, or ""."""
    return next((value for name in vendor.key_env if (value := trimmed_key(os.environ.get(name, "")))), "")


def trimmed_key(text: str) -> str:
    """A key without white space and byte order marks at its edges."""
    return text.strip().strip("\ufeff").strip()
