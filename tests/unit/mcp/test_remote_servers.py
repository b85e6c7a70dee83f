"""A remote server that cannot be used must say why in one line, without a secret; one that can must just work."""

import asyncio
import gzip
from collections.abc import Callable

import pytest

from tests.support.mcp_servers import ScriptedClock, running, state
from tests.support.played_http import PlayedHttp, Request, Response, handshake, played_http, result
from tui.mcp.config import ServerConfig
from tui.mcp.values import McpError

SECRET = "sk-live-very-secret-token"


def remote(server: PlayedHttp, **more: str) -> ServerConfig:
    return ServerConfig(
        "remote", url=server.url + "?key=" + SECRET, headers={"Authorization": f"Bearer {SECRET}", **more}
    )


async def test_it_works_with_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # not for what is on this machine
    async with played_http() as server, running([remote(server, **{"X-Town": "Graz"})]) as servers:
        (status,) = await servers.ready()
        assert (status.state, status.problem, status.version) == ("ready", "", "remote 2")
        assert (await servers.call("remote", "echo", {"a": 1})).text == '{"a": 1}'
        assert await servers.ping("remote") >= 0
        await servers.aclose()
        assert {request.headers["x-town"] for request in server.requests} == {"Graz"}
        assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {SECRET}"}
        assert (server.requests[-1].method, server.requests[-1].headers["mcp-session-id"]) == ("DELETE", "s1")


def gzipped(request: Request) -> Response:
    return Response(200, gzip.compress(b"0" * 100_000), headers={"content-encoding": "gzip"})


def redirect(request: Request) -> Response:
    return Response(307, headers={"location": f"http://127.0.0.2:1/other?key={SECRET}"})


def huge(request: Request) -> Response:
    return Response(200, b" " * (17 << 20))


def values(request: Request) -> Response:
    body = b'{"jsonrpc": "2.0", "id": 1, "result": {"a": [' + b"[]," * 200_000 + b"[]]}}"
    return Response(200, b"event: message\ndata: " + body + b"\n\n", "text/event-stream")


@pytest.mark.parametrize(
    ("answer", "problem", "state_"),
    [
        (lambda _: Response(401), "remote (HOST) wants a sign-in (401).", "failed"),
        (lambda _: Response(403), "remote (HOST) does not let us in (403).", "failed"),
        (lambda _: Response(404), "remote (HOST) has no MCP server at that address (404).", "failed"),
        (
            lambda _: Response.json({"detail": SECRET}, 404),
            "remote (HOST) has no MCP server at that address (404).",
            "failed",
        ),
        (lambda _: Response(429), "remote (HOST) has had too many requests (429).", "waiting"),
        (lambda _: Response(502, b"<h1>bad gateway", "text/html"), "remote (HOST) failed (502).", "waiting"),
        (
            lambda _: Response(200, b"<h1>Hello", "text/html; charset=utf-8"),
            "remote (HOST) answered with a web page that is not MCP.",
            "failed",
        ),
        (lambda _: Response(200, b"{no json"), "remote refused the handshake: Failed to parse JSON response", "failed"),
        (gzipped, "remote (HOST) packs its answers, though it was asked not to.", "failed"),
        (redirect, "remote (HOST) sends us to another address: http://127.0.0.2:1/other", "failed"),
        (values, "remote sent a message of more than 16 MB or 100,000 values, and was stopped.", "failed"),
        (huge, "remote sent a message of more than 16 MB or 100,000 values, and was stopped.", "failed"),
    ],
)
async def test_one_that_cannot_be_used(answer: Callable[[Request], Response], problem: str, state_: str) -> None:
    async with played_http(answer) as server, running([remote(server)]) as servers:
        (status,) = await servers.ready()
        host = server.url.removeprefix("http://").removesuffix("/mcp")
        assert status.problem.startswith(problem.replace("HOST", host))
        assert status.state == state_
        assert SECRET not in repr(status)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (ServerConfig("remote", url="http://127.0.0.1:1/mcp"), "remote (127.0.0.1:1) takes no connections."),
        (ServerConfig("remote", url="ftp://127.0.0.1/mcp"), "remote has an address that is none."),
        (ServerConfig("remote", url="http://[bad"), "remote has an address that is none."),
        (
            ServerConfig("remote", url="http://127.0.0.1:1/", headers={"X": "a\nb"}),
            "remote: the header X cannot be sent.",
        ),
        (
            ServerConfig("remote", url="http://127.0.0.1:1/", headers={"X": "ä\u2603"}),
            "remote: the header X cannot be sent.",
        ),
    ],
)
async def test_addresses_and_headers_that_do_not_work(config: ServerConfig, problem: str) -> None:
    async with running([config]) as servers:
        (status,) = await servers.ready()
        assert status.problem == problem


