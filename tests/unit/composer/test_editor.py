"""A text in another program's hands comes back, or stays as it was and the person is told why."""

import asyncio
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tui.app.tty.editor import EditorError, edit_text, editor_command


def private_files() -> set[Path]:
    """What stands in the folder of temporary files that is ours."""
    return set(Path(os.environ.get("TMPDIR", "/tmp")).glob("chinwag-*"))


def kept_by(error: EditorError) -> tuple[str, int]:
    """The text and the mode of the file that an error names, which is removed."""
    file = Path(error.hint.removeprefix("What it had written is in ").removesuffix("."))
    text, mode = file.read_text(errors="replace"), stat.S_IMODE(file.stat().st_mode)
    file.unlink()
    file.parent.rmdir()
    return text, mode


def script(folder: Path, body: str) -> list[str]:
    """An editor that does this with its file, "$1"."""
    file = folder / "editor.sh"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o700)
    return [str(file)]


async def test_what_the_editor_leaves_comes_back(tmp_path: Path) -> None:
    command = script(tmp_path, 'printf "and more\\r\\n" >> "$1"')
    assert await edit_text("héllo ", command) == "héllo and more"


async def test_the_file_is_private_markdown_and_gone_afterwards(tmp_path: Path) -> None:
    command = script(tmp_path, f'stat -c "%a %n" "$1" "$(dirname "$1")" > {tmp_path}/seen')
    await edit_text("secret", command)
    file, folder = (line.split(" ", 1) for line in (tmp_path / "seen").read_text().splitlines())
    assert (file[0], folder[0]) == ("600", "700") and file[1].endswith(".md")
    assert Path(folder[1]) not in private_files()


async def test_an_empty_file_and_a_deleted_one_are_nothing(tmp_path: Path) -> None:
    assert await edit_text("text", script(tmp_path, ': > "$1"')) == ""
    assert await edit_text("text", script(tmp_path, 'rm "$1"')) == ""


@pytest.mark.parametrize(("body", "words"), [("exit 3", "exit code 3"), ("kill -9 $$", "signal 9")])
async def test_a_failure_is_said_and_leaves_no_file(tmp_path: Path, body: str, words: str) -> None:
    before = private_files()
    with pytest.raises(EditorError, match=words) as caught:
        await edit_text("text", script(tmp_path, body))
    assert "still here" in caught.value.hint
    assert private_files() == before


async def test_what_was_written_before_a_failure_is_kept_in_a_private_file(tmp_path: Path) -> None:
    with pytest.raises(EditorError) as caught:
        await edit_text("text", script(tmp_path, 'echo "an hour of work" >> "$1"; exit 1'))
    text, mode = kept_by(caught.value)
    assert "an hour of work" in text and mode == 0o600


async def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EditorError, match="no text") as caught:
        await edit_text("text", script(tmp_path, 'printf "\\377\\376\\000x" > "$1"'))
    assert kept_by(caught.value)[1] == 0o600


async def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    (tmp_path / "editor").write_text("no program")
    with pytest.raises(EditorError, match="cannot be started"):
        await edit_text("text", [str(tmp_path / "editor")])


def test_which_editor(tmp_path: Path) -> None:
    for name in ("mine", "nano", "vi"):
        (tmp_path / name).touch(mode=0o700)
    path = str(tmp_path)
    assert editor_command({"PATH": path, "EDITOR": "mine --wait", "VISUAL": ""}) == ["mine", "--wait"]
    assert editor_command({"PATH": path, "EDITOR": "vi", "VISUAL": "mine"}) == ["mine"]
    assert editor_command({"PATH": path}) == ["nano"]
    with pytest.raises(EditorError, match=r"\$EDITOR names “emacs -nw”"):
        editor_command({"PATH": path, "EDITOR": "emacs -nw"})
    with pytest.raises(EditorError, match="no editor"):
        editor_command({"PATH": str(tmp_path / "none")})


async def test_one_that_the_app_leaves_while_it_starts_is_ended(tmp_path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    before = private_files()
    with pytest.MonkeyPatch().context() as patch:
        patch.setattr(subprocess, "Popen", Watched)
        editing = asyncio.create_task(edit_text("text", script(tmp_path, "exec sleep 3600")))
        while not started:  # noqa: ASYNC110  a thread tells no event
            await asyncio.sleep(0)
        editing.cancel()
        await asyncio.wait({editing})
        while started[0].returncode is None:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert editing.cancelled() and private_files() == before
