"""Files of a prompt: from a path, a paste, the picker or the clipboard to chips, and along with the words.

Lost else: a file that was to go along, a draft, or the knowledge of what a model gets of it.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.dialogs.file_picker import FilePicker
from tui.app.widgets.composer import Composer
from tui.chat import attachments
from tui.chat.prompt import PromptAttachment
from tui.errors import AttachmentError

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x08\x00\x00\x00\x08" + bytes(40)
CAT = PromptAttachment("cat.png", "image/png", PNG)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some files in the working folder."""
    here = tmp_path / "work"
    (here / "src").mkdir(parents=True)
    (here / "src" / "main.py").write_text("print(1)\n")
    (here / "a.txt").write_text("first")
    (here / "b.txt").write_text("second")
    (here / "with space.md").write_text("# third")
    (here / ".hidden").write_text("h")
    (here / "cat.png").write_bytes(PNG)
    monkeypatch.chdir(here)
    return here


def names(here: Running) -> list[str]:
    return [file.name for file in here.composer.prompt.attachments]


async def attach(here: Running, source: str) -> None:
    """Ask for a file, and wait until it is there."""
    before = len(here.composer.prompt.attachments)
    here.composer.post_message(Composer.AttachRequested(source))
    await here.until(lambda: len(here.composer.prompt.attachments) > before, source)


def slow(monkeypatch: pytest.MonkeyPatch, name: str = "attach_path") -> Callable[[], None]:
    """Let files come only when the function that is returned was called."""
    real, gate = getattr(attachments, name), asyncio.Event()

    async def gated(*arguments: object) -> object:
        await gate.wait()
        return await real(*arguments)

    monkeypatch.setattr(attachments, name, gated)
    return gate.set


# Chips.


async def test_a_file_is_a_chip_with_its_size_and_goes_along(tmp_path: Path, folder: Path) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        await here.type("Read this")
        await attach(here, str(folder / "a.txt"))
        await here.until(lambda: "a.txt 5 B ≈1 ✕" in here.screen(), "the chip")
        await here.until(lambda: "tokens" in here.text_of(here.composer), "the estimate")
        await here.pilot.press("enter")
        await here.settled()
        assert here.composer.prompt.attachments == () and "a.txt 5 B ≈" not in here.screen()
        chat = here.app.chat.presenter.id
        assert [(file.name, file.data) for file in await here.library.attachments(chat)] == [("a.txt", b"first")]
        assert "first" in str(model.asked[0].prompts)


@pytest.mark.parametrize("source", ["missing.txt", "/dev/zero", "/nowhere/at/all", "ftp://example.com/x", "\x1b[31m"])
async def test_what_cannot_be_had_is_one_line_and_the_draft_stays(tmp_path: Path, folder: Path, source: str) -> None:
    async with running(tmp_path) as here:
        await here.type("my words")
        await attach(here, "a.txt")
        here.composer.post_message(Composer.AttachRequested(source))
        await here.until(lambda: here.app.chat.layout_view.notices.display, "a notice")
        assert here.composer.text == "my words" and names(here) == ["a.txt"] and not here.composer.reading


