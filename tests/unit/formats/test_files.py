"""Where an export lands: never over something of the person's, never outside the folder, never half."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.library import conversation
from tui.errors import ExportError
from tui.formats import FORMATS
from tui.formats.files import file_name, write_export

HOSTILE = [
    "../../x",
    "/etc/x",
    "-rf",
    "a\x00b",
    "CON",
    "x" * 300,
    "\u202eexe.dm",
    "   ",
    "",
    "💥",
    "日本語",
    "a/b\\c:d*e?",
]


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("name", FORMATS)
def test_no_title_makes_a_path_an_option_or_a_long_name(title: str, name: str) -> None:
    made = file_name(conversation(title), FORMATS[name])
    assert made == Path(made).name
    assert made.isascii() and made[0].isalnum() and len(made) <= 80
    assert made.endswith(FORMATS[name].suffix)
    assert set(made.removesuffix(FORMATS[name].suffix)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text(), st.text())
def test_no_text_at_all_makes_a_bad_name(title: str, id: str) -> None:
    made = file_name(replace(conversation(title), id=id), FORMATS["md"])
    assert made.isascii() and "/" not in made and made[0].isalnum() and len(made) <= 80


def test_a_name_says_what_the_chat_is_about() -> None:
    chat = replace(conversation("Größe der Welt: 3 Fragen"), id="01a204d4-13d1-7482-9f98-d889eefd54df")
    assert file_name(chat, FORMATS["md"]) == "groe-der-welt-3-fragen-eefd54df.md"


def test_chats_with_the_same_title_get_names_of_their_own() -> None:
    assert file_name(conversation("x"), FORMATS["md"]) != file_name(conversation("x"), FORMATS["md"])


def test_only_the_owner_may_read_an_export(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        written = write_export(tmp_path / "chat.md", "words ü")
    finally:
        os.umask(old)
    assert written.read_text(encoding="utf-8") == "words ü"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_file_that_exists_is_never_replaced_unasked(tmp_path: Path) -> None:
    target = tmp_path / "chat.md"
    target.write_text("mine")
    with pytest.raises(ExportError) as caught:
        write_export(target, "new")
    assert caught.value.message == f"{target} exists already."
    assert "--force" in caught.value.hint
    assert target.read_text() == "mine"
    write_export(target, "new", overwrite=True)
    assert target.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["chat.md"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    link = tmp_path / "chat.md"
    link.symlink_to(elsewhere)
    with pytest.raises(ExportError, match="exists already"):
        write_export(link, "new")
    assert not elsewhere.exists()
    elsewhere.write_text("mine")
    write_export(link, "new", overwrite=True)
    assert elsewhere.read_text() == "mine"
    assert link.read_text() == "new"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_missing_folder_is_named(tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(ExportError, match="nowhere does not exist"):
        write_export(tmp_path / "nowhere" / "chat.md", "x", overwrite=overwrite)


def test_a_folder_or_a_device_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(ExportError, match=r"it is a (folder|pipe|device), not a file"):
            write_export(target, "x", overwrite=True)
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_full_disk_leaves_no_half_file_and_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "chat.md"
    if overwrite:
        target.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="No space left on device"):
        write_export(target, "new", overwrite=overwrite)
    assert [file.read_text() for file in tmp_path.iterdir()] == (["old"] if overwrite else [])
