"""Whose a file is, found out by what stands in it, and the chats that it holds.

What cannot be read is told in the place of a chat, and never keeps the rest from being read.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from tui.bounds import json_value
from tui.errors import ForeignFileError
from tui.figures import counted
from tui.formats.imported import Found, ImportedChat, Skipped, Tables
from tui.formats.readers import aichat, chatgpt, chinwag, claude, elia, llm, openwebui, oterm, parllama, pydantic_ai
from tui.formats.readers.json_items import MOST_ITEM_BYTES, TruncatedError, list_items
from tui.formats.readers.places import Place, places

OpenDatabase = Callable[[Path], AbstractContextManager[Tables]]
"""Opens another program's database; `tui.store.foreign.open_foreign`."""

_DATABASE = b"SQLite format 3\x00"
_MOST_YAML_BYTES = 8 << 20
_MOST_OBJECT_BYTES = 256 << 20
"""The longest file that is one chat, with its files in it."""
_NO_CHATS = "it has no chats of a program that is known"
_KNOWN_BESIDE = ("projects", "users", "user", "memories", "message_feedback", "shared_conversations", "group_chats",
                 "export_manifest", "manifest", "model_comparisons", "shopping", "sora", "design_chats")  # fmt: skip
"""Files of an export that hold no chats, by how their names begin; not worth a word each."""


def read_paths(paths: Iterable[Path], open_database: OpenDatabase) -> Iterator[Found]:
    """All chats of files, folders and archives, one at a time."""
    for path in paths:
        try:
            for place in places(path):
                if isinstance(place, ForeignFileError):
                    reason = "unsafe" if "swells" in place.message else "bad_file"
                    yield Skipped("", str(path), reason, place.message.removeprefix(f"{path}: "))  # type: ignore[arg-type]  # one of two
                else:
                    yield from (_dated(found, place) for found in _read_place(place, open_database))
        except ForeignFileError as error:
            yield Skipped("", str(path), "bad_file", error.message)


def _dated(found: Found, place: Place) -> Found:
    """A chat without any time is as old as its file."""
    if not isinstance(found, ImportedChat) or found.created or found.updated or place.path is None:
        return found
    with suppress(OSError, OverflowError, ValueError):
        return replace(found, updated=datetime.fromtimestamp(place.path.stat().st_mtime, UTC))
    return found


def _read_place(place: Place, open_database: OpenDatabase) -> Iterator[Found]:
    try:
        chunks = place.chunks()
        head = next(chunks, b"")
        if head.startswith(_DATABASE):
            yield from _read_database(place, open_database)
        elif not head.strip():
            yield Skipped("", place.name, "bad_file", "it is empty")
        elif place.below.lower().endswith((".yaml", ".yml")):
            yield from _read_yaml(place, chain([head], chunks))
        else:
            yield from _read_json(place, head, chunks)
    except ForeignFileError as error:
        yield Skipped("", place.name, "bad_file", error.message)


def _read_database(place: Place, open_database: OpenDatabase) -> Iterator[Found]:
    if place.path is None:
        yield Skipped("", place.name, "unsupported", "a database in an archive; unpack it first")
        return
    with open_database(place.path) as tables:
        for reader in (llm, oterm, elia):
            if reader.recognise(tables):
                yield from reader.read(tables, place.name)
                return
    yield Skipped("", place.name, "unsupported", _NO_CHATS)


def _read_yaml(place: Place, chunks: Iterable[bytes]) -> Iterator[Found]:
    try:
        value = aichat.load(_whole(chunks, _MOST_YAML_BYTES))
    except ValueError as error:
        yield Skipped("aichat", place.name, "bad_file", str(error) or "it is no text")
        return
    if isinstance(value, dict) and aichat.recognise(value):
        name = place.below.rpartition("sessions/")[2]
        yield from aichat.read(value, place.name, name)
    else:
        yield Skipped("", place.name, "unsupported", _NO_CHATS)


def _read_json(place: Place, head: bytes, chunks: Iterator[bytes]) -> Iterator[Found]:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        yield from _read_list(place, chain([head], chunks))
        return
    if not start.startswith(b"{"):
        yield Skipped("", place.name, "unsupported", "it is neither JSON, YAML nor a database")
        return
    try:
        value = json_value(_whole(chain([head], chunks), _MOST_OBJECT_BYTES))
    except ValueError as error:
        yield Skipped("", place.name, "bad_file", _json_problem(error))
        return
    yield from _read_object(value, place)


