"""Signing in to a remote server by OAuth: the SDK's flow, tokens kept by a `TokenStore`, and a page on loopback.

The person visits an address that a hook shows; their browser comes back to `http://127.0.0.1:PORT/callback`, which is
open only while the sign-in is waited for. What comes there counts only with the state that the SDK made up.
"""

import asyncio
import json
import socket
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.auth.oauth2 import OAuthContext
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    OAuthToken,
)
from pydantic import AnyUrl, BaseModel, ValidationError

from tui.mcp.clock import Clock, Deadline, Deadlines
from tui.mcp.config import ServerConfig
from tui.mcp.hooks import Hooks
from tui.mcp.problems import ServerError, named
from tui.mcp.tokens import TokenStore

_PATH = "/callback"
_MOST_REQUEST_BYTES = 16 << 10
_Kept = TypeVar("_Kept", bound=BaseModel)
_PAGE = "<!doctype html><meta charset=utf-8><title>Chinwag</title><p>{}</p>"


async def sign_in(
    config: ServerConfig, hooks: Hooks, tokens: TokenStore, deadlines: Deadlines, timeout_s: float, clock: Clock
) -> OAuthClientProvider:
    """What authenticates requests to a server, and signs the person in when it asks for that."""
    storage = _Storage(config.name, tokens)
    await storage.load()
    browser = _Browser(config.name, storage.port or _free_port(), hooks, deadlines, timeout_s, clock)
    metadata = OAuthClientMetadata(
        redirect_uris=[AnyUrl(f"http://127.0.0.1:{browser.port}{_PATH}")],
        client_name="Chinwag",
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="none",
    )
    provider = OAuthClientProvider(config.url, metadata, storage, browser.show, browser.wait)
    storage.context = provider.context
    return provider


class _Storage(TokenStorage):
    """What the SDK wants kept, as one JSON text; besides, where and when to renew a token after a restart.

    Attributes:
        context: of the provider, which knows these two, and does not ask for them.
    """

    def __init__(self, server: str, tokens: TokenStore) -> None:
        self._server = server
        self._tokens = tokens
        self._kept: dict[str, Any] = {}
        self.context: OAuthContext | None = None

    async def load(self) -> None:
        """Read what was kept; what cannot be read is as if it were not there."""
        with suppress(ValueError):
            kept = json.loads(await self._tokens.get(self._server) or "{}")
            self._kept = kept if isinstance(kept, dict) else {}

    @property
    def port(self) -> int | None:
        """The port that we were registered with."""
        client = self._read("client", OAuthClientInformationFull)
        return client.redirect_uris[0].port if client is not None and client.redirect_uris else None

    async def get_tokens(self) -> OAuthToken | None:
        tokens = self._read("tokens", OAuthToken)
        if tokens is not None and self.context is not None:
            expires_at = self._kept.get("expires_at")
            self.context.token_expiry_time = expires_at if isinstance(expires_at, int | float) else None
            self.context.oauth_metadata = self._read("metadata", OAuthMetadata)
        return tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._kept["tokens"] = tokens.model_dump(mode="json", exclude_none=True)
        if self.context is not None:
            self._kept["expires_at"] = self.context.token_expiry_time
            if self.context.oauth_metadata is not None:
                self._kept["metadata"] = self.context.oauth_metadata.model_dump(mode="json", exclude_none=True)
        await self._save()

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._read("client", OAuthClientInformationFull)

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._kept["client"] = client_info.model_dump(mode="json", exclude_none=True)
        await self._save()

    async def _save(self) -> None:
        await self._tokens.set(self._server, json.dumps(self._kept))

    def _read(self, key: str, kind: type[_Kept]) -> _Kept | None:
        try:
            return kind.model_validate(self._kept[key])
        except (KeyError, ValidationError):
            return None


class _Browser:
    """Where the person's browser comes back to.

    Attributes:
        port: on 127.0.0.1.
    """

    def __init__(
        self, server: str, port: int, hooks: Hooks, deadlines: Deadlines, timeout_s: float, clock: Clock
    ) -> None:
        self._server = server
        self._hooks = hooks
        self._deadlines = deadlines
        self._timeout_s = timeout_s
        self._clock = clock
        self._state = ""
        self._page: asyncio.Server | None = None
        self._answer: asyncio.Future[dict[str, str]] | None = None
        self.port = port

    async def show(self, url: str) -> None:
        """Open the page, then let the person know where to go."""
        self._answer = asyncio.get_running_loop().create_future()
        self._state = parse_qs(urlsplit(url).query).get("state", [""])[0]
        try:
            self._page = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=_MOST_REQUEST_BYTES)
        except OSError as error:
            raise ServerError(
                f"Signing in to {named(self._server)} needs port {self.port}, which is taken.",
                "Is another Chinwag signing in?",
            ) from error
        try:
            await self._hooks.authorize(self._server, url)
        except BaseException:  # nobody will come back to it
            self._page.close()
            raise

    async def wait(self) -> AuthorizationCodeResult:
        """Wait until the person has signed in.

        Raises:
            ServerError: they did not, or were refused.
        """
        assert self._page is not None and self._answer is not None
        try:
            with self._deadlines.person():
                async with Deadline(self._clock, self._timeout_s):
                    answer = await self._answer
        except TimeoutError:
            raise ServerError(
                f"Nobody signed in to {named(self._server)} within {self._timeout_s / 60:.0f} minutes.",
                "Start it again to get a new address.",
                lasting=True,
            ) from None
        finally:
            self._page.close()
        if "code" not in answer:
            raise ServerError(f"Signing in to {named(self._server)} was refused there.", lasting=True)
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status, words = "404 Not Found", "There is nothing here."
        with suppress(ValueError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            request = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = request.partition(b"\r\n")[0].decode("ascii").split(" ")
            parts = urlsplit(target)
            fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if method == "GET" and parts.path == _PATH and fields.get("state") == self._state:
                status, words = "200 OK", "You can close this page and go back to Chinwag."
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(fields)
        body = _PAGE.format(words).encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with suppress(ConnectionError):
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
