"""What a provider offers, and whether a key is good: free calls in every dialect. Knows no chat."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.providers.list_items import items_of, name_of
from tui.agent.providers.listed_model import (
    ListedModel,
    can_chat,
    parse_bedrock,
    parse_gemini,
    parse_litellm,
    parse_models,
    parse_ollama,
)
from tui.agent.providers.pool import PooledServer, ServerPool
from tui.agent.providers.provider import Provider
from tui.agent.wire.addresses import is_loopback
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.reply import get_json
from tui.agent.wire.request import HttpRequest

_T = TypeVar("_T")
_POLICY = RequestPolicy(connect_s=5.0, silence_s=20.0, content_s=30.0, retries=0, response_limit_bytes=16 << 20)
_SHOWN_AT_ONCE = 8
_DETAILS_HERE_S = 1.0
_DETAILS_S = 8.0
"""How long Ollama may tell about its models; a name without its window is better than no name."""
ONE_OF_SEVERAL_S = 8.0
"""How long one of several servers may take: the others wait for it, and so does a prompt."""
_MOST_MODELS = 5000
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What a free call said about a key.

    Attributes:
        state: "unknown" when the call could not tell, for instance without a network; that is not "invalid".
        message: one sentence.
    """

    state: Literal["valid", "invalid", "unknown"]
    message: str


async def list_models(provider: Provider) -> list[ListedModel]:
    """What the provider offers now, sorted by name; models that cannot chat are left out where that is known.

    Raises:
        ModelAPIError: the provider could not be asked, or refused.
    """
    found = await _united(provider) if isinstance(provider, ServerPool) else await _found(provider)
    named = {model.name: model for model in found if _is_name(model.name)}
    return [named[name] for name in sorted(named)[:_MOST_MODELS]]


async def look_at(pool: ServerPool, server: PooledServer) -> None:
    """Ask a server for its models unless it was since it last failed: some answer for any name with their own.

    Raises:
        ModelAPIError: it cannot be asked for anything; one that only has no list is not to blame.
    """
    if not server.looked and isinstance(told := await _told(pool, server), ModelAPIError) and not server.looked:
        raise told


async def _united(pool: ServerPool) -> list[ListedModel]:
    """The models of all servers; of one that several have, what the first says."""
    found = await asyncio.gather(*(_told(pool, server) for server in pool.servers))
    failures = [one for one in found if isinstance(one, ModelAPIError)]
    if len(failures) == len(found):
        raise failures[0]
    lists = [one for one in found if not isinstance(one, ModelAPIError)]
    return list({model.name: model for models in reversed(lists) for model in models}.values())


async def _told(pool: ServerPool, server: PooledServer) -> list[ListedModel] | ModelAPIError:
    try:
        found = await _in_time(server.provider)
    except ModelAPIError as error:
        server.looked = True
        if error.kind not in ("address", "malformed"):
            pool.failed(server, error)
        return error
    pool.listed(server, (model.name for model in found))
    return found


async def _in_time(provider: Provider) -> list[ListedModel]:
    try:
        async with asyncio.timeout(ONE_OF_SEVERAL_S):
            return await _found(provider)
    except TimeoutError:
        message = f"{provider.vendor.label} did not list its models within {ONE_OF_SEVERAL_S:.0f} s."
        raise provider.request_context().error("timeout", message) from None


async def _found(provider: Provider) -> list[ListedModel]:
    return await provider.at_base_url(lambda: _listed(provider), "malformed", "bad_request")


async def _listed(provider: Provider) -> list[ListedModel]:
    match provider.vendor.api:
        case "ollama":
            return await _ollama(provider)
        case "anthropic":
            return await _get_list(provider, parse_models, "/v1/models", provider.root_url, limit=1000)
        case "gemini":
            return await _gemini(provider)
        case "bedrock":
            return await _bedrock(provider)
        case _:
            return await _openai(provider)


def _is_name(name: str) -> bool:
    """Whether a model can be called so: no model has control characters, half emoji or a page of text for a name."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()


async def check_key(provider: Provider) -> KeyCheck:
    """Find out by a free call whether the key is good. Never raises for what a network or a server does."""
    label = provider.vendor.label
    if not provider.has_key:
        return KeyCheck("unknown", f"There is no key for {label}.")
    try:
        checked = await _call_with_key(provider)
    except ModelAPIError as error:
        refused = error.kind == "auth" and (not isinstance(error, ModelHTTPError) or error.status_code != 403)
        return KeyCheck("invalid" if refused else "unknown", error.message)
    if not checked:
        return KeyCheck("unknown", f"{label} has no free call that would tell.")
    return KeyCheck("valid", f"{label} accepts the key.")


async def _call_with_key(provider: Provider) -> bool:
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


async def _get_list(
    provider: Provider, read: Callable[[Any], list[_T]], path: str, base_url: str = "", **query: int | str
) -> list[_T]:
    value = await _get(provider, path, base_url, **query)
    try:
        return read(value)
    except ValueError as error:
        context = provider.request_context()
        message = f"{context.label} sent a list of models that cannot be read: {context.quote(json.dumps(value), 100)}"
        raise context.error("malformed", message) from error


async def _get(provider: Provider, path: str, base_url: str = "", **query: int | str) -> Any:
    url = f"{base_url or provider.base_url}{path}{'?' + urlencode(query) if query else ''}"
    return await get_json(
        HttpRequest(url, headers=provider.headers()), provider.request_context(), _POLICY, provider.client
    )


async def _openai(provider: Provider) -> list[ListedModel]:
    path = provider.vendor.quirks.models_path
    if not path:
        return []
    if provider.name == "lmstudio":  # its own list has context windows, the compatible one has not
        try:
            root = provider.base_url.removesuffix("/v1")
            return await _get_list(provider, parse_models, "/api/v0/models", root)
        except ModelAPIError:
            pass
    if provider.name == "litellm":
        try:
            root = provider.base_url.removesuffix("/v1")
            return await _get_list(provider, parse_litellm, "/model/info", root)
        except ModelAPIError:
            pass
    return await _get_list(provider, parse_models, f"/{path}")


async def _gemini(provider: Provider) -> list[ListedModel]:
    if provider.name == "google-vertex":
        return []
    return await _get_list(provider, parse_gemini, "/v1beta/models", provider.root_url, pageSize=1000)


async def _bedrock(provider: Provider) -> list[ListedModel]:
    if "bedrock-runtime" not in provider.base_url:
        return []
    control = provider.base_url.replace("bedrock-runtime", "bedrock")
    return await _get_list(provider, parse_bedrock, "/foundation-models", control)


async def _ollama(provider: Provider) -> list[ListedModel]:
    listed = await _get_list(provider, items_of, "/api/tags", provider.root_url)
    names = [name for item in listed if _is_name(name := name_of(item))][:_MOST_MODELS]
    gate = asyncio.Semaphore(_SHOWN_AT_ONCE)
    details_s = _DETAILS_HERE_S if is_loopback(provider.base_url) else _DETAILS_S
    deadline = asyncio.get_running_loop().time() + details_s

    async def show(name: str) -> ListedModel | None:
        request = HttpRequest(f"{provider.root_url}/api/show", {"model": name}, provider.headers())
        try:
            async with asyncio.timeout_at(deadline), gate:
                details = await get_json(request, provider.request_context(name), _POLICY, provider.client)
                return parse_ollama(name, details)
        except (ModelAPIError, TimeoutError):
            return ListedModel(name, name) if can_chat(name, {}) else None

    return [model for model in await asyncio.gather(*(show(name) for name in names)) if model is not None]
