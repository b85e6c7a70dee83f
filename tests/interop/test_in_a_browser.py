"""`chinwag serve` as a person has it: a real browser, the real program, and a provider that the test plays.

Skipped where no Chromium is installed. Nothing leaves this machine: no name is found, and what was asked for is kept.
"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("textual_serve")
from tests.support.browser import CHROMIUM, Browser, Page, browser
from tests.support.forked import CHINWAG, Forked
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tui.app.dialogs.cautious import DEAF_S

pytestmark = [pytest.mark.apart, pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")]

TOKEN = "a-token-that-only-we-know"


def said(text: str) -> dict[str, Any]:
    return {"id": "1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


@dataclass
class Provider:
    """What the models `big` and `small` answer: half a story, and the rest when it is let; a link for anything else."""

    server: ProtocolServer
    rest: asyncio.Event = field(default_factory=asyncio.Event)
    followed: asyncio.Event = field(default_factory=asyncio.Event)

    def respond(self, seen: Seen) -> Answer:
        if seen.path == "/seen":
            self.followed.set()
        if seen.method == "GET":
            return json_answer({"data": [{"id": "big"}, {"id": "small"}]})
        if "story" in str(seen.body["messages"][-1]):
            return Answer([*sse(said("Once upon"), done=False), self.rest, *sse(said(" a time."))])
        return Answer(sse(said(f"See [this page]({self.server.url}/seen).")))


@asynccontextmanager
async def served(config: Path) -> AsyncIterator[tuple[str, Provider]]:
    """Chinwag, served; its address, and who answers there."""
    server = ProtocolServer(respond=lambda seen: provider.respond(seen))
    provider = Provider(server)
    async with server:
        await asyncio.to_thread(
            config.write_text, f'[providers.mine]\nbase_url = "{server.url}/v1"\nmodels = ["big", "small"]\n'
        )
        program = Forked(
            [*CHINWAG, "serve", "--port", "0", "--config", str(config), "--", "-m", "mine:big"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "CHINWAG_SERVE_TOKEN": TOKEN},
        )  # fmt: skip
        with program:
            assert program.stdout is not None
            address = await asyncio.to_thread(program.stdout.readline)
            assert address, program.stderr
            try:
                yield address.strip(), provider
            finally:
                program.terminate()
                await asyncio.to_thread(program.wait, 20)
        assert program.returncode == 0


async def happens(opened: Browser, method: str, right: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
    """Wait for an event of the browser, from now on."""
    found: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def listen(data: dict[str, Any]) -> None:
        if data["method"] == method and right(data["params"]) and not found.done():
            found.set_result(data["params"])

    opened.listeners.append(listen)
    try:
        return await asyncio.wait_for(found, 20)
    finally:
        opened.listeners.remove(listen)


async def test_a_chat_in_a_tab_and_all_that_a_browser_does_for_it(tmp_path: Path) -> None:
    async with served(tmp_path / "config.toml") as (address, provider), browser(tmp_path) as opened:
        page = await opened.page(f"{address}#token=not-{TOKEN}")
        await page.see_outside("This is not the token.")
        await page.eval(f"document.querySelector('input').value = '{TOKEN}'; document.forms[0].requestSubmit()")
        await page.see("Ask anything")
        assert await page.eval("location.href") == address, "the token would stay in the history"

        await _a_reply_outlives_its_page(page, provider)
        await _a_model_is_switched(page)
        await _files_go_down_and_up(opened, page, tmp_path)
        await _a_link_and_a_copy(opened, page, provider)
        await _its_colours_are_the_systems(page)
        await _another_tab_and_another_size(opened, page, address)

        assert not [url for url in page.asked if not url.startswith((address, address.replace("http", "ws"), "data:"))]
        assert not [line for line in page.said if "Security Policy" in line or "Error" in line]
        await page.press("ctrl+q")
        await page.see_outside("Chinwag has ended.")


async def test_what_is_typed_from_the_first_moment_of_a_tab_is_in_the_composer(tmp_path: Path) -> None:
    """It was lost while a link signed in, and until the page's own script had come."""
    async with served(tmp_path / "config.toml") as (address, _), browser(tmp_path) as opened:
        page = await opened.page("about:blank")
        await page.call("Fetch.enable", patterns=[{"urlPattern": f"*/{name}.js"} for name in ("sign-in", "page")])
        coming = asyncio.create_task(happens(opened, "Fetch.requestPaused"))
        await page.go(f"{address}#token={TOKEN}")
        for words in ("while it signs in, ", "before its script"):
            held = await coming
            await page.until(lambda: page.eval("typeof early"), lambda kind: kind == "string", "the first script")
            await page.type(words)
            coming = asyncio.create_task(happens(opened, "Fetch.requestPaused"))
            await page.call("Fetch.continueRequest", requestId=held["requestId"])
        coming.cancel()
        await page.see("while it signs in, before its script")
        await page.type(" and behind it")
        await page.see("while it signs in, before its script and behind it")