def _read_list(place: Place, chunks: Iterable[bytes]) -> Iterator[Found]:
    """The conversations of a list, or the one that it is."""
    messages = _Messages()
    strangers = number = 0
    problem = ""
    try:
        for number, item in enumerate(list_items(chunks), start=1):
            where = f"{place.name}, no. {number}"
            value = _item(item, where)
            if isinstance(value, Skipped):
                yield value
            elif pydantic_ai.recognise(value):
                messages.add(value, len(item or b""))
            elif isinstance(value, dict) and _reader_of(value) is not None:
                yield from _read_object(value, place, where)
            else:
                strangers += 1
    except TruncatedError:
        problem = f"it breaks off after no. {number}; what was whole is read"
    except ValueError as error:
        problem = str(error)
    if messages.listed:
        yield from _guarded(lambda: pydantic_ai.read(messages.listed, place.name), pydantic_ai.SOURCE, place.name)
    if problem:
        yield Skipped("", place.name, "bad_file", problem)
    if strangers and not _is_known_beside(place):
        detail = (
            _NO_CHATS
            if strangers == number
            else f"{counted(strangers, 'item')} left out: no chats of a program that is known"
        )
        yield Skipped("", place.name, "unsupported", detail)


class _Messages:
    """The messages of a list that is one chat, as far as that fits into memory."""

    def __init__(self) -> None:
        self.listed: list[Any] = []
        self._bytes = 0

    def add(self, message: Any, size_bytes: int) -> None:
        """Keep one more.

        Raises:
            ValueError: it is too much; nothing is kept.
        """
        self._bytes += size_bytes
        if self._bytes > _MOST_OBJECT_BYTES:
            self.listed.clear()
            raise ValueError(f"it is one chat of more than {_MOST_OBJECT_BYTES >> 20} MB")
        self.listed.append(message)


def _is_known_beside(place: Place) -> bool:
    """Whether a file is one that stands beside the chats of an export."""
    return place.below.rpartition("/")[2].lower().startswith(_KNOWN_BESIDE)


def _item(item: bytes | None, where: str) -> Any:
    if item is None:
        return Skipped("", where, "bad_conversation", f"it is longer than {MOST_ITEM_BYTES >> 20} MB")
    try:
        return json_value(item)
    except ValueError as error:
        return Skipped("", where, "bad_conversation", _json_problem(error))


def _reader_of(value: dict[str, Any]) -> str | None:
    readers = (chatgpt, claude, openwebui, chinwag, parllama)
    return next((reader.SOURCE for reader in readers if reader.recognise(value)), None)


def _read_object(value: Any, place: Place, where: str = "") -> Iterator[Found]:
    where = where or place.name
    source = _reader_of(value) if isinstance(value, dict) else None
    match source:
        case chatgpt.SOURCE:
            yield from _guarded(lambda: chatgpt.read(value, where, place.asset), source, where)
        case claude.SOURCE:
            yield from _guarded(lambda: claude.read(value, where), source, where)
        case openwebui.SOURCE:
            yield from _guarded(lambda: openwebui.read(value, where), source, where)
        case chinwag.SOURCE:
            yield from _guarded(lambda: chinwag.read(value, where), source, where)
        case parllama.SOURCE:
            yield from _guarded(lambda: parllama.read(value, where), source, where)
        case _ if not _is_known_beside(place):
            yield Skipped("", where, "unsupported", _NO_CHATS)


def _guarded(read: Callable[[], Iterator[Found]], source: str, where: str) -> Iterator[Found]:
    """The chats of a reader; a shape that it does not expect costs the one conversation."""
    try:
        yield from read()
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        detail = f"it has a shape that is not known ({type(error).__name__})"
        yield Skipped(source, where, "bad_conversation", detail)


def _whole(chunks: Iterable[bytes], limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if length > limit_bytes:
            raise ValueError(f"it is longer than {limit_bytes >> 20} MB")
        parts.append(chunk)
    return b"".join(parts)


def _json_problem(error: ValueError) -> str:
    return str(error) if str(error).startswith(("it is", "nested")) else "it is no valid JSON"