async def test_a_file_goes_along_once(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        await attach(here, "a.txt")
        here.composer.post_message(Composer.AttachRequested("a.txt"))
        await attach(here, "b.txt")
        assert names(here) == ["a.txt", "b.txt"]


async def test_what_a_model_without_eyes_gets_of_a_picture_is_said_before_it_is_sent(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def how(files: object, catalog: object, model: str) -> tuple[attachments.Sending, ...]:
        blind = model == "fake:two"
        return (attachments.Sending("omitted", "only named") if blind else attachments.Sending("whole"),)

    monkeypatch.setattr(attachments, "how_all_sent", how)
    async with running(tmp_path, ScriptedModel(), ScriptedModel()) as here:
        await attach(here, "cat.png")
        await here.until(lambda: "≈1 ✕" in here.screen(), "the chip")
        assert "only named" not in here.screen()
        here.app.chat.use_model("fake:two")
        await here.until(lambda: "! only named ✕" in here.screen(), "what becomes of it")


async def test_chips_take_two_rows_of_a_small_window_and_count_the_others(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        here.composer.attach([PromptAttachment(f"picture {number}.png", "image/png", PNG) for number in range(9)])
        await here.until(lambda: "+5" in here.text_of(here.composer.foot), "how many more")
        assert here.composer.foot.size.height == 2


# Removing them.


async def test_backspace_removes_the_last_one_where_nothing_is_written_and_undo_brings_it_back(
    tmp_path: Path, folder: Path
) -> None:
    async with running(tmp_path) as here:
        await attach(here, "a.txt")
        await attach(here, "b.txt")
        await here.pilot.press("x", "backspace")
        assert names(here) == ["a.txt", "b.txt"]
        await here.pilot.press("backspace", "backspace")
        assert names(here) == []
        await here.pilot.press("ctrl+z", "ctrl+z")
        assert sorted(names(here)) == ["a.txt", "b.txt"]


async def test_the_keys_go_into_the_chips_and_back(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        foot = here.composer.foot
        for name in ("a.txt", "b.txt", "cat.png"):
            await attach(here, name)
        await here.pilot.press("left")
        assert here.app.focused is foot and foot.cursor == 2
        await here.pilot.press("left", "delete")
        assert names(here) == ["a.txt", "cat.png"]
        await here.pilot.press("h", "i")
        assert here.app.focused is here.composer.area and here.composer.text == "hi"
        await here.pilot.press("tab")
        assert here.app.focused is foot
        await here.pilot.press("delete", "delete")
        await here.until(lambda: here.app.focused is here.composer.area, "the text")
        assert names(here) == []


async def test_a_click_on_the_cross_removes_a_file(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        await attach(here, "a.txt")
        await attach(here, "b.txt")
        await here.until(lambda: here.text_of(here.composer.foot).count("✕") == 2, "both")
        row = here.text_of(here.composer.foot)
        await here.pilot.click(here.composer.foot, offset=(row.index("✕"), 0))
        await here.until(lambda: names(here) == ["b.txt"], "one of them")


# While one is read.


async def test_enter_while_a_file_is_read_sends_as_soon_as_it_is_there(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        release = slow(monkeypatch)
        await here.type("Read")
        here.composer.post_message(Composer.AttachRequested("a.txt"))
        await here.until(lambda: "a.txt reading…" in here.screen(), "that it is read")
        await here.pilot.press("enter")
        await here.until(lambda: "sends when it is read" in here.screen(), "that it waits")
        assert here.composer.text == "Read" and not model.asked
        release()
        await here.until(lambda: model.asked, "the request")
        await here.settled()
        assert "first" in str(model.asked[0].prompts) and here.composer.text == ""


@pytest.mark.parametrize("keys", [("escape",), ("!",)])
async def test_escape_and_more_words_call_the_sending_off(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        release = slow(monkeypatch)
        await here.type("Read")
        here.composer.post_message(Composer.AttachRequested("a.txt"))
        await here.until(lambda: here.composer.reading, "that it is read")
        await here.pilot.press("enter", *keys)
        release()
        await here.until(lambda: names(here) == ["a.txt"], "the file")
        assert here.composer.text.startswith("Read") and not model.asked


async def test_escape_lets_go_of_what_is_being_read(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as here:
        slow(monkeypatch)
        await here.type("Read")
        here.composer.post_message(Composer.AttachRequested("a.txt"))
        await here.until(lambda: here.composer.reading, "that it is read")
        await here.pilot.press("escape")
        await here.until(lambda: not here.composer.reading, "the end of it")
        assert here.composer.text == "Read" and here.app.focused is here.composer.area


async def test_a_file_that_fails_sends_nothing(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model) as here:
        release = slow(monkeypatch)
        await here.type("Read")
        here.composer.post_message(Composer.AttachRequested("none.txt"))
        await here.until(lambda: here.composer.reading, "that it is read")
        await here.pilot.press("enter")
        release()
        await here.until(lambda: not here.composer.reading, "the end of it")
        await here.pilot.pause()
        assert here.composer.text == "Read" and not model.asked and not here.composer.area.send_wanted


async def test_a_file_belongs_to_the_chat_in_which_it_was_asked_for(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        first = here.app.chat.presenter.id
        release = slow(monkeypatch)
        here.composer.post_message(Composer.AttachRequested("a.txt"))
        await here.until(lambda: here.composer.reading, "that it is read")
        await here.pilot.press("ctrl+n")
        await here.until(lambda: here.app.chat.presenter.id != first, "another chat")
        assert not here.composer.reading
        release()
        await here.app.workers.wait_for_complete()
        assert names(here) == []
        here.app.chat.open_chat(first)
        await here.until(lambda: names(here) == ["a.txt"], "the file")


async def test_files_stand_in_the_order_in_which_they_were_asked_for(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, gate = attachments.attach_path, asyncio.Event()

    async def first_one_slow(path: Path) -> object:
        if path.name == "a.txt":
            await gate.wait()
        return await real(path)

    monkeypatch.setattr(attachments, "attach_path", first_one_slow)
    async with running(tmp_path) as here:
        for name in ("a.txt", "b.txt"):
            here.composer.post_message(Composer.AttachRequested(name))
        await here.until(lambda: len(here.composer.reading) == 2, "both")
        gate.set()
        await here.until(lambda: names(here) == ["a.txt", "b.txt"], "both in order")


# Pastes, the clipboard.


@pytest.mark.parametrize("shape", ["'{}' ", "file://{uri}", "{escaped}"])
async def test_a_dropped_path_is_attached_and_leaves_the_text(tmp_path: Path, folder: Path, shape: str) -> None:
    path = str(folder / "with space.md")
    text = shape.format(path, uri=path.replace(" ", "%20"), escaped=path.replace(" ", "\\ "))
    async with running(tmp_path) as here:
        await here.type("See ")
        here.app.post_message(events.Paste(text))
        await here.until(lambda: names(here) == ["with space.md"], "the file")
        assert here.composer.text == "See "


async def test_a_path_of_nothing_and_a_word_stay_text(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        for text in ("/etc/no/such/file ", "a.txt"):
            here.app.post_message(events.Paste(text))
            await here.pilot.pause()
        await here.app.workers.wait_for_complete()
        assert here.composer.text == "/etc/no/such/file a.txt" and names(here) == []


async def test_a_paste_with_characters_that_nobody_sees_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.app.post_message(events.Paste("harm\u200bless \u202etext"))
        await here.until(lambda: "The paste has 2 invisible characters (U+200B, U+202E)" in here.screen(), "a toast")
        assert here.composer.text == "harm\u200bless \u202etext"


@pytest.mark.parametrize("keys", [("ctrl+v",), ("alt+v",)])
async def test_a_picture_is_taken_from_the_clipboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    async def picture() -> PromptAttachment:
        return CAT

    monkeypatch.setattr(attachments, "clipboard_image", picture)
    async with running(tmp_path) as here:
        await here.pilot.press(*keys)
        await here.until(lambda: names(here) == ["cat.png"], "the picture")


async def test_without_a_picture_ctrl_v_says_so_and_pastes_what_was_copied_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none() -> PromptAttachment:
        raise AttachmentError("There is no image on the clipboard.")

    monkeypatch.setattr(attachments, "clipboard_image", none)
    async with running(tmp_path) as here:
        await here.pilot.press("ctrl+v")
        await here.until(lambda: "no image on the clipboard" in here.screen(), "a toast")
        here.app._clipboard = "copied here"
        await here.pilot.press("ctrl+v")
        assert here.composer.text == "copied here"


# The picker.


async def picker_of(here: Running) -> FilePicker:
    await here.pilot.press("ctrl+g")
    await here.until(lambda: isinstance(here.app.screen, FilePicker) and here.app.screen.rows.lines, "the picker")
    assert isinstance(here.app.screen, FilePicker)
    return here.app.screen


def shown(picker: FilePicker) -> list[str]:
    return [row.key for row in picker.rows.lines]


async def test_the_picker_shows_folders_first_filters_and_attaches(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        picker = await picker_of(here)
        await here.until(lambda: "a.txt" in shown(picker), "the folder")
        assert shown(picker) == ["..", ".", "src", "a.txt", "b.txt", "cat.png", "with space.md"]
        await here.type("spac")
        await here.until(lambda: shown(picker) == ["with space.md"], "the filter")
        await here.pilot.press("enter")
        await here.until(lambda: names(here) == ["with space.md"], "the file")


async def test_the_picker_takes_several_and_goes_into_folders(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        picker = await picker_of(here)
        await here.until(lambda: picker.rows.key == "src", "the folder")
        await here.pilot.press("down", "space", "enter")
        await here.until(lambda: names(here) == ["a.txt"], "the one that is marked, not the one under the cursor")
        picker = await picker_of(here)
        await here.until(lambda: picker.rows.key == "src", "the folder again")
        await here.pilot.press("enter")
        await here.until(lambda: picker.rows.key == "main.py", "the inner folder")
        await here.pilot.press("left")
        await here.until(lambda: picker.rows.key == "src", "the folder above, on the one that was left")
        await here.pilot.press("alt+h")
        await here.until(lambda: ".hidden" in shown(picker), "what is hidden")
        await here.pilot.press("ctrl+a", "enter")
        await here.until(lambda: isinstance(here.app.screen, FilePicker) and picker.rows.key == "main.py", "into src")
        await here.pilot.press("enter")
        await here.until(lambda: len(names(here)) == 5, "all files of the folder")
        assert {*names(here)} == {".hidden", "a.txt", "b.txt", "cat.png", "with space.md"}


async def test_the_picker_goes_where_a_path_leads(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "there.txt").write_text("x")
    async with running(tmp_path) as here:
        picker = await picker_of(here)
        await here.type("../other/")
        await here.pilot.press("enter")
        await here.until(lambda: "there.txt" in shown(picker), "the other folder")
        await here.type("/no/such")
        await here.pilot.press("enter")
        await here.until(lambda: "There is no such file." in here.screen(), "that there is none")
        await here.pilot.press("escape", "escape")
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert names(here) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_folder_that_cannot_be_read_says_so(tmp_path: Path, folder: Path) -> None:
    (folder / "src").chmod(0)
    async with running(tmp_path) as here:
        picker = await picker_of(here)
        await here.until(lambda: picker.rows.key == "src", "the folder")
        await here.pilot.press("enter")
        await here.until(lambda: "cannot be read" in here.screen(), "why")
    (folder / "src").chmod(0o700)


async def test_hostile_names_are_drawn_on_their_line(tmp_path: Path, folder: Path) -> None:
    (folder / "[bold]\x1b[31m\nred\u202e.txt").write_text("x")
    async with running(tmp_path) as here:
        await picker_of(here)
        await here.until(lambda: "[bold]␛[31m red<U+202E>.txt" in here.screen(), "the name")


async def test_a_folder_goes_along_as_a_whole(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        picker = await picker_of(here)
        await here.until(lambda: picker.rows.key == "src", "the folder")
        await here.pilot.press("enter")
        await here.until(lambda: picker.rows.key == "main.py", "the inner folder")
        await here.pilot.press("up", "enter")
        await here.until(lambda: names(here) == ["src/"], "the folder")
