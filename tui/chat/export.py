"""Conversations as files: the one use case behind the app's dialog and `chinwag export`.

Reading, formatting and writing happen off the event loop where they take long; files are private, whole or not there,
and never over something that exists unless that is asked for. Knows no format by name: see `tui.formats.FORMATS`.
"""

import asyncio
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tui.chat.library import EVERY_CONVERSATION, Library
from tui.errors import ChinwagError, ExportError, StoreError
from tui.files import create_file, replace_file
from tui.formats import FORMATS
from tui.formats.side_files import side_file_names
from tui.store.records import Attachment, Conversation, Message, branch_of

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


@dataclass(frozen=True, slots=True)
class _Rows:
    """Everything of one conversation."""

    conversation: Conversation
    tree: tuple[Message, ...]
    attachments: tuple[Attachment, ...]

    def text(self, format: str, folder: str = "") -> str:
        """The text of the file; see `Format.write`."""
        return FORMATS[format].write(self.conversation, self.tree, self.attachments, folder=folder)

    def side_files(self, format: str) -> dict[str, bytes]:
        """What lies beside the file, by name: the files of the branch that is shown."""
        if not FORMATS[format].side_files:
            return {}
        branch = {message.id for message in branch_of(self.tree, self.conversation.active_leaf)}
        shown = [file for file in self.attachments if file.message_id in branch]
        contents = {file.hash: file.data for file in shown}
        return {name: contents[hash] for hash, name in side_file_names(shown).items()}


async def _rows(library: Library, conversation_id: str) -> _Rows:
    opened = await library.open(conversation_id)
    tree = await library.tree(conversation_id)
    return _Rows(opened.conversation, tree, await library.attachments(conversation_id))


async def export_text(library: Library, conversation_id: str, format: str) -> str:
    """A conversation as the text of a file; `format` is a name of `FORMATS`. Files that would lie beside are named."""
    return await asyncio.to_thread((await _rows(library, conversation_id)).text, format)


async def export_file(
    library: Library, conversation: Conversation, format: str, place: Path, *, overwrite: bool = False
) -> Path:
    """Write a conversation to the file `place`, or into the folder `place` under a name made of its title.

    The attached files of a format that does not hold them go into a folder beside it, `<stem>-files`.

    Returns:
        The file.

    Raises:
        ExportError: it or the folder exists (and `overwrite` is off), is none of its kind, or cannot be written.
            Nothing half-written is left then, and with `overwrite` the old file is as it was.
    """
    rows = await _rows(library, conversation.id)
    return await asyncio.to_thread(_write, rows, place, file_stem(conversation), format, overwrite)


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


def _write(rows: _Rows, place: Path, stem: str, format: str, overwrite: bool) -> Path:
    write = replace_file if overwrite else create_file
    target = place / (stem + FORMATS[format].suffix) if place.is_dir() else place
    with export_refusals(target):
        files = rows.side_files(format)
        folder = target.with_name(f"{target.stem}-files")
        text = rows.text(format, folder.name if files else "")
        if not overwrite and os.path.lexists(target):  # before anything is laid beside it
            raise FileExistsError
        if not files:
            write(target, text.encode())
            return target
        with _side_folder(folder, files, overwrite):
            write(target, text.encode())
    return target


@contextmanager
def export_refusals(target: Path) -> Iterator[None]:
    """Make an `ExportError` of what the disk has against a file that is to be written."""
    try:
        yield
    except FileExistsError:
        raise ExportError(f"{target} exists already.", "Choose another name, or use --force to replace it.") from None
    except FileNotFoundError:
        raise ExportError(f"The folder {target.parent} does not exist.", "Make it first, or choose another.") from None
    except OSError as error:
        raise ExportError(f"{target} could not be written: {error.strerror}.", "Choose another place.") from error


@contextmanager
def _side_folder(folder: Path, files: Mapping[str, bytes], overwrite: bool) -> Iterator[None]:
    """Write the attached files into their folder; a new one is gone again when the block fails.

    Raises:
        ExportError: something of that name is there, or they cannot be written.
    """
    new = not os.path.lexists(folder)
    if not new and (not overwrite or folder.is_symlink() or not folder.is_dir()):
        raise ExportError(f"{folder} exists already.", "It would get the attached files. Choose another name.")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, data in files.items():
            (replace_file if overwrite else create_file)(folder / name, data)
        yield
    except OSError:
        if new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
