"""A server of MCP over streamable HTTP without the SDK, on loopback: answers as a test says, remembers requests."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, found: Any, status: int = 200, **headers: str) -> "Response":
        return cls(status, json.dumps(found).encode(), headers=headers)


Answer = Callable[[Request], Response | Awaitable[Response]]


def result(request: Request, found: dict[str, Any]) -> Response:
    return Response.json({"jsonrpc": "2.0", "id": request.message["id"], "result": found})


def handshake(request: Request) -> Response:
    """Be a small server with one tool, which says its arguments again."""
    if request.method != "POST":
        return Response(405)
    message = request.message
    match message["method"]:
        case "initialize":
            info = {"name": "remote", "version": "2"}
            facts: dict[str, Any] = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
            response = result(request, facts)
            response.headers["mcp-session-id"] = "s1"
            return response
        case "tools/list":
            return result(request, {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]})
        case "ping":
            return result(request, {})
        case "tools/call":
            words = json.dumps(message["params"].get("arguments"))
            return result(request, {"content": [{"type": "text", "text": words}]})
        case method if method.startswith("notifications/"):
            return Response(202)
        case _:
            error = {"code": -32601, "message": "Method not found"}
            return Response.json({"jsonrpc": "2.0", "id": message["id"], "error": error})


class PlayedHttp:
    """The server; `answer` may be exchanged while it runs."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.url = ""
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await _read(reader)
                self.requests.append(request)
                response = self.answer(request)
                if not isinstance(response, Response):
                    response = await response
                writer.write(_head(response) + response.body)
                await writer.drain()
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, path, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


def _head(response: Response) -> bytes:
    headers = {"content-type": response.media_type, "content-length": str(len(response.body)), **response.headers}
    return (
        f"HTTP/1.1 {response.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    ).encode()


@asynccontextmanager
async def played_http(answer: Answer = handshake) -> AsyncIterator[PlayedHttp]:
    played = PlayedHttp(answer)
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0)
    played.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    try:
        yield played
    finally:
        server.close()
        for writer in played.writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
