"""Files in an unexpected folder are files that a person does not find, or that a test overwrites."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tui import paths

FOLDERS: list[tuple[str, Callable[[], Path], str]] = [
    ("CONFIG", paths.config_dir, ".config/chinwag"),
    ("DATA", paths.data_dir, ".local/share/chinwag"),
    ("STATE", paths.state_dir, ".local/state/chinwag"),
    ("CACHE", paths.cache_dir, ".cache/chinwag"),
]


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _, _ in FOLDERS:
        monkeypatch.delenv(f"CHINWAG_{name}_DIR")


@pytest.mark.parametrize(("name", "folder", "usual"), FOLDERS)
def test_folders_are_where_the_desktop_says(
    name: str, folder: Callable[[], Path], usual: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert folder() == Path.home() / usual
    monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path))
    assert folder() == tmp_path / "chinwag"
    monkeypatch.setenv(f"CHINWAG_{name}_DIR", "~/mine")
    assert folder() == Path.home() / "mine"


def test_asking_for_a_folder_makes_none() -> None:
    for _, folder, _ in FOLDERS:
        assert not folder().exists()
