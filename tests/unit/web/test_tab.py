"""A tab without a browser: the real program behind it, whose process outlives its page, and never its server."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

pytest.importorskip("textual_serve")
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from tests.support.forked import CHINWAG, Forked, ran
from tests.support.processes import gone
from tests.support.protocol_server import Answer, ProtocolServer, Seen, sse
from tui.web import files, tab, tabs
from tui.web.files import Downloads, Uploads, harmless_name
from tui.web.tab import ENDED, TAKEN_OVER, TOO_MANY, environment
from tui.web.tabs import Tabs

TOKEN = "a-token-that-only-we-know"
ONE, TWO = "1" * 32, "2" * 32


class Served:
    """A `chinwag serve`, and pages of it."""

    def __init__(self, process: subprocess.Popen[str], session: ClientSession, address: str) -> None:
        self.process, self.session, self.address = process, session, address
        self.headers: dict[str, str] = {}

    async def sign_in(self) -> None:
        own = {"Origin": self.address.rstrip("/")}
        async with self.session.post(f"{self.address}sign-in", data=TOKEN, headers=own) as answer:
            cookie, key = answer.headers["Set-Cookie"].partition(";")[0], await answer.text()
        self.headers = {**own, "Cookie": cookie, "X-Chinwag-Key": key}

    async def page(self, id: str) -> ClientWebSocketResponse:
        named = ("chinwag", self.headers["X-Chinwag-Key"])
        return await self.session.ws_connect(
            f"{self.address}tab/{id}?width=90&height=24", headers=self.headers, protocols=named
        )


@asynccontextmanager
async def served(*arguments: str) -> AsyncIterator[Served]:
    process = Forked(
        [*CHINWAG, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "CHINWAG_SERVE_TOKEN": TOKEN},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        address = (await asyncio.to_thread(process.stdout.readline)).strip()
        async with ClientSession() as session:
            one = Served(process, session, address)
            await one.sign_in()
            try:
                yield one
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait, 20)


async def seen(page: ClientWebSocketResponse, text: str) -> str:
    """What is drawn until a text is, escapes and all."""
    drawn = ""
    async with asyncio.timeout(60):
        while text not in drawn:
            message = await page.receive()
            assert message.type in (WSMsgType.BINARY, WSMsgType.TEXT), (message, drawn[-500:])
            drawn += message.data.decode() if message.type == WSMsgType.BINARY else message.data
    return drawn


async def closed(page: ClientWebSocketResponse) -> tuple[int, list[str]]:
    """Why a page is closed in the end, and what it was told before."""
    told = []
    async with asyncio.timeout(60):
        while (message := await page.receive()).type in (WSMsgType.BINARY, WSMsgType.TEXT):
            told += [message.data] if message.type == WSMsgType.TEXT else []
    return page.close_code or 0, told


def processes() -> set[int]:
    """Ids of the apps that are served in tabs."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if (
                os.environ["CHINWAG_DATA_DIR"].encode() in path.read_bytes()
                and b"CHINWAG_TAB_FOLDER" in path.read_bytes()
            ):
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def told_to(process: int) -> str:
    """The arguments and the environment of a process."""
    return "".join(Path(f"/proc/{process}/{name}").read_text(errors="replace") for name in ("cmdline", "environ"))


def list_of(folder: Path) -> list[Path]:
    return [*folder.iterdir()]


def found_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
async def test_a_process_outlives_its_page_and_goes_with_its_server() -> None:
    async with served("--tabs", "1", "--", "--demo") as one:
        page = await one.page(ONE)
        await seen(page, "sk anything")
        await page.send_str(json.dumps(["stdin", "a draft"]))
        await seen(page, "draft")
        for senseless in ("", "[]", "{}", '["stdin"]', '["stdin", 1]', '["resize", {"width": "x"}]', "[[]]", '"stdin"'):
            await page.send_str(senseless)
        (app,) = processes()
        assert TOKEN not in told_to(app)

        again = await one.page(ONE)
        assert (await closed(page))[0] == TAKEN_OVER
        drawn = await seen(again, "a draft")
        assert all(f"\x1b[?{mode}" in drawn for mode in ("1049h", "7l", "2004h")), (
            "the new page does not know how it is written to"
        )
        assert processes() == {app}

        full = await one.page(TWO)
        assert (await closed(full))[0] == TOO_MANY
        assert processes() == {app}

        await again.close()
        other = await one.page(TWO)  # the first has no page any more: it makes room
        await seen(other, "sk anything")
        assert app not in processes() and len(processes()) == 1

        one.process.send_signal(signal.SIGKILL)
        for left in processes():
            await gone(left)


