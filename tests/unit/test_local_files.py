"""A person would not find the model they downloaded, or would find two under one name."""

from pathlib import Path

import pytest

from tui.agent.providers import local_files
from tui.agent.providers.local_files import find_local_files
from tui.agent.providers.local_models import LocalModels


@pytest.fixture(autouse=True)
def _no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_files, "_PACKAGES", ("a_package_that_nobody_installed",))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2-135m"),
        ("Qwen3-30B-A3B-Instruct-2507-UD-Q4_K_XL.gguf", "qwen3-30b-a3b-instruct-2507"),
        ("gemma-3-4b-it-Q8_0.gguf", "gemma-3-4b"),
        ("Llama-3.2-1B-Instruct-f16.gguf", "llama-3.2-1b"),
        ("gpt-oss-20b-mxfp4.gguf", "gpt-oss-20b"),
        ("my model (2).GGUF", "my-model-2"),
        ("Qwen3-235B-A22B-Q4_K_M-00001-of-00003.gguf", "qwen3-235b-a22b"),
        ("Q8_0.gguf", "q8-0"),
        ("模型.gguf", "model"),
    ],
)
def test_a_model_has_the_name_people_call_it_by(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).touch()
    assert [found.name for found in find_local_files([tmp_path])] == [name]


def test_pieces_that_cannot_answer_alone_are_not_listed(tmp_path: Path) -> None:
    for name in ("big-00001-of-00002.gguf", "big-00002-of-00002.gguf", "mmproj-big-f16.gguf"):
        (tmp_path / name).touch()
    assert [found.name for found in find_local_files([tmp_path])] == ["big"]


def test_a_file_named_by_hand_is_listed_whatever_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin").touch()
    assert [found.name for found in find_local_files([tmp_path / "tiny.bin"])] == ["tiny"]


def test_two_packings_of_one_model_keep_apart(tmp_path: Path) -> None:
    for packing in ("q4_0", "q8_0"):
        (tmp_path / f"tiny-{packing}.gguf").touch()
    assert [found.name for found in find_local_files([tmp_path])] == ["tiny", "tiny-q8_0"]


def test_files_and_folders_are_looked_through_in_order_and_each_file_once(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("b.gguf", "a.gguf", "notes.txt"):
        (folder / name).touch()
    named = tmp_path / "named.gguf"
    found = find_local_files([named, folder, folder / "a.gguf", tmp_path / "absent"])
    assert [(file.name, file.path) for file in found] == [
        ("named", named),  # not there: using it says so, which beats a model that vanishes from the list
        ("a", folder / "a.gguf"),
        ("b", folder / "b.gguf"),
    ]


def test_the_package_that_brings_a_model_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "brings_a_model"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "Tiny-Q4_1.gguf").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(local_files, "_PACKAGES", ("brings_a_model",))
    assert [(file.name, file.path) for file in find_local_files([])] == [("tiny", package / "Tiny-Q4_1.gguf")]


def test_a_file_dropped_in_is_seen_without_a_restart(tmp_path: Path) -> None:
    models = LocalModels([tmp_path])
    assert models.files() == ()
    (tmp_path / "new.gguf").touch()
    assert [file.name for file in models.files()] == ["new"]
