"""A text in the person's own editor: which one, and what came of it. Knows no Textual; the terminal is lent by the app.

The text stands in a file that only its owner can read, in a folder of its own, which goes when the editor has ended.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tui.errors import ChinwagError
from tui.files import create_file, read_regular
from tui.programs import command_words
from tui.threads import made

_USUAL = ("nano", "vim", "vi", "notepad") if sys.platform == "win32" else ("nano", "vim", "vi")
_PATIENCE_S = 2.0


class EditorError(ChinwagError):
    """The editor could not be started, has failed, or what it wrote cannot be read."""


def editor_command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The person's editor with its arguments: `$VISUAL`, else `$EDITOR`, else one that is usually there.

    Raises:
        EditorError: there is none, or the one that was named is not installed.
    """
    search = environment.get("PATH")
    for name in ("VISUAL", "EDITOR"):
        value = environment.get(name, "").strip()
        if not value:
            continue
        try:
            command = command_words(value)
        except ValueError:
            command = []
        if not command or shutil.which(command[0], path=search) is None:
            raise EditorError(f"${name} names “{value}”, which is not there.", f"Set {name} to an editor that is.")
        return command
    for editor in _USUAL:
        if shutil.which(editor, path=search):
            return [editor]
    raise EditorError("There is no editor here.", "Set EDITOR, as in: export EDITOR=nano")


async def edit_text(text: str, command: list[str], *, output: int | None = None) -> str:
    """Let a person write on in an editor, and return what is left when it has ended.

    Args:
        text: what to begin with.
        command: the editor, which gets the file as its last argument.
        output: a descriptor of the terminal, where standard output is not one.

    Raises:
        EditorError: it cannot be started, it failed, or it left what is no text. What it had written by then is kept
            in its file, which the message names, where it differs from `text`.
    """
    editor = Path(command[0]).name
    folder = Path(tempfile.mkdtemp(prefix="chinwag-"))  # 0700: what editors put beside a file is private, too
    file = folder / "prompt.md"
    keep = False
    try:
        create_file(file, text.encode("utf-8", "replace"))
        code = await _run([*command, str(file)], output)
        written = _read(file)
        keep = (code != 0 or written is None) and _differs(file, text)
        if code != 0:
            raise EditorError(_failed(editor, code), _kept(file, keep))
        if written is None:
            raise EditorError(f"What {editor} has left is no text.", _kept(file, keep))
        return written if text.endswith("\n") else written.removesuffix("\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise EditorError(f"{editor} cannot be started: {reason}.", "What you wrote is still here.") from error
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _read(file: Path) -> str | None:
    try:
        return read_regular(file).decode().replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError):
        return None


def _differs(file: Path, text: str) -> bool:
    with suppress(OSError):
        return file.read_bytes().strip() not in (b"", text.encode("utf-8", "replace").strip())
    return False


def _failed(editor: str, code: int) -> str:
    how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
    return f"{editor} {how}."


def _kept(file: Path, keep: bool) -> str:
    return f"What it had written is in {file}." if keep else "What you wrote is still here."


async def _run(command: list[str], output: int | None) -> int:
    """Run a program on the terminal, and wait for it while everything else goes on."""
    with _deaf_to_the_keyboard():
        process = await made(lambda: subprocess.Popen(command, stdout=output), _end)
        try:
            return await asyncio.to_thread(process.wait)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it if it runs: the app is told to go."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)


@contextmanager
def _deaf_to_the_keyboard() -> Iterator[None]:
    """Let the keys that interrupt or quit be the editor's alone, whose process group is ours."""
    numbers = [signal.SIGINT, *([signal.SIGQUIT] if hasattr(signal, "SIGQUIT") else [])]
    before: dict[signal.Signals, Any] = {}
    try:
        for number in numbers:
            with suppress(ValueError):  # not the main thread
                before[number] = signal.signal(number, lambda *_: None)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