async def test_an_app_without_a_page_leaves_when_its_reply_has_ended(tmp_path: Path) -> None:
    asked, rest, config = asyncio.Event(), asyncio.Event(), tmp_path / "config.toml"
    half = {"id": "1", "choices": [{"index": 0, "delta": {"content": "Once upon"}, "finish_reason": None}]}
    whole = {"id": "1", "choices": [{"index": 0, "delta": {"content": " a time."}, "finish_reason": "stop"}]}

    def respond(seen: Seen) -> Answer:
        asked.set()
        return Answer([*sse(half, done=False), rest, *sse(whole)])

    async with ProtocolServer(respond=respond) as server:
        config.write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\nmodels = ["big"]\n')
        found = Tabs(["--config", str(config), "-m", "mine:big", "A story"], most=2, kept_s=0.2)
        tab = await found.open(ONE, 90, 24)
        caring: asyncio.Task[None] | None = None
        try:
            await asyncio.wait_for(asked.wait(), 60)
            caring = asyncio.create_task(found.look_after())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(tab.ended.wait(), 1)
            assert found.get(ONE) is tab
            rest.set()
            await asyncio.wait_for(tab.ended.wait(), 60)
            assert found.get(ONE) is None
        finally:
            if caring is not None:
                caring.cancel()
            await tab.stop()
    assert "Once upon a time." in ran("show", "last").stdout


async def test_the_server_goes_at_once_also_when_somebody_never_ends_a_request() -> None:
    async with served("--", "--demo") as one:
        host, port = one.address.removeprefix("http://").rstrip("/").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        own = f"Host: {host}:{port}\r\nOrigin: {one.headers['Origin']}"
        writer.write(f"POST /sign-in HTTP/1.1\r\n{own}\r\nContent-Length: 9\r\n\r\nx".encode())
        await writer.drain()
        async with one.session.get(f"{one.address}alive", headers=one.headers) as answer:
            assert answer.status == 204
        one.process.terminate()
        try:
            await asyncio.to_thread(one.process.wait, 10)
        finally:
            writer.close()
            await writer.wait_closed()


async def test_an_app_that_is_no_program_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OSError):
        await Tabs((), most=1).open(ONE, 80, 24)
    assert not list_of(tmp_path)


def test_the_loops_end_leaves_neither_an_app_nor_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    written = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"
    monkeypatch.setattr(tab, "_START", f"import os, time; {written}; time.sleep(3600)")
    (tmp_path / "temporary").mkdir()

    async def quit_in_the_middle() -> int:
        await Tabs((), most=1).open(ONE, 80, 24)
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return int((tmp_path / "pid").read_text())

    app = asyncio.run(quit_in_the_middle())
    assert not list_of(tmp_path / "temporary")
    asyncio.run(gone(app))


async def test_an_app_that_cannot_start_says_why_in_its_tab() -> None:
    async with served("--", "-m", "nobody:nothing") as one:
        code, told = await closed(await one.page(ONE))
        assert code == ENDED
        assert json.loads(told[-1])[0] == "ended" and "nobody" in told[-1]


def test_an_app_in_a_tab_knows_nothing_of_the_terminal_around_the_server(tmp_path: Path) -> None:
    outer = {"TMUX": "x", "TERM": "dumb", "OPENAI_API_KEY": "k", "LINES": "3", "TERM_PROGRAM": "vscode", "HOME": "/h"}
    inner = environment(outer, tmp_path, 90, 24)
    assert inner["OPENAI_API_KEY"] == "k" and inner["HOME"] == "/h" and inner["COLUMNS"] == "90"
    assert inner["TERM"] == "xterm-256color" and inner["TERM_PROGRAM"] == "textual"
    assert not {"TMUX", "LINES"} & inner.keys()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a b.pdf", "a b.pdf"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        ("a\0b\nc\x1b[31m.txt", None),
        ("x" * 500 + ".pdf", None),
        ("\u202egpj.exe", None),
        ("ü" * 300, None),
    ],
)
def test_the_name_of_an_upload_is_a_name(given: str, name: str | None, tmp_path: Path) -> None:
    found = harmless_name(given)
    assert name is None or found == name
    assert found.isprintable() and "/" not in found and len(found.encode()) <= 200
    (tmp_path / found).write_bytes(b"")


