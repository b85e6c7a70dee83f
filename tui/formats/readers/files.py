"""Whose a file is, found out by what stands in it, and the chats that it holds.

What cannot be read is told in the place of a chat, and never keeps the rest from being read.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, takewhile
from pathlib import Path
from typing import Any

from tui.bounds import json_value
from tui.errors import ForeignFileError
from tui.figures import counted
from tui.formats.imported import Found, ImportedChat, Skipped, Tables
from tui.formats.readers import (
    aichat,
    chatgpt,
    chinwag,
    claude,
    elia,
    gemini,
    librechat,
    llm,
    openwebui,
    oterm,
    parllama,
    pydantic_ai,
)
from tui.formats.readers.json_items import MOST_ITEM_BYTES, TruncatedError, list_items
from tui.formats.readers.places import ARCHIVE, ChatFile, places

OpenDatabase = Callable[[Path], AbstractContextManager[Tables]]
"""Opens another program's database; `tui.store.foreign.open_foreign`."""

_DATABASE = b"SQLite format 3\x00"
_MOST_YAML_BYTES = 8 << 20
_MOST_OBJECT_BYTES = 256 << 20
"""The longest file that is one chat, with its files in it."""
_NO_CHATS = "it has no chats of a program that is known"
_LINES = "JSON lines have no times, titles or branches, and are not taken over. Take JSON: chinwag export -f json"
_KNOWN_BESIDE = (".chinwag-export", "projects", "users", "user", "memories", "message_feedback", "shared_conversations",
                 "export_manifest", "manifest", "model_comparisons", "shopping", "sora")  # fmt: skip
"""Files and folders of an export that hold no chats, by how their names begin. Those of groups and designs do hold
some, in a shape that is not known."""


def read_paths(
    paths: Iterable[Path], open_database: OpenDatabase, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Found]:
    """All chats of files, folders and archives, one at a time; what is read once `stopped` says so has no meaning."""
    for path in paths:
        for place in places(path):
            if isinstance(place, Skipped):
                yield place
            else:
                yield from (_dated(found, place) for found in _read_place(place, open_database, stopped))


def _dated(found: Found, place: ChatFile) -> Found:
    """A chat without any time is as old as its file."""
    if not isinstance(found, ImportedChat) or found.created or found.updated or place.path is None:
        return found
    with suppress(OSError, OverflowError, ValueError):
        return replace(found, updated=datetime.fromtimestamp(place.path.stat().st_mtime, UTC))
    return found


def _read_place(place: ChatFile, open_database: OpenDatabase, stopped: Callable[[], bool]) -> Iterator[Found]:
    try:
        chunks: Iterator[bytes] = takewhile(lambda _: not stopped(), place.chunks())
        head = next(chunks, b"")
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            chunks = _as_utf8(chain([head], chunks))
            head = next(chunks, b"")
        if head.startswith(_DATABASE):
            yield from _read_database(place, open_database)
        elif head.startswith(ARCHIVE):
            yield Skipped("", place.name, "unsupported", "an archive in an archive; unpack it first")
        elif not head.strip():
            yield Skipped("", place.name, "bad_file", "it is empty")
        else:
            yield from _read_text(place, head, chunks)
    except ForeignFileError as error:
        yield Skipped("", place.name, "bad_file", error.message)


def _as_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What some shells make of any text that goes through them."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        for chunk, last in chain(((chunk, False) for chunk in chunks), [(b"", True)]):
            if words := decoder.decode(chunk, last):
                yield words.encode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise ForeignFileError("it is no valid UTF-16") from error


def _read_database(place: ChatFile, open_database: OpenDatabase) -> Iterator[Found]:
    if place.path is None:
        yield Skipped("", place.name, "unsupported", "a database in an archive; unpack it first")
        return
    with open_database(place.path) as tables:
        for reader in (llm, oterm, elia):
            if reader.recognise(tables):
                yield from _guarded(partial(reader.read, tables, place.name), reader.SOURCE, place.name)
                return
        yield Skipped("", place.name, "unsupported", _about_database(tables))


def _about_database(tables: Tables) -> str:
    if tables.has("conversations", "active_leaf") and tables.has("messages", "payload"):
        return "a library of Chinwag; export its chats there as JSON, and import those"
    alike = ("threads", "turns"), ("conversations", "responses"), ("chat", "message")
    if any(all(map(tables.has, names)) for names in alike):
        return f"{_NO_CHATS}; it may be of an llm, oterm or elia that is newer than this Chinwag"
    return _NO_CHATS


def _read_yaml(place: ChatFile, chunks: Iterable[bytes]) -> Iterator[Found]:
    try:
        value = aichat.load(_whole(chunks, _MOST_YAML_BYTES))
    except ValueError as error:
        if place.below.lower().endswith((".yaml", ".yml")):
            yield Skipped("aichat", place.name, "bad_file", str(error) or "it is no text")
        else:
            yield Skipped("", place.name, "unsupported", _NO_CHATS)
        return
    if isinstance(value, dict) and aichat.recognise(value):
        name = place.path.absolute().as_posix() if place.path is not None else place.below
        yield from _guarded(lambda: aichat.read(value, place.name, name), aichat.SOURCE, place.name)
    else:
        yield Skipped("", place.name, "unsupported", _NO_CHATS)


def _read_text(place: ChatFile, head: bytes, chunks: Iterator[bytes]) -> Iterator[Found]:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"["):
        yield from _read_list(place, chain([head], chunks))
    elif start.startswith(b"{"):
        yield from _read_one(place, chain([head], chunks))
    elif re.search(rb"^model:", start, re.MULTILINE):
        yield from _read_yaml(place, chain([head], chunks))
    elif gemini.recognise_page(start):
        yield Skipped("", place.name, "unsupported", gemini.DETAIL)
    else:
        yield Skipped("", place.name, "unsupported", _NO_CHATS)


