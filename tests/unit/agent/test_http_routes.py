"""The way a request takes: through a proxy or not, with certificates or not. Lost else: a connection, or 40 ms."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.protocol_server import ProtocolServer, json_answer
from tui.agent.exceptions import ModelAPIError
from tui.agent.wire.client import cached_async_http_client, proxy_for, release_client
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.reply import get_json
from tui.agent.wire.request import HttpRequest
from tui.agent.wire.request_context import RequestContext

POLICY = RequestPolicy(connect_s=2, silence_s=5, content_s=5, retries=0)
ELSEWHERE = "http://models.invalid"


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


async def fetch(url: str) -> Any:
    return await get_json(HttpRequest(f"{url}/v1/models"), RequestContext("acme", "Acme", address=url), POLICY)


async def test_a_server_elsewhere_is_reached_through_the_proxy_with_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ProtocolServer(json_answer({"data": []})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("http://", "http://me:secret@"))
        assert await fetch(ELSEWHERE) == {"data": []}
        assert proxy.requests[0].path == f"{ELSEWHERE}/v1/models"
        assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


async def test_a_proxy_that_is_set_later_is_used_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ProtocolServer(json_answer({"data": []})) as proxy:
        with pytest.raises(ModelAPIError) as raised:
            await fetch(ELSEWHERE)
        assert raised.value.kind == "dns"
        monkeypatch.setenv("ALL_PROXY", proxy.url.removeprefix("http://"))
        assert await fetch(ELSEWHERE) == {"data": []}


@pytest.mark.parametrize("exempt", ["models.invalid", ".invalid", "other.test, models.invalid", "*"])
async def test_a_host_that_the_environment_exempts_is_reached_directly(
    monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exempt)
    with pytest.raises(ModelAPIError) as raised:
        await fetch(ELSEWHERE)
    assert (raised.value.kind, proxy_for(ELSEWHERE)) == ("dns", "")


async def test_no_certificates_are_read_where_nothing_is_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *given, **options: read.append(given))
    async with ProtocolServer(json_answer({"data": []})) as server:
        await fetch(server.url)
    assert read == []
    with pytest.raises(ModelAPIError):
        await fetch("https://models.invalid")
    assert read, "an encrypted connection trusts the usual certificates"


async def test_one_client_serves_every_route(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cached_async_http_client()
    async with ProtocolServer(json_answer({})) as here, ProtocolServer(json_answer({})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        await fetch(here.url)
        await fetch(ELSEWHERE)
        assert cached_async_http_client() is first
        await release_client()
        assert first.is_closed


def test_a_second_event_loop_is_served_like_the_first() -> None:
    async def ask() -> Any:
        async with ProtocolServer(json_answer({"data": []})) as server:
            found = await fetch(server.url)
        await release_client()
        return found

    assert [asyncio.run(ask()), asyncio.run(ask())] == [{"data": []}] * 2
