"""What MCP servers let be read, behind "@server:", beside the files behind "@". Answers from what is known by now."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import nlargest
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.completion.paths import PathSource
from tui.app.completion.suggestions import Suggestion, Suggestions, Typed
from tui.app.fuzzy import fuzzy
from tui.figures import counted, size

if TYPE_CHECKING:
    from tui.mcp.servers import McpServers
    from tui.mcp.values import McpResource, ServerStatus

_WORD = re.compile(r"(?<!\S)@([\w.-]*)(:\S*)?$")
_MOST_ROWS = 100


class ResourceSource:
    """Finds resources of servers, and everything that can be attached beside them.

    Args:
        servers: None for none.
        paths: finds files.
        attach: makes the message that attaches a resource.
    """

    SIGN = "@"

    def __init__(
        self, servers: "McpServers | None", paths: PathSource, attach: "Callable[[McpResource], Message]"
    ) -> None:
        self._servers = servers
        self._paths = paths
        self._attach = attach

    def find(self, typed: Typed) -> Suggestions | None:
        """The resources of a server that is named, or its name beside the files."""
        match = _WORD.search(typed.before) if self._servers is not None else None
        if match is None or self._servers is None:
            return self._paths.find(typed)
        name, rest = match[1], match[2]
        statuses = {one.name: one for one in self._servers.statuses if one.state != "off" or rest is not None}
        if rest is not None and name in statuses:
            return self._resources(statuses[name], rest[1:], match.start())
        found = self._paths.find(typed)
        begun = [one for one in statuses.values() if one.resources and one.name.casefold().startswith(name.casefold())]
        if found is None or rest is not None or not begun:
            return found
        rows = [_server_row(one) for one in begun]
        return replace(found, rows=[*rows, *found.rows] if name else [*found.rows, *rows])

    def _resources(self, status: "ServerStatus", query: str, start: int) -> Suggestions:
        assert self._servers is not None
        if status.state == "off":
            self._servers.start([status.name])
        resources = self._servers.resources(status.name)
        scored = [(_score(query, one), -number, one) for number, one in enumerate(resources)]
        best = nlargest(_MOST_ROWS, (row for row in scored if row[0]), key=lambda row: row[:2])
        rows = [self._row(one) for _, _, one in best]
        return Suggestions(start, rows, query, _note(status, resources))

    def _row(self, resource: "McpResource") -> Suggestion:
        about = resource.description or resource.title
        right = "fill in" if resource.is_template else "" if resource.size is None else size(resource.size)
        label = resource.name or resource.uri
        return Suggestion(label, about or resource.uri, right, message=lambda: self._attach(resource))


def _server_row(status: "ServerStatus") -> Suggestion:
    return Suggestion(f"{status.name}:", counted(status.resources, "resource"), "server", text=f"@{status.name}:")


def _score(query: str, resource: "McpResource") -> float:
    if not query:
        return 1.0
    return max(fuzzy(query, resource.name), fuzzy(query, resource.title), fuzzy(query, resource.uri) / 2)


def _note(status: "ServerStatus", resources: "Sequence[McpResource]") -> str:
    match status.state:
        case "ready":
            return "" if resources else f"{status.name} has nothing to be read."
        case "off" | "starting":
            return f"{status.name} is starting; type on in a moment."
        case _:
            return " ".join(filter(None, (f"{status.name} is not there.", status.problem)))
