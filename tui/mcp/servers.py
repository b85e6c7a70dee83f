"""All configured MCP servers: started on first use and side by side, asked by name. Knows nothing of the SDK."""

import asyncio
import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tui.mcp.clock import Clock, ServerTimeouts, SystemClock
from tui.mcp.config import ServerConfig
from tui.mcp.hooks import Hooks
from tui.mcp.problems import named
from tui.mcp.resolving import FindKey
from tui.mcp.tokens import TokenStore
from tui.mcp.values import McpError, McpProgress, McpPrompt, McpResource, McpResult, McpTool, ServerStatus
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.mcp.server import Server


class McpServers:
    """The servers of one run of the program. It belongs to one event loop; nothing here blocks it.

    Args:
        configs: how they are configured, with references in the place of secrets.
        hooks: who answers what a server asks.
        tokens: where sign-ins are kept; without it there are none.
        find_key: what finds the stored keys that configurations refer to.
    """

    def __init__(
        self,
        configs: Iterable[ServerConfig],
        hooks: Hooks,
        tokens: TokenStore | None = None,
        clock: Clock | None = None,
        timeouts: ServerTimeouts | None = None,
        find_key: FindKey | None = None,
    ) -> None:
        self._hooks = hooks
        self._find_key = find_key
        self._tokens = tokens
        self._clock = clock or SystemClock()
        self._timeouts = timeouts or ServerTimeouts()
        self._loading: asyncio.Future[None] | None = None
        self._listeners: list[Callable[[str], None]] = []
        self._servers = {config.name: self._server(config) for config in configs}

    def listen(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call back with a server's name after each change of its state or lists; returns what ends that."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    @property
    def statuses(self) -> tuple[ServerStatus, ...]:
        """How each is, in the order of the configuration."""
        return tuple(server.status for server in self._servers.values())

    def status(self, name: str) -> ServerStatus:
        """How one is; `off` for one that is not configured."""
        server = self._servers.get(name)
        return ServerStatus(name) if server is None else server.status

    def start(self, names: Iterable[str] | None = None) -> None:
        """Start servers (all that are enabled, if none is named) and return at once; one that runs is left alone.

        One that waits for its next start is started now, one that was given up is tried again.
        """
        for server in self._named(names):
            server.start()

    async def ready(self, names: Iterable[str] | None = None, timeout_s: float = 30.0) -> tuple[ServerStatus, ...]:
        """Start servers, and wait until each is ready or is not for now; no longer than `timeout_s`. Raises nothing."""
        servers = self._named(names)
        for server in servers:
            server.start()
        waiting = [asyncio.ensure_future(server.settled()) for server in servers]
        if waiting:
            try:
                await asyncio.wait(waiting, timeout=timeout_s)
            finally:
                for one in waiting:
                    one.cancel()
        return tuple(server.status for server in servers)

    def tools(self, name: str) -> tuple[McpTool, ...]:
        """What a server offers now, or offered when it last ran; nothing if it was not started yet."""
        server = self._servers.get(name)
        return () if server is None else server.tools

    def resources(self, name: str) -> tuple[McpResource, ...]:
        """Its resources, then templates of them; like `tools` where it does not run."""
        server = self._servers.get(name)
        return () if server is None else server.resources

    def prompts(self, name: str) -> tuple[McpPrompt, ...]:
        """The prompts that a server offers; like `tools` where it does not run."""
        server = self._servers.get(name)
        return () if server is None else server.prompts

    async def call(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any],
        on_progress: Callable[[McpProgress], None] | None = None,
    ) -> McpResult:
        """Call a tool. The server is started if it has to be. Cancelling this tells the server.

        Raises:
            McpError: it is not there, says no to the call itself, ended in it, or takes longer than its time-out.
        """
        return await self._one(server).call(tool, arguments, on_progress)

    async def read(self, server: str, uri: str) -> McpResult:
        """Read a resource; errors as `call`."""
        return await self._one(server).use(lambda session, _: session.read(uri), clean_line(uri, 60))

    async def prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> McpResult:
        """Get a prompt's messages, each with its role; errors as `call`."""
        return await self._one(server).use(lambda session, _: session.prompt(name, arguments), clean_line(name, 60))

    async def complete(
        self,
        server: str,
        prompt: str,
        argument: str,
        start: str,
        given: Mapping[str, str] | None = None,
        *,
        is_template: bool = False,
    ) -> tuple[str, ...]:
        """Values that an argument could have; none where the server has no idea. Errors as `call`.

        Args:
            server: whom to ask.
            prompt: the name of a prompt; with `is_template`, the URI template of a resource.
            argument: its name.
            start: what stands there so far.
            given: the other arguments.
            is_template: `prompt` is a URI template.
        """
        return await self._one(server).use(
            lambda session, _: session.complete(prompt, argument, start, given or {}, is_template=is_template),
            f"a completion of {clean_line(argument, 40)}",
        )

    async def ping(self, server: str) -> float:
        """How long a server takes to answer, in seconds; errors as `call`."""
        asked = self._one(server)
        await asked.use(lambda session, _: session.ping(), "a ping")  # so that its start is not counted
        at = self._clock.now()
        await asked.use(lambda session, _: session.ping(), "a ping")
        return self._clock.now() - at

    async def stop(self, name: str) -> None:
        """End one server; a call starts it again."""
        if (server := self._servers.get(name)) is not None:
            await server.stop()

    async def aclose(self) -> None:
        """End all, and wait until they are gone: as long as the slowest takes, at most a few seconds."""
        await asyncio.gather(*(server.stop() for server in self._servers.values()))

    def _server(self, config: ServerConfig) -> "Server":
        from tui.mcp.server import Server

        return Server(
            config, self._hooks, self._tokens, self._clock, self._timeouts, self._tell, self._load, self._find_key
        )

    async def _load(self) -> None:
        """Load the SDK in a thread, once for all servers: it takes a second or two, and would hold up the screen."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(asyncio.to_thread(_import_connection))
        await asyncio.shield(self._loading)

    def _tell(self, name: str) -> None:
        for callback in [*self._listeners]:
            callback(name)

    def _named(self, names: Iterable[str] | None) -> "list[Server]":
        if names is None:
            return [server for server in self._servers.values() if server.config.enabled]
        return [self._servers[name] for name in dict.fromkeys(names) if name in self._servers]

    def _one(self, name: str) -> "Server":
        if name not in self._servers:
            raise McpError(f"There is no server {named(name)}.", "Add it with: chinwag mcp add")
        return self._servers[name]


def _import_connection() -> None:
    importlib.import_module("tui.mcp.connection")
