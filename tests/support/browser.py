"""A headless Chromium, spoken with over the DevTools protocol: one process, and a context of its own for each page."""

import asyncio
import json
import os
import re
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), "")
_PATIENCE_S = 60.0
_KEEP_TERMINAL = """
Object.defineProperty(Object.prototype, "fitAddon", {
  configurable: true,
  set(addon) {
    Object.defineProperty(this, "fitAddon", { value: addon, writable: true, configurable: true });
    window.shown = this.terminal;
  },
});
"""
"""textual-serve's script keeps its terminal to itself."""
_LINES = """
(() => {
  const buffer = window.shown?.buffer?.active;
  return buffer ? Array.from({ length: window.shown.rows }, (_, y) =>
    buffer.getLine(buffer.viewportY + y)?.translateToString(true, 0, window.shown.cols) ?? "").join("\\n") : "";
})()
"""
KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "Backspace": 8, "ArrowUp": 38, "ArrowDown": 40, "F2": 113, "F9": 120}
MODIFIERS = {"alt": 1, "ctrl": 2, "meta": 4, "shift": 8}


class Browser:
    """A browser, from `browser()`."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._socket:
            data = json.loads(message.data)
            if "id" in data:
                self._answers.pop(data["id"]).set_result(data)
            else:
                for listener in tuple(self.listeners):
                    listener(data)

    async def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Have the browser do something."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        request = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send_json({**request, "sessionId": session} if session else request)
        data = await asyncio.wait_for(answer, _PATIENCE_S)
        assert "error" not in data, (method, data["error"])
        result: dict[str, Any] = data["result"]
        return result

    async def page(self, address: str, *, beside: "Page | None" = None, size: tuple[int, int] = (1000, 600)) -> "Page":
        """Open a page: among nothing that another one has left, or with the cookies of one that is there."""
        if beside is None:
            context = (await self.call("Target.createBrowserContext", disposeOnDetach=True))["browserContextId"]
        else:
            context = beside.context
        place = {
            "url": "about:blank",
            "browserContextId": context,
            "width": size[0],
            "height": size[1],
            "newWindow": True,
        }
        target = (await self.call("Target.createTarget", **place))["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = Page(self, session, context, target)
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.call(f"{domain}.enable")
        await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=_KEEP_TERMINAL)
        await page.go(address)
        return page


class Page:
    """One page.

    Attributes:
        asked: addresses that it has asked for.
        said: what it has written to its console, and what the browser has refused it.
    """

    def __init__(self, browser: Browser, session: str, context: str, target: str) -> None:
        self.browser, self.session, self.context, self.target = browser, session, context, target
        self.asked: list[str] = []
        self.said: list[str] = []
        browser.listeners.append(self._hear)

    def _hear(self, data: dict[str, Any]) -> None:
        if data.get("sessionId") != self.session:
            return
        match data["method"], data["params"]:
            case "Network.requestWillBeSent", {"request": {"url": url}}:
                self.asked.append(url)
            case "Network.webSocketCreated", {"url": url}:
                self.asked.append(url)
            case "Log.entryAdded", {"entry": entry}:
                self.said.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")
            case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                self.said.append(str(details.get("exception", details).get("description")))

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Have the page do something."""
        return await self.browser.call(method, self.session, **parameters)

    async def go(self, address: str) -> None:
        """Go to an address."""
        await self.call("Page.navigate", url=address)

    async def eval(self, code: str) -> Any:
        """What a piece of script comes to; a promise is waited for."""
        done = await self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    async def lines(self) -> str:
        """What stands in the terminal."""
        return str(await self.eval(_LINES))

    async def see(self, *texts: str, patience_s: float = _PATIENCE_S) -> str:
        """Wait until texts stand in the terminal, all of them; returns what stands there."""
        return await self.until(self.lines, lambda lines: all(text in lines for text in texts), texts, patience_s)

    async def see_outside(self, text: str) -> str:
        """Wait until a text stands in the page around the terminal."""
        return await self.until(lambda: self.eval("document.body?.innerText ?? ''"), lambda words: text in words, text)

    async def until(
        self, look: Callable[[], Any], right: Callable[[str], bool], wanted: object, patience_s: float = _PATIENCE_S
    ) -> str:
        """Look again and again, until it is right; `wanted` is told when it does not come to that."""
        deadline = asyncio.get_running_loop().time() + patience_s
        seen = ""
        while asyncio.get_running_loop().time() < deadline:
            with suppress(AssertionError):  # it goes to another address right now
                seen = str(await look())
                if right(seen):
                    return seen
            await asyncio.sleep(0.02)
        raise AssertionError(f"{wanted!r} is not to be seen:\n{seen}\n{self.said}")

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=character, key=character)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=character)

    async def press(self, *names: str) -> None:
        """Press keys, such as "Enter" or "ctrl+l"."""
        for name in names:
            *modifiers, key = name.split("+")
            code = KEYS.get(key) or ord(key.upper())
            held = sum(MODIFIERS[one] for one in modifiers)
            event = {"key": key, "windowsVirtualKeyCode": code, "modifiers": held}
            event["code"] = key if key in KEYS else f"Key{key.upper()}"
            await self.call("Input.dispatchKeyEvent", type="rawKeyDown", **event)
            await self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    async def picture(self, path: Path) -> None:
        """Write what is to be seen to a PNG file."""
        data = await self.call("Page.captureScreenshot")
        await asyncio.to_thread(path.write_bytes, b64decode(data["data"]))


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Browser]:
    """Start a browser that reaches nothing but this machine; `folder` gets its profile."""
    arguments = [
        "--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
        "--disable-component-update", "--disable-quic", "--disable-default-apps", "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--remote-debugging-port=0", f"--user-data-dir={folder / 'profile'}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]  # fmt: skip
    nowhere, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(CHROMIUM, *arguments, stdout=nowhere, stderr=pipe)
    assert process.stderr is not None
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while not (found := re.search(rb"DevTools listening on (ws://\S+)", await process.stderr.readline())):
                assert process.returncode is None
        reading = asyncio.create_task(_read_all(process.stderr))
        async with ClientSession() as client, client.ws_connect(found[1].decode(), max_msg_size=0) as socket:
            opened = Browser(socket)
            try:
                yield opened
                with suppress(Exception):
                    await asyncio.wait_for(opened.call("Browser.close"), 10)
            finally:
                opened._task.cancel()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError, TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
        await process.wait()
        if reading is not None:
            await reading


async def _read_all(stream: asyncio.StreamReader) -> None:
    while await stream.read(1 << 16):
        pass