def _read_one(place: ChatFile, chunks: Iterable[bytes]) -> Iterator[Found]:
    """The chat that a file is."""
    try:
        whole = _whole(chunks, _MOST_OBJECT_BYTES)
        value = json_value(whole)
    except ValueError as error:
        detail = _json_problem(error)
        if detail.startswith("nested") and b'"messagesTree"' in whole[:4000]:
            detail += '; export it again from LibreChat without "recursive"'
        if _are_lines(whole):
            yield Skipped("", place.name, "unsupported", _LINES)
            return
        yield Skipped("", place.name, "bad_file", detail)
        return
    yield from _read_object(value, place)


def _read_list(place: ChatFile, chunks: Iterable[bytes]) -> Iterator[Found]:
    """The conversations of a list, or the one that it is."""
    others = _Others()
    number = 0
    problem = ""
    try:
        for number, item in enumerate(list_items(chunks), start=1):
            where = f"{place.name}, no. {number}"
            value = _item(item, where)
            if isinstance(value, Skipped):
                yield value
            elif isinstance(value, dict) and _reader_of(value) is not None:
                yield from _read_object(value, place, where)
            else:
                others.add(value, len(item or b""))
    except TruncatedError:
        problem = f"it breaks off after no. {number}; what was whole is read"
    except ValueError as error:
        problem = str(error)
    if others.messages:
        yield from _guarded(lambda: pydantic_ai.read(others.messages, place.name), pydantic_ai.SOURCE, place.name)
    if problem:
        yield Skipped("", place.name, "bad_file", problem)
    if others.count == number and not problem:
        yield _without_chats(place, place.name, others.first)
    elif others.count:
        detail = f"{counted(others.count, 'item')} left out: no chats of a program that is known"
        yield Skipped("", place.name, "unsupported", detail)


class _Others:
    """What a list has that are no chats.

    Attributes:
        messages: those of the one chat that the list may be, as far as that fits into memory.
        count: how many items are neither.
        first: the first of them, the first object rather; None for none.
    """

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.count = 0
        self.first: Any = None
        self._bytes = 0

    def add(self, value: Any, size_bytes: int) -> None:
        """Keep or count one more.

        Raises:
            ValueError: the messages are too many; none is kept.
        """
        if not pydantic_ai.recognise(value):
            self.count += 1
            self.first = self.first or value or False
            return
        self._bytes += size_bytes
        if self._bytes > _MOST_OBJECT_BYTES:
            self.messages.clear()
            raise ValueError(f"it is one chat of more than {_MOST_OBJECT_BYTES >> 20} MB")
        self.messages.append(value)


def _without_chats(place: ChatFile, where: str, value: Any) -> Skipped:
    """Told of a file without chats, and of one that stands beside the chats of an export and never has any.

    `value` is what it has, or the first of it; None for an empty list.
    """
    if value is None:
        return Skipped("", where, "beside", "its list is empty")
    if isinstance(value, dict) and gemini.recognise(value):
        return Skipped("", where, "unsupported", gemini.DETAIL)
    if isinstance(value, dict) and place.below.lower().endswith(".jsonl"):
        return Skipped("", where, "unsupported", _LINES)
    if any(part.startswith(_KNOWN_BESIDE) for part in place.below.lower().split("/")):
        return Skipped("", where, "beside", "a part of the export that holds no chats")
    return Skipped("", where, "unsupported", _NO_CHATS)


def _item(item: bytes | None, where: str) -> Any:
    if item is None:
        return Skipped("", where, "bad_conversation", f"it is longer than {MOST_ITEM_BYTES >> 20} MB")
    if not item.startswith(b"{"):
        return None  # no chat, and no message of one
    try:
        return json_value(item)
    except ValueError as error:
        return Skipped("", where, "bad_conversation", _json_problem(error))


def _reader_of(value: dict[str, Any]) -> str | None:
    readers = (chatgpt, claude, openwebui, librechat, chinwag, parllama)
    return next((reader.SOURCE for reader in readers if reader.recognise(value)), None)


def _read_object(value: Any, place: ChatFile, where: str = "") -> Iterator[Found]:
    where = where or place.name
    source = _reader_of(value) if isinstance(value, dict) else None
    match source:
        case chatgpt.SOURCE:
            yield from _guarded(lambda: chatgpt.read(value, where, place.asset), source, where)
        case claude.SOURCE:
            yield from _guarded(lambda: claude.read(value, where), source, where)
        case openwebui.SOURCE:
            yield from _guarded(lambda: openwebui.read(value, where), source, where)
        case librechat.SOURCE:
            yield from _guarded(lambda: librechat.read(value, where), source, where)
        case chinwag.SOURCE:
            yield from _guarded(lambda: chinwag.read(value, where), source, where)
        case parllama.SOURCE:
            yield from _guarded(lambda: parllama.read(value, where), source, where)
        case _:
            yield _without_chats(place, where, value)


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


def _are_lines(text: bytes) -> bool:
    """Whether a text that is no JSON has an object in each line, as far as its first two say."""
    first, _, rest = text.lstrip().partition(b"\n")
    try:
        return isinstance(json_value(first), dict) and rest.lstrip().startswith(b"{")
    except ValueError:
        return False


def _json_problem(error: ValueError) -> str:
    return str(error) if str(error).startswith(("it is", "nested")) else "it is no valid JSON"
