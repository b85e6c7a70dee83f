"""Files in the transcript: images are shown small, and all of them open, by key and by click."""

import io
from pathlib import Path

import pytest

from tests.support.app import Running, running
from tui.app.chat import message_files
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.openables import OpenablePicker
from tui.app.dialogs.source_view import SourceView
from tui.chat.prompt import Prompt, PromptAttachment

Image = pytest.importorskip("PIL.Image")


def picture() -> PromptAttachment:
    file = io.BytesIO()
    Image.new("RGB", (64, 32), (200, 0, 0)).save(file, "PNG")
    return PromptAttachment("cat.desktop.png", "image/png", file.getvalue())


NOTES = PromptAttachment("notes.py", "text/plain", b"print('notes')\n")


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system's program writes what it was asked to open."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "xdg-open"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(message_files, "_openers", lambda: ("xdg-open",))
    return tmp_path / "opened"


def what_was(opened: Path) -> tuple[str, bytes, int, int] | None:
    """The name and the content of what was opened, and who may read it and its folder."""
    if not opened.exists():
        return None
    path = Path(opened.read_text().strip())
    modes = [place.stat().st_mode & 0o777 for place in (path, path.parent)]
    return path.name, path.read_bytes(), modes[0], modes[1]


async def ask(here: Running, *files: PromptAttachment) -> None:
    here.composer.prompt = Prompt("Look", files)
    await here.pilot.press("enter")
    await here.until(lambda: here.app.chat.presenter.prompts, "the prompt")
    await here.settled()


async def test_an_image_is_shown_small_and_is_not_copied(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await ask(here, picture())
        await here.until(lambda: "▀" * 32 in here.screen(), "the picture")
        rows = [row for row in here.screen().splitlines() if "▀" in row]
        assert len(rows) == 8, "64 x 32 pixels in 32 x 16, two of them a cell"
        here.app.chat.open_chat(here.app.chat.presenter.id)
        await here.pilot.press("escape", "y")
        assert "▀" not in here.app.clipboard


async def test_a_reopened_chat_shows_its_images_and_one_that_is_damaged_only_by_name(tmp_path: Path) -> None:
    damaged = PromptAttachment("broken.png", "image/png", picture().data[:50])
    async with running(tmp_path) as here:
        await ask(here, damaged, picture())
        chat = here.app.chat.presenter.id
    async with running(tmp_path) as here:
        here.app.chat.open_chat(chat)
        await here.until(lambda: "▀" * 32 in here.screen(), "the picture")
        assert "broken.png" in here.screen() and "Something went wrong" not in here.screen()


async def test_o_asks_which_file_and_a_text_is_shown_here(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await ask(here, NOTES, picture())
        await here.pilot.press("alt+up", "alt+up", "o")
        await here.until(lambda: isinstance(here.app.screen, OpenablePicker), "which one")
        assert "notes.py" in here.screen() and "cat.desktop.png" in here.screen()
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, SourceView), "the text")
        assert "print('notes')" in here.screen()


async def test_an_image_goes_to_the_systems_program_after_asking_under_a_harmless_name(
    tmp_path: Path, opened: Path
) -> None:
    async with running(tmp_path) as here:
        await ask(here, picture())
        await here.pilot.press("alt+up", "alt+up", "o")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        await here.pilot.press("escape")
        assert not what_was(opened)
        await here.pilot.press("o")
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        await here.pilot.press("enter")
        await here.until(lambda: "Opened cat.desktop.png" in here.screen(), "that it was opened")
        await here.until(lambda: what_was(opened), "the program")
        assert what_was(opened) == ("cat_desktop.png", picture().data, 0o600, 0o700)


async def test_a_click_on_its_name_opens_it_and_a_missing_program_is_named(
    tmp_path: Path, opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as here:
        await ask(here, picture())
        monkeypatch.setattr(message_files, "_openers", lambda: ("no-such-program",))
        row = next(row for row, line in enumerate(here.screen().splitlines()) if "cat.desktop.png" in line)
        column = here.screen().splitlines()[row].index("cat.desktop.png")
        await here.pilot.click(offset=(column + 2, row))
        await here.until(lambda: isinstance(here.app.screen, Confirm), "the question")
        await here.pilot.press("enter")
        await here.until(lambda: "There is no no-such-program here" in here.screen(), "why not")
