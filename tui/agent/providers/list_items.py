"""The entries of a list of models, whatever a server wraps them in. Pure; knows no dialect."""

from collections.abc import Mapping
from typing import Any

_LIST_KEYS = ("data", "models", "result", "results", "items", "modelSummaries", "model_list")
_NAME_KEYS = ("id", "name", "model", "model_name", "modelId")
_MODEL_KEYS = frozenset(
    (*_NAME_KEYS, "object", "created", "owned_by", "context_length", "max_tokens", "max_model_len", "pricing", "type")
)
_DEEPEST = 4


def items_of(value: Any) -> list[dict[str, Any]]:
    """The entries of a list: objects, or bare names; under one of several keys, nested, or keyed by their ids.

    Entries that are null or anything else are left out.

    Args:
        value: the decoded answer.

    Raises:
        ValueError: there is no list of models in it; an empty one, or null in its place, is none.
    """
    found = _items(value, 0)
    if found is None:
        raise ValueError("no list of models")
    return found


def name_of(item: Mapping[str, Any]) -> str:
    """The name of an entry, letter for letter; "" when it has none."""
    names = (item.get(key) for key in _NAME_KEYS)
    return next((name for name in names if isinstance(name, str) and name), "")


def _items(value: Any, depth: int) -> list[dict[str, Any]] | None:
    if isinstance(value, list):
        found = [item for one in value if one is not None for item in _entry(one, depth)]
        return found if found or not any(value) else None
    if not isinstance(value, dict) or depth > _DEEPEST:
        return None
    wrapped = [value[key] for key in _LIST_KEYS if key in value]
    for inner in wrapped:
        found_inside = _items(inner, depth + 1)
        if found_inside is not None:
            return found_inside
    return _keyed_by_id(value, depth) or ([] if wrapped and not any(wrapped) else None)


def _entry(value: Any, depth: int) -> list[dict[str, Any]]:
    if isinstance(value, str):
        return [{"id": value}]
    if not isinstance(value, dict):
        return []
    if name_of(value):
        return [value]
    return (_items(value, depth + 1) or []) if any(key in value for key in _LIST_KEYS) else []


def _keyed_by_id(value: dict[str, Any], depth: int) -> list[dict[str, Any]]:
    """Models as the values of an object; at the top, where an error may stand too, only if they look like models."""
    if any(key in value for key in _NAME_KEYS) or not all(isinstance(one, dict | None) for one in value.values()):
        return []
    models = {name: inner or {} for name, inner in value.items()}
    if depth == 0 and not all(_MODEL_KEYS & inner.keys() for inner in models.values()):
        return []
    return [
        {"id": name, **{key: one for key, one in inner.items() if key != "id" or one}} for name, inner in models.items()
    ]
