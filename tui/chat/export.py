"""One conversation as a file or a text: behind the app's dialog and `chinwag export`; `export_all` writes many.

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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.chat.library import Library
from tui.dataclass import dataclass
from tui.errors import ExportError, ExportExistsError, UsageError
from tui.files import create_file, is_folder, replace_file
from tui.formats import FORMATS, KEPT
from tui.formats.side_files import side_file_names
from tui.store.records import Conversation, WholeConversation, branch_of
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.formats.left_out import LeftOut

_LONGEST_STEM = 72


def file_stem(conversation: Conversation) -> str:
    """A file's name without its suffix: words of the title and the end of the id, at most 72 characters.

    Only a-z, 0-9, "-" and "_" stand in it, so it is never a path, an option or a device of some system.
    """
    plain = unicodedata.normalize("NFKD", conversation.title[:400]).encode("ascii", "ignore").decode().lower()
    title = re.sub(r"[^a-z0-9_]+", "-", plain)
    end = re.sub(r"[^a-z0-9]", "", conversation.id.lower())[-8:]
    return f"{title[: _LONGEST_STEM - len(end) - 1].strip('-_') or 'chat'}-{end}"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written, and what it lacks of its conversation."""

    path: Path
    left_out: "LeftOut"


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written, and how; `format` is a name of `FORMATS`.

    Attributes:
        branches: all branches, where a format has only the one that is shown.
        message: id of the only message that is written, its beginning, or "last" of the branch; "" for all.
    """

    format: str
    branches: bool = False
    message: str = ""

    def of(self, whole: WholeConversation) -> WholeConversation:
        """What of a conversation is written.

        Raises:
            UsageError: it has no such message, or more than one.
        """
        if not self.message:
            return whole
        branch = branch_of(whole.messages, whole.conversation.active_leaf)
        last = self.message == "last"
        found = branch[-1:] if last else [one for one in whole.messages if one.id.startswith(self.message)]
        if len(found) != 1:
            problem = "more than one message" if found else "no message"
            raise UsageError(f'"{clean_line(self.message, 60)}" is {problem} of this chat.', "Take its id from JSON.")
        (message,) = found
        model = message.model or whole.conversation.model  # a prompt has none
        conversation = replace(whole.conversation, active_leaf=message.id, model=model)
        if FORMATS[self.format].keeps.issuperset(KEPT):
            # What can come back is a chat of its own: in a library that got it under the id of the whole one, the rest
            # would not join it.
            conversation = replace(conversation, id=message.id)
        files = tuple(file for file in whole.attachments if file.message_id == message.id)
        return WholeConversation(conversation, (replace(message, parent_id=None),), files)

    def text(self, whole: WholeConversation, folder: str = "") -> str:
        """The text of the file; see `Format.write`."""
        write = FORMATS[self.format].write
        return write(whole.conversation, whole.messages, whole.attachments, folder=folder, branches=self.branches)

    def beginning(self, whole: WholeConversation, lines: int) -> list[str]:
        """The first lines that say something of the file, raw: only the messages that stand there are written."""
        format, conversation = FORMATS[self.format], whole.conversation
        shown = branch_of(whole.messages, conversation.active_leaf) if format.one_branch else whole.messages
        first = tuple(shown[:lines])
        ids = {message.id for message in first}
        if format.one_branch and first:
            conversation = replace(conversation, active_leaf=first[-1].id)
        files = tuple(file for file in whole.attachments if file.message_id in ids)
        text = self.text(WholeConversation(conversation, first, files))
        start = text.find(format.preview_from) + len(format.preview_from)
        return text[start:].split("\n", lines)[:lines]

    def side_files(self, whole: WholeConversation) -> dict[str, bytes]:
        """What lies beside the file, by name: the files of the messages that are written."""
        if not FORMATS[self.format].side_files or not whole.attachments:
            return {}
        leaf = whole.conversation.active_leaf
        written = {message.id for message in (whole.messages if self.branches else branch_of(whole.messages, leaf))}
        shown = [file for file in whole.attachments if file.message_id in written]
        contents = {file.hash: file.data for file in shown}
        return {name: contents[hash] for hash, name in side_file_names(shown).items()}

    def left_out(self, whole: WholeConversation, *, beside: bool = True) -> "LeftOut":
        """What of it the file lacks; without `beside` the files that would lie beside it, too."""
        from tui.formats.left_out import left_out

        return left_out(
            FORMATS[self.format],
            whole.conversation,
            whole.messages,
            whole.attachments,
            branches=self.branches,
            beside=beside,
        )


async def whole_of(library: Library, conversation_id: str) -> WholeConversation:
    """A conversation with all that is in it, as it is now, on disk or in memory."""
    opened = await library.open(conversation_id)
    tree = await library.tree(conversation_id)
    return WholeConversation(opened.conversation, tree, await library.attachments(conversation_id))


async def export_text(
    library: Library, conversation_id: str, format: str, *, branches: bool = False, message: str = ""
) -> str:
    """A conversation as the text of a file; the arguments as in `Export`. Files that would lie beside are named."""
    text, _ = await export_pipe(library, conversation_id, Export(format, branches, message))
    return text


async def export_pipe(library: Library, conversation_id: str, export: Export) -> tuple[str, "LeftOut"]:
    """The text of a file that has nothing beside it, and what it lacks."""
    whole = export.of(await whole_of(library, conversation_id))
    return await asyncio.to_thread(lambda: (export.text(whole), export.left_out(whole, beside=False)))


async def export_file(
    library: Library,
    conversation: Conversation,
    format: str,
    place: Path,
    *,
    overwrite: bool = False,
    branches: bool = False,
    message: str = "",
) -> Exported:
    """Write a conversation to the file `place`, or into the folder `place` under a name made of its title.

    The attached files of a format that does not hold them go into a folder beside it, `<stem>-files`. With `branches`
    a format that has one branch gets all of them; with `message` only that one is written, see `Export`.

    Raises:
        ExportError: it or the folder exists (and `overwrite` is off), is none of its kind, or cannot be written.
            Nothing half-written is left then, and with `overwrite` the old file is as it was.
    """
    export = Export(format, branches, message)
    whole = export.of(await whole_of(library, conversation.id))
    stem = file_stem(conversation)
    target = place / (stem + FORMATS[format].suffix) if is_folder(place) else place
    with export_refusals(target):
        folder = target.with_name(f"{target.stem}-files")
        files = export.side_files(whole)
        # What takes long is done before anything is written: who is cancelled meanwhile leaves nothing.
        data, left_out = await asyncio.to_thread(
            lambda: (export.text(whole, folder.name if files else "").encode(), export.left_out(whole))
        )
        await asyncio.to_thread(_write, target, data, folder, files, overwrite)
    return Exported(target, left_out)


def _write(target: Path, data: bytes, folder: Path, files: Mapping[str, bytes], overwrite: bool) -> None:
    write = replace_file if overwrite else create_file
    if not overwrite and os.path.lexists(target):  # before anything is laid beside it
        raise FileExistsError
    if not files:
        write(target, data)
        return
    with _side_folder(folder, files, overwrite):
        write(target, data)


@contextmanager
def export_refusals(target: Path) -> Iterator[None]:
    """Make an `ExportError` of what the disk has against a file that is to be written."""
    try:
        yield
    except FileExistsError:
        hint = "Choose another name, or use --force to replace it."
        raise ExportExistsError(f"{target} exists already.", hint) from None
    except FileNotFoundError:
        raise ExportError(f"The folder {target.parent} does not exist.", "Make it first, or choose another.") from None
    except OSError as error:
        raise ExportError(f"{target} could not be written: {error.strerror}.", "Choose another place.") from error
    except ValueError:  # a NUL in it, or half a character
        name = clean_line(str(target), 200)
        raise ExportError(f"No file can have the name {name}.", "Choose another name.") from None


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
