"""The transcript's looks, pinned as pictures: a change of them must be meant. Renew with `pytest --snapshot-update`."""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.image import SVGImageSnapshotExtension
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tui.app.theming import install_themes
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.view import Transcript
from tui.chat.message_parts import AttachmentContent, NoticeContent, TextContent, ThinkingContent, ToolCallContent
from tui.chat.replies.events import Failure
from tui.chat.tools.questions import NOT_ALLOWED, ToolQuestion

ANSWER = """## Wait longer each time, and never in step
Honour `Retry-After`; without it, **full jitter** keeps failed clients out of step:
- Cap the wait at 30 s and the whole budget at 2 min.
- Retry only `429`, `502`, `503`; see [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110).

| Strategy | Mean wait | Good for |
|---|--:|---|
| fixed 1 s | 1.0 s | demos |
| **full jitter** | 1.6 s | fleets |

```python
def delay_s(attempt: int, retry_after: float | None) -> float:
    return random.uniform(0, min(30.0, 0.5 * 2 ** attempt))  # the server knows best
```
"""
MARKDOWN = """> A test that sleeps is a test that lies.

1. one
   - [x] done
   - [ ] open
2. 日本語 ~~gone~~ ***both***

```diff
- await asyncio.sleep(wait)
+ await clock.sleep(wait)
```

---
![a cat](https://example.org/cat.png) <b>html</b>
"""
READ = '{"path": "tests/test_retry.py", "first_line": 1, "lines": 41, "encoding": "utf-8", "strict": true}'
CONVERSATION = [
    TranscriptMessage(
        "1", "prompt", (TextContent("Our importer keeps hitting 429s. How should it back off?"),), time="14:02"
    ),
    TranscriptMessage(
        "2",
        "reply",
        (ThinkingContent("It is the clock and not the code.", 1.8, 96), TextContent(ANSWER)),
        model="claude-sonnet-5",
        time="14:02",
        input_tokens=77_900,
        output_tokens=214,
        first_token_s=0.6,
        total_s=3.1,
        price_text="$0.06",
    ),
    TranscriptMessage("3", "switch", model="gpt-5.6", previous_model="claude-sonnet-5", note="1 thought not sent"),
    TranscriptMessage("4", "prompt", (TextContent("Now with `asyncio`."),), time="14:04"),
]
CARDS = [
    TranscriptMessage(
        "1",
        "reply",
        (TextContent(MARKDOWN),),
        model="m",
        time="14:11",
        state="interrupted",
        note="by you",
        output_tokens=38,
    ),
    TranscriptMessage("2", "prompt", (TextContent("And the p99 wait."),), time="14:12"),
    TranscriptMessage(
        "3",
        "reply",
        model="claude-sonnet-5",
        state="failed",
        failure=Failure(
            "quota",
            "Out of credit",
            "Anthropic refused the request: “Your credit balance is too low.”",
            "Add credit, or use another model.",
            "anthropic",
            "claude-sonnet-5",
            400,
            "req_01HZX4",
        ),
    ),
]
DIFF = """The test waits for real. Give the helper a clock and the flake is gone:

```diff
- await asyncio.sleep(wait)
+ await clock.sleep(wait)
```
"""
EDIT = '{"path": "src/a.py", "old_string": "sleep(wait)", "new_string": "clock.sleep(wait)\u202e"}'
POST = '{"url": "https://paste.example/new", "text": "all of it"}'
TOOLS = [
    TranscriptMessage(
        "1",
        "reply",
        (
            ToolCallContent(
                "1", "docs_get", '{"page": "retry"}', "words", "done", 0.4, "docs", approval="chat",
                files=(AttachmentContent("retry.pdf", "application/pdf", 41_200, "00"),),
            ),
            ToolCallContent("2", "fetch", '{"url": "https://example.org"}', f"{NOT_ALLOWED} Not now.", "denied"),
            ToolCallContent(
                "3", "files_edit", EDIT, state="asking", server="files",
                question=ToolQuestion("3", "files:edit", "files", "Change a file.", EDIT, "src/a.py", foreign=True),
            ),
            ToolCallContent(
                "4", "web_post", POST, state="asking", server="web",
                question=ToolQuestion("4", "web:post", "web", "", POST, "paste.example", True, True, True),
            ),
        ),
        model="claude-sonnet-5",
        time="14:21",
        state="streaming",
        started=0.0,
    )
]  # fmt: skip
PARTS = [
    TranscriptMessage(
        "1",
        "prompt",
        (
            AttachmentContent("tests/test_retry.py", "text/plain", 4_120),
            AttachmentContent("ci-log.png", "image/png", 214_000),
            TextContent("Why does this test fail now and then?"),
        ),
        time="14:20",
    ),
    TranscriptMessage(
        "2",
        "reply",
        (
            ThinkingContent("It compares wall-clock time, so it is the clock and not the code.", 2.2, 120),
            ToolCallContent("1", "read_file", READ, "def test_backoff():\n    wait(2)", "done", 0.3),
            TextContent("It sleeps for real. Let me run it alone."),
            ThinkingContent("One run is not enough.", 0.8, 14),
            ToolCallContent(
                "2", "run_shell", '{"command": "pytest -q tests/test_retry.py"}', "1 failed", "failed", 3.1
            ),
            ToolCallContent("3", "open_page", '{"url": "https://docs.example.org"}', "", "interrupted"),
            NoticeContent("1 image is not sent: this model takes none."),
            TextContent(DIFF),
        ),
        model="claude-sonnet-5",
        time="14:21",
        input_tokens=80_200,
        output_tokens=688,
        first_token_s=0.7,
        total_s=12.4,
        price_text="$0.041",
    ),
]

