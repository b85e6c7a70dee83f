"""A GGUF file of one's own becomes `local:NAME` with one command, and what is no model is refused with the reason."""

from pathlib import Path

import pytest

from tests.support.shell import Chinwag
from tui.agent.providers.local import _weights
from tui.paths import data_dir


@pytest.fixture(autouse=True)
def _no_other_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package brings a model, and no server is looked for."""
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())
    monkeypatch.setattr("tui.chat.catalog.listings.Listings.unlisted_servers", lambda self: [])


def gguf(folder: Path, name: str = "Acme-7B-Instruct.Q4_K_M.gguf") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(b"GGUF" + bytes(64))
    return path


def test_a_file_becomes_a_model_under_the_name_people_call_it_by(chinwag: Chinwag, tmp_path: Path) -> None:
    file = gguf(tmp_path / "downloads")
    code, out, err = chinwag("models", "add", str(file))
    assert (code, out) == (0, "local:acme-7b\n")
    assert str(data_dir() / "models") in err and "chinwag -m local:acme-7b" in err
    link = data_dir() / "models" / "Acme-7B-Instruct.Q4_K_M.gguf"
    assert link.readlink() == file  # nothing was copied
    assert "local:acme-7b" in chinwag("models", "local")[1]


def test_it_can_be_given_a_name_and_a_second_one(chinwag: Chinwag, tmp_path: Path) -> None:
    file = gguf(tmp_path / "downloads")
    assert chinwag("models", "add", str(file), "--name", "mine")[1] == "local:mine\n"
    assert chinwag("models", "add", "--name", "also-mine", str(file))[1] == "local:also-mine\n"
    listed = chinwag("models", "local")[1]
    assert "local:mine " in listed and "local:also-mine " in listed


def test_the_option_for_another_configuration_counts_too(chinwag: Chinwag, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(f'[local]\nmodels = ["{tmp_path / "mine"}"]\n')
    file = gguf(tmp_path / "mine")
    code, _, err = chinwag("--config", str(other), "models", "add", str(file))
    assert code == 2 and "is local:acme-7b already" in err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("absent.gguf", None, "does not exist"),
        ("notes.txt", b"hello", "is not a GGUF file"),
        ("empty.gguf", b"", "is not a GGUF file"),
        ("big-00002-of-00003.gguf", b"GGUF", "cannot answer by itself"),
        ("mmproj-acme.gguf", b"GGUF", "cannot answer by itself"),
    ],
)
def test_what_is_no_model_is_refused_and_nothing_is_made(
    chinwag: Chinwag, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    code, out, err = chinwag("models", "add", str(file))
    assert (code, out) == (2, "") and says in err and name in err
    assert not (data_dir() / "models").exists()


def test_a_folder_is_refused_with_the_way_that_takes_one(chinwag: Chinwag, tmp_path: Path) -> None:
    code, _, err = chinwag("models", "add", str(tmp_path))
    assert code == 2 and "is a folder" in err and "config.toml" in err


def test_a_name_that_is_taken_or_would_change_is_refused(chinwag: Chinwag, tmp_path: Path) -> None:
    first, second = gguf(tmp_path / "a"), gguf(tmp_path / "b", "Other.gguf")
    chinwag("models", "add", str(first))
    code, _, err = chinwag("models", "add", str(second), "--name", "acme-7b")
    assert code == 2 and "There is a local:acme-7b already" in err and "--name" in err
    code, _, err = chinwag("models", "add", str(second), "--name", "My Model")
    assert code == 2 and "--name my-model" in err
    code, _, err = chinwag("models", "add", str(second), "--name", "../../escape")
    assert code == 2 and not list(tmp_path.rglob("escape*"))


def test_without_a_file_the_command_says_what_is_missing(chinwag: Chinwag) -> None:
    code, _, err = chinwag("models", "add")
    assert code == 2 and "FILE" in err


def test_a_folder_that_cannot_be_written_is_a_failure_with_words(chinwag: Chinwag, tmp_path: Path) -> None:
    data_dir().parent.mkdir(exist_ok=True)
    data_dir().write_text("a file where the folder should be")
    code, _, err = chinwag("models", "add", str(gguf(tmp_path / "a")))
    assert code == 1 and "cannot be made" in err


def test_the_parts_of_a_split_model_are_found_beside_the_first(tmp_path: Path) -> None:
    part = gguf(tmp_path / "a", "big-00001-of-00002.gguf")
    whole = gguf(tmp_path / "a", "small.gguf")
    for target, loaded in ((part, part), (whole, tmp_path / "link-small.gguf")):
        link = tmp_path / f"link-{target.name.partition('-')[0].removesuffix('.gguf')}.gguf"
        link.symlink_to(target)
        assert _weights(link) == loaded
    assert _weights(whole) == whole
