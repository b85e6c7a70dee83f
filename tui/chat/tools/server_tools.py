"""The tools of MCP servers as offers: what a call sends, what it gives back, and where it leads. Knows no turn."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tui.chat.prompt import PromptAttachment
from tui.chat.tools.offer import ToolOffer, ToolOutput, progress_told
from tui.mcp.servers import McpServers
from tui.mcp.values import McpError, McpProgress, McpResult, McpTool

_PATH_KEYS = ("path", "file", "folder", "directory", "filename", "file_path", "repo_path", "source", "destination")
"""What servers call an argument that is a place on this machine."""
_AUTHORITY = re.compile(r"://([^\s/?#\\,]*)")
_SKIPPED = re.compile(r"[\t\r\n]")
"""What who reads an address passes over (WHATWG URL, "basic URL parser")."""
_DEEPEST = 20


def server_offers(servers: McpServers, tools: Iterable[McpTool], *, trusted: bool) -> tuple[ToolOffer, ...]:
    """The tools of a server as offers.

    Args:
        servers: carries the calls out.
        tools: of one of them.
        trusted: the person vouches for the server: what it returns is not foreign, and it sends nothing on.
    """
    return tuple(_offer(servers, tool, trusted=trusted) for tool in tools)


def _offer(servers: McpServers, tool: McpTool, *, trusted: bool) -> ToolOffer:
    async def call(**arguments: Any) -> ToolOutput:
        try:
            told = progress_told.get(None)
            progress = None if told is None else lambda one: told(progress_text(one))
            return output_of(await servers.call(tool.server, tool.name, arguments, progress))
        except McpError as error:
            return ToolOutput(error.sentence, failed=True)

    return ToolOffer(
        tool.server,
        tool.name,
        tool.description or tool.title,
        call,
        schema=tool.schema,
        read_only=tool.read_only,
        sends=not trusted,
        foreign=not trusted,
        target=place_of,
    )


def progress_text(progress: McpProgress) -> str:
    """How far a call is, in a few words."""
    share = f"{progress.done / progress.total:.0%}" if progress.total else f"{progress.done:g}"
    return f"{share} {progress.message}".strip()


def output_of(result: McpResult) -> ToolOutput:
    """What a server gave, as words and files of a tool: a link is named, and not followed; JSON stands in for words."""
    words: list[str] = []
    files: list[PromptAttachment] = []
    for content in result.contents:
        match content.kind:
            case "text":
                words.append(content.text)
            case "link":
                words.append(f"{content.name} {content.uri}".strip())
            case "data":
                media_type = content.media_type or "application/octet-stream"
                name = content.name or content.uri.rpartition("/")[2] or f"file {len(files) + 1}"
                files.append(PromptAttachment(name, media_type, content.data))
    text = "\n\n".join(filter(None, words))
    if not text and result.structured is not None:  # most servers say the same in words
        text = json.dumps(result.structured, ensure_ascii=False)
    return ToolOutput(text, tuple(files), result.is_error)


def place_of(arguments: Mapping[str, Any]) -> str:
    """Where a call leads, as far as its arguments tell: the hosts of addresses and the paths in them; "" for nowhere.

    A "yes" for a chat holds for this place.
    """
    found = dict.fromkeys(_places(arguments, "", _DEEPEST))
    return ", ".join(found)


def _places(value: object, key: str, levels: int) -> Iterator[str]:
    if isinstance(value, str):
        if "://" in value:
            for text in (value, _SKIPPED.sub("", value)):
                yield from (host.rpartition("@")[2].casefold() or value for host in _AUTHORITY.findall(text))
        elif key.casefold() in _PATH_KEYS and value:
            yield value
    elif levels and isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _places(inner, str(name), levels - 1)
    elif levels and isinstance(value, list):
        for inner in value:
            yield from _places(inner, key, levels - 1)
