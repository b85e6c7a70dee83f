"""A server on loopback that plays a provider: real HTTP, answers from a script, every request kept.

It runs on the test's own event loop, so a test can hold an answer back with an `asyncio.Event` instead of sleeping.
"""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

Step = bytes | float | asyncio.Event
"""What is sent, a rest in seconds, or a gate that the test opens."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server does with one request.

    Attributes:
        steps: bytes to send, each in a chunk of its own, and rests and events to wait for in between.
        end: how the body ends: properly, by closing in the middle, by a reset, or before any answer, also by a reset.
        unframed: the steps are all that is sent: no status line, no headers, no chunks; closing ends them.
    """

    steps: Iterable[Step] = ()
    status: int = 200
    content_type: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    end: Literal["whole", "cut", "reset", "silent", "refused"] = "whole"
    unframed: bool = False


Script = Sequence[Answer] | Callable[[Seen], Answer]


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """A whole JSON answer; `retry_after="3"` becomes the header `retry-after`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer([json.dumps(value).encode()], status, "application/json", named)


def sse(*values: Any, done: bool = True) -> list[Step]:
    """Server-sent events of JSON values; a pair is a name and a value."""
    steps: list[Step] = []
    for value in values:
        name, value = value if isinstance(value, tuple) else ("", value)
        head = f"event: {name}\n" if name else ""
        steps.append(f"{head}data: {json.dumps(value)}\n\n".encode())
    return [*steps, b"data: [DONE]\n\n"] if done else steps


class ProtocolServer:
    """Give it answers, one a request, the last one for all that follow, or a function from request to answer."""

    def __init__(
        self,
        *answers: Answer,
        respond: Callable[[Seen], Answer] | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self._port = port
        self.requests: list[Seen] = []
        self.closed_early = asyncio.Event()
        self.connections = 0
        self._answers = list(answers)
        self._respond = respond
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{'https' if self._tls else 'http'}://{host}:{port}"

    async def __aenter__(self) -> Self:
        # A client that goes on with its connection says no farewell; 30 s would be waited for it.
        tls: dict[str, Any] = {"ssl": self._tls, "ssl_shutdown_timeout": 0.01} if self._tls else {}
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, **tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while (seen := await _read_request(reader)) is not None:
                self.requests.append(seen)
                if not await self._answer(self._next(seen), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    def _next(self, seen: Seen) -> Answer:
        if self._respond is not None:
            return self._respond(seen)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def _answer(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send it; True if the connection can take another request."""
        if answer.end in ("silent", "refused"):
            if answer.end == "refused":
                writer.transport.abort()
            return False
        if not answer.unframed:
            writer.write(_head(answer))
        for step in answer.steps:
            if not await self._take(step, answer.unframed, reader, writer):
                return False
        if answer.end == "reset":
            writer.transport.abort()
            return False
        if answer.end == "cut" or answer.unframed:
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _take(
        self, step: Step, unframed: bool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Send, rest or wait; False when the client hangs up while we wait."""
        if isinstance(step, asyncio.Event):
            await writer.drain()
            return await self._wait(step, reader)
        if isinstance(step, float):
            await asyncio.sleep(step)
        elif step:
            writer.write(step if unframed else b"%x\r\n%s\r\n" % (len(step), step))
            await writer.drain()
        return True

    async def _wait(self, gate: asyncio.Event, reader: asyncio.StreamReader) -> bool:
        """Wait for the gate; False when the client hangs up first, which `closed_early` tells the test."""
        opened, left = asyncio.ensure_future(gate.wait()), asyncio.ensure_future(reader.read(1))
        done, pending = await asyncio.wait({opened, left}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(opened, left, return_exceptions=True)
        if left in done and opened not in done:
            self.closed_early.set()
            return False
        return True


async def _read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    return Seen(method, path, headers, json.loads(body) if body else None)


def _head(answer: Answer) -> bytes:
    headers = {"content-type": answer.content_type, "transfer-encoding": "chunked", **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
