"""Writes Python values as XML, which models read more reliably than JSON when it stands in a prompt. Knows no model."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from pydantic import BaseModel

__all__ = ["format_as_xml"]


def format_as_xml(
    obj: Any,
    root_tag: str = "examples",
    item_tag: str = "example",
    include_root_tag: bool = True,
    none_str: str = "null",
    indent: str | None = "  ",
) -> str:
    r"""Write a value as XML for a prompt.

    Args:
        obj: text, bytes (UTF-8), numbers, dates, None; mappings, iterables, dataclasses and pydantic models of these.
        root_tag: tag around everything.
        item_tag: tag of an iterable's items that have no name of their own; models have their class's, and so have
            dataclasses, but for those inside another one.
        include_root_tag: False to leave the outermost tag of a mapping or iterable away.
        none_str: what None is written as.
        indent: what one level of depth is indented by; None for everything on one line.

    Raises:
        TypeError: a value of another type is among them, or a key that is neither text nor a whole number.

    Example:
        >>> print(format_as_xml({"name": "John", "height": 6}, root_tag="user"))
        <user>
          <name>John</name>
          <height>6</height>
        </user>
    """
    writer = _Writer(item_tag, none_str, indent)
    if include_root_tag or writer.text(obj) is not None:
        lines = writer.element(root_tag, obj, 0)
    else:
        lines = writer.children(obj, 0)
    return ("" if indent is None else "\n").join(lines)


class _Writer:
    def __init__(self, item_tag: str, none_str: str, indent: str | None) -> None:
        self._item_tag = item_tag
        self._none_str = none_str
        self._indent = indent or ""

    def text(self, value: Any) -> str | None:
        """A value that stands between two tags; None for one that has elements of its own."""
        match value:
            case None:
                return self._none_str
            case str():
                return value
            case bytes() | bytearray():
                return value.decode(errors="ignore")
            case bool() | int() | float():
                return str(value)
            case date():
                return value.isoformat()
            case _:
                return None

    def element(self, tag: str, value: Any, depth: int) -> Iterator[str]:
        """The lines of one element."""
        margin = self._indent * depth
        text = self.text(value)
        if text is not None:
            yield f"{margin}<{tag}>{escape(text)}</{tag}>" if text else f"{margin}<{tag} />"
            return
        lines = list(self.children(value, depth + 1))
        if not lines:
            yield f"{margin}<{tag} />"
            return
        yield f"{margin}<{tag}>"
        yield from lines
        yield f"{margin}</{tag}>"

    def children(self, value: Any, depth: int) -> Iterator[str]:
        """The lines of the elements inside a value."""
        for tag, inner in self._named(value):
            yield from self.element(tag, inner, depth)

    def _named(self, value: Any) -> Iterable[tuple[str, Any]]:
        if isinstance(value, Mapping):
            return [(_tag_of_key(key), inner) for key, inner in value.items()]
        if isinstance(value, BaseModel):
            return value.model_dump().items()
        if is_dataclass(value) and not isinstance(value, type):
            return asdict(value).items()  # deep: those inside are mappings, without a name of their own
        if isinstance(value, Iterable):
            return [(self._tag_of(item), item) for item in value]
        raise TypeError(f"Unsupported type for XML formatting: {type(value)}")

    def _tag_of(self, item: Any) -> str:
        named = isinstance(item, BaseModel) or is_dataclass(item)
        return type(item).__name__ if named else self._item_tag


def _tag_of_key(key: object) -> str:
    if not isinstance(key, str | int):
        raise TypeError(f"Unsupported key type for XML formatting: {type(key)}, only str and int are allowed")
    return str(key)
