"""What comes from another machine, read and checked before any of it is written: whoever can write to the hub may lie.

Pure. A cell that makes no sense is left out, and stops nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

from tui.store.records import MessageKind, MessageState
from tui.store.sharing_records import Cell, CellKind
from tui.store.sharing_rows import CHAT_FIELDS, IMPORT_FIELDS, MESSAGE_FIELDS, PICK_FIELDS, SIDE_CALL_FIELDS

_KINDS = get_args(CellKind)
_LARGEST = 1 << 63
_COLUMNS = {"side_call": SIDE_CALL_FIELDS, "pick": PICK_FIELDS, "import": IMPORT_FIELDS}
_MAY_LACK = {
    "conversation": {"active_leaf", "deleted_at"},
    "message": {"parent_id", "price", "thinking_ms", "first_token_ms", "total_ms", "deleted_at"},
    "side_call": {"price"},
    "pick": set[str](),
    "import": {"conversation_id"},
}
"""Columns that may be empty."""
_OTHERS = {"thinking_ms", "first_token_ms", "total_ms", "created_at", "price"}
"""Columns of a message that are not texts."""


def checked(cell: Cell) -> Cell | None:
    """The cell with what its value says, and the files that it names; None when it makes no sense."""
    if cell.kind not in _KINDS or not cell.key or not 0 <= cell.clock < _LARGEST:
        return None
    try:
        data = json.loads(cell.value)
    except (ValueError, RecursionError):
        return None
    if not _is_sound(cell, data):
        return None
    if cell.kind == "message" and cell.field == "row":
        return replace(cell, data=data, files=tuple((file[0], 0) for file in data["files"]))
    return replace(cell, data=data)


def _is_sound(cell: Cell, data: Any) -> bool:
    if cell.field == "gone":
        return isinstance(data, bool)
    match cell.kind:
        case "conversation":
            return cell.chat == cell.key and _chat(cell.field, data)
        case "message":
            return cell.chat != "" and _message(cell, data)
        case _:
            return cell.field == "row" and _values(cell.kind, _COLUMNS[cell.kind], data)


def _chat(field: str, data: Any) -> bool:
    if field.startswith("tag:"):
        return isinstance(data, bool) and len(field) > 4
    return field in CHAT_FIELDS and _values("conversation", CHAT_FIELDS[field], data)


def _message(cell: Cell, data: Any) -> bool:
    match cell.field:
        case "shown":
            return _values("message", ("shown",), data) and isinstance(data[0], str)
        case "deleted_at":
            return _values("message", ("deleted_at",), data)
        case "row":
            return cell.payload is not None and isinstance(data, dict) and _row(cell.chat, data)
    return False


def _row(chat: str, data: dict[str, Any]) -> bool:
    files = data.get("files")
    return (
        all(name in data and _fits("message", name, data[name]) for name in MESSAGE_FIELDS)
        and all(isinstance(data[name], str | None) for name in MESSAGE_FIELDS if name not in _OTHERS)
        and data["conversation_id"] == chat
        and data["kind"] in get_args(MessageKind)
        and data["state"] in get_args(MessageState)
        and isinstance(files, list)
        and all(isinstance(file, list) and [*map(type, file)] == [str, str, str] for file in files)
    )


def _values(kind: str, columns: Sequence[str], data: Any) -> bool:
    return (
        isinstance(data, list)
        and len(data) == len(columns)
        and all(_fits(kind, name, value) for name, value in zip(columns, data, strict=True))
    )


def _fits(kind: str, column: str, value: object) -> bool:
    """Whether a column can hold a value."""
    if isinstance(value, int):
        return -_LARGEST <= value < _LARGEST
    return isinstance(value, str | float) or (value is None and column in _MAY_LACK[kind])