async def _a_reply_outlives_its_page(page: Page, provider: Provider) -> None:
    await page.type("Tell a story")
    await page.see("Tell a story")
    await page.press("shift+Enter")
    await page.type("twice")
    await page.see("twice")
    await page.press("Enter")
    await page.see("Once upon")
    assert await page.eval("document.title") == "● Tell a story · Chinwag"
    await page.call("Page.reload")
    await page.see("Tell a story", "twice", "Once upon")
    provider.rest.set()
    await page.see("Once upon a time.")
    assert [request.method for request in provider.server.requests].count("POST") == 1, "it was asked again"


async def _a_model_is_switched(page: Page) -> None:
    await page.press("ctrl+l")
    await page.see("mine · local")
    await page.type("small")
    await page.press("Enter")
    await page.see("◆ small")


async def _files_go_down_and_up(opened: Browser, page: Page, folder: Path) -> None:
    down, up = folder / "down", folder / "notes of mine.txt"
    await asyncio.to_thread(up.write_text, "What I know.")
    await opened.call(
        "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(down), browserContextId=page.context,
        eventsEnabled=True,
    )  # fmt: skip
    await page.type("/export md")
    await page.press("Enter")
    await page.see("Export this chat")
    fetched = asyncio.create_task(
        happens(opened, "Browser.downloadProgress", lambda event: event["state"] == "completed")
    )
    await page.press("Enter")
    await fetched
    (file,) = await asyncio.to_thread(lambda: [*down.iterdir()])
    assert file.suffix == ".md" and "Once upon a time." in await asyncio.to_thread(file.read_text)

    await page.call("Page.setInterceptFileChooserDialog", enabled=True)
    asked = asyncio.create_task(happens(opened, "Page.fileChooserOpened"))
    await page.see("Ask anything")
    await page.type("/upload")
    await page.press("Enter")
    chooser = await asked
    await page.call("DOM.setFileInputFiles", files=[str(up)], backendNodeId=chooser["backendNodeId"])
    await page.see("notes of mine.txt")


async def _a_link_and_a_copy(opened: Browser, page: Page, provider: Provider) -> None:
    await page.type("Where?")
    await page.press("Enter")
    await page.see("this page")
    assert "What I know." in str(provider.server.requests[-1].body), "what was uploaded did not go along"
    await page.press("Escape", "o")
    await page.see("Open link", "/seen")
    while "Open link" in await page.lines():  # it takes no yes before it could be read
        await page.press("Enter")
        await asyncio.sleep(DEAF_S)
    await asyncio.wait_for(provider.followed.wait(), 20)
    await opened.call(
        "Browser.setPermission",
        permission={"name": "clipboard-write"},
        setting="granted",
        browserContextId=page.context,
    )
    await page.call("Page.bringToFront")
    await page.type("y")
    await page.see("browser")
    await page.press("Escape")
    await page.call("Input.dispatchKeyEvent", type="rawKeyDown", key="v", code="KeyV", modifiers=2,
                    windowsVirtualKeyCode=86, commands=["paste"])  # fmt: skip
    await page.see("[this page](")


