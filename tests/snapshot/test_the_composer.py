"""How writing looks: files below the text, a folded paste, the picker and the search, at the sizes where it matters."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from textual import events
from textual.app import App

from tests.snapshot.test_the_app import Models, seed, shown
from tests.support.app import Running, running
from tests.support.library import NOON
from tui.app.widgets import history_search
from tui.app.widgets.history_search import HistorySearch
from tui.chat import attachments
from tui.chat.prompt import PromptAttachment
from tui.config import State
from tui.store.records import PastPrompt

Picture = Callable[[App[None]], Awaitable[bool]]

FILES = (
    PromptAttachment("wireframe.png", "image/png", bytes(212_000)),
    PromptAttachment("report of the year.pdf", "application/pdf", bytes(4_200_000)),
    PromptAttachment("src/", "text/x-folder", b"x" * 48_000),
    PromptAttachment("[red]notes\u202e.md", "text/markdown", b"# Notes\n" * 40),
)
LOG = "\n".join(f"12:00:{second % 60:02} 429 Too Many Requests" for second in range(214))


@pytest.fixture(autouse=True)
def _answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def how(files: tuple[PromptAttachment, ...], *_: object) -> tuple[attachments.Sending, ...]:
        kinds = {"application/pdf": attachments.Sending("text", "only its text is sent: it reads no PDF")}
        return tuple(kinds.get(file.media_type, attachments.Sending("whole")) for file in files)

    monkeypatch.setattr(attachments, "how_all_sent", how)
    monkeypatch.setattr(attachments, "estimated_tokens", lambda file: len(file.data) // 250)
    monkeypatch.setattr(history_search, "datetime", type("Noon", (), {"now": staticmethod(lambda zone: NOON)}))


async def write(here: Running) -> None:
    """A prompt with a folded paste and files."""
    await shown(here)
    await here.type("Why does this fail? ")
    here.app.post_message(events.Paste(LOG))
    await here.pilot.pause()
    await here.type(" Answer in one line.")
    here.composer.attach(FILES)
    await here.until(lambda: here.composer.foot.chips[1].care, "what becomes of the PDF")
    await here.until(lambda: here.composer.foot.estimate, "the estimate")
    await here.pilot.pause()


@pytest.mark.parametrize(
    ("size", "theme"),
    [((120, 40), "chinwag-dark"), ((120, 40), "chinwag-light"), ((80, 24), "chinwag-dark"), ((80, 24), "chinwag-ansi")],
)
async def test_files_and_a_paste(tmp_path: Path, picture: Picture, size: tuple[int, int], theme: str) -> None:
    chat = await seed(tmp_path)
    state = State(theme=theme)
    async with running(tmp_path, size=size, catalog=Models({}), state=state, conversation=chat) as here:
        await write(here)
        if size == (80, 24):
            await here.pilot.press("tab", "right")
            await here.pilot.pause()
        assert await picture(here.app)


async def test_code_and_a_file_that_is_read(tmp_path: Path, picture: Picture) -> None:
    chat = await seed(tmp_path)
    async with running(tmp_path, size=(120, 40), catalog=Models({}), state=State(), conversation=chat) as here:
        await shown(here)
        here.composer.text = "Is this right?\n```python\ndelay = 2 ** attempt\n```\nIt never ends."
        here.composer.reading = ("big.log",)
        here.composer.area.send_wanted = True
        await here.pilot.pause()
        assert await picture(here.app)
        here.composer.reading = ()


@pytest.mark.parametrize(
    ("size", "theme"), [((120, 40), "chinwag-dark"), ((120, 40), "chinwag-light"), ((80, 24), "chinwag-dark")]
)
async def test_the_file_picker(
    tmp_path: Path, picture: Picture, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str
) -> None:
    for name, size_bytes in (("src/app.py", 900), ("tests/x.py", 1), ("README.md", 8_200), ("wireframe.png", 212_000)):
        file = tmp_path / "work" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(size_bytes))
    (tmp_path / "work" / ".env").touch()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("tui.app.dialogs.file_picker.shortened", lambda folder: "~/work")
    async with running(tmp_path, size=size, catalog=Models({}), state=State(theme=theme)) as here:
        await here.until(lambda: "Ask anything" in here.screen(), "the chat")
        await here.pilot.press("ctrl+g")
        await here.until(lambda: "wireframe.png" in here.screen(), "the folder")
        if size == (120, 40):  # in the small window the picker hides all of it
            await here.until(lambda: "❯ Ask" in here.screen(), "the chat behind it")
        await here.until(lambda: "of 8.2k" in here.screen(), "what the model at hand takes")
        await here.pilot.press("down", "space")
        await here.pilot.pause()
        assert await picture(here.app)


@pytest.mark.parametrize(
    ("size", "theme"), [((120, 40), "chinwag-dark"), ((120, 40), "chinwag-light"), ((80, 24), "chinwag-dark")]
)
async def test_the_search_among_earlier_prompts(
    tmp_path: Path, picture: Picture, size: tuple[int, int], theme: str
) -> None:
    asked = ("How should our importer back off?", "Explain full jitter\nin one line", "日本語の質問ですか", "Why 429?")
    chats = ("httpx retries", "Importer backoff")
    past = [
        PastPrompt(text, f"{number}", chats[number % 2], NOON - timedelta(hours=number * 9))
        for number, text in enumerate(asked * 3)
    ]
    chat = await seed(tmp_path)
    state = State(theme=theme)
    async with running(tmp_path, size=size, catalog=Models({}), state=state, conversation=chat) as here:
        await shown(here)
        await here.type("half a draft")
        here.composer.search_history(past)
        await here.until(
            lambda: here.app.focused in set(here.app.screen.query_one(HistorySearch).walk_children()), "it"
        )
        await here.pilot.press("down")
        await here.pilot.pause()
        assert await picture(here.app)
