"""Proxies on loopback: SOCKS 5 (RFC 1928, 1929) and HTTP with CONNECT, with a password or without. They count."""

import asyncio
import base64
import contextlib
import ipaddress
from types import TracebackType
from typing import Self


class _Proxy:
    """Hands bytes on, both ways.

    Attributes:
        targets: "HOST:PORT" of each connection that was asked for, as it was named.
        password: what is wanted, as "USER:PASSWORD"; "" for nothing.
        leads_to: where every connection goes, whatever was named; None to go where it says.
    """

    scheme = ""

    def __init__(self, password: str = "", leads_to: int | None = None) -> None:
        self.targets: list[str] = []
        self.password = password
        self.leads_to = leads_to
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"{self.scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
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
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if target := await self.greet(reader, writer):
                    self.targets.append(target)
                    await self._join(reader, writer, target)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str) -> None:
        host, _, port = target.rpartition(":")
        there = ("127.0.0.1", self.leads_to) if self.leads_to else (host, int(port))
        far_reader, far_writer = await asyncio.open_connection(*there)
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.close()

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """Where a connection is to go; "" when it was refused."""
        raise NotImplementedError


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65536):
        writer.write(some)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


class SocksProxy(_Proxy):
    scheme = "socks5"

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        method = 2 if self.password else 0
        writer.write(bytes([5, method if method in methods else 255]))
        if method not in methods:
            return ""
        if self.password:
            _, length = await reader.readexactly(2)
            user = await reader.readexactly(length)
            word = await reader.readexactly((await reader.readexactly(1))[0])
            right = f"{user.decode()}:{word.decode()}" == self.password
            writer.write(bytes([1, 0 if right else 1]))
            if not right:
                return ""
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        return f"{host}:{port}"


class ConnectProxy(_Proxy):
    scheme = "http"

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        given = base64.b64encode(self.password.encode()).decode()
        if self.password and f"Basic {given}" not in head:
            writer.write(b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n')
            await writer.drain()
            return ""
        method, target, _ = head.split(" ", 2)
        assert method == "CONNECT"
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return target
