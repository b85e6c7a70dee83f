"""MCP servers that follow a script: no program is started, nothing is asked over the network."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.mcp.hooks import NoHooks
from tui.mcp.servers import McpServers
from tui.mcp.values import (
    McpContent,
    McpError,
    McpProgress,
    McpPrompt,
    McpResource,
    McpResult,
    McpTool,
    ServerState,
    ServerStatus,
)


@dataclass
class PlayedServer:
    """One of them.

    Attributes:
        answers: what a tool, a resource or a prompt gives, by its name or address.
    """

    name: str
    tools: tuple[McpTool, ...] = ()
    resources: tuple[McpResource, ...] = ()
    prompts: tuple[McpPrompt, ...] = ()
    answers: Mapping[str, McpResult] = field(default_factory=dict)
    state: ServerState = "off"
    becomes: ServerState = "ready"
    problem: str = ""
    retry_at: float | None = None


class PlayedServers(McpServers):
    """Become what their script says as soon as they are started.

    Attributes:
        asked: what was asked of them: kind, server, name or address, and the arguments.
        started: names, in the order in which they were started.
    """

    def __init__(self, *servers: PlayedServer) -> None:
        super().__init__((), NoHooks())
        self.played = {server.name: server for server in servers}
        self.asked: list[tuple[str, str, str, Mapping[str, Any]]] = []
        self.started: list[str] = []
        self._callbacks: list[Callable[[str], None]] = []

    def listen(self, callback: Callable[[str], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def tell(self, name: str) -> None:
        """Say that a server has changed."""
        for callback in tuple(self._callbacks):
            callback(name)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._callbacks)

    @property
    def statuses(self) -> tuple[ServerStatus, ...]:
        return tuple(
            ServerStatus(one.name, one.state, one.problem, "", *self._counts(one.name), retry_at=one.retry_at)
            for one in self.played.values()
        )

    def _counts(self, name: str) -> tuple[int, int, int]:
        return len(self.tools(name)), len(self.resources(name)), len(self.prompts(name))

    def start(self, names: Iterable[str] | None = None) -> None:
        for name in self.played if names is None else names:
            server = self.played[name]
            if server.state == "off":
                server.state = server.becomes
                self.started.append(name)
                self.tell(name)

    async def ready(self, names: Iterable[str] | None = None, timeout_s: float = 30.0) -> tuple[ServerStatus, ...]:
        self.start(names)
        return self.statuses

    def tools(self, name: str) -> tuple[McpTool, ...]:
        return self.played[name].tools if self.played[name].state == "ready" else ()

    def resources(self, name: str) -> tuple[McpResource, ...]:
        return self.played[name].resources if self.played[name].state == "ready" else ()

    def prompts(self, name: str) -> tuple[McpPrompt, ...]:
        return self.played[name].prompts if self.played[name].state == "ready" else ()

    async def call(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any],
        on_progress: Callable[[McpProgress], None] | None = None,
    ) -> McpResult:
        return self._answer("call", server, tool, arguments)

    async def read(self, server: str, uri: str) -> McpResult:
        return self._answer("read", server, uri, {})

    async def prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> McpResult:
        return self._answer("prompt", server, name, arguments)

    def _answer(self, kind: str, server: str, name: str, arguments: Mapping[str, Any]) -> McpResult:
        self.asked.append((kind, server, name, arguments))
        if name not in self.played[server].answers:
            raise McpError(f"{server} has no {name}.", "See /tools.")
        return self.played[server].answers[name]

    async def stop(self, name: str) -> None:
        self.played[name].state = "off"
        self.tell(name)

    async def aclose(self) -> None:
        for server in self.played.values():
            server.state = "off"


def text(words: str, **facts: Any) -> McpResult:
    """A result of one text."""
    return McpResult((replace(McpContent("text", words), **facts),))
