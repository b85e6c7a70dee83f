"""One page for a prompt: bounded, without keys, and never led into the network from outside."""

import asyncio
import gzip
from collections.abc import Callable

import httpx
import pytest

from tests.support.protocol_server import Answer, ProtocolServer
from tests.support.recordings import Bytes
from tui.agent.exceptions import ModelAPIError
from tui.agent.fetch import Fetched, fetch

Respond = Callable[[httpx.Request], httpx.Response]


async def fetched(url: str, respond: Respond, *, limit_bytes: int = 10_000) -> Fetched:
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), trust_env=False) as client:
        return await fetch(url, limit_bytes=limit_bytes, client=client)


async def refusal(url: str, respond: Respond, *, limit_bytes: int = 10_000) -> ModelAPIError:
    with pytest.raises(ModelAPIError) as caught:
        await fetched(url, respond, limit_bytes=limit_bytes)
    return caught.value


def page(body: bytes = b"<p>Hi", **headers: str) -> Respond:
    headers = {"content-type": "text/html; charset=ISO-8859-1"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return lambda request: httpx.Response(200, headers=headers, stream=Bytes(body, 7 if len(body) < 1000 else 65_536))


async def test_a_page_comes_with_its_type_and_charset_and_no_key_goes_out() -> None:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return page()(request)

    found = await fetched("example.test/a?b=c", respond)
    assert found == Fetched("https://example.test/a?b=c", "text/html", "iso-8859-1", b"<p>Hi")
    assert not {"authorization", "cookie", "x-api-key"} & set(seen[0].headers)


async def test_a_compressed_page_is_unpacked_and_a_bomb_is_stopped() -> None:
    found = await fetched("https://x.test", page(gzip.compress(b"words " * 100), content_encoding="gzip"))
    assert found.data == b"words " * 100
    error = await refusal("https://x.test", page(gzip.compress(bytes(50_000_000)), content_encoding="gzip"))
    assert error.kind == "limit" and error.message.startswith("x.test sent more than")
    error = await refusal("https://x.test", page(b"junk", content_encoding="gzip"))
    assert error.message == "x.test sent bytes that cannot be unpacked."


async def test_an_endless_page_is_stopped() -> None:
    error = await refusal("https://x.test", page(bytes(3_000_000)), limit_bytes=2_000_000)
    assert error.message == "x.test sent more than 2 MB and was stopped."


async def test_redirects_are_followed_a_few_times() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path[1:])
        return httpx.Response(302, headers={"location": f"/{number + 1}"}) if number < 5 else page()(request)

    assert (await fetched("https://x.test/0", respond)).url == "https://x.test/5"
    forever = await refusal("https://x.test/0", lambda request: httpx.Response(301, headers={"location": "/0"}))
    assert forever.message == "x.test redirects in circles."


async def test_a_redirect_to_what_is_no_address_is_said() -> None:
    answer = httpx.Response(302, headers={"location": "http://["})
    assert "no web address" in (await refusal("https://x.test/", lambda request: answer)).message


async def test_a_redirect_to_what_no_host_is_called_is_like_one_that_is_not_found() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.host == "x.test":
            return httpx.Response(302, headers={"location": "http://a..b/"})
        raise httpx.ConnectError("no such host")

    assert (await refusal("https://x.test/", respond)).kind == "network"


@pytest.mark.parametrize(
    "inside",
    ["http://127.0.0.1:8080/", "http://localhost/", "http://169.254.169.254/", "http://10.0.0.1/", "http://[::1]/"],
)
async def test_a_page_out_there_does_not_lead_into_the_network(inside: str) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "x.test"
        return httpx.Response(302, headers={"location": inside})

    assert "an address inside your network" in (await refusal("https://x.test", respond)).message
    assert (await fetched(inside, page())).data == b"<p>Hi"  # who names it means it


@pytest.mark.parametrize(
    "url", ["", "ftp://x.test/a", "file:///etc/passwd", "https://", "two words", "https://x.test/a b", "http://[::1"]
)
async def test_what_is_no_web_address_is_not_asked(url: str) -> None:
    error = await refusal(url, lambda request: pytest.fail("asked"))
    assert "no web address" in error.message and error.hint


@pytest.mark.parametrize("url", ["https://me:s3cret@x.test/a", "https://x.test"])
async def test_no_password_is_sent_nor_shown(url: str) -> None:
    error = await refusal(url, lambda request: httpx.Response(302, headers={"location": "https://me:s3cret@y.test/"}))
    assert error.message == "An address with a password in it is not fetched."


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "has no such page (404)"), (403, "does not let programs in (403)"), (500, "answered with an error (500)")],
)
async def test_a_refusal_is_told_in_words(status: int, words: str) -> None:
    error = await refusal("https://x.test", lambda request: httpx.Response(status, text="<h1>oh</h1>"))
    assert error.message == f"x.test {words}."


async def test_a_server_that_is_not_there_and_one_that_says_nothing_are_told_apart() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert (await refusal("https://x.test", refuse)).kind == "network"

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang), trust_env=False) as client:
        with pytest.raises(ModelAPIError, match="took longer than"):
            await fetch("https://x.test", limit_bytes=9, timeout_s=0.01, client=client)


async def test_a_page_leaves_no_cookie_for_the_next_request() -> None:
    page = Answer([b"words"], content_type="text/plain", headers={"set-cookie": "a=b; Path=/"})
    async with ProtocolServer(page) as server:
        for _ in range(2):
            await fetch(server.url, limit_bytes=1_000)
        assert [seen.headers.get("cookie") for seen in server.requests] == [None, None]
