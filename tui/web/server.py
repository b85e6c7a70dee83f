"""The server: where it listens, and what it answers."""

import asyncio
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from tui.dataclass import dataclass
from tui.errors import UsageError
from tui.signals import LEAVING, by_default, on_signal
from tui.web.access import PROTOCOL, Access
from tui.web.address import Address, is_loopback
from tui.web.tab import ENDED, TOO_MANY
from tui.web.tabs import KEPT_S, Tabs, TooManyTabsError

_PAGES = Path(__file__).parent / "pages"
_OPEN = frozenset({"/", "/sign-in", "/static/sign-in.js", "/static/early.js", "/static/page.css"})
_LONGEST_MESSAGE = 8 << 20
_HEARTBEAT_S = 20.0
_CLOSING_S = 2.0


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and to whom.

    Attributes:
        options: those of the app, of each tab.
        most_tabs: how many there may be at once.
        certificate: files of a certificate and its key, to speak TLS; () for none.
        kept_s: how long a tab stays without a page, in seconds.
    """

    address: Address
    token: str
    options: Sequence[str] = ()
    most_tabs: int = 8
    certificate: tuple[Path, ...] = ()
    kept_s: float = KEPT_S


class Server:
    """What one address serves: pages, files and the tabs behind them."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._access = Access(serving.token, serving.address, _OPEN)
        self._tabs = Tabs(serving.options, most=serving.most_tabs, kept_s=serving.kept_s)
        self._files = _static_files()
        self._care: asyncio.Task[None] | None = None

    def application(self) -> web.Application:
        """Its routes, and what begins and ends with them."""
        app = web.Application(middlewares=[self._access.middleware])
        app.on_response_prepare.append(self._access.add_headers)
        app.on_startup.append(self._start)
        app.on_shutdown.append(self._stop)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/sign-in", self._sign_in_page),
                web.post("/sign-in", self._access.sign_in),
                web.get("/alive", self._alive),
                web.get("/static/{name}", self._static),
                web.get("/tab/{id}", self._socket),
                web.post("/tab/{id}/upload", self._upload),
                web.get("/tab/{id}/download/{key}", self._download, allow_head=False),
            ]
        )
        return app

    async def _start(self, app: web.Application) -> None:
        self._care = asyncio.create_task(self._tabs.look_after(), name="tabs")

    async def _stop(self, app: web.Application) -> None:
        if self._care is not None:
            self._care.cancel()
        await self._tabs.stop()

    async def _index(self, request: web.Request) -> web.StreamResponse:
        signed_in = self._access.is_signed_in(request)
        return await self._page("page.html" if signed_in else "sign-in.html", 200 if signed_in else 401)

    async def _sign_in_page(self, request: web.Request) -> web.StreamResponse:
        return await self._page("sign-in.html", 200)

    async def _page(self, name: str, status: int) -> web.Response:
        text = await asyncio.to_thread((_PAGES / name).read_text, encoding="utf-8")
        return web.Response(status=status, text=text, content_type="text/html")

    async def _alive(self, request: web.Request) -> web.Response:
        return web.Response(status=204 if self._access.has_key(request) else 401)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        path = self._files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self._require_key(request)
        page = web.WebSocketResponse(
            protocols=(PROTOCOL,), heartbeat=_HEARTBEAT_S, max_msg_size=_LONGEST_MESSAGE,
            timeout=_CLOSING_S, compress=not is_loopback(self._serving.address.host),
        )  # fmt: skip
        columns, rows = _number(request, "width", 80), _number(request, "height", 24)
        await page.prepare(request)
        try:
            tab = await self._tabs.open(request.match_info["id"], columns, rows)
        except TooManyTabsError:
            await page.close(code=TOO_MANY)
        except (ValueError, OSError) as error:
            await page.send_json(["ended", f"The app cannot be started: {error}"])
            await page.close(code=ENDED)
        else:
            await tab.show(page, columns, rows)
        return page

    async def _upload(self, request: web.Request) -> web.Response:
        self._require_key(request)
        tab = self._tabs.get(request.match_info["id"])
        if tab is None:
            raise web.HTTPNotFound(text="Chinwag has ended in this tab.\n")
        await tab.paste_path(await tab.uploads.take(request, request.query.get("name", "")))
        return web.Response(status=204)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        tab = self._tabs.get(request.match_info["id"])
        response = None if tab is None else await tab.downloads.send(request.match_info["key"], request)
        if response is None:
            raise web.HTTPNotFound(text="That was fetched already, or its tab is gone. Export it again.\n")
        return response

    def _require_key(self, request: web.Request) -> None:
        if not self._access.has_key(request):
            raise web.HTTPForbidden(text="Open the link that chinwag serve has printed.\n")


def _static_files() -> dict[str, Path]:
    """What the pages load, by the last part of its address: ours, and of textual-serve what has a terminal in it."""
    spec = find_spec("textual_serve")
    assert spec is not None and spec.origin is not None
    theirs = Path(spec.origin).parent / "static"
    return {
        **{path.name: path for path in _PAGES.iterdir() if path.suffix in (".js", ".css")},
        "textual.js": theirs / "js" / "textual.js",
        "xterm.css": theirs / "css" / "xterm.css",
        "mono.ttf": theirs / "fonts" / "RobotoMono-VariableFont_wght.ttf",
        "mono-italic.ttf": theirs / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
    }


def _number(request: web.Request, name: str, default: int) -> int:
    try:
        return int(request.query.get(name, ""))
    except ValueError:
        return default


async def serve(serving: Serving, tell: Callable[[Address], None]) -> None:
    """Serve until the process is told to go (SIGINT, SIGTERM, SIGHUP); then each tab saves and ends.

    Args:
        serving: what, where and to whom; port 0 is any that is free.
        tell: called when the server listens, with where it does.

    Raises:
        UsageError: it cannot listen there, or the certificate cannot be used.
    """
    context = _tls(serving.certificate)
    listening = await _listen(serving.address)
    address = replace(serving.address, port=listening.getsockname()[1])
    runner = web.AppRunner(
        Server(replace(serving, address=address)).application(), access_log=None, shutdown_timeout=_CLOSING_S
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listening, ssl_context=context).start()
        await _told_to_go(lambda: tell(address))
    finally:
        await runner.cleanup()


async def _listen(address: Address) -> socket.socket:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        family, _, _, _, place = found[0]
        return socket.create_server(place[:2], family=family)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"Chinwag cannot listen at {address.host}, port {address.port}: {reason}.",
            "Choose another --port or --host.",
        ) from error


def _tls(certificate: Sequence[Path]) -> ssl.SSLContext | None:
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate[0], certificate[-1])
    except OSError as error:  # of which SSLError is one
        names = " and ".join(map(str, certificate))
        raise UsageError(f"The certificate in {names} cannot be used: {error.strerror or error}.") from error
    return context


async def _told_to_go(ready: Callable[[], None]) -> None:
    """Wait for a signal; `ready` is called when each of them would be heard."""
    told = asyncio.Event()
    numbers = (signal.SIGINT, *LEAVING)
    for number in numbers:
        on_signal(number, told.set)
    try:
        ready()
        await told.wait()
    finally:
        for number in numbers:
            by_default(number)