LONG = "".join(f"    value_{number} = compute({number})  # {'step ' * (number % 17)}\n" for number in range(90))
READING = [
    TranscriptMessage("1", "prompt", (TextContent("Solve it, and show the code."),), time="14:30"),
    TranscriptMessage(
        "2",
        "reply",
        (
            TextContent(
                "The roots are \\( x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a} \\), for H<sub>2</sub>O at $5 a litre:\n\n"
                "$$\n\\sum_{i=1}^{n} x_i^2 \\leq 100\\%\n$$\n\n"
                "| Key | Does |\n|---|---|\n| <kbd>Ctrl</kbd>+<kbd>F</kbd> | finds<br>in the chat |\n\n"
                f"```python\ndef roots(a, b, c):\n{LONG}```\n"
            ),
        ),
        model="m",
        time="14:31",
    ),
]


class Picture(App[None]):
    """The transcript alone."""

    def __init__(self, messages: list[TranscriptMessage], theme: str) -> None:
        super().__init__()
        self.messages, self.wanted = messages, theme
        self.view = Transcript()

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        install_themes(self)
        self.theme = self.wanted
        self.view.load(self.messages)


async def drawn(pilot: Pilot[None], view: Transcript) -> None:
    """Wait until nothing is estimated any more: the scrollbar shows the height of all rows."""
    await pilot.pause()
    while not (view.place.idle and view.drawer.idle):
        await pilot.pause(0.01)
    await pilot.pause()


@pytest.mark.parametrize(
    ("messages", "size", "theme"),
    [
        (CONVERSATION, (120, 30), "chinwag-dark"),
        (CONVERSATION, (80, 24), "chinwag-light"),
        (CONVERSATION, (40, 12), "chinwag-dark"),
        (CARDS, (92, 34), "chinwag-dark"),
        (CARDS, (80, 34), "chinwag-light"),
    ],
    ids=["wide-dark", "compact-light", "tiny-dark", "cards-dark", "cards-light"],
)
async def test_it_looks_as_designed(
    messages: list[TranscriptMessage], size: tuple[int, int], theme: str, snapshot: SnapshotAssertion
) -> None:
    app = Picture(messages, theme)
    async with app.run_test(size=size) as pilot:
        app.view.focus()
        await drawn(pilot, app.view)
        picture = app.export_screenshot(title="transcript")
    assert picture == snapshot(extension_class=SVGImageSnapshotExtension)


@pytest.mark.parametrize("theme", ["chinwag-dark", "chinwag-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["compact", "wide"])
@pytest.mark.parametrize("keys", [("up",), ("space",)], ids=["folded", "open"])
async def test_parts_look_as_designed(
    size: tuple[int, int], theme: str, keys: tuple[str, ...], snapshot: SnapshotAssertion
) -> None:
    app = Picture(PARTS, theme)
    async with app.run_test(size=size) as pilot:
        app.view.focus()
        await pilot.press(*keys)
        await pilot.press("home")
        await drawn(pilot, app.view)
        picture = app.export_screenshot(title="transcript")
    assert picture == snapshot(extension_class=SVGImageSnapshotExtension)


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "chinwag-dark"), ((120, 40), "chinwag-light")], ids=["compact-dark", "wide-light"]
)
async def test_tools_that_wait_look_as_designed(size: tuple[int, int], theme: str, snapshot: SnapshotAssertion) -> None:
    app = Picture(TOOLS, theme)
    async with app.run_test(size=size) as pilot:
        app.view.approvals.take(writing=False)
        await drawn(pilot, app.view)
        picture = app.export_screenshot(title="transcript")
    assert picture == snapshot(extension_class=SVGImageSnapshotExtension)


@pytest.mark.parametrize("theme", ["chinwag-dark", "chinwag-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["compact", "wide"])
@pytest.mark.parametrize("keys", [(), ("w",), ("right", "right")], ids=["folded", "wrapped", "sideways"])
async def test_formulas_and_long_code_look_as_designed(
    size: tuple[int, int], theme: str, keys: tuple[str, ...], snapshot: SnapshotAssertion
) -> None:
    app = Picture(READING, theme)
    async with app.run_test(size=size) as pilot:
        app.view.focus()
        await pilot.press("home", *keys)
        await drawn(pilot, app.view)
        picture = app.export_screenshot(title="transcript")
    assert picture == snapshot(extension_class=SVGImageSnapshotExtension)


@pytest.mark.parametrize("theme", ["chinwag-dark", "chinwag-light"])
async def test_what_was_found_stands_out(theme: str, snapshot: SnapshotAssertion) -> None:
    app = Picture(READING, theme)
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.finder.look_for("compute(7")
        for _ in range(1_000):
            await pilot.pause(0.01)
            if app.view.finder.rows is not None:
                break
        await drawn(pilot, app.view)
        picture = app.export_screenshot(title="transcript")
    assert picture == snapshot(extension_class=SVGImageSnapshotExtension)
