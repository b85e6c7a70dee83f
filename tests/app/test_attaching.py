"""Files of a prompt: from a path, a paste, the picker or the clipboard to chips, and along with the words.

Lost else: a file that was to go along, a draft, or the knowledge of what a model gets of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tests.support.stage import Stage, on_stage
from tui.app.dialogs import file_picker
from tui.app.dialogs.file_picker import FilePicker, FolderEntry, FolderRows, list_folder
from tui.app.widgets.composer import Composer
from tui.app.widgets.list import ListRow
from tui.app.widgets.prompt_foot import Estimate
from tui.chat import attachments
from tui.chat.prompt import Prompt, PromptAttachment
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
        await here.until(lambda: "a.txt 5 B ≈2 ✕" in here.screen(), "the chip")
        await here.until(lambda: "tokens" in here.text_of(here.composer), "the estimate")
        await here.pilot.press("enter")
        await here.settled()
        assert here.composer.prompt.attachments == () and "a.txt 5 B ≈" not in here.screen()
        chat = here.app.chat.presenter.id
        assert [(file.name, file.data) for file in await here.library.attachments(chat)] == [("a.txt", b"first")]
        assert "first" in str(model.asked[0].prompts)


async def test_what_cannot_be_had_is_one_line_each_and_the_draft_stays(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        await here.type("my words")
        await attach(here, "a.txt")
        for source in ("missing.txt", "/dev/zero", "ftp://example.com/x", "\x1b[31m"):
            here.composer.post_message(Composer.AttachRequested(source))
        await here.app.workers.wait_for_complete()
        await here.until(lambda: "/dev/zero cannot be attached" in here.screen(), "a notice")
        assert "There is no file missing.txt" in here.screen() and "\x1b[31m" not in here.screen()
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
    async def how(files: object, catalog: object, model: str, *_: object) -> tuple[attachments.Sending, ...]:
        blind = model == "fake:two"
        return (
            attachments.Sending("omitted", "not sent, only named: it reads no images")
            if blind
            else attachments.Sending("whole"),
        )

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


async def test_in_a_narrow_window_a_file_takes_the_place_of_the_estimate(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path, size=(40, 14)) as here:
        here.composer.attach([PromptAttachment("with space.md", "text/markdown", b"text" * 200)])
        await here.until(lambda: here.composer.foot.estimate is not None, "the estimate")
        await here.until(lambda: "with space.md 800 B ≈200 ✕" in here.screen(), "the whole chip")
        assert "tokens" not in here.text_of(here.composer.foot)


async def test_no_estimate_is_shown_while_a_file_is_being_counted(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        seen: list[Estimate | None] = []
        here.composer.watch(here.composer.foot, "estimate", lambda estimate: seen.append(estimate), init=False)
        here.composer.attach([PromptAttachment("a.md", "text/markdown", b"text" * 2000)])
        await here.until(lambda: here.composer.foot.estimate is not None, "the estimate")
        assert all(estimate is None or estimate.tokens >= 2000 for estimate in seen)


# Removing them.


@asynccontextmanager
async def composer_with(*files: str) -> AsyncIterator[tuple[Composer, Stage]]:
    """A composer that has the keys, and some files."""
    composer = Composer()
    async with on_stage(composer) as stage:
        composer.area.focus()
        composer.attach([PromptAttachment(name, "text/plain", name.encode()) for name in files])
        await stage.pilot.pause()
        yield composer, stage


async def test_backspace_removes_the_last_one_where_nothing_is_written_and_undo_brings_it_back() -> None:
    async with composer_with("a.txt", "b.txt") as (composer, stage):
        await stage.pilot.press("x", "backspace")
        assert len(composer.prompt.attachments) == 2
        await stage.pilot.press("backspace", "backspace")
        assert not composer.prompt.attachments
        await stage.pilot.press("ctrl+z", "ctrl+z")
        assert sorted(file.name for file in composer.prompt.attachments) == ["a.txt", "b.txt"]


async def test_the_keys_go_into_the_chips_and_back() -> None:
    async with composer_with("a.txt", "b.txt", "c.txt") as (composer, stage):
        await stage.pilot.press("left")
        assert composer.foot.has_focus and composer.foot.cursor == 2
        await stage.pilot.press("left", "delete")
        assert [file.name for file in composer.prompt.attachments] == ["a.txt", "c.txt"]
        await stage.pilot.press("h", "i")
        assert composer.area.has_focus and composer.text == "hi"
        await stage.pilot.press("tab", "delete", "delete")
        await stage.pilot.pause()
        assert composer.area.has_focus and composer.prompt == Prompt("hi")


async def test_a_click_on_the_cross_removes_a_file() -> None:
    async with composer_with("a.txt", "b.txt") as (composer, stage):
        row = composer.foot.render_line(0).text
        await stage.pilot.click(composer.foot, offset=(row.index("✕"), 0))
        assert [file.name for file in composer.prompt.attachments] == ["b.txt"]


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


async def test_what_is_chosen_in_the_picker_goes_along(tmp_path: Path, folder: Path) -> None:
    async with running(tmp_path) as here:
        await here.pilot.press("ctrl+g")
        await here.until(lambda: "with space.md" in here.screen(), "the picker")
        await here.pilot.press("down", "space", "space", "enter")
        await here.until(lambda: names(here) == ["a.txt", "b.txt"], "both, in their order")


@asynccontextmanager
async def picker(folder: Path) -> AsyncIterator[tuple[FilePicker, Stage]]:
    """The picker in a folder that it has read."""
    async with on_stage() as stage:
        dialog = FilePicker(folder)
        await stage.app.push_screen(dialog)
        await until(stage, lambda: not dialog._reading)
        yield dialog, stage


async def until(stage: Stage, condition: Callable[[], object]) -> None:
    """Let it run until something is so."""
    for _ in range(6_000):
        if condition():
            return
        await stage.pilot.pause(0.005)
    raise AssertionError("it never came")


def shown(dialog: FilePicker) -> list[str]:
    return [row.key for row in dialog.rows.lines]


async def test_the_picker_shows_folders_first_and_filters(folder: Path) -> None:
    async with picker(folder) as (dialog, stage):
        assert shown(dialog) == ["..", ".", "src", "a.txt", "b.txt", "cat.png", "with space.md"]
        assert dialog.rows.key == "src", "the first that is there to be chosen"
        await stage.pilot.press("m", "d")
        assert shown(dialog) == ["with space.md"]
        await stage.pilot.press("enter")
        assert dialog.chosen == (folder / "with space.md",)


async def test_the_picker_takes_what_is_marked_and_not_what_the_cursor_is_on(folder: Path) -> None:
    async with picker(folder) as (dialog, stage):
        await stage.pilot.press("down", "space", "enter")
        assert dialog.chosen == (folder / "a.txt",)


async def test_the_picker_goes_into_folders_and_out_and_takes_all_of_them(folder: Path) -> None:
    async with picker(folder) as (dialog, stage):
        await stage.pilot.press("enter")
        await until(stage, lambda: dialog.rows.key == "main.py")
        await stage.pilot.press("left")
        await until(stage, lambda: dialog.rows.key == "src")
        await stage.pilot.press("alt+h", "ctrl+a", "down", "enter")
        assert {path.name for path in dialog.chosen} == {".hidden", "a.txt", "b.txt", "cat.png", "with space.md"}


async def test_the_picker_goes_where_a_path_leads_and_attaches_what_it_names(folder: Path) -> None:
    (folder / "src" / "deep").mkdir()
    async with picker(folder) as (dialog, stage):
        for key in ("n", "o", "slash", "x", "enter"):
            await stage.pilot.press(key)
        await until(stage, lambda: dialog.field_line.remark.content.plain == "There is no such file.")
        dialog.field.value = "../work/src/"
        await stage.pilot.press("enter")
        await until(stage, lambda: "deep" in shown(dialog))
        dialog.field.value = "../a.txt"
        await stage.pilot.press("enter")
        await until(stage, lambda: dialog.chosen == (folder / "a.txt",))


async def test_the_picker_takes_a_folder_as_a_whole(folder: Path) -> None:
    async with picker(folder / "src") as (dialog, stage):
        await stage.pilot.press("up", "enter")
        assert dialog.chosen == (folder / "src",)


def test_what_cannot_be_read_and_what_is_too_much_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list_folder(folder / "none").problem == "This folder cannot be read: No such file or directory."
    (folder / "circle").symlink_to("circle")
    assert FolderEntry("circle", False) in list_folder(folder).entries
    monkeypatch.setattr(file_picker, "MOST_ENTRIES", 3)
    cut = list_folder(folder)
    assert len(cut.entries) == 3 and cut.problem == "Only 3 of its entries are shown."


def test_hostile_names_are_drawn_on_their_line() -> None:
    row = ListRow("x", FolderEntry("[bold]\x1b[31m\nred\u202e.txt", False, 3))
    assert "[bold]␛[31m red<U+202E>.txt" in FolderRows().draw(row, 60, False).plain
