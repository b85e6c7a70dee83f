"""Ollama's own models: brought, counted and deleted through its API. Knows no disk: they are the server's.

Source: github.com/ollama/ollama, docs/api.md: POST /api/pull (NDJSON), GET /api/tags, DELETE /api/delete.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.agent.providers.list_items import items_of, name_of
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.refusals import event_error, is_error
from tui.agent.wire.reply import get_json, send
from tui.agent.wire.request import HttpRequest

if TYPE_CHECKING:
    from tui.agent.providers.provider import Provider

_PULL = RequestPolicy(connect_s=5.0, silence_s=300.0, content_s=300.0, retries=0, response_limit_bytes=64 << 20)
_QUICK = RequestPolicy(connect_s=5.0, silence_s=20.0, content_s=30.0, retries=0, response_limit_bytes=16 << 20)


@dataclass(frozen=True, slots=True)
class OllamaStep:
    """What Ollama says while it pulls.

    Attributes:
        status: in its own words, such as "pulling manifest".
        done_bytes, size_bytes: of all layers that it has named so far.
    """

    status: str
    done_bytes: int
    size_bytes: int


async def pull(provider: "Provider", name: str) -> AsyncGenerator[OllamaStep, None]:
    """Have Ollama fetch a model; leaving the iteration ends it, and what came is kept there.

    Raises:
        ModelAPIError: it cannot be reached, there is no such model, or it broke off.
    """
    context = provider.request_context(name)
    body = {"model": name, "stream": True}
    request = HttpRequest(f"{provider.root_url}/api/pull", body, provider.headers(), framing="ndjson")
    reply = await send(request, context, _PULL, provider.client)
    layers: dict[str, tuple[int, int]] = {}
    status = ""
    try:
        async with aclosing(reply.events()) as events:
            async for event in events:
                if is_error(event.value):
                    raise event_error(context, event.value, reply.status)
                status = str(_field(event.value, "status"))
                if digest := _field(event.value, "digest"):
                    layers[str(digest)] = (_count(event.value, "completed"), _count(event.value, "total"))
                yield OllamaStep(status, sum(one for one, _ in layers.values()), sum(one for _, one in layers.values()))
    finally:
        await reply.aclose()
    if status != "success":
        raise context.error("stream_cut", f"{context.label} stopped before {context.quote(name, 60)} was whole.")


async def sizes(provider: "Provider") -> dict[str, int]:
    """The models that it has, with the bytes that each takes.

    Raises:
        ModelAPIError: it cannot be asked.
    """
    request = HttpRequest(f"{provider.root_url}/api/tags", headers=provider.headers())
    listed = await get_json(request, provider.request_context(), _QUICK, provider.client)
    return {name_of(item): _count(item, "size") for item in items_of(listed)}


async def delete(provider: "Provider", name: str) -> None:
    """Delete a model.

    Raises:
        ModelAPIError: it cannot be reached, or has no such model.
    """
    request = HttpRequest(f"{provider.root_url}/api/delete", {"model": name}, provider.headers(), deletes=True)
    reply = await send(request, provider.request_context(name), _QUICK, provider.client)
    await reply.aclose()


def _field(value: Any, name: str) -> Any:
    return value.get(name, "") if isinstance(value, dict) else ""


def _count(value: Any, name: str) -> int:
    number = _field(value, name)
    return number if type(number) is int and number >= 0 else 0
