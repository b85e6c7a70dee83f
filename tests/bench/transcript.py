"""CPU that the transcript takes per token, beside Textual's Markdown widget: `python -m tests.bench.transcript`.

Tokens are four characters. Each stream is offered 30 times a second's worth of text at once, as fast as it is drawn,
and counts from a full screen on: until then a frame has less to draw, which would make long replies look dear.
"""

import argparse
import asyncio
import resource
import sys
from time import monotonic, process_time

from textual.app import App, ComposeResult
from textual.widgets import Markdown

from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.view import Transcript
from tui.chat.message_parts import TextContent
from tui.collector import rest_collector, wake_collector

SIZE = (120, 40)
CHARS_PER_TOKEN = 4
TOKENS_PER_FLUSH = 50
SCREEN_TOKENS = 1_000
WORDS = ("the", "importer", "waits", "a", "little", "longer", "each", "time", "and", "never", "in", "step", "so")


def sentence(number: int, words: int = 12) -> str:
    """A few words, different for each number."""
    return " ".join(WORDS[(number * 7 + index * 5) % len(WORDS)] for index in range(words))


def markdown_text(number: int) -> str:
    """A piece of a usual answer: heading, paragraph, list, code."""
    rows = "\n".join(f"    value_{row} = compute({number}, {row})  # {sentence(row, 3)}" for row in range(4))
    return (
        f"## Part {number}: {sentence(number, 4)}\n\n"
        f"{sentence(number, 30)} with **{sentence(number, 2)}** and `code`.\n\n"
        f"- {sentence(number + 1)}\n- {sentence(number + 2)}\n- see [the page](https://example.org/{number})\n\n"
        f"```python\ndef part_{number}():\n{rows}\n```\n\n"
    )


KINDS = {
    "md": ("", markdown_text),
    "code": (
        "```python\n",
        lambda number: f"result_{number} = call({number}, 'text', None)  # {sentence(number, 4)}\n",
    ),
    "list": ("", lambda number: f"- {sentence(number)} `item {number}`\n"),
    "table": (
        "| a | b | c |\n|---|--:|---|\n",
        lambda number: f"| {sentence(number, 3)} | {number} | **x** {number} |\n",
    ),
    "onep": ("", lambda number: f"{sentence(number, 9)} *{number}*. "),
}


def text_of(kind: str, tokens: int) -> str:
    """A text of one kind, `tokens` long."""
    head, piece = KINDS[kind]
    parts, size, number = [head], len(head), 0
    while size < tokens * CHARS_PER_TOKEN:
        parts.append(piece(number))
        size += len(parts[-1])
        number += 1
    return "".join(parts)[: tokens * CHARS_PER_TOKEN]


class Bench(App[None]):
    """One widget that fills the screen."""

    def __init__(self, widget: Transcript | Markdown) -> None:
        super().__init__()
        self.shown = widget

    def compose(self) -> ComposeResult:
        """The widget."""
        yield self.shown


async def stream(kind: str, tokens: int) -> float:
    """CPU seconds to stream a text into the transcript."""
    text, step = text_of(kind, SCREEN_TOKENS + tokens), TOKENS_PER_FLUSH * CHARS_PER_TOKEN
    view = Transcript()
    async with Bench(view).run_test(size=SIZE) as pilot:
        view.add(TranscriptMessage("reply", "reply", model="bench", state="streaming", started=monotonic()))
        await pilot.pause()
        began = process_time()
        for start in range(0, len(text), step):
            if start == SCREEN_TOKENS * CHARS_PER_TOKEN:
                began = process_time()
            view.append("reply", 0, TextContent(text[start : start + step]))
            view.drawer.draw()
            await asyncio.sleep(0)
        view.finish(TranscriptMessage("reply", "reply", (TextContent(text),), model="bench"))
        await asyncio.sleep(0)
        return process_time() - began


async def stream_markdown(kind: str, tokens: int) -> float:
    """CPU seconds of Textual's Markdown widget for the same."""
    text, step = text_of(kind, SCREEN_TOKENS + tokens), TOKENS_PER_FLUSH * CHARS_PER_TOKEN
    view = Markdown()
    async with Bench(view).run_test(size=SIZE) as pilot:
        await pilot.pause()
        began = process_time()
        for start in range(0, len(text), step):
            if start == SCREEN_TOKENS * CHARS_PER_TOKEN:
                began = process_time()
            await view.append(text[start : start + step])
            await asyncio.sleep(0)
        return process_time() - began


def history(messages: int) -> list[TranscriptMessage]:
    """Prompts of one line and replies of about 420 tokens, by turns."""
    found = []
    for number in range(messages):
        if number % 2 == 0:
            text = TextContent(sentence(number))
            found.append(TranscriptMessage(f"p{number}", "prompt", (text,), time="14:02"))
        else:
            text = TextContent(text_of("md", 420))
            found.append(TranscriptMessage(f"r{number}", "reply", (text,), model="bench", time="14:02"))
    return found


async def opening(messages: int) -> tuple[float, float]:
    """CPU seconds to open a conversation and to resize it."""
    found = history(messages)
    view = Transcript()
    async with Bench(view).run_test(size=SIZE) as pilot:
        view.load(history(2))
        await pilot.pause()
        began = process_time()
        view.load(found)
        await pilot.pause()
        opened = process_time()
        await pilot.resize_terminal(100, 40)
        await pilot.pause()
        return opened - began, process_time() - opened


async def main(kinds: list[str], sizes: list[int], *, floor: bool) -> None:
    """Print one line for each measurement."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await stream("md", 200)
    rest_collector()
    wake_collector()  # as in the app once its first frame stands
    for kind in kinds:
        for tokens in sizes:
            cpu = await stream(kind, tokens)
            print(f"{kind:6} {tokens:6} tokens  {cpu:6.2f} s  {cpu / tokens * 1000:.3f} ms/token", flush=True)
        if floor:
            cpu = await stream_markdown(kind, sizes[0])
            print(
                f"{kind:6} {sizes[0]:6} tokens  {cpu:6.2f} s  {cpu / sizes[0] * 1000:.3f} ms/token  (Markdown widget)"
            )
    opened, resized = await opening(2_000)
    print(f"open 2000 messages {opened:.2f} s, resize {resized:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory +{(peak - memory) / 1024:.0f} MB")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    options.add_argument("--tokens", nargs="+", type=int, default=[2_000, 10_000, 50_000])
    options.add_argument("--no-floor", action="store_true", help="leave the Markdown widget out")
    chosen = options.parse_args()
    sys.exit(asyncio.run(main(chosen.kinds, chosen.tokens, floor=not chosen.no_floor)))
