"""The files of messages: shown small where they are images, and opened by whatever the system has for them.

A text is shown in the app. Anything else goes as a private copy to the system's own program, after asking, under a
name whose suffix says what the file is by its content. The dialogs are imported when they are opened.
"""

import asyncio
import atexit
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app.chat.downloads import Download
from tui.app.chat.outcome import NOTHING, Outcome
from tui.errors import AttachmentError
from tui.figures import size
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app.transcript.openables import Openable
    from tui.app.transcript.view import Transcript
    from tui.chat.library import Library

_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
}


class MessageFiles:
    """What is done with the files of messages.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        copy: copies a text, whose second argument names it.
    """

    def __init__(
        self,
        library: "Library",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        copy: Callable[[str, str], None],
    ) -> None:
        self._library = library
        self._ask = ask
        self._copy = copy

    async def show_pictures(self, transcript: "Transcript") -> None:
        """Read the images that the transcript has not shown small yet, the newest first, one after the other."""
        from tui.app.transcript.pictures import picture_rows
        from tui.chat.attachments.thumbnails import can_draw, thumbnail

        wanted = transcript.pictures.wanted()
        if not wanted or not can_draw():
            return
        for hash in wanted:
            data = (await self._library.contents([hash])).get(hash)
            drawn = None if data is None else await asyncio.to_thread(thumbnail, data)
            transcript.pictures.show(hash, picture_rows(drawn) if drawn else [])

    async def open(self, file: "Openable") -> Outcome:
        """Open a file of a message.

        Raises:
            AttachmentError: it is not in the library any more, or nothing here can open it.
        """
        from tui.chat.attachments.content_types import media_type_of

        name = clean_line(file.info, 80) or "file"
        data = (await self._library.contents([file.source])).get(file.source)
        if data is None:
            raise AttachmentError(f"{name} is not in the library any more.", "It can only be attached again.")
        media_type = media_type_of(data)
        if not media_type:
            return await self._show_text(file.info, data)
        return await self._open_elsewhere(name, media_type, data)

    async def _show_text(self, name: str, data: bytes) -> Outcome:
        from tui.app.dialogs.source_view import SourceView
        from tui.app.transcript.openables import Openable

        language = Path(name).suffix.removeprefix(".")
        await self._ask(SourceView(Openable("code", data.decode(errors="replace"), language), self._copy))
        return NOTHING

    async def _open_elsewhere(self, name: str, media_type: str, data: bytes) -> Outcome:
        from tui.app.dialogs.confirm import Confirm

        download = Download()
        who = "the program that this system has for such a file" if download.folder is None else "your browser"
        question = f"A copy of “{name}” ({size(len(data))}) goes to {who}."
        if not await self._ask(Confirm("Open file", question, "open", "close")):
            return NOTHING
        folder = download.folder or _private_folder()
        path = await asyncio.to_thread(write_copy, folder, name, _SUFFIXES.get(media_type, ""), data)
        if download.folder is not None:
            return Outcome(download=path)
        await hand_to_system(path)
        return Outcome(done=f"Opened {name}")


@cache
def _private_folder() -> Path:
    """A folder of this process that only its owner can read; it goes when the program does."""
    folder = Path(tempfile.mkdtemp(prefix="chinwag-files-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def write_copy(folder: Path, name: str, suffix: str, data: bytes) -> Path:
    """Write a file under a harmless name, as close to its own as that is.

    Raises:
        AttachmentError: it cannot be written.
    """
    from tui.files import replace_file

    stem = re.sub(r"[^\w-]+", "_", Path(name).stem).strip("_")[:60] or "file"
    try:
        path = folder / f"{stem}{suffix}"
        replace_file(path, data)
    except OSError as error:
        raise AttachmentError(f"{name} cannot be written: {error.strerror}.", "Check the free space.") from error
    return path


def _openers() -> Sequence[str]:
    if sys.platform == "darwin":
        return ("open",)
    return ("xdg-open", "wslview", "gio")


async def hand_to_system(path: Path) -> None:
    """Let the system open a file with the program that it has for it.

    Raises:
        AttachmentError: it has none.
    """
    from tui.programs import start_program

    if sys.platform == "win32":
        try:
            await asyncio.to_thread(os.startfile, path)
        except OSError as error:
            message = f"Windows could not open it: {error.strerror}."
            raise AttachmentError(message, f"A copy is in {path}.") from error
        return
    for name in _openers():
        if program := shutil.which(name):
            code = await start_program([program, *(["open"] if name == "gio" else []), str(path)])
            if code:
                raise AttachmentError(f"{name} could not open it (exit code {code}).", f"A copy is in {path}.")
            return
    raise AttachmentError(f"There is no {_openers()[0]} here that could open it.", f"A copy is in {path}.")
