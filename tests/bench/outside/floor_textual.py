"""The least that Textual can do with its own widgets: an Input, and a Markdown that streams. URL MODEL

What is heavy is imported with the first prompt, as it should be.
"""

import json
import sys

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown

URL, MODEL = sys.argv[1:]


class BareChat(App[None]):
    """A chat of two widgets."""

    CSS = "Input { dock: bottom; }"

    def compose(self) -> ComposeResult:
        yield VerticalScroll()
        yield Input()

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.run_worker(self.ask(event.value))
        event.input.clear()

    async def ask(self, prompt: str) -> None:
        import httpx

        messages = [{"role": "user", "content": prompt}]
        request = {"model": MODEL, "stream": True, "messages": messages}
        view, reply = self.query_one(VerticalScroll), Markdown()
        await view.mount(reply)
        view.anchor()
        stream = Markdown.get_stream(reply)
        async with (
            httpx.AsyncClient(timeout=None) as client,
            client.stream("POST", f"{URL}/v1/chat/completions", json=request) as response,
        ):
            async for line in response.aiter_lines():
                if line.startswith("data: {") and (choices := json.loads(line[6:])["choices"]):
                    await stream.write(choices[0]["delta"].get("content", ""))
        await stream.stop()


BareChat().run()
