"""The app in a tab of a browser: the other end of what `tui.web` speaks with it over its standard streams.

Packets as Textual's own driver for the web has them: a letter (D: what a terminal would get or send, M: a JSON object),
four bytes of length, the data.
"""

import asyncio
import atexit
import json
import os
import select
import shutil
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from textual import events
from textual.drivers._byte_stream import ByteStream
from textual.drivers.web_driver import WebDriver
from textual.geometry import Size
from typing_extensions import override

from tui.app.tty.keys import KeyParser
from tui.app.tty.output import OutputDriver
from tui.streams import tab_folder

assert sys.platform != "win32"  # where `chinwag serve` says that it does not

from tui.app.tty.writer import TerminalWriter  # noqa: E402  which also is for other systems alone

_PATIENCE_S = 0.5
_POLL_S = 0.1
_MODES = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h"
"""What every new page has to be told: alternate screen, no cursor, no line in two rows, pastes in brackets."""
_MOUSE, _NO_MOUSE = "\x1b[?1000h\x1b[?1003h\x1b[?1006h", "\x1b[?1006l\x1b[?1003l\x1b[?1000l"


class TabOwner(Protocol):
    """The app, as its driver knows it."""

    def redraw(self) -> None:
        """Draw everything again."""

    def hang_up(self) -> None:
        """Nobody serves the tab any more: save and leave."""

    def leave_if_idle(self, unseen_s: float) -> None:
        """No tab has been there for so long: save and leave, if nothing would be lost."""


class BrowserDriver(OutputDriver, WebDriver):
    """Textual's driver for the web, but that no output makes it wait, and that the tab may go and come again.

    Standard input closes with the server, and with it goes the app.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._owner: TabOwner = app
        os.set_blocking(self.fileno, False)
        atexit.register(self.restore)
        self._writer = TerminalWriter(self.fileno, self._call_redraw)
        self._title = ""

    @property
    @override
    def behind(self) -> bool:
        return self._writer.behind

    @override
    def write(self, data: str) -> None:
        self._send(b"D", data.encode(errors="replace"))

    @override
    def write_meta(self, data: dict[str, object]) -> None:
        self._send(b"M", json.dumps(data).encode())

    def _send(self, kind: bytes, data: bytes) -> None:
        self._writer.write_bytes(kind + len(data).to_bytes(4, "big") + data)

    @override
    def tell_tab(self, data: Mapping[str, str]) -> None:
        self.write_meta({**data})

    @override
    def show_title(self, sequence: str) -> None:
        self._title = sequence.removeprefix("\x1b]0;").partition("\x1b")[0]
        self.write_meta({"type": "title", "title": self._title})

    # Taking it and giving it back.

    @override
    def start_application_mode(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._writer.start()
        self._writer.write_bytes(b"__GANGLION__\n")
        self._greet()
        size = Size(*(self._size or (80, 24)))
        self._app.post_message(events.Resize(size, size))
        self._key_thread.start()

    def _greet(self) -> None:
        self.write(_MODES + (_MOUSE if self._mouse else ""))
        if self._title:
            self.write_meta({"type": "title", "title": self._title})

    @override
    def stop_application_mode(self) -> None:
        self.exit_event.set()

    @override
    def close(self) -> None:
        self._writer.stop(_PATIENCE_S)

    @override
    def restore(self) -> None:
        """The tab sees by itself that the app is gone; its folder is left where its server was killed."""
        if folder := tab_folder():
            shutil.rmtree(folder, ignore_errors=True)

    @override
    def take_mouse(self, take: bool) -> None:
        if take != self._mouse:
            self._mouse = take
            self.write(_MOUSE if take else _NO_MOUSE)

    # What comes.

    @override
    def run_input_thread(self) -> None:
        parser = KeyParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        packets, stdin = ByteStream(), self._input_reader._fileno
        while not self.exit_event.is_set():
            if select.select([stdin], [], [], _POLL_S)[0]:
                data = os.read(stdin, 1 << 16)
                if not data:
                    self._call_soon(self._owner.hang_up)
                    return
                for kind, payload in packets.feed(data):
                    if kind != "D":
                        self._on_meta(kind, payload)
                        continue
                    for event in parser.feed(decode(payload)):
                        self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    @override
    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        match packet_type:
            case "attach":  # another tab, or the same one anew: it has nothing on it, and its own size
                self._call_soon(self._greet)
                super().on_meta("resize", payload)
                self._call_redraw()
            case "leave":
                unseen_s = float(str(payload["unseen_s"]))
                self._call_soon(lambda: self._owner.leave_if_idle(unseen_s))
            case _:
                super().on_meta(packet_type, payload)

    def _call_redraw(self) -> None:
        self._call_soon(self._owner.redraw)

    def _call_soon(self, callback: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(callback)
