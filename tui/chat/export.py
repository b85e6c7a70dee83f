"""Conversations as files: the one use case behind the app's dialog and `chinwag export`.

Reading, formatting and writing happen off the event loop where they take long; files are private, whole or not there,
and never over something that exists unless that is asked for. Knows no format by name: see `tui.formats.FORMATS`.
"""

import asyncio
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tui.chat.library import EVERY_CONVERSATION, Library
from tui.errors import ChinwagError, ExportError, StoreError
from tui.files import create_file, replace_file
from tui.formats import FORMATS
from tui.store.records import Conversation

_LONGEST_STEM = 72


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What became of an export of many conversations.

    Attributes:
        total: how many conversations there were.
        failures: why some could not be written, one error each.
    """

    total: int
    failures: tuple[ChinwagError, ...]

    @property
    def written(self) -> int:
        """How many files were written."""
        return self.total - len(self.failures)


def file_stem(conversation: Conversation) -> str:
    """A file's name without its suffix: words of the title and the end of the id, at most 72 characters.

    Only a-z, 0-9, "-" and "_" stand in it, so it is never a path, an option or a device of some system.
    """
    plain = unicodedata.normalize("NFKD", conversation.title[:400]).encode("ascii", "ignore").decode().lower()
    title = re.sub(r"[^a-z0-9_]+", "-", plain)
    end = re.sub(r"[^a-z0-9]", "", conversation.id.lower())[-8:]
    return f"{title[: _LONGEST_STEM - len(end) - 1].strip('-_') or 'chat'}-{end}"


async def export_text(library: Library, conversation_id: str, format: str) -> str:
    """A conversation as the text of a file; `format` is a name of `FORMATS`."""
    opened = await library.open(conversation_id)
    tree = await library.tree(conversation_id)
    attachments = await library.attachments(conversation_id)
    return await asyncio.to_thread(FORMATS[format].write, opened.conversation, tree, attachments)


async def export_file(
    library: Library, conversation: Conversation, format: str, place: Path, *, overwrite: bool = False
) -> Path:
    """Write a conversation to the file `place`, or into the folder `place` under a name made of its title.

    Returns:
        The file.

    Raises:
        ExportError: it exists (and `overwrite` is off), is no regular file, or cannot be written. Nothing half-written
            is left then, and with `overwrite` the old file is as it was.
    """
    text = await export_text(library, conversation.id, format)
    return await asyncio.to_thread(_write, place, file_stem(conversation) + FORMATS[format].suffix, text, overwrite)


async def export_all(library: Library, format: str, folder: Path, *, overwrite: bool = False) -> ExportReport:
    """Write every conversation into a folder, which is made if need be; one that fails does not stop the others.

    Raises:
        ExportError: the folder cannot be made.
    """
    await asyncio.to_thread(_make_folder, folder)
    conversations = await library.conversations(limit=EVERY_CONVERSATION)
    failures: list[ChinwagError] = []
    for conversation in conversations:
        try:
            await export_file(library, conversation, format, folder, overwrite=overwrite)
        except (ExportError, StoreError) as error:
            failures.append(error)
    return ExportReport(len(conversations), tuple(failures))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be used: {error.strerror}.", "Name another folder.") from error


def _write(place: Path, name: str, text: str, overwrite: bool) -> Path:
    target = place
    try:
        if place.is_dir():
            target = place / name
        (replace_file if overwrite else create_file)(target, text.encode())
    except FileExistsError:
        raise ExportError(f"{target} exists already.", "Choose another name, or use --force to replace it.") from None
    except FileNotFoundError:
        raise ExportError(f"The folder {target.parent} does not exist.", "Make it first, or choose another.") from None
    except OSError as error:
        raise ExportError(f"{target} could not be written: {error.strerror}.", "Choose another place.") from error
    return target
