"""What a tool has returned: any value, in which files may stand, alone, in a list or deeper. Knows no message.

Files are in it by the classes of prompts. JSON has them as dicts of the same fields; `read_files` makes files of those.
"""

import base64
import functools
from collections.abc import Iterator
from typing import Any

import pydantic

from tui.agent._content import (
    AudioUrl,
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    NamedContent,
    UserContent,
    description_of,
)

ToolFile = ImageUrl | AudioUrl | DocumentUrl | BinaryContent
_URLS: dict[str, type[ImageUrl | AudioUrl | DocumentUrl]] = {
    "image-url": ImageUrl,
    "audio-url": AudioUrl,
    "document-url": DocumentUrl,
}
_LEVELS = 8
"""Lists and dicts inside each other in which files are looked for."""


def read_files(value: Any, levels: int = _LEVELS) -> Any:
    """A result as JSON has it, with files in the place of what stands for them. The value is not changed."""
    if isinstance(value, list) and levels:
        return [read_files(one, levels - 1) for one in value]
    if not isinstance(value, dict) or not levels:
        return value
    return _file(value) or {name: read_files(one, levels - 1) for name, one in value.items()}


def _file(value: dict[str, Any]) -> ToolFile | None:
    kind, url = value.get("kind"), value.get("url")
    data, media_type = value.get("data"), value.get("media_type")
    if isinstance(kind, str) and kind in _URLS and isinstance(url, str):
        return _URLS[kind](url)
    if kind != "binary" or not isinstance(media_type, str):
        return None
    if isinstance(data, str):
        try:  # pydantic writes the alphabet for addresses
            data = base64.b64decode(data.translate({45: 43, 95: 47}), validate=True)
        except ValueError:
            return None
    if not isinstance(data, bytes):
        return None
    name = value.get("name")
    return NamedContent(data, media_type, name=name) if isinstance(name, str) else BinaryContent(data, media_type)


def files_in(value: Any, levels: int = _LEVELS) -> Iterator[ToolFile]:
    """The files in a result, in order."""
    if isinstance(value, ToolFile):
        yield value
    elif isinstance(value, dict | list | tuple) and levels:
        for one in value.values() if isinstance(value, dict) else value:
            yield from files_in(one, levels - 1)


def content_items(value: Any) -> list[UserContent]:
    """A result as texts and files: those of a list one by one; else what is no file as one JSON text, and the files.

    Raises:
        pydantic_core.PydanticSerializationError: something in it has no JSON form.
    """
    files = list(files_in(value))
    if not files:
        return [json_text(value)]
    if isinstance(value, ToolFile):
        return [value]
    if isinstance(value, list | tuple) and any(isinstance(one, ToolFile) for one in value):
        return [item for one in value for item in content_items(one)]
    return [json_text(without_files(value)), *files]


def text_of_items(items: list[UserContent]) -> str:
    """The texts, with a line in the place of each file."""
    return "\n".join(item if isinstance(item, str) else _line(item) for item in items)


def without_files(value: Any, levels: int = _LEVELS) -> Any:
    """The same value with a line in the place of each file."""
    if isinstance(value, ToolFile):
        return _line(value)
    if isinstance(value, list | tuple) and levels:
        return [without_files(one, levels - 1) for one in value]
    if isinstance(value, dict) and levels:
        return {name: without_files(one, levels - 1) for name, one in value.items()}
    return value


def _line(item: UserContent) -> str:
    return f"[file: {description_of(item)}]"


def json_text(value: Any) -> str:
    """A string as it is, anything else as JSON.

    Raises:
        pydantic_core.PydanticSerializationError: the value has no JSON form.
    """
    return value if isinstance(value, str) else any_adapter().dump_json(value).decode()


@functools.cache
def any_adapter() -> pydantic.TypeAdapter[Any]:
    """Writes whatever has a JSON form."""
    return pydantic.TypeAdapter(Any)
