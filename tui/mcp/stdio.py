"""Messages to and from a server program: JSON, one on each line. As the SDK's own transport, with bounds and an end."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import (
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    jsonrpc_message_adapter,
)

from tui.mcp.allowance import Allowance
from tui.mcp.connection_end import ConnectionEnd
from tui.mcp.problems import UNREADABLE, ServerError, flood, not_mcp, too_large
from tui.mcp.process import ServerProcess
from tui.mcp.sizes import MessageSize
from tui.mcp.well_formed import well_formed

_PIECE_BYTES = 1 << 16
_MOST_UNSENT_BYTES = 1 << 20
_MOST_STRAY_LINES = 100
"""Some servers log to standard output, and are borne with."""

Incoming = SessionMessage | Exception
Streams = tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]


@asynccontextmanager
async def stdio_streams(
    server: str, process: ServerProcess, allowance: Allowance, ending: ConnectionEnd
) -> AsyncIterator[Streams]:
    """The two streams of a session with a running program. The program outlives them."""
    to_session, from_server = anyio.create_memory_object_stream[Incoming](0)
    to_server, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    reader = _Reader(server, process, allowance)
    with to_session, from_server, to_server, from_session:
        async with anyio.create_task_group() as group:
            group.start_soon(_read, reader, to_session, ending)
            group.start_soon(_write, process, from_session)
            try:
                yield from_server, to_server
            finally:
                group.cancel_scope.cancel()


async def _read(reader: "_Reader", to_session: MemoryObjectSendStream[Incoming], ending: ConnectionEnd) -> None:
    problem = None
    try:
        async for message in reader.messages():
            await to_session.send(message)
    except ServerError as error:
        problem = error
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):  # the session has ended
        pass
    ending.end(problem)
    to_session.close()


async def _write(process: ServerProcess, from_session: MemoryObjectReceiveStream[SessionMessage]) -> None:
    async for message in from_session:
        text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
        process.write(text.encode() + b"\n")
        if process.unsent_bytes > _MOST_UNSENT_BYTES:  # else it is not waited for: a cancellation must get away
            try:
                await process.drain()
            except ConnectionError:  # it has ended, which the reader sees
                return


class _Reader:
    """Cuts what a program writes into messages."""

    def __init__(self, server: str, process: ServerProcess, allowance: Allowance) -> None:
        self._server = server
        self._process = process
        self._allowance = allowance
        self._stray_lines = 0

    async def messages(self) -> AsyncIterator[SessionMessage]:
        """Each message, until the program closes its output.

        Raises:
            ServerError: it writes too much, or what is no message.
        """
        held, size = bytearray(), MessageSize()
        while piece := await self._process.stdout.read(_PIECE_BYTES):
            *lines, rest = piece.split(b"\n")
            for line in lines:
                held += self._bounded(line, size)
                if (message := self._message(held)) is not None:
                    yield message
                held, size = bytearray(), MessageSize()
            held += self._bounded(rest, size)

    def _bounded(self, piece: bytes, size: MessageSize) -> bytes:
        if not size.grow(piece):
            raise too_large(self._server)
        return piece

    def _message(self, line: bytearray) -> SessionMessage | None:
        if not line.strip():
            return None
        if (inner := _parsed(bytes(line))) is None:
            self._process.note(bytes(line[:1000]))
            self._stray_lines += 1
            if self._stray_lines > _MOST_STRAY_LINES:
                raise not_mcp(self._server, self._process.last_words)
            return None
        message = SessionMessage(inner)
        verdict = self._allowance.judge(message)
        if verdict == "stop":
            raise flood(self._server)
        return message if verdict == "pass" else None


def _parsed(line: bytes) -> JSONRPCMessage | None:
    """A line as the message that it is, or was meant to be; None if it is none.

    What has the id of an answer and cannot be read as one is an error for whoever waits for it.
    """
    for text in (line, well_formed(line)):
        with suppress(ValueError):
            return jsonrpc_message_adapter.validate_json(text, by_name=False)
    with suppress(ValueError, RecursionError):
        match json.loads(text, strict=False):
            case {"id": int() | str() as answered, **rest} if "method" not in rest and rest.keys() & {
                "result",
                "error",
            }:
                return JSONRPCError(jsonrpc="2.0", id=answered, error=ErrorData(code=PARSE_ERROR, message=UNREADABLE))
    return None
