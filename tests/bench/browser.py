"""From a key in a browser to the letter in its terminal, beside a bare app of Textual behind textual-serve.

    python -m tests.bench.browser [--keys 200]

Both are shown by the same browser in turns: idle, and while fifty words a second come in. A time begins with the key's
event in the page, and ends when xterm.js has taken in what draws the letter.
"""

import argparse
import asyncio
import os
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.support.browser import CHROMIUM, Browser, Page, browser
from tests.support.protocol_server import Answer, ProtocolServer, Seen, Step, sse

WORDS_PER_S = 50
ROUNDS = 4
TOKEN = "a-token-that-only-we-know"
BARE = f"""
import sys
from textual.app import App
from textual.widgets import RichLog, TextArea

class Bare(App):
    CSS = "RichLog {{ height: 1fr; }} TextArea {{ height: 6; }}"

    def compose(self):
        yield RichLog(wrap=True)
        yield TextArea()

    def on_mount(self):
        self.query_one(TextArea).focus()
        self.number = 0
        if "stream" in sys.argv:
            self.set_interval(1 / {WORDS_PER_S}, self.more)

    def more(self):
        self.number += 1
        self.query_one(RichLog).write(f"word {{self.number}}")

Bare().run()
"""
SERVER = "import sys; from textual_serve.server import Server; Server(sys.argv[1], port=int(sys.argv[2])).serve()"
WATCH = """
(() => {
  window.times = [];
  let pressed = 0, before = 0;
  const count = () => {
    const buffer = shown.buffer.active;
    let found = 0;
    for (let y = 0; y < shown.rows; y++) found += buffer.getLine(y).translateToString().split("q").length - 1;
    return found;
  };
  document.addEventListener("keydown", ({ key }) => {
    if (key === "q") [before, pressed] = [count(), performance.now()];
  }, true);
  shown.onWriteParsed(() => {
    if (pressed && count() > before) {
      window.times.push(performance.now() - pressed);
      pressed = 0;
      window.draw();
    }
  });
})()
"""


def write(path: Path, text: str) -> None:
    """Write a file into a new folder."""
    path.parent.mkdir()
    path.write_text(text)


@asynccontextmanager
async def running(*command: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program, until the block ends."""
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdout=pipe, stderr=nowhere, env={**os.environ, **more}, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def ours(stack: AsyncExitStack, opened: Browser, home: Path, *, streams: bool) -> Page:
    """A tab of Chinwag, in which a reply comes in or nothing does."""

    def respond(seen: Seen) -> Answer:
        steps: list[Step] = []
        for number in range(100_000):
            steps += sse({"id": "1", "choices": [{"index": 0, "delta": {"content": f"word {number} "}}]}, done=False)
            steps.append(1 / WORDS_PER_S)
        return Answer(steps)

    server = await stack.enter_async_context(ProtocolServer(respond=respond))
    config = f'[providers.mine]\nbase_url = "{server.url}/v1"\nmodels = ["big"]\n'
    await asyncio.to_thread(write, home / "config.toml", config)
    folders = {f"CHINWAG_{name}_DIR": str(home) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    process = await stack.enter_async_context(
        running(sys.executable, "-m", "tui", "serve", "--port", "0", "--", "-m", "mine:big",
                CHINWAG_SERVE_TOKEN=TOKEN, **folders)
    )  # fmt: skip
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().strip()
    page = await opened.page(f"{address}#token={TOKEN}")
    await page.see("Ask anything")
    if streams:
        await page.type("Go on")
        await page.press("Enter")
        await page.see("word 9")
    return page


async def bare(stack: AsyncExitStack, opened: Browser, home: Path, *, streams: bool) -> Page:
    """The same of an app that is a text area and a log."""
    await asyncio.to_thread(write, home / "bare.py", BARE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = f"{sys.executable} {home / 'bare.py'}{' stream' if streams else ''}"
    await stack.enter_async_context(running(sys.executable, "-c", SERVER, command, str(port)))
    page = await opened.page("about:blank")
    while not await page.eval("location.href.startsWith('http')"):
        await page.go(f"http://localhost:{port}/")
        await asyncio.sleep(0.5)
    await page.see("word 9" if streams else "▁▁")
    await page.eval("document.querySelector('.xterm-helper-textarea').focus()")
    return page


async def press(page: Page, keys: int) -> list[float]:
    """Press keys in a page, and take the times, in ms."""
    await page.call("Page.bringToFront")
    await page.eval("window.times.length = 0")
    for _ in range(keys):
        await page.eval("window.drawn = new Promise((go) => { window.draw = go; }); 0")
        await page.type("q")
        await page.eval("window.drawn")
        await asyncio.sleep(0.05)
    return list(await page.eval("window.times"))


async def measure(keys: int) -> None:
    """Print a table."""
    print("| | p50 | p95 | keys |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with browser(Path(folder)) as opened:
            for streams in (False, True):
                async with AsyncExitStack() as stack:
                    state = "while a reply comes in" if streams else "idle"
                    home, floor = Path(folder, f"ours-{streams}"), Path(folder, f"bare-{streams}")
                    pages = {
                        f"chinwag serve, {state}": await ours(stack, opened, home, streams=streams),
                        f"bare, {state}": await bare(stack, opened, floor, streams=streams),
                    }
                    times: dict[str, list[float]] = {name: [] for name in pages}
                    for page in pages.values():
                        await page.eval(WATCH)
                    for _ in range(ROUNDS):
                        for name, page in pages.items():
                            times[name] += await press(page, keys // ROUNDS)
                    for name, found in times.items():
                        middle, late = statistics.median(found), statistics.quantiles(found, n=20)[-1]
                        print(f"| {name} | {middle:.0f} ms | {late:.0f} ms | {len(found)} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=200)
    if not CHROMIUM:
        sys.exit("This needs a Chromium.")
    asyncio.run(measure(parser.parse_args().keys))
