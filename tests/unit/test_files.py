"""A pipe or a device where a file belongs must not hang a start; a full disk must not cost the file that was there."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import NO_FILES, Make, folder, loop, pipe
from tui.config import load_config, load_state, save_state
from tui.errors import ConfigError
from tui.files import create_file, make_private_folder, read_regular, regular_size, replace_file
from tui.paths import config_dir, state_dir


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(("make", "words"), NO_FILES)
def test_what_is_no_file_is_refused_at_once(make: Make, words: str, place: Path) -> None:
    make(place)
    for use in (read_regular, regular_size, lambda path: replace_file(path, b"new")):
        with pytest.raises(OSError) as caught:
            use(place)
        assert words in str(caught.value.strerror)
    assert sorted(file.name for file in place.parent.iterdir()) in (["file"], ["file", "other"])


@pytest.mark.parametrize(("make", "words"), NO_FILES)
def test_in_the_place_of_the_configuration_it_is_named_in_a_line(make: Make, words: str) -> None:
    config_dir().mkdir(parents=True)
    for name in ("config.toml", "config.local.toml"):
        file = config_dir() / name
        make(file)
        with pytest.raises(ConfigError) as caught:
            load_config()
        assert str(file) in caught.value.message and words in caught.value.message
        remove(file)


@pytest.mark.parametrize(("make", "words"), NO_FILES)
def test_in_the_place_of_the_state_it_costs_the_state_only_and_stays_there(make: Make, words: str) -> None:
    state_dir().mkdir(parents=True)
    file = state_dir() / "state.toml"
    make(file)
    before = os.lstat(file)
    state = load_state()
    assert words in state.notice and state.theme is None
    with pytest.raises(ConfigError, match="cannot be written"):
        save_state(state)
    assert os.lstat(file).st_ino == before.st_ino


def remove(file: Path) -> None:
    for one in file.parent.iterdir():
        one.rmdir() if one.is_dir() and not one.is_symlink() else one.unlink()


def test_a_file_behind_a_link_is_read(place: Path) -> None:
    place.write_bytes(b"content")
    link = place.with_name("link")
    link.symlink_to(place)
    assert read_regular(link) == b"content" and regular_size(link) == 7


def test_nothing_is_no_size_and_no_content(place: Path) -> None:
    assert regular_size(place) is None
    with pytest.raises(FileNotFoundError):
        read_regular(place)


def test_a_file_without_end_is_not_read_whole(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(1 << 40)  # a terabyte of nothing
    with pytest.raises(OSError, match="longer than 8 MB"):
        read_regular(place)
    assert len(read_regular(Path(__file__), 1 << 20)) == regular_size(Path(__file__))


def test_a_pipe_that_takes_the_place_of_a_file_meanwhile_is_not_waited_for(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write_bytes(b"content")
    as_it_was = place.stat()
    place.unlink()
    os.mkfifo(place)
    monkeypatch.setattr(Path, "stat", lambda path: as_it_was)
    with pytest.raises(OSError, match="it is a pipe"):
        read_regular(place)


@pytest.fixture(params=["write", "fsync", "rename"])
def full_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if request.param == "write":
        monkeypatch.setattr(tempfile, "mkstemp", refuse)
    elif request.param == "fsync":
        monkeypatch.setattr(os, "fsync", refuse)
    else:
        monkeypatch.setattr(Path, "replace", refuse)
    yield


def test_a_full_disk_leaves_the_old_file_and_nothing_else(place: Path, full_disk: None) -> None:
    place.write_bytes(b"old")
    with pytest.raises(OSError, match="No space left"):
        replace_file(place, b"new")
    assert [file.read_bytes() for file in place.parent.iterdir()] == [b"old"]


def test_only_the_owner_can_read_what_is_written(place: Path) -> None:
    old = os.umask(0)
    try:
        create_file(place, b"1")
        replace_file(place.with_name("b"), b"2")
    finally:
        os.umask(old)
    for file in place.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_new_file_never_takes_the_place_of_something(place: Path) -> None:
    for make in (folder, pipe, loop):
        make(place)
        with pytest.raises(FileExistsError):
            create_file(place, b"new")
        remove(place)


def test_folders_above_a_private_one_are_private_too(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private_folder(tmp_path / "one" / "two")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "one", tmp_path / "one" / "two")] == [0o700] * 2
    with pytest.raises(FileExistsError):
        (tmp_path / "file").touch()
        make_private_folder(tmp_path / "file")