async def test_uploads_have_bounds_and_leave_nothing_of_what_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILE_BYTES", 1000)
    monkeypatch.setattr(files, "MOST_TAB_BYTES", 1500)
    uploads = Uploads(tmp_path)
    taken: list[Path] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(await uploads.take(request, request.query["name"]))
        return web.Response()

    async def chunked(size: int) -> AsyncIterator[bytes]:
        for _ in range(size // 100):
            yield b"x" * 100

    app = web.Application()
    app.add_routes([web.post("/", take)])
    async with TestClient(TestServer(app)) as client:
        for size, status in ((1100, 413), (900, 200), (700, 413), (600, 200), (100, 413)):
            for data in (b"x" * size, chunked(size)) if status == 413 else (b"x" * size,):
                assert (await client.post("/?name=a.txt", data=data)).status == status
    assert [path.stat().st_size for path in taken] == [900, 600]
    assert {*found_below(tmp_path)} == {*taken}
    assert len(list_of(tmp_path)) == 2, "folders of what was too much"
    assert all(path.name == "a.txt" and path.parent.stat().st_mode & 0o77 == 0 for path in taken)


async def test_uploads_at_the_same_time_share_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_TAB_BYTES", 1500)
    uploads, rest = Uploads(tmp_path), asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        await uploads.take(request, "a.txt")
        return web.Response()

    async def halves() -> AsyncIterator[bytes]:
        yield b"x" * 500
        await rest.wait()
        yield b"x" * 500

    app = web.Application()
    app.add_routes([web.post("/", take)])
    async with TestClient(TestServer(app)) as client:
        asked = [asyncio.create_task(client.post("/", data=halves())) for _ in range(3)]
        while len(found_below(tmp_path)) < 3:  # noqa: ASYNC110  what is awaited is on the disk
            await asyncio.sleep(0.01)
        rest.set()
        answers = sorted([(await one).status for one in asked])
    assert answers in ([200, 413, 413], [413, 413, 413])
    assert sum(path.stat().st_size for path in found_below(tmp_path)) == 1000 * answers.count(200)


async def test_only_a_file_of_the_tabs_own_folder_goes_down_and_once(tmp_path: Path) -> None:
    folder, outside = tmp_path / "tab", tmp_path / "secret"
    (folder / "down").mkdir(parents=True)
    outside.write_text("no")
    (folder / "link").symlink_to(outside)
    downloads = Downloads(folder)
    for path in (outside, folder / "link", folder / ".." / "secret", folder, folder / "nothing"):
        assert downloads.offer(path) is None
    file = folder / "down" / "trip “x”;\n.md"
    file.write_text("Rome")
    key = downloads.offer(file)
    assert key is not None
    request = make_mocked_request("GET", "/")
    assert await downloads.send("x" + key, request) is None

    async def get(request: web.Request) -> web.StreamResponse:
        return await downloads.send(request.match_info["key"], request) or web.Response(status=404)

    app = web.Application()
    app.add_routes([web.get("/{key}", get)])
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(f"/{key}")
        assert await answer.text() == "Rome"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''trip%20")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert (await client.get(f"/{key}")).status == 404
    assert not file.exists()  # it goes when it was sent, which its reader knows a moment before


async def test_a_name_that_no_page_of_ours_makes_up_is_no_tab() -> None:
    found = Tabs((), most=1)
    for id in ("", "x", "1" * 31, "1" * 33, "../" + "1" * 29, "A" * 32, "1" * 32 + "\n"):
        with pytest.raises(ValueError):
            await found.open(id, 80, 24)
    assert tabs.KEPT_S >= 600