async def _its_colours_are_the_systems(page: Page) -> None:
    ground = "shown.buffer.active.getLine(0).getCell(0).getBgColor()"
    for scheme, right in (
        ("dark", lambda colour: int(colour) < 0x808080),
        ("light", lambda colour: int(colour) > 0x808080),
    ):
        await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        await page.until(lambda: page.eval(ground), right, scheme)


async def _another_tab_and_another_size(opened: Browser, page: Page, address: str) -> None:
    other = await opened.page(address, beside=page)
    await other.see("Ask anything", "Tell a story")
    assert await other.eval("sessionStorage['chinwag-tab']") != await page.eval("sessionStorage['chinwag-tab']")
    await other.type("only here")
    await other.see("only here")
    assert "only here" not in await page.lines()
    await page.call("Emulation.setDeviceMetricsOverride", width=500, height=700, deviceScaleFactor=1, mobile=False)
    await page.until(page.lines, lambda lines: "Where?" in lines and max(map(len, lines.split("\n"))) < 80, "narrow")


async def test_what_is_typed_before_the_terminal_is_there_is_in_the_composer(tmp_path: Path) -> None:
    async with served(tmp_path / "config.toml") as (address, provider), browser(tmp_path) as opened:
        page = await opened.page(f"{address}#token={TOKEN}")
        await page.see("Ask anything")
        # The script that makes the terminal comes when it is let.
        await page.call("Fetch.enable", patterns=[{"urlPattern": "*/textual.js"}])
        other = asyncio.create_task(happens(opened, "Fetch.requestPaused"))
        await page.eval("sessionStorage.removeItem('chinwag-tab')")
        await page.call("Page.reload")
        paused = await other
        await page.type("How are yoi")
        await page.press("Backspace")
        await page.type("u?")
        await page.press("Enter")
        await page.call("Fetch.continueRequest", requestId=paused["requestId"])
        await page.see("How are you?")
        await page.type(" Well.")
        await page.see("How are you? Well.")
        assert not [request for request in provider.server.requests if request.method == "POST"], "it was sent unseen"


async def test_a_page_of_another_origin_gets_nothing(tmp_path: Path) -> None:
    async with served(tmp_path / "config.toml") as (address, _), browser(tmp_path) as opened:
        page = await opened.page(address)
        await page.see_outside("Open the link")
        for _ in range(2):  # where only what is behind "#" is another, a browser loads nothing anew
            await page.call("Page.navigate", url=f"{address}#token={TOKEN}")
            await page.until(lambda: page.eval("location.href"), lambda url: url == address, "no token in the history")
            await page.see("Ask anything")
        foreign = Answer([b"<!DOCTYPE html><title>Elsewhere</title>"], content_type="text/html")
        async with ProtocolServer(foreign) as elsewhere:
            # The same name and another port: the cookie goes along, and cookies know no ports.
            evil = await opened.page(elsewhere.url, beside=page)
            await evil.eval("new Promise((go) => document.title ? go() : addEventListener('load', go))")
            id = await page.eval("sessionStorage['chinwag-tab']")
            socket = f"new WebSocket('{address.replace('http', 'ws')}tab/{id}', ['chinwag', 'x'])"
            connect = f"const s = {socket}; s.onopen = () => go('open'); s.onerror = () => go('no')"
            assert await evil.eval(f"new Promise((go) => {{ {connect} }})") == "no"
            for look in ("", "alive", "static/page.js"):
                read = f"fetch('{address}{look}', {{credentials: 'include'}}).then((a) => a.text(), () => 'no')"
                assert await evil.eval(read) == "no"
            script = (
                f"new Promise((go) => {{ const s = document.createElement('script'); s.src = '{address}static/page.js'"
            )
            script += "; s.onload = () => go('ran'); s.onerror = () => go('no'); document.head.append(s) })"
            assert await evil.eval(script) == "no"
        await page.type("still here")
        await page.see("still here")
