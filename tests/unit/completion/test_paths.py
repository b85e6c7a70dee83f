"""Paths behind "@": which word is one, what is listed for it, and what choosing does. Lost else: a file, or a text."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.unit.chat.test_folder_scan import tree
from tui.app.completion import paths as module
from tui.app.completion.arguments import PathChoices
from tui.app.completion.completer import Completer
from tui.app.completion.paths import PathSource
from tui.app.completion.suggestions import Suggestion, Suggestions, Typed
from tui.app.widgets.composer import Composer
from tui.chat.folder_scan import FolderScan


class Listing:
    """A source on a folder, and how it looks when everything has been read."""

    def __init__(self, folder: Path) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self.source = PathSource(folder, self._start, Composer.AttachRequested)

    def _start(self, read: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.tasks.append(asyncio.create_task(read()))

    async def found(self, text: str) -> Suggestions | None:
        """What a prompt that ends in `text` offers at last."""
        completer = Completer([self.source])
        completer.look(Typed(text, True))
        await completer.settle()
        return completer.shown

    async def rows(self, text: str) -> list[Suggestion]:
        found = await self.found(text)
        return list(found.rows) if found is not None else []

    async def labels(self, text: str) -> list[str]:
        return [row.label for row in await self.rows(text)]


def attached(row: Suggestion) -> str:
    assert row.message is not None
    message = row.message()
    assert isinstance(message, Composer.AttachRequested)
    return message.source


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    tree(
        tmp_path, "src/main.py", "src/chat/main_screen.py", "README.md", "zebra/", ".env", ".github/ci.yml", "Alpha.txt"
    )
    return Listing(tmp_path)


async def test_folders_come_first_and_hidden_ones_only_when_asked_for(listing: Listing) -> None:
    assert await listing.labels("look at @") == ["src/", "zebra/", "Alpha.txt", "README.md"]
    assert await listing.labels("@.") == [".github/", ".env"]
    assert await listing.labels("@.github/") == [".github/", "ci.yml"]


async def test_letters_find_files_at_any_depth_the_best_first(listing: Listing) -> None:
    assert (await listing.labels("@main"))[:2] == ["src/main.py", "src/chat/main_screen.py"]
    assert await listing.labels("@scrn") == ["src/chat/main_screen.py"]
    assert await listing.labels("@s/ma") == ["src/main.py", "src/chat/main_screen.py"]
    assert await listing.labels("@SRC/MAIN") == ["src/main.py", "src/chat/main_screen.py"]
    assert await listing.labels("@nothing") == []


async def test_a_folder_is_gone_into_and_attached_as_a_whole(listing: Listing) -> None:
    (folder,) = [row for row in await listing.rows("@sr") if row.label == "src/"]
    assert folder.text == "@src/" and folder.message is None
    whole, chat, main = await listing.rows("@src/")
    assert [attached(whole), chat.text, attached(main)] == ["src/", "@src/chat/", "src/main.py"]
    assert await listing.labels("@src/chat/scr") == ["main_screen.py"]
    assert attached((await listing.rows("@./"))[0]) == "./"


async def test_a_folder_behind_a_command_is_taken_by_enter_once_it_is_written_out(listing: Listing) -> None:
    await listing.rows("@src")
    choices = PathChoices(listing.source)
    assert choices("import", "sr").marked == 0
    assert [choices("import", typed).marked for typed in ("src", "src/chat")] == [-1, -1]


@pytest.mark.parametrize("text", ["me@example", "a@", "@@main", "@main x", '@"main" x', "main"])
async def test_other_words_are_no_paths(text: str, listing: Listing) -> None:
    assert listing.source.find(Typed(text, True)) is None and not listing.tasks


async def test_names_with_spaces_are_found_and_gone_into(tmp_path: Path) -> None:
    listing = Listing(tree(tmp_path, "My Papers/tax letter.pdf"))
    folder, _ = await listing.rows("@papers")
    assert folder.text == '@"My Papers/'
    assert await listing.labels('@"My Papers/') == ["My Papers/", "tax letter.pdf"]
    (file,) = await listing.rows('look: @"My Papers/tax l')
    assert attached(file) == "My Papers/tax letter.pdf"


async def test_home_absolute_and_upward_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "home/notes.md", "work/inner/x", "work/y.txt")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    listing = Listing(tmp_path / "work" / "inner")
    assert attached((await listing.rows("@~/no"))[0]) == str(tmp_path / "home" / "notes.md")
    assert await listing.labels("@~") == ["~/", "notes.md"]
    assert await listing.labels("@..") == ["../", "inner/", "y.txt"]
    assert attached((await listing.rows("@../y"))[0]) == "../y.txt"
    assert attached((await listing.rows(f"@{tmp_path}/home/"))[1]) == f"{tmp_path}/home/notes.md"
    assert await listing.labels("@~nobody/") == []


async def test_an_address_is_attached_as_it_is(listing: Listing) -> None:
    (row,) = await listing.rows("see @https://example.org/a?b=c")
    assert attached(row) == "https://example.org/a?b=c"


async def test_hostile_names_never_get_into_the_prompt(tmp_path: Path) -> None:
    names = ["evil\x1b[31m", "two\nlines", "rtl\u202egnp.exe", 'quo"te', "bad\udcff"]
    listing = Listing(tree(tmp_path, *(f"{name}/inside" for name in names)))
    rows = await listing.rows("@")
    assert {row.label for row in rows} == {f"{name}/" for name in names}
    assert all(row.text is None for row in rows)
    assert {attached(row) for row in rows} == set(names)


async def test_a_circle_of_links_is_walked_only_as_far_as_one_goes(tmp_path: Path) -> None:
    (tree(tmp_path, "a/") / "a" / "up").symlink_to(tmp_path)
    listing = Listing(tmp_path)
    assert await listing.labels("@a/up/a/up/") == ["a/up/a/up/", "a/"]


async def test_a_folder_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    found = await Listing(tmp_path).found(f"@{tmp_path}/gone/")
    assert found is not None and not found.rows
    assert found.note == f"{tmp_path}/gone/ cannot be read: No such file or directory."


async def test_what_was_made_since_is_found_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Listing(tree(tmp_path, "old.txt"))
    assert await listing.labels("@") == ["old.txt"]
    tree(tmp_path, "new.txt")
    assert await listing.labels("@new") == []  # the same word: its list does not change under the hand
    monkeypatch.setattr(module, "_FRESH_S", 0.0)
    assert await listing.labels("@n") == ["new.txt"]


async def test_typing_on_finds_among_what_is_left_what_a_fresh_look_finds(tmp_path: Path) -> None:
    tree(tmp_path, *(f"{folder}/{name}.py" for folder in ("core", "corps", "c") for name in ("core", "ore", "e")))
    typed, fresh = Listing(tmp_path), Listing(tmp_path)
    for end in range(1, 8):
        text = "@core/or"[: end + 1]
        assert await typed.labels(text) == await fresh.labels(text), text
        fresh = Listing(tmp_path)


async def test_a_list_that_was_cut_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.app.completion.paths.FolderScan", partial(FolderScan, most=3))
    found = await Listing(tree(tmp_path, "a", "b", "c", "d")).found("@")
    assert found is not None and len(found.rows) == 3 and "20,000" in found.note