async def test_something_that_is_not_tls() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    config = ServerConfig("remote", url=f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp")
    async with server, running([config]) as servers:
        (status,) = await servers.ready()
        assert status.problem.startswith("No secure connection to remote (127.0.0.1:")


async def test_one_that_forgets_us_is_asked_anew() -> None:
    clock = ScriptedClock()
    async with played_http() as server, running([remote(server)], clock=clock) as servers:
        await servers.ready()
        server.answer = lambda request: Response(404)
        with pytest.raises(McpError, match="has forgotten us"):
            await servers.call("remote", "echo", {})
        server.answer = handshake
        await state(servers, "waiting", name="remote")
        clock.advance(1)
        await state(servers, "ready", name="remote")
        assert (await servers.call("remote", "echo", {})).text == "{}"


@pytest.mark.parametrize("in_events", [False, True])
@pytest.mark.parametrize("sent", [rb"cut \ud83d", b"cut \xf0\x9f"])
async def test_text_that_was_cut_in_a_letter_arrives_all_the_same(sent: bytes, in_events: bool) -> None:
    async with played_http() as server, running([remote(server)]) as servers:
        await servers.ready()

        def cut(request: Request) -> Response:
            whole = result(request, {"content": [{"type": "text", "text": "WORDS"}]}).body.replace(b"WORDS", sent)
            return (
                Response(200, b"data: " + whole + b"\n\n", "text/event-stream") if in_events else Response(200, whole)
            )

        server.answer = cut
        assert (await servers.call("remote", "echo", {})).text == "cut \ufffd"


async def test_an_answer_that_cannot_be_read_is_told() -> None:
    async with played_http() as server, running([remote(server)]) as servers:
        await servers.ready()
        server.answer = lambda request: Response(200, b"{no json")
        with pytest.raises(McpError, match=r"^remote answered in a form that MCP does not know\.$"):
            await servers.call("remote", "echo", {})


async def test_one_that_goes_away_in_a_call() -> None:
    clock = ScriptedClock()
    async with played_http() as server, running([remote(server)], clock=clock) as servers:
        await servers.ready()

        async def hang_up(request: Request) -> Response:
            raise ConnectionResetError

        server.answer = hang_up
        with pytest.raises(McpError) as caught:
            await servers.call("remote", "echo", {})
        assert "answered with something that is not HTTP, or hung up" in caught.value.message
        assert SECRET not in caught.value.sentence
        await state(servers, "waiting", name="remote")


async def test_a_stream_that_breaks_off_costs_the_call_only() -> None:
    def broken(request: Request) -> Response:
        if request.method == "POST" and request.message["method"] == "tools/call":
            note = b'event: message\ndata: {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}\n\n'
            return Response(200, note, "text/event-stream")
        return handshake(request)

    async with played_http(broken) as server, running([remote(server)]) as servers:
        with pytest.raises(McpError, match="broke off before it had answered"):
            await servers.call("remote", "echo", {})
        assert servers.status("remote").state == "ready"


@pytest.mark.parametrize("method", ["initialize", "tools/list", "DELETE"])
async def test_one_that_says_nothing(method: str) -> None:
    asked, clock = asyncio.Event(), ScriptedClock()

    async def silent(request: Request) -> Response:
        if method in (request.method, request.body and request.message.get("method")):
            asked.set()
            await asyncio.Event().wait()
        return handshake(request)

    async with played_http(silent) as server, running([remote(server)], clock=clock) as servers:
        servers.start()
        if method == "DELETE":  # the farewell
            await state(servers, "ready", name="remote")
            await servers.aclose()
            assert asked.is_set()
            return
        await asked.wait()
        clock.advance(31)
        await state(servers, "waiting", name="remote")
        assert servers.status("remote").problem.startswith("remote did not ")


async def test_more_tools_than_anybody_reads() -> None:
    def many(request: Request) -> Response:
        if request.method == "POST" and request.message["method"] == "tools/list":
            return result(
                request, {"tools": [{"name": f"t{n}", "inputSchema": {"type": "object"}} for n in range(5_000)]}
            )
        return handshake(request)

    async with played_http(many) as server, running([remote(server)]) as servers:
        (status,) = await servers.ready()
        assert (status.tools, status.problem) == (1000, "remote: it lists more than 1,000 tools; the rest is left out.")


async def test_what_stands_in_its_address_is_not_repeated() -> None:
    def repeats(request: Request) -> Response:
        error = {"code": 1, "message": f"who is {SECRET}, and what is other-secret-word?"}
        return Response.json({"jsonrpc": "2.0", "id": request.message["id"], "error": error})

    async with played_http(repeats) as server:
        url = server.url.replace("//", f"//me:{SECRET}@") + "?a=1&key=other-secret-word"
        async with running([ServerConfig("remote", url=url)]) as servers:
            (status,) = await servers.ready()
            assert status.problem == "remote refused the handshake: who is …, and what is …?"
