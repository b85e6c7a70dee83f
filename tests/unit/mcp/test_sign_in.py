"""Signing in to a remote server: by the person's browser, once, over addresses that are safe; tokens stay secret."""

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.mcp_servers import QUICK, ScriptedClock, ScriptedHooks, state
from tests.support.played_http import PlayedHttp, Request, Response, handshake, played_http
from tui.errors import ConfigError
from tui.mcp.config import ServerConfig
from tui.mcp.servers import McpServers
from tui.mcp.values import McpError


@dataclass
class Tokens:
    kept: dict[str, str] = field(default_factory=dict)

    async def get(self, server: str) -> str | None:
        return self.kept.get(server)

    async def set(self, server: str, value: str) -> None:
        self.kept[server] = value


@dataclass
class Town:
    """A server and its own authorization server, which takes the tokens in `valid`."""

    valid: set[str] = field(default_factory=set)
    given: list[dict[str, str]] = field(default_factory=list)
    registered: int = 0
    metadata_at: str = ""
    lifetime_s: int = 3600

    def answer(self, request: Request) -> Response:
        origin = f"http://{request.headers['host']}"
        match request.path:
            case "/mcp":
                if request.headers.get("authorization", "").removeprefix("Bearer ") in self.valid:
                    return handshake(request)
                where = self.metadata_at or f"{origin}/.well-known/oauth-protected-resource"
                return Response(401, headers={"www-authenticate": f'Bearer resource_metadata="{where}"'})
            case "/.well-known/oauth-protected-resource":
                return Response.json({"resource": f"{origin}/mcp", "authorization_servers": [origin]})
            case "/.well-known/oauth-authorization-server":
                paths = {"authorization_endpoint": "/go", "token_endpoint": "/give", "registration_endpoint": "/join"}
                facts = {name: origin + path for name, path in paths.items()}
                return Response.json({"issuer": origin, "code_challenge_methods_supported": ["S256"], **facts})
            case "/join":
                self.registered += 1
                return Response.json({**request.message, "client_id": "chinwag-1"}, 201)
            case "/give":
                self.given.append(request.form)
                token = f"secret-token-{len(self.given)}"
                self.valid = {token}
                facts = {"access_token": token, "token_type": "Bearer", "refresh_token": "secret-refresh"}
                return Response.json({**facts, "expires_in": self.lifetime_s})
            case _:
                return Response(404)


@dataclass
class Browser(ScriptedHooks):
    """Signs the person in as soon as an address is shown, if it may."""

    how: str = "code=abc"
    shown: asyncio.Event = field(default_factory=asyncio.Event)

    async def authorize(self, server: str, url: str) -> None:
        await super().authorize(server, url)
        self.shown.set()
        if not self.how:
            return
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        for fields in ("code=stolen&state=guessed", f"{self.how}&state={asked['state']}"):
            await visit(f"{asked['redirect_uri']}?{fields}")


async def visit(url: str) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    page = await reader.read()
    writer.close()
    await writer.wait_closed()
    return page


def remote(server: PlayedHttp) -> ServerConfig:
    return ServerConfig("remote", url=server.url)


def servers_for(server: PlayedHttp, hooks: ScriptedHooks, tokens: Tokens, clock: ScriptedClock) -> McpServers:
    return McpServers([remote(server)], hooks, tokens, clock=clock, timeouts=QUICK)


async def test_the_person_signs_in_once_and_tokens_are_renewed_after_a_restart() -> None:
    town, tokens, browser = Town(), Tokens(), Browser()
    async with played_http(town.answer) as server:
        for start in ("first", "kept", "renewed"):
            servers = servers_for(server, browser, tokens, ScriptedClock())
            (status,) = await servers.ready()
            assert (status.state, status.problem) == ("ready", ""), start
            assert "secret" not in repr(status)
            await servers.aclose()
            if start == "kept":
                kept = json.loads(tokens.kept["remote"])
                tokens.kept["remote"] = json.dumps({**kept, "expires_at": 1.0})
    assert (len(browser.addresses), town.registered) == (1, 1)
    assert browser.addresses[0].startswith(server.url.removesuffix("/mcp") + "/go?")
    first, renewed = town.given
    assert (first["grant_type"], first["code"]) == ("authorization_code", "abc")  # not what was stolen
    assert (renewed["grant_type"], renewed["refresh_token"]) == ("refresh_token", "secret-refresh")


async def test_nobody_signs_in() -> None:
    clock, browser = ScriptedClock(), Browser(how="")
    async with played_http(Town().answer) as server:
        servers = servers_for(server, browser, Tokens(), clock)
        servers.start()
        await browser.shown.wait()
        clock.advance(100)  # the time-out of a start stands still
        assert servers.status("remote").state == "starting"
        asked = parse_qs(urlsplit(browser.addresses[0]).query)
        assert b"404" in await visit(f"{asked['redirect_uri'][0]}?code=x&state=guessed")
        clock.advance(300)
        await state(servers, "failed", name="remote")
        assert servers.status("remote").problem == "Nobody signed in to remote within 5 minutes."
        with pytest.raises(OSError):  # the page is closed
            await visit(asked["redirect_uri"][0])
        await servers.aclose()


@pytest.mark.parametrize(
    ("town", "how", "problem"),
    [
        (Town(), "error=access_denied", "Signing in to remote was refused there."),
        (
            Town(metadata_at="http://192.168.0.1/internal"),
            "code=abc",
            "wants a sign-in at an address that is not safe: http://192.168.0.1",
        ),
    ],
)
async def test_a_sign_in_that_fails_says_so(town: Town, how: str, problem: str) -> None:
    async with played_http(town.answer) as server:
        servers = servers_for(server, Browser(how=how), Tokens(), ScriptedClock())
        (status,) = await servers.ready()
        assert (status.state, problem in status.problem) == ("failed", True), status
        await servers.aclose()


async def test_where_nobody_can_sign_in_the_hook_says_so() -> None:
    class Elsewhere(ScriptedHooks):
        async def authorize(self, server: str, url: str) -> None:
            raise McpError("remote wants a sign-in.", "Run: chinwag mcp login remote")

    async with played_http(Town().answer) as server:
        servers = servers_for(server, Elsewhere(), Tokens(), ScriptedClock())
        (status,) = await servers.ready()
        assert (status.state, status.problem) == ("failed", "remote wants a sign-in.")
        assert status.hint == "Run: chinwag mcp login remote"
        await servers.aclose()


async def test_tokens_that_cannot_be_kept() -> None:
    class Broken(Tokens):
        async def set(self, server: str, value: str) -> None:
            raise ConfigError("The disk is full.")

    async with played_http(Town().answer) as server:
        servers = servers_for(server, Browser(), Broken(), ScriptedClock())
        (status,) = await servers.ready()
        assert (status.state, status.problem) == ("failed", "The disk is full.")
        await servers.aclose()


async def test_one_that_only_says_401_is_not_signed_in_to() -> None:
    async with played_http(lambda request: Response(401 if request.path == "/mcp" else 404)) as server:
        servers = servers_for(server, Browser(), Tokens({"remote": "{broken"}), ScriptedClock())
        (status,) = await servers.ready()
        assert "wants a sign-in, and does not take programs that it does not know." in status.problem
        await servers.aclose()
