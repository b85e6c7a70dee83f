"""What the library could not take, written elsewhere: as files of our own JSON, or as text for the terminal."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from tui.chat.export import file_stem
from tui.chat.library import Library
from tui.chat.loading import unattended
from tui.chat.refused import UnsavedConversation
from tui.chat.replies.rows import unsent_message
from tui.chat.titles import title_of
from tui.dataclass import dataclass
from tui.errors import ExportError, StoreError
from tui.files import create_file, make_private_folder
from tui.formats import FORMATS
from tui.model_id import ModelId
from tui.store.records import Conversation, UnsentPrompt
from tui.text import clean, clean_line

_PATIENCE_S = 1.0
"""How long a disk may take for what is saved at the last moment: whoever ended the program waits."""


@dataclass(frozen=True, slots=True)
class Rescue:
    """What became of what the library could not take.

    Attributes:
        files: where conversations were written.
        left: those that could be written nowhere.
    """

    files: tuple[Path, ...] = ()
    left: tuple[UnsavedConversation, ...] = ()


async def in_memory_only(library: Library) -> tuple[UnsavedConversation, ...]:
    """What ends with the program, by conversation; what was not sent stands there as a prompt."""
    kept = {one.conversation.id: one for one in await library.messages_in_memory()}
    for prompt in await library.unsent_prompts.in_memory_only():
        known = kept.get(prompt.conversation_id) or UnsavedConversation(await _chat_of(library, prompt))
        kept[prompt.conversation_id] = UnsavedConversation(
            known.conversation,
            known.messages | {prompt.id: unsent_message(prompt)},
            known.attachments | ({prompt.id: prompt.files} if prompt.files else {}),
        )
    return tuple(kept.values())


async def _chat_of(library: Library, prompt: UnsentPrompt) -> Conversation:
    """The chat in which a prompt was written, also where it is stored nowhere."""
    at = prompt.written_at
    chat = Conversation(prompt.conversation_id, "", "prompt", prompt.model, prompt.settings, None, at, at)
    chat = await library.current(chat)
    return chat if chat.title else replace(chat, title=title_of(prompt.text))


async def rescue(library: Library, folder: Path) -> Rescue:
    """Try once more to save what is in memory only; what the library still refuses goes into files in `folder`."""
    await save_again(library)
    files: list[Path] = []
    left: list[UnsavedConversation] = []
    for one in await in_memory_only(library):
        try:
            async with asyncio.timeout(_PATIENCE_S):
                files += await unattended(write_unsaved, folder, [one])
        except (ExportError, TimeoutError):
            left.append(one)
    return Rescue(tuple(files), tuple(left))


async def save_again(library: Library) -> None:
    """Let the library try once more; what it refuses stays in memory."""
    with suppress(StoreError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await library.flush()


def write_unsaved(folder: Path, unsaved: Sequence[UnsavedConversation]) -> list[Path]:
    """Write each conversation to a new file in `folder`, which is made if need be; returns where.

    A file holds one JSON export, whose `messages` are only those that were not saved. It is whole or not there, and
    only its owner can read it.

    Raises:
        ExportError: the folder cannot be made, or a file not be written; those before it are kept.
    """
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    written = []
    for one in unsaved:
        target = folder / f"unsaved-{moment}-{file_stem(one.conversation)}.json"
        files = tuple(chain.from_iterable(one.attachments.values()))
        text = FORMATS["json"].write(one.conversation, tuple(one.messages.values()), files)
        try:
            make_private_folder(folder)
            create_file(target, text.encode())
        except OSError as error:
            raise ExportError(f"{target} could not be written: {error.strerror}.", "Free some space there.") from error
        written.append(target)
    return written


def unsaved_text(unsaved: Sequence[UnsavedConversation]) -> str:
    """The same for a person at a terminal, when no file could be written: who said what, safe to print."""
    lines: list[str] = []
    for one in unsaved:
        lines += [f"# {clean_line(one.conversation.title) or 'Untitled'}", ""]
        for message in one.messages.values():
            speaker = "You" if message.kind == "prompt" else clean_line(ModelId.parse(message.model).label)
            lines += [f"{speaker}:", clean(message.text).strip("\n"), ""]
    return "\n".join(lines)
