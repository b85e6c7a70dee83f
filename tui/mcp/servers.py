"""All configured MCP servers: started on first use and in parallel, asked by name. Knows nothing of the SDK."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from tui.mcp.config import ServerConfig
from tui.mcp.hooks import Hooks
from tui.mcp.values import McpProgress, McpPrompt, McpResource, McpResult, McpTool, ServerStatus


class TokenStore(Protocol):
    """Keeps the tokens of remote servers, as keys are kept. A value is JSON that nobody else reads."""

    async def get(self, server: str) -> str | None:
        """What was kept for a server."""
        ...

    async def set(self, server: str, value: str) -> None:
        """Keep it; an empty value forgets."""
        ...


class McpServers:
    """The servers of one program run."""

    def __init__(
        self,
        configs: Iterable[ServerConfig],
        hooks: Hooks,
        tokens: TokenStore | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configs = {config.name: config for config in configs}
        self._hooks = hooks

    def listen(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call back with a server's name after each change of its state or lists; returns what ends that."""
        raise NotImplementedError

    @property
    def statuses(self) -> tuple[ServerStatus, ...]:
        """How each is, in the order of the configuration."""
        raise NotImplementedError

    def start(self, names: Iterable[str] | None = None) -> None:
        """Start servers (all that are enabled, if none is named) and return at once; one that runs is left alone."""
        raise NotImplementedError

    async def ready(self, names: Iterable[str] | None = None, timeout_s: float = 30.0) -> tuple[ServerStatus, ...]:
        """Start them, and wait until each is ready, or is not for now; at most `timeout_s`. Raises nothing."""
        raise NotImplementedError

    def tools(self, name: str) -> tuple[McpTool, ...]:
        """What a server offers now; nothing if it was not started yet."""
        raise NotImplementedError

    def resources(self, name: str) -> tuple[McpResource, ...]:
        """Resources and templates."""
        raise NotImplementedError

    def prompts(self, name: str) -> tuple[McpPrompt, ...]:
        """Prompts."""
        raise NotImplementedError

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
        raise NotImplementedError

    async def read(self, server: str, uri: str) -> McpResult:
        """Read a resource."""
        raise NotImplementedError

    async def prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> McpResult:
        """Get a prompt's messages; each content has its role."""
        raise NotImplementedError

    async def complete(
        self, server: str, prompt_or_template: str, argument: str, start: str, given: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Values that an argument of a prompt or of a template could have; none where the server has no idea."""
        raise NotImplementedError

    async def ping(self, server: str) -> float:
        """How long a running server takes to answer, in seconds."""
        raise NotImplementedError

    async def replace(self, configs: Iterable[ServerConfig]) -> None:
        """Take a new configuration: what changed is ended, and started anew if it ran; what is gone is ended."""
        raise NotImplementedError

    async def stop(self, name: str) -> None:
        """End one server."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """End all, and wait until they are gone: at most a few seconds."""
        raise NotImplementedError
