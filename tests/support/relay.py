"""A network between two programs of this machine that a test can break: a relay on a port of its own."""

import socket
import threading
import time
from contextlib import suppress


class Relay:
    """Passes on what is sent to `port`, and what comes back.

    Args:
        target: the port that it leads to.
        delay_s: how long each piece takes, in each direction.
        host: the address of this machine at which it listens.
    """

    def __init__(self, target: int, delay_s: float = 0.0, *, host: str = "127.0.0.1") -> None:
        self._target = target
        self._delay_s = delay_s
        self._listener = socket.create_server((host, 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._whole = True
        self._left: int | None = None
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, after_bytes: int | None = None) -> None:
        """Break all connections and let none come, at once or when so many more bytes have passed."""
        with self._lock:
            self._left = after_bytes
            if after_bytes is None:
                self._break()

    def mend(self) -> None:
        """Let connections come again."""
        with self._lock:
            self._whole, self._left = True, None

    def close(self) -> None:
        """End it for good."""
        self.cut()
        self._listener.close()

    def _break(self) -> None:
        self._whole = False
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                whole = self._whole
            if not whole:
                ours.close()
                continue
            try:
                theirs = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                ours.close()
                continue
            with self._lock:
                self._open |= {ours, theirs}
            for source, target in ((ours, theirs), (theirs, ours)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(self._passed(data))
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(source)
        source.close()

    def _passed(self, data: bytes) -> bytes:
        """What of a piece still gets through."""
        if self._delay_s:
            time.sleep(self._delay_s)
        with self._lock:
            if self._left is None:
                return data
            data, self._left = data[: self._left], self._left - len(data)
            if self._left <= 0:
                self._break()
            return data
